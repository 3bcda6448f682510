"""GitHub's Markdown as HTML, by cmark, with the memory that it takes given back.

cmarkgfm's own functions never free the parsed document nor the HTML (its issue 53): 140 kB for an
article of 3 kB. So its binding is used directly; `cmark_node_free`, which the binding lacks, is in
the same shared library.
"""

from __future__ import annotations

import ctypes
import re
from collections import Counter
from collections.abc import Callable, Iterator
from html import escape
from typing import Any, NamedTuple

from cmarkgfm import _cmark  # type: ignore[import-untyped]  # it ships no types
from cmarkgfm.cmark import Options  # type: ignore[import-untyped]

from feedsvc.reading.markup.elements import HTML

# Not "tasklist", whose checkboxes no feed reader shows: `[x]` stays as written. Not "tagfilter",
# which would do it in blocks of HTML too, see `_show_tags`.
_EXTENSIONS = (b"table", b"strikethrough", b"autolink")
_OPTIONS = Options.CMARK_OPT_UNSAFE | Options.CMARK_OPT_FOOTNOTES

# GFM 6.11: of these a parser takes more than the tag.
_TAG_FILTER = frozenset(
    ("title", "textarea", "style", "xmp", "iframe", "noembed", "noframes", "script", "plaintext")
)
# Elements that hold whole blocks, and so are not meant in a line that does not close them.
_BLOCKS = frozenset(
    tag
    for group in (
        "table details summary div section article aside header footer main nav figure figcaption",
        "ul ol dl blockquote pre h1 h2 h3 h4 h5 h6 center address video audio picture ruby",
    )
    for tag in group.split()
)
_TALKED_ABOUT = re.compile(
    rf"<(?P<slash>/?)(?!(?:{'|'.join(sorted(HTML - _BLOCKS))})[\s/>])(?P<name>[a-z][\w.:-]*+)"
    r"(?P<more>[\s/][^<>]*+)?>",
    re.IGNORECASE,
)
# Blocks of HTML that CommonMark lets go on to the end of the text where nothing closes them, and
# elements that an empty line cuts in two (CommonMark 0.31, section 4.6).
_DECLARED = ((re.compile(r"\s*<\?"), "?>"), (re.compile(r"\s*<!\[CDATA\["), "]]>"),
             (re.compile(r"\s*<![A-Za-z]"), ">"))  # fmt: skip
_MAY_BREAK = re.compile(r"<(?:[?]|![A-Za-z[]|(?:script|style|template)[\s>])", re.IGNORECASE)
_CUT = re.compile(
    r"<(?P<name>script|style|template)(?=[\s>])(?!.*</(?P=name))", re.IGNORECASE | re.DOTALL
)
MOST_MENDS = 20  # of one text, each of which renders it anew
_PROGRAM = re.compile(rb"\{[^{}]*[:;][^{}]*\}|\w *\([^()]*\) *[;{]|\bfunction\b|= *[^ ;]+;")
NEAR = 50  # tags, and nodes, beside one that are looked at
_CLOSING = re.compile(r"</([a-z][\w.:-]*+)", re.IGNORECASE)
_DONE, _ENTER = 1, 2  # of cmark_event_type

_lib = _cmark.lib
_lib.cmark_gfm_core_extensions_ensure_registered()
_attached = [_lib.cmark_find_syntax_extension(name) for name in _EXTENSIONS]


def from_markdown(text: str) -> str:
    """Markdown (with tables, strikethrough, autolinks, footnotes) as HTML; HTML passes through.

    The result is not safe yet. A declaration that nothing closes is text, and a script goes on
    behind an empty line.
    """
    if "<" in text and _MAY_BREAK.search(text):
        for _ in range(MOST_MENDS):
            html, fixed = _rendered(text, fix=True)
            if fixed is None:
                return html
            text = fixed
    return _rendered(text, fix=False)[0]


