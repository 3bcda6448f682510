"""GitHub's Markdown as HTML, by cmark, with the memory that it takes given back.

cmarkgfm's own functions never free the parsed document nor the HTML (its issue 53): 140 kB for an
article of 3 kB. So its binding is used directly; `cmark_node_free`, which the binding lacks, is in
the same shared library.
"""

from __future__ import annotations

import ctypes
from collections.abc import Callable
from typing import Any

from cmarkgfm import _cmark  # type: ignore[import-untyped]  # it ships no types
from cmarkgfm.cmark import Options  # type: ignore[import-untyped]

# Not "tasklist", whose checkboxes no feed reader shows: `[x]` stays as written. Not "tagfilter",
# which shows `<script>` to readers as text: the sanitiser drops it.
_EXTENSIONS = (b"table", b"strikethrough", b"autolink")
_OPTIONS = Options.CMARK_OPT_UNSAFE | Options.CMARK_OPT_FOOTNOTES

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


def _address(pointer: Any) -> int:
    return int(_cmark.ffi.cast("uintptr_t", pointer))


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
