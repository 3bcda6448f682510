"""The address of the content that a shortcode embeds by its id: `youtube a-b_c1234XY`."""

from __future__ import annotations

import re
from dataclasses import dataclass

from feedsvc.reading.markup.embeds import VIMEO, YOUTUBE, YOUTUBE_LIST
from feedsvc.reading.templates.syntax import Call

IDS = (
    "id", "videoid", "video", "vid", "youtubeid", "vimeoid", "v", "key", "code", "slug", "hash",
    "slughash", "pen", "track",
)  # fmt: skip
_PARAMETERS = re.compile(r"[?&]")
_USER = re.compile(r"@?([\w.-]{1,40})", re.ASCII)


@dataclass(frozen=True, slots=True)
class _Service:
    """The syntax of an id of a web service, and the template of the address for that id."""

    id_pattern: re.Pattern[str]
    address: str


def _service(id_pattern: str, address: str) -> _Service:
    return _Service(re.compile(id_pattern, re.ASCII), address)


_SERVICES = {
    "youtube": (
        _service(r"([\w-]{11})", YOUTUBE + "{}"),
        _service(r"((?:PL|UU|OL|FL|RD)[\w-]{8,60})", YOUTUBE_LIST + "{}"),
    ),
    "vimeo": (
        _service(r"(\d{1,12})\?h=([0-9a-f]{6,20})(?:&.*)?", VIMEO + "{}/{}"),
        _service(r"(\d{1,12}(?:/[0-9a-f]{6,20})?)", VIMEO + "{}"),
    ),
    "gist": (_service(r"((?:[\w-]{1,39}/)?[0-9a-f]{5,40})", "https://gist.github.com/{}"),),
    "tweet": (
        _service(r"(\w{1,15})/(\d{1,20})", "https://x.com/{}/status/{}"),
        _service(r"(\d{1,20})", "https://x.com/i/status/{}"),
    ),
    "instagram": (_service(r"([\w-]{5,40})", "https://www.instagram.com/p/{}/"),),
    "codepen": (_service(r"([\w-]{1,40}/)(\w{4,40})", "https://codepen.io/{}pen/{}"),),
    "jsfiddle": (_service(r"([\w-]{4,40}(?:/[\w-]{1,40}){0,2})", "https://jsfiddle.net/{}/"),),
    "asciinema": (_service(r"(\d{1,9}|\w{25})", "https://asciinema.org/a/{}"),),
    "bilibili": (_service(r"(BV\w{10}|av\d{1,12})", "https://www.bilibili.com/video/{}"),),
    "dailymotion": (_service(r"(\w{5,10})", "https://www.dailymotion.com/video/{}"),),
    "spotify": (
        _service(
            r"(track|album|playlist|artist|episode|show)/(\w{22})", "https://open.spotify.com/{}/{}"
        ),
    ),
}
# The service for a word of a shortcode's name, and for the start or end of the name.
_BY_WORD = {"gist": "gist", "yt": "youtube", "x": "tweet"}
_BY_AFFIX = {**{name: name for name in _SERVICES if name != "gist"}, "twitter": "tweet"}


def embedded(call: Call) -> tuple[str, str] | None:
    """The address of the content that a call embeds from a service, and the id as written."""
    provider = call.first("provider", "type", "service", "platform")
    service = (_service_of(Call.named_as(provider)) if provider else "") or _service_of(call)
    if not service:
        return None
    for written in _ids(call):
        bare = _PARAMETERS.split(written, maxsplit=1)[0]
        for kind in _SERVICES[service]:
            if found := kind.id_pattern.fullmatch(written) or kind.id_pattern.fullmatch(bare):
                return kind.address.format(*found.groups()), written
    return None


def _service_of(call: Call) -> str:
    """The service in a shortcode's name: `youtube_lite` and `liteyoutube` are both YouTube."""
    if found := next((_BY_WORD[word] for word in call.words if word in _BY_WORD), ""):
        return found
    name = call.name
    affixes = (affix for affix in _BY_AFFIX if name.startswith(affix) or name.endswith(affix))
    return next((_BY_AFFIX[affix] for affix in affixes), "")


def _ids(call: Call) -> list[str]:
    """Candidates for the id, first of all one that begins with the user name, as a path."""
    named = call.first(*IDS)
    user = _USER.fullmatch(call.first("user", "username", "type"))
    ids = [f"{user[1]}/{named}"] if user and named else []
    ids += ["/".join(call.plain[:2])] if len(call.plain) > 1 else []
    return [*ids, named, *call.plain[:2]]
