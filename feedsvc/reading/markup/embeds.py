"""Embedded content becomes a link, because feed readers show no frames.

A player's address is replaced by the address of the public page. If the thumbnail of a video can be
derived from the address, the link shows it.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from html import escape, unescape
from urllib.parse import SplitResult, parse_qs, quote, urlsplit

from feedsvc.addresses import LONGEST, is_web_address, to_uri
from feedsvc.reading.markup.content import is_visible, one_line

YOUTUBE = "https://www.youtube.com/watch?v="
YOUTUBE_LIST = "https://www.youtube.com/playlist?list="
VIMEO = "https://vimeo.com/"
_PICTURE = "https://i.ytimg.com/vi/{}/hqdefault.jpg"

_YOUTUBE_ID = re.compile(r"[\w-]{11}", re.ASCII)
_YOUTUBE_PATH = re.compile(r"/(embed|v|e|shorts|live)/([\w-]{11})/?", re.ASCII)
_LIST_ID = re.compile(r"[A-Z]{2}[\w-]{8,60}", re.ASCII)
_VIMEO_PLAYER = re.compile(r"/video/(\d{1,12})/?", re.ASCII)
_VIMEO_HASH = re.compile(r"[0-9a-f]{6,20}")
_GIST = re.compile(r"/((?:[\w-]{1,39}/)?[0-9a-f]{5,40})(?:\.js)?/?", re.ASCII)
PLAYER = re.compile(
    r"""<img\b[^<>]*?\ssrc="(https?://(?:(?:www\.|m\.)?youtube\.com/(?:watch|shorts/|embed/|live/)
    | youtu\.be/|vimeo\.com/\d|player\.vimeo\.com/video/|(?:www\.)?(?:twitter|x)\.com/\w+/status/)
    [^"]*)"[^<>]*>""",
    re.VERBOSE | re.IGNORECASE,
)
_ALT = re.compile(r'\salt="([^"]*)"', re.IGNORECASE)
_UNSAFE = re.compile(r'[<>"\\^`{|}]')  # not allowed in a URI (RFC 3986 section 2)
_SECONDS = re.compile(r"(\d{1,6})s?", re.ASCII)

_YOUTUBE_HOSTS = {"youtube.com", "m.youtube.com", "music.youtube.com", "youtube-nocookie.com"}
_PLAYER_SEGMENTS = ("embed", "v", "e")  # the first path segment of an address that is only a player
_LABELS = {
    "youtube.com": "Video on YouTube",
    "m.youtube.com": "Video on YouTube",
    "music.youtube.com": "Music on YouTube",
    "youtube-nocookie.com": "Video on YouTube",
    "youtu.be": "Video on YouTube",
    "vimeo.com": "Video on Vimeo",
    "player.vimeo.com": "Video on Vimeo",
    "dailymotion.com": "Video on Dailymotion",
    "bilibili.com": "Video on Bilibili",
    "player.bilibili.com": "Video on Bilibili",
    "twitch.tv": "Video on Twitch",
    "player.twitch.tv": "Video on Twitch",
    "tiktok.com": "Video on TikTok",
    "twitter.com": "Post on X",
    "x.com": "Post on X",
    "instagram.com": "Post on Instagram",
    "reddit.com": "Post on Reddit",
    "open.spotify.com": "Listen on Spotify",
    "soundcloud.com": "Listen on SoundCloud",
    "w.soundcloud.com": "Listen on SoundCloud",
    "codepen.io": "Pen on CodePen",
    "jsfiddle.net": "Fiddle on JSFiddle",
    "asciinema.org": "Recording on asciinema",
}


@dataclass(frozen=True, slots=True)
class _Link:
    """The address and default text of a link, and the address of its thumbnail if it has one."""

    address: str
    text: str
    picture: str = ""


def without_players(html: str) -> str:
    """HTML in which each `<img>` whose address is a player, as Obsidian writes it, is a link."""
    return PLAYER.sub(lambda found: anchor(unescape(found[1]), _alt(found[0])), html)


def _alt(tag: str) -> str:
    found = _ALT.search(tag)
    return unescape(found[1]) if found else ""


def anchor(address: str, title: str) -> str:
    """An inline link to the content embedded from `address`; empty if that is no web address.

    The text is `title` or, if that is blank, a label such as "Video on YouTube".
    """
    link = _link_to(_web_address(address))
    if link is None:
        return ""
    text = one_line(title)
    text = text if is_visible(text) else link.text
    picture = f'<img src="{link.picture}" alt=""><br>' if link.picture else ""
    return f'<a href="{escape(link.address)}">{picture}{escape(text, quote=False)}</a>'


def _web_address(value: str) -> str:
    """The value as an absolute web address; empty if it is not one."""
    address = one_line(value).replace(" ", "%20")
    address = f"https:{address}" if address.startswith("//") else address
    try:
        address = to_uri(_UNSAFE.sub(lambda found: quote(found[0]), address[: LONGEST + 1]))
    except ValueError:
        return ""
    return address if len(address) <= LONGEST and is_web_address(address) else ""


def _link_to(address: str) -> _Link | None:
    if not address:
        return None
    parts = urlsplit(address)
    host = (parts.hostname or "").removeprefix("www.")
    if host in _YOUTUBE_HOSTS or host == "youtu.be":
        return _youtube(address, host, parts)
    if host == "player.vimeo.com" and (found := _VIMEO_PLAYER.fullmatch(parts.path)):
        return _vimeo(found[1], parts)
    if host == "gist.github.com" and (found := _GIST.fullmatch(parts.path)):
        return _Link(address.replace(f"{found[1]}.js", found[1]), f"Gist {found[1]}")
    if host == "asciinema.org":
        address = address.removesuffix(".js")
    return _Link(address, _LABELS.get(host, f"Embedded from {host}"))


def _youtube(address: str, host: str, parts: SplitResult) -> _Link:
    """A video with its thumbnail, or a playlist; addresses of other pages are unchanged."""
    query = parse_qs(parts.query)
    found = _YOUTUBE_PATH.fullmatch(parts.path)
    segment, video = (found[1], found[2]) if found else ("", query.get("v", [""])[0])
    video = parts.path.strip("/") if host == "youtu.be" else video
    playlist = query.get("list", [""])[0]
    if parts.path.startswith("/embed/videoseries") and _LIST_ID.fullmatch(playlist):
        return _Link(YOUTUBE_LIST + playlist, "Playlist on YouTube")
    if not _YOUTUBE_ID.fullmatch(video):
        is_playlist = parts.path == "/playlist"
        return _Link(address, "Playlist on YouTube" if is_playlist else _LABELS[host])
    if segment in _PLAYER_SEGMENTS or host == "youtube-nocookie.com":
        start = _SECONDS.fullmatch(query.get("start", [""])[0])
        address = f"{YOUTUBE}{video}" + (f"&t={start[1]}s" if start else "")
    return _Link(address, _LABELS[host], _PICTURE.format(video))


def _vimeo(video: str, parts: SplitResult) -> _Link:
    """A video's page. The address of an unlisted video ends with its key."""
    key = parse_qs(parts.query).get("h", [""])[0]
    suffix = f"/{key}" if _VIMEO_HASH.fullmatch(key) else ""
    return _Link(f"{VIMEO}{video}{suffix}", _LABELS["vimeo.com"])
