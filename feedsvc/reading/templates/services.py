"""What the ids in shortcodes stand for at services on the web: `youtube a-b_c1234XY` is a video."""

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
    """What an id of a place on the web looks like, and the address of what it stands for."""

    shape: re.Pattern[str]
    address: str


def _service(shape: str, address: str) -> _Service:
    return _Service(re.compile(shape, re.ASCII), address)


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
# What the names of shortcodes say, as words of a name or at its beginning or end.
_WORDS_OF = {"gist": "gist", "yt": "youtube", "x": "tweet"}
_PARTS_OF = {**{name: name for name in _SERVICES if name != "gist"}, "twitter": "tweet"}


def found(call: Call) -> tuple[str, str] | None:
    """The address of what a call embeds from the service that it names, and the id as written."""
    said = call.first("provider", "type", "service", "platform")
    service = (_service_of(Call.named_as(said)) if said else "") or _service_of(call)
    if not service:
        return None
    for written in _ids(call):
        bare = _PARAMETERS.split(written, maxsplit=1)[0]
        for kind in _SERVICES[service]:
            if found := kind.shape.fullmatch(written) or kind.shape.fullmatch(bare):
                return kind.address.format(*found.groups()), written
    return None


def _service_of(call: Call) -> str:
    """The service that a name speaks of: `youtube_lite` and `liteyoutube` are ones for YouTube."""
    if found := next((_WORDS_OF[word] for word in call.words if word in _WORDS_OF), ""):
        return found
    name = call.name
    parts = (part for part in _PARTS_OF if name.startswith(part) or name.endswith(part))
    return next((_PARTS_OF[part] for part in parts), "")


def _ids(call: Call) -> list[str]:
    """What may be the id, with the user's name where there is one, as a path."""
    named = call.first(*IDS)
    user = _USER.fullmatch(call.first("user", "username", "type"))
    ids = [f"{user[1]}/{named}"] if user and named else []
    ids += ["/".join(call.plain[:2])] if len(call.plain) > 1 else []
    return [*ids, named, *call.plain[:2]]
