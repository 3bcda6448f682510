"""GitHub's Markdown as HTML, by cmark, with the memory that it takes given back.

cmarkgfm's own functions never free the parsed document nor the HTML (its issue 53): 140 kB for an
article of 3 kB. So its binding is used directly; `cmark_node_free`, which the binding lacks, is in
the same shared library.
"""

from __future__ import annotations

import ctypes
import re
from collections.abc import Callable
from html import escape
from typing import Any

from cmarkgfm import _cmark  # type: ignore[import-untyped]  # it ships no types
from cmarkgfm.cmark import Options  # type: ignore[import-untyped]

from feedsvc.articles.elements import HTML

# Not "tasklist", whose checkboxes no feed reader shows: `[x]` stays as written. Not "tagfilter",
# which would do it in blocks of HTML too, see `_show_tags`.
_EXTENSIONS = (b"table", b"strikethrough", b"autolink")
_OPTIONS = Options.CMARK_OPT_UNSAFE | Options.CMARK_OPT_FOOTNOTES

# GFM 6.11: of these a parser takes more than the tag.
_TAG_FILTER = frozenset(
    ("title", "textarea", "style", "xmp", "iframe", "noembed", "noframes", "script", "plaintext")
)
_TALKED_ABOUT = re.compile(
    rf"<(?P<slash>/?)(?!(?:{'|'.join(sorted(HTML))})[\s/>])(?P<name>[a-z][\w.:-]*+)"
    r"(?P<more>[\s/][^<>]*+)?>",
    re.IGNORECASE,
)
_DONE, _ENTER = 1, 2  # of cmark_event_type

_lib = _cmark.lib
_lib.cmark_gfm_core_extensions_ensure_registered()
_attached = [_lib.cmark_find_syntax_extension(name) for name in _EXTENSIONS]


def from_markdown(text: str) -> str:
    """Markdown (with tables, strikethrough, autolinks, footnotes) as HTML; HTML passes through.

    The result is not safe yet.
    """
    data = text.encode(errors="replace")
    parser = _lib.cmark_parser_new(_OPTIONS)
    try:
        for extension in _attached:
            _lib.cmark_parser_attach_syntax_extension(parser, extension)
        _lib.cmark_parser_feed(parser, data, len(data))
        document = _lib.cmark_parser_finish(parser)
        if "<" in text and _TALKED_ABOUT.search(text):
            _show_tags(_address(document), text)
        extensions = _lib.cmark_parser_get_syntax_extensions(parser)
        html = _lib.cmark_render_html(document, _OPTIONS, extensions)
    finally:
        _lib.cmark_parser_free(parser)
    _free_document(_address(document))
    try:
        # cmark itself may cut a letter in two: an address behind `[^a`, a line end and `é`.
        return str(_cmark.ffi.string(html).decode(errors="replace"))
    finally:
        _free(_address(html))


def _show_tags(document: int, text: str) -> None:
    """Have tags that stand in a line of text, and are talked about, shown as they are written.

    `Set the <title> element first.` `A vector<int> is a list.`
    """
    lower = text.lower()
    steps = _iter_new(document)
    try:
        while (event := _iter_next(steps)) != _DONE:
            node = _iter_get_node(steps) if event == _ENTER else None
            if node and _get_type_string(node) == b"html_inline":
                tag = (_get_literal(node) or b"").decode(errors="replace")
                if _is_talked_about(tag, lower):
                    _set_literal(node, escape(tag).encode())
    finally:
        _iter_free(steps)


def _is_talked_about(tag: str, lower: str) -> bool:
    """Whether nobody means a tag of a line by it; `lower` is the whole text in lower case.

    One with attributes is meant where it is closed, or embeds something. One that is not of the
    tag filter is meant where it is closed.
    """
    found = _TALKED_ABOUT.fullmatch(tag)
    if not found:
        return False
    name, bare = found["name"].lower(), not found["more"]
    closed = f"</{name}" in lower
    if name in _TAG_FILTER:
        in_picture = name == "title" and "<svg" in lower
        return (
            (bare and f"<{name} " not in lower) or (not closed and name != "iframe")
        ) and not in_picture
    if name in ("option", "optgroup"):  # which need not be closed
        closed = "</select" in lower or "</datalist" in lower
    return bare and not (found["slash"] or closed)


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
_get_type_string = _function("cmark_node_get_type_string", ctypes.c_char_p, ctypes.c_void_p)
_get_literal = _function("cmark_node_get_literal", ctypes.c_char_p, ctypes.c_void_p)
_set_literal = _function("cmark_node_set_literal", ctypes.c_int, ctypes.c_void_p, ctypes.c_char_p)