def _rendered(text: str, *, fix: bool) -> tuple[str, str | None]:
    """The HTML; and where a block of HTML ends elsewhere than it is meant to, the text fixed."""
    data = text.encode(errors="replace")
    parser = _lib.cmark_parser_new(_OPTIONS)
    try:
        for extension in _attached:
            _lib.cmark_parser_attach_syntax_extension(parser, extension)
        _lib.cmark_parser_feed(parser, data, len(data))
        document = _lib.cmark_parser_finish(parser)
        fixed = _mended(_address(document), text) if fix else None
        if "<" in text and _TALKED_ABOUT.search(text):
            _show_tags(_address(document))
        extensions = _lib.cmark_parser_get_syntax_extensions(parser)
        html = _lib.cmark_render_html(document, _OPTIONS, extensions)
    finally:
        _lib.cmark_parser_free(parser)
    _free_document(_address(document))
    try:
        # cmark itself may cut a letter in two: an address behind `[^a`, a line end and `é`.
        return str(_cmark.ffi.string(html).decode(errors="replace")), fixed
    finally:
        _free(_address(html))


def _mended(document: int, text: str) -> str | None:
    """The text with the first block of HTML fixed that ends elsewhere than it is meant to."""
    for tag in _tags(document):
        if tag.is_inline:
            continue
        first = _start_line(tag.node) - 1
        if any(sign.match(tag.text) and end not in tag.text for sign, end in _DECLARED):
            lines = text.split("\n")
            lines[first] = lines[first].replace("<", "&lt;", 1)
            return "\n".join(lines)
        if cut := _CUT.search(tag.text):
            lines = text.split("\n")
            fixed = _without_empty(lines, first, f"</{cut['name'].lower()}")
            if fixed:
                return "\n".join(fixed)
    return None


def _without_empty(lines: list[str], first: int, closing: str) -> list[str] | None:
    """The lines, of which none is empty up to one that closes an element; None where none does."""
    last = next((n for n in range(first, len(lines)) if closing in lines[n].lower()), -1)
    kept = [line for line in lines[first : last + 1] if line.strip()]
    if last < 0 or len(kept) == last + 1 - first:
        return None
    return [*lines[:first], *kept, *lines[last + 1 :]]


def _show_tags(document: int) -> None:
    """Have tags that stand in a line of text, and are talked about, shown as they are written.

    `Set the <title> element first.` `A vector<int> is a list.`
    """
    found = list(_tags(document))
    closed = Counter(name.lower() for tag in found for name in _CLOSING.findall(tag.text))
    for place, tag in enumerate(found):
        if tag.is_inline:
            shown = _is_talked_about(found, place, closed)
        else:  # a block that is nothing but one tag, as in a list of tags
            alone = _TALKED_ABOUT.fullmatch(tag.text.strip())
            shown = bool(alone and not alone["more"] and not closed[alone["name"].lower()])
        if shown:
            _set_literal(tag.node, escape(tag.text).encode())


class _Tag(NamedTuple):
    """HTML in the parsed document: one tag in a line, or a block."""

    node: int
    text: str
    is_inline: bool


def _tags(document: int) -> Iterator[_Tag]:
    steps = _iter_new(document)
    try:
        while (event := _iter_next(steps)) != _DONE:
            node = _iter_get_node(steps) if event == _ENTER else None
            if node and (kind := _get_type_string(node)) in (b"html_inline", b"html_block"):
                text = (_get_literal(node) or b"").decode(errors="replace")
                yield _Tag(node, text, kind == b"html_inline")
    finally:
        _iter_free(steps)


def _is_talked_about(found: list[_Tag], place: int, closed: Counter[str]) -> bool:
    """Whether nobody means a tag of a line by it.

    Of the tag filter, one is meant that embeds something, or that has attributes and is closed at
    once; of all others, those that have attributes or are closed anywhere.
    """
    tag = _TALKED_ABOUT.fullmatch(found[place].text)
    if not tag:
        return False
    name, bare = tag["name"].lower(), not tag["more"]
    if name in _TAG_FILTER:
        return not _is_meant(found, place, name)
    if name in ("option", "optgroup"):  # which need not be closed
        name = "select"
    return bare and not (tag["slash"] or closed[name])


