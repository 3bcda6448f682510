"""Images that a script would load, shown as a browser with scripts shows them.

A page that loads its images late writes their addresses into attributes of its script's own, and
once more into a `<noscript>`:

    <img src="blank.gif" data-src="a.jpg"><noscript><img src="a.jpg"></noscript>

becomes an `<img>` whose `src` is `a.jpg`.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from html import unescape

from feedsvc.reading.markup.hiding import hides
from feedsvc.reading.markup.tags import Tag, tags

_SOURCES = ("data-src", "data-original", "data-lazy-src", "data-lazy", "data-original-src",
            "data-lazyload", "data-echo", "data-cfsrc")  # fmt: skip
_SETS = ("data-srcset", "data-lazy-srcset", "data-original-set")
_MAY_BE_LAZY = re.compile(r"\sdata-(?:src|lazy|orig|echo|cfsrc)|<noscript", re.IGNORECASE)

_NOSCRIPT_END = re.compile(r"</noscript\b[^>]*+>", re.IGNORECASE)
_LOADED = frozenset(("img", "source", "iframe", "video", "audio"))
_EMBEDS = frozenset(("img", "video", "audio", "iframe", "object", "embed"))

_DATA = re.compile(r"\s*+(?:data:|about:|[#?/]?\s*+\Z)", re.IGNORECASE)
# The whole name of a file, such as `blank.gif`, `lazy_placeholder.svg` or `1x1-transparent.png`.
_SPACER = re.compile(
    r"(?:(?:ajax|blank|clear|empty|gr[ae]y|image|img|lazyload|lazy|loader|loading|load|pixel"
    r"|placeholder|spacer|transparent|trans|1x1|0)[\d_.x-]*+)++(?:gif|png|svg|jpe?g|webp)",
    re.IGNORECASE,
)
_NAME = re.compile(r"\A\s*+(?:[^/?#\s]*+/)*+([^/?#\s]*+)")
_ADDRESS = re.compile(r"\s*+[^\s{\[](?:[^\s]*?[./]|[^\n]*?\.\w{2,5}\s*+\Z)")
_BETWEEN = re.compile(r"(?:\s|</?(?:picture|span|a)\b[^<>]*+>)*+", re.IGNORECASE)
_NO_TEXT = re.compile(r"<!--.*?-->|<[^<>]*+>|&nbsp;", re.DOTALL)
_ASKS_FOR_SCRIPTS = re.compile(r"javascript|scripting|\bJS\b", re.IGNORECASE)
_TINY = re.compile(r"\s*+[01](?:px)?\s*+", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class _Piece:
    """A part of the text, and what is to stand in its place.

    `images` are the addresses of those that it shows. `late` says that a script would load it,
    `spacer` that it only keeps the room of an image, `noscript` that it stands for that.
    """

    start: int
    end: int
    text: str
    images: frozenset[str] = frozenset()
    late: bool = False
    spacer: bool = False
    noscript: bool = False


def shown(html: str) -> str:
    """The HTML with each image that a script would load as a plain one, and none of them twice.

    A `<noscript>` with a text, another image, a frame, film or sound gives what it holds; any other
    goes, as does one that asks for scripts.
    """
    if not _MAY_BE_LAZY.search(html):
        return html
    pieces = list(_without_twins(html, list(_pieces(html))))
    ends = [0, *(one.end for one in pieces)]
    parts = [html[end : one.start] + one.text for end, one in zip(ends, pieces, strict=False)]
    return "".join([*parts, html[ends[-1] :]])


def _pieces(html: str) -> Iterator[_Piece]:
    """Every image and every `<noscript>`, in their order."""
    behind = 0
    for tag in tags(html):
        if tag.start < behind:
            continue
        if tag.name in _LOADED:
            yield _image(html, tag)
        elif tag.name == "noscript":
            end = _NOSCRIPT_END.search(html, tag.end)
            if not end:
                return
            behind = end.end()
            yield _alternative(html[tag.end : end.start()], tag.start, behind)


def _without_twins(html: str, pieces: list[_Piece]) -> Iterator[_Piece]:
    """The pieces, without the text of those whose image another shows."""
    loaded = frozenset[str]().union(*(one.images for one in pieces if not one.noscript))
    for place, one in enumerate(pieces):
        beside = [
            other
            for first, second, other in _neighbours(pieces, place)
            if _BETWEEN.fullmatch(html, first.end, second.start)
        ]
        if one.noscript:
            twin = one.images and (one.images <= loaded or any(other.late for other in beside))
        else:
            twin = one.spacer and any(other.noscript and other.text for other in beside)
        yield replace(one, text="") if twin else one


def _neighbours(pieces: list[_Piece], place: int) -> Iterator[tuple[_Piece, _Piece, _Piece]]:
    """The pieces before and after one: the pair in its order, and the other of the two."""
    if place:
        yield pieces[place - 1], pieces[place], pieces[place - 1]
    if place + 1 < len(pieces):
        yield pieces[place], pieces[place + 1], pieces[place + 1]


def _image(html: str, tag: Tag) -> _Piece:
    """An image, or what else has a `src`, with the address that a script would give it.

    What is written first counts, so the new attributes come before the old ones.
    """
    old, several = tag.attributes.get("src", ""), tag.attributes.get("srcset", "")
    empty = _is_spacer(old)
    source = _late(tag.attributes, _SOURCES) if empty else ""
    candidates = _late(tag.attributes, _SETS) if empty and _is_spacer(several) else ""
    new = f' src="{_quoted(source)}"' if source else ""
    if candidates or (source and several and _is_spacer(several)):
        new += f' srcset="{_quoted(candidates)}"'
    name = tag.start + 1 + len(tag.name)
    text = html[tag.start : name] + new + html[name : tag.end]
    spacer = tag.name == "img" and not new and _is_blank(old)
    return _Piece(tag.start, tag.end, text, _addresses(source or old), bool(new), spacer)


def _alternative(inner: str, start: int, end: int) -> _Piece:
    """A `<noscript>` as what it holds, if that shows or links anything."""
    found = list(tags(inner))
    embeds = [tag for tag in found if tag.name in _EMBEDS and not _is_unseen(tag)]
    text = _NO_TEXT.sub("", inner).strip()
    if not embeds and (not text or "<" in text or _ASKS_FOR_SCRIPTS.search(inner)):
        return _Piece(start, end, "", noscript=True)
    plain = all(tag.name == "img" for tag in embeds)
    images = (_addresses(tag.attributes.get("src", "")) for tag in embeds if plain)
    return _Piece(start, end, inner, frozenset[str]().union(*images), noscript=True)


def _is_unseen(tag: Tag) -> bool:
    """Whether it only counts who comes by: of one pixel, or hidden."""
    sizes = (tag.attributes.get(name, "") for name in ("width", "height"))
    return any(map(_TINY.fullmatch, sizes)) or hides(unescape(tag.attributes.get("style", "")))


def _is_spacer(address: str) -> bool:
    """Whether there is no address, or that of an image which keeps the room of another."""
    return bool(_DATA.match(address)) or "placeholder" in address or _is_blank(address)


def _is_blank(address: str) -> bool:
    name = _NAME.search(address)
    return bool(name and _SPACER.fullmatch(name[1]))


def _late(said: dict[str, str], names: tuple[str, ...]) -> str:
    """The first of these attributes that says an address."""
    found = (said.get(name, "") for name in names)
    return next((text for text in found if not _DATA.match(text) and _ADDRESS.match(text)), "")


def _addresses(link: str) -> frozenset[str]:
    return frozenset() if _DATA.match(link) else frozenset((unescape(link).strip(),))


def _quoted(value: str) -> str:
    return value.replace('"', "&quot;")
