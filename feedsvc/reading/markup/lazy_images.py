"""Lazy images, which a script would load, become plain images: feed readers run no scripts.

Such a page keeps the address of an image in a `data-` attribute and repeats the image in a
`<noscript>`:

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
_LAZY_MARKUP = re.compile(r"\sdata-(?:src|lazy|orig|echo|cfsrc)|<noscript", re.IGNORECASE)

_NOSCRIPT_END = re.compile(r"</noscript\b[^>]*+>", re.IGNORECASE)
_WITH_SRC = frozenset(("img", "source", "iframe", "video", "audio"))
_EMBEDS = frozenset(("img", "video", "audio", "iframe", "object", "embed"))

_DATA = re.compile(r"\s*+(?:data:|about:|[#?/]?\s*+\Z)", re.IGNORECASE)
# The file name of a placeholder: `blank.gif`, `lazy_placeholder.svg`, `1x1-transparent.png`.
_PLACEHOLDER = re.compile(
    r"(?:(?:ajax|blank|clear|empty|gr[ae]y|image|img|lazyload|lazy|loader|loading|load|pixel"
    r"|placeholder|spacer|transparent|trans|1x1|0)[\d_.x-]*+)++(?:gif|png|svg|jpe?g|webp)",
    re.IGNORECASE,
)
_NAME = re.compile(r"\A\s*+(?:[^/?#\s]*+/)*+([^/?#\s]*+)")
_ADDRESS = re.compile(r"\s*+[^\s{\[](?:[^\s]*?[./]|[^\n]*?\.\w{2,5}\s*+\Z)")
_BETWEEN = re.compile(r"(?:\s|</?(?:picture|span|a)\b[^<>]*+>)*+", re.IGNORECASE)
_NO_TEXT = re.compile(r"<!--.*?-->|<[^<>]*+>|&nbsp;", re.DOTALL)
_SCRIPT_NOTICE = re.compile(r"javascript|scripting|\bJS\b", re.IGNORECASE)
_TINY = re.compile(r"\s*+[01](?:px)?\s*+", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class _Media:
    """An element with a `src`, or a `<noscript>`, and the text that replaces it.

    `images` are the addresses of the images it shows. `lazy` means that a script would load it,
    `placeholder` that it only reserves the space of an image.
    """

    start: int
    end: int
    text: str
    images: frozenset[str] = frozenset()
    lazy: bool = False
    placeholder: bool = False
    noscript: bool = False


def shown(html: str) -> str:
    """HTML in which each lazy image is a plain image and appears once.

    A `<noscript>` with text, another image, a frame, video or audio is replaced by its content. Any
    other is removed, and so is a notice that the page requires scripts.
    """
    if not _LAZY_MARKUP.search(html):
        return html
    media = list(_without_duplicates(html, list(_media(html))))
    ends = [0, *(item.end for item in media)]
    parts = [html[end : item.start] + item.text for end, item in zip(ends, media, strict=False)]
    return "".join([*parts, html[ends[-1] :]])


def _media(html: str) -> Iterator[_Media]:
    """Every element with a `src` and every `<noscript>`, in document order."""
    position = 0
    for tag in tags(html):
        if tag.start < position:
            continue
        if tag.name in _WITH_SRC:
            yield _image(html, tag)
        elif tag.name == "noscript":
            end = _NOSCRIPT_END.search(html, tag.end)
            if not end:
                return
            position = end.end()
            yield _noscript(html[tag.end : end.start()], tag.start, position)


def _without_duplicates(html: str, media: list[_Media]) -> Iterator[_Media]:
    """The items; one whose image is also shown by another item gets an empty text."""
    loaded = frozenset[str]().union(*(item.images for item in media if not item.noscript))
    for index, item in enumerate(media):
        adjacent = [
            other
            for first, second, other in _neighbours(media, index)
            if _BETWEEN.fullmatch(html, first.end, second.start)
        ]
        if item.noscript:
            lazy = any(other.lazy for other in adjacent)
            is_duplicate = item.images and (item.images <= loaded or lazy)
        else:
            has_noscript = any(other.noscript and other.text for other in adjacent)
            is_duplicate = item.placeholder and has_noscript
        yield replace(item, text="") if is_duplicate else item


def _neighbours(media: list[_Media], index: int) -> Iterator[tuple[_Media, _Media, _Media]]:
    """For the previous and the next item: the pair in document order, and the neighbour."""
    if index:
        yield media[index - 1], media[index], media[index - 1]
    if index + 1 < len(media):
        yield media[index], media[index + 1], media[index + 1]


def _image(html: str, tag: Tag) -> _Media:
    """An image or other element with a `src`, with the address that a script would set.

    Parsers keep the first of two equal attributes, so the new ones are inserted before the old.
    """
    old, old_set = tag.attributes.get("src", ""), tag.attributes.get("srcset", "")
    is_unset = _is_placeholder(old)
    source = _lazy_address(tag.attributes, _SOURCES) if is_unset else ""
    replaces_set = is_unset and _is_placeholder(old_set)
    candidates = _lazy_address(tag.attributes, _SETS) if replaces_set else ""
    new = f' src="{_quoted(source)}"' if source else ""
    if candidates or (source and old_set and _is_placeholder(old_set)):
        new += f' srcset="{_quoted(candidates)}"'
    name_end = tag.start + 1 + len(tag.name)
    text = html[tag.start : name_end] + new + html[name_end : tag.end]
    placeholder = tag.name == "img" and not new and _has_placeholder_name(old)
    return _Media(tag.start, tag.end, text, _addresses(source or old), bool(new), placeholder)


def _noscript(inner: str, start: int, end: int) -> _Media:
    """A `<noscript>`, replaced by its content if that shows or links anything."""
    embeds = [tag for tag in tags(inner) if tag.name in _EMBEDS and not _is_invisible(tag)]
    text = _NO_TEXT.sub("", inner).strip()
    if not embeds and (not text or "<" in text or _SCRIPT_NOTICE.search(inner)):
        return _Media(start, end, "", noscript=True)
    only_images = all(tag.name == "img" for tag in embeds)
    images = (_addresses(tag.attributes.get("src", "")) for tag in embeds if only_images)
    return _Media(start, end, inner, frozenset[str]().union(*images), noscript=True)


def _is_invisible(tag: Tag) -> bool:
    """Whether an embed is only a tracking pixel: one pixel in size, or hidden."""
    sizes = (tag.attributes.get(name, "") for name in ("width", "height"))
    return any(map(_TINY.fullmatch, sizes)) or hides(unescape(tag.attributes.get("style", "")))


def _is_placeholder(address: str) -> bool:
    """Whether the address is empty or that of a placeholder."""
    return bool(_DATA.match(address)) or "placeholder" in address or _has_placeholder_name(address)


def _has_placeholder_name(address: str) -> bool:
    name = _NAME.search(address)
    return bool(name and _PLACEHOLDER.fullmatch(name[1]))


def _lazy_address(attributes: dict[str, str], names: tuple[str, ...]) -> str:
    """The value of the first named attribute that is an address; empty if none is."""
    values = (attributes.get(name, "") for name in names)
    return next((value for value in values if not _DATA.match(value) and _ADDRESS.match(value)), "")


def _addresses(link: str) -> frozenset[str]:
    return frozenset() if _DATA.match(link) else frozenset((unescape(link).strip(),))


def _quoted(value: str) -> str:
    return value.replace('"', "&quot;")