def _is_meant(found: list[_Tag], place: int, name: str) -> bool:
    """Whether a tag of the tag filter shows a page, loads a script, or names a picture."""
    this = found[place]
    if this.text.startswith("</"):
        before = range(place - 1, max(-1, place - 1 - NEAR), -1)
        opening = next((n for n in before if _opens(found[n], name)), -1)
        beside = opening == place - 1 or name in ("script", "style")
        return opening >= 0 and beside and _is_meant(found, opening, name)
    if name == "iframe":
        return _has_attributes(this, name)
    if name == "title":
        return place > 0 and _opens(found[place - 1], "svg")
    if name in ("script", "style") and _holds_program(found, place, name):
        return True
    if place + 1 == len(found) or not _has_attributes(this, name):
        return False
    behind = found[place + 1]
    return behind.text.lower().startswith(f"</{name}") and _next(this.node) == behind.node


def _holds_program(found: list[_Tag], place: int, name: str) -> bool:
    """Whether what stands in a line between a tag and the one that closes it looks like code."""
    behind = found[place + 1 : place + 1 + NEAR]
    end = next((tag.node for tag in behind if tag.text.lower().startswith(f"</{name}")), None)
    node, told = _next(found[place].node), list[bytes]()
    while node and node != end and len(told) < NEAR:
        told.append(_get_literal(node) or b"")
        node = _next(node)
    return end is not None and node == end and bool(_PROGRAM.search(b"".join(told)))


def _opens(tag: _Tag, name: str) -> bool:
    return tag.text.lower().startswith(f"<{name}")


def _has_attributes(tag: _Tag, name: str) -> bool:
    return bool(re.match(rf"<{name}\s+\w", tag.text, re.IGNORECASE))


def _address(pointer: Any) -> int:
    return int(_cmark.ffi.cast("uintptr_t", pointer))


def _function(name: str, result: type | None, *arguments: type) -> Callable[..., Any]:
    """A function of cmark's that the binding lacks.

    Raises:
        AttributeError: the library was built so that the symbol is hidden.
    """
    function = getattr(ctypes.CDLL(_cmark.__file__), name)
    function.argtypes, function.restype = arguments, result
    return function  # type: ignore[no-any-return]


def _freeing(library: str | None, name: str) -> Callable[[int], object]:
    """A C function that frees what is at an address; one that does nothing where there is none."""
    try:
        function = getattr(ctypes.CDLL(library), name)
    except (OSError, AttributeError):  # built so that the symbol is hidden
        return lambda _address: None
    function.argtypes, function.restype = [ctypes.c_void_p], None
    return function  # type: ignore[no-any-return]


_free_document = _freeing(_cmark.__file__, "cmark_node_free")
_free = _freeing(None, "free")
_iter_new = _function("cmark_iter_new", ctypes.c_void_p, ctypes.c_void_p)
_iter_next = _function("cmark_iter_next", ctypes.c_int, ctypes.c_void_p)
_iter_get_node = _function("cmark_iter_get_node", ctypes.c_void_p, ctypes.c_void_p)
_iter_free = _function("cmark_iter_free", None, ctypes.c_void_p)
_next = _function("cmark_node_next", ctypes.c_void_p, ctypes.c_void_p)
_get_type_string = _function("cmark_node_get_type_string", ctypes.c_char_p, ctypes.c_void_p)
_get_literal = _function("cmark_node_get_literal", ctypes.c_char_p, ctypes.c_void_p)
_start_line = _function("cmark_node_get_start_line", ctypes.c_int, ctypes.c_void_p)
_set_literal = _function("cmark_node_set_literal", ctypes.c_int, ctypes.c_void_p, ctypes.c_char_p)
