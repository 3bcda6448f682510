"""The picture and the enclosures of an entry, in feeds."""

from __future__ import annotations

from pathlib import PurePosixPath
from urllib.parse import urlsplit

from feedsvc.media_types import MEDIA_TYPES
from feedsvc.model import Article, Enclosure

_MEDIUMS = {"image", "audio", "video"}
_DOCUMENTS = {"application/epub+zip", "application/pdf", "text/plain", "text/vtt"}


def suffix(url: str) -> str:
    """The file extension of a URL's path, in lower case, such as `.mp3`."""
    return PurePosixPath(urlsplit(url).path).suffix.lower()


def plays(enclosure: Enclosure) -> bool:
    """Whether it is sound or film."""
    return enclosure.type.startswith(("audio/", "video/"))


def chief(article: Article) -> Enclosure | None:
    """The one enclosure that RSS has room for: the first that plays, else the first of known size.

    RSS requires a length, and 0 where nobody knows it (RSS Profile, "Enclosures"). An episode is
    worth that: without its enclosure a podcast is empty. A picture or a paper is left to
    media:content, whose fileSize may be missing.
    """
    playing = (one for one in article.enclosures if plays(one))
    measured = (one for one in article.enclosures if one.length)
    return next(playing, None) or next(measured, None)


def picture(article: Article) -> Enclosure | None:
    """The article's picture as an enclosure; its type is guessed from its URL."""
    if not article.image:
        return None
    return Enclosure(
        article.image, MEDIA_TYPES.get(suffix(article.image), ""), article.image_length
    )


def contents(*files: Enclosure) -> list[dict[str, str]]:
    """The attributes of a media:content for each file, once (Media RSS 1.5.1)."""
    found: dict[str, dict[str, str]] = {}
    for one in files:
        found.setdefault(one.url, _content(one))
    return list(found.values())


def _content(one: Enclosure) -> dict[str, str]:
    told = {
        "url": one.url,
        "type": one.type,
        "medium": _medium(one.type),
        "fileSize": str(one.length or ""),
        "duration": str(one.duration or ""),
    }
    return {name: value for name, value in told.items() if value}


def _medium(type_: str) -> str:
    kind = type_.partition("/")[0]
    return kind if kind in _MEDIUMS else "document" if type_ in _DOCUMENTS else ""
