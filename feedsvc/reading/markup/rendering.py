"""Renders GitHub's Markdown with cmark, and frees the memory that cmark allocates.

cmarkgfm's own functions free neither the parsed document nor the HTML (its issue 53): an article
of 2.4 kB leaks 62 kB, 4 kB of which is the HTML. So this module calls cmarkgfm's binding directly,
and through ctypes the functions that the binding lacks.
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

# Not "tasklist": feed readers show no checkboxes, so `[x]` stays text. Not "tagfilter", which would
# also escape tags in HTML blocks, see `_escape_mentions`.
_EXTENSIONS = (b"table", b"strikethrough", b"autolink")
_OPTIONS = Options.CMARK_OPT_UNSAFE | Options.CMARK_OPT_FOOTNOTES

# Elements whose content is not parsed as HTML (GFM 6.11, "Disallowed Raw HTML").
_TAG_FILTER = frozenset(
    ("title", "textarea", "style", "xmp", "iframe", "noembed", "noframes", "script", "plaintext")
)
# Elements that contain blocks: an inline tag of one that is never closed is only mentioned.
_BLOCKS = frozenset(
    tag
    for group in (
        "table details summary div section article aside header footer main nav figure figcaption",
        "ul ol dl blockquote pre h1 h2 h3 h4 h5 h6 center address video audio picture ruby",
    )
    for tag in group.split()
)
_MENTION = re.compile(
    rf"<(?P<slash>/?)(?!(?:{'|'.join(sorted(HTML - _BLOCKS))})[\s/>])(?P<name>[a-z][\w.:-]*+)"
    r"(?P<more>[\s/][^<>]*+)?>",
    re.IGNORECASE,
)
# HTML blocks that extend to the end of the text if they are not closed, and elements that a blank
# line splits in two (CommonMark 0.31, section 4.6).
_DECLARATIONS = ((re.compile(r"\s*<\?"), "?>"), (re.compile(r"\s*<!\[CDATA\["), "]]>"),
             (re.compile(r"\s*<![A-Za-z]"), ">"))  # fmt: skip
_NEEDS_REPAIR = re.compile(r"<(?:[?]|![A-Za-z[]|(?:script|style|template)[\s>])", re.IGNORECASE)
_SPLIT = re.compile(
    r"<(?P<name>script|style|template)(?=[\s>])(?!.*</(?P=name))", re.IGNORECASE | re.DOTALL
)
MAX_REPAIRS = 20  # per text; each one renders it again
_PROGRAM_CODE = re.compile(rb"\{[^{}]*[:;][^{}]*\}|\w *\([^()]*\) *[;{]|\bfunction\b|= *[^ ;]+;")
MAX_DISTANCE = 50  # tags or nodes to examine around a tag
_CLOSING = re.compile(r"</([a-z][\w.:-]*+)", re.IGNORECASE)
_DONE, _ENTER = 1, 2  # values of cmark_event_type

_lib = _cmark.lib
_lib.cmark_gfm_core_extensions_ensure_registered()
_syntax_extensions = [_lib.cmark_find_syntax_extension(name) for name in _EXTENSIONS]


def from_markdown(text: str) -> str:
    """Renders Markdown with tables, strikethrough, autolinks and footnotes; HTML passes through.

    The result is not safe yet. Unlike in CommonMark, an unclosed declaration is text, and a script
    may contain blank lines.
    """
    if "<" in text and _NEEDS_REPAIR.search(text):
        for _ in range(MAX_REPAIRS):
            html, repaired = _rendered(text, repair=True)
            if repaired is None:
                return html
            text = repaired
    return _rendered(text, repair=False)[0]


def _rendered(text: str, *, repair: bool) -> tuple[str, str | None]:
    """The HTML; and the repaired text, if an HTML block does not end where its author meant."""
    data = text.encode(errors="replace")
    parser = _lib.cmark_parser_new(_OPTIONS)
    try:
        for extension in _syntax_extensions:
            _lib.cmark_parser_attach_syntax_extension(parser, extension)
        _lib.cmark_parser_feed(parser, data, len(data))
        document = _lib.cmark_parser_finish(parser)
        repaired = _repaired(_address(document), text) if repair else None
        if "<" in text and _MENTION.search(text):
            _escape_mentions(_address(document))
        extensions = _lib.cmark_parser_get_syntax_extensions(parser)
        html = _lib.cmark_render_html(document, _OPTIONS, extensions)
    finally:
        _lib.cmark_parser_free(parser)
    _free_document(_address(document))
    try:
        # cmark can split a character: in an address after `[^a`, a newline and `é`.
        return str(_cmark.ffi.string(html).decode(errors="replace")), repaired
    finally:
        _free(_address(html))


def _repaired(document: int, text: str) -> str | None:
    """The text with its first broken HTML block repaired; None if no block is broken."""
    for tag in _tags(document):
        if tag.is_inline:
            continue
        first = _start_line(tag.node) - 1
        if any(start.match(tag.text) and end not in tag.text for start, end in _DECLARATIONS):
            lines = text.split("\n")
            lines[first] = lines[first].replace("<", "&lt;", 1)
            return "\n".join(lines)
        if split := _SPLIT.search(tag.text):
            lines = text.split("\n")
            repaired = _without_blank_lines(lines, first, f"</{split['name'].lower()}")
            if repaired:
                return "\n".join(repaired)
    return None


def _without_blank_lines(lines: list[str], first: int, closing: str) -> list[str] | None:
    """The lines without blank ones from `first` to the closing tag; None if nothing changes."""
    last = next((n for n in range(first, len(lines)) if closing in lines[n].lower()), -1)
    kept = [line for line in lines[first : last + 1] if line.strip()]
    if last < 0 or len(kept) == last + 1 - first:
        return None
    return [*lines[:first], *kept, *lines[last + 1 :]]


def _escape_mentions(document: int) -> None:
    """Escapes tags that the text only mentions, in the parsed document.

    `Set the <title> element first.` `A vector<int> is a list.`
    """
    tags = list(_tags(document))
    closed = Counter(name.lower() for tag in tags for name in _CLOSING.findall(tag.text))
    for index, tag in enumerate(tags):
        if tag.is_inline:
            is_mention = _is_mention(tags, index, closed)
        else:  # a block that consists of one tag, as in a list of tags
            alone = _MENTION.fullmatch(tag.text.strip())
            is_mention = bool(alone and not alone["more"] and not closed[alone["name"].lower()])
        if is_mention:
            _set_literal(tag.node, escape(tag.text).encode())


class _Tag(NamedTuple):
    """HTML in the parsed document: one inline tag, or a block."""

    node: int
    text: str
    is_inline: bool


def _tags(document: int) -> Iterator[_Tag]:
    iterator = _iter_new(document)
    try:
        while (event := _iter_next(iterator)) != _DONE:
            node = _iter_get_node(iterator) if event == _ENTER else None
            if node and (kind := _get_type_string(node)) in (b"html_inline", b"html_block"):
                text = (_get_literal(node) or b"").decode(errors="replace")
                yield _Tag(node, text, kind == b"html_inline")
    finally:
        _iter_free(iterator)


def _is_mention(tags: list[_Tag], index: int, closed: Counter[str]) -> bool:
    """Whether an inline tag is mentioned by the text and not used as markup.

    A tag of the tag filter is markup if it embeds something, or has attributes and is closed
    immediately. Any other tag is markup if it has attributes or is closed anywhere.
    """
    tag = _MENTION.fullmatch(tags[index].text)
    if not tag:
        return False
    name, is_bare = tag["name"].lower(), not tag["more"]
    if name in _TAG_FILTER:
        return not _is_markup(tags, index, name)
    if name in ("option", "optgroup"):  # their closing tags are optional
        name = "select"
    return is_bare and not (tag["slash"] or closed[name])


def _is_markup(tags: list[_Tag], index: int, name: str) -> bool:
    """Whether a tag of the tag filter embeds a page or a script, or is the title of an SVG."""
    tag = tags[index]
    if tag.text.startswith("</"):
        preceding = range(index - 1, max(-1, index - 1 - MAX_DISTANCE), -1)
        opening = next((n for n in preceding if _opens(tags[n], name)), -1)
        may_contain_tags = opening == index - 1 or name in ("script", "style")
        return opening >= 0 and may_contain_tags and _is_markup(tags, opening, name)
    if name == "iframe":
        return _has_attributes(tag, name)
    if name == "title":
        return index > 0 and _opens(tags[index - 1], "svg")
    if name in ("script", "style") and _contains_program(tags, index, name):
        return True
    if index + 1 == len(tags) or not _has_attributes(tag, name):
        return False
    following = tags[index + 1]
    return following.text.lower().startswith(f"</{name}") and _next(tag.node) == following.node


def _contains_program(tags: list[_Tag], index: int, name: str) -> bool:
    """Whether the inline content between a tag and its closing tag looks like program code."""
    following = tags[index + 1 : index + 1 + MAX_DISTANCE]
    end = next((tag.node for tag in following if tag.text.lower().startswith(f"</{name}")), None)
    node, content = _next(tags[index].node), list[bytes]()
    while node and node != end and len(content) < MAX_DISTANCE:
        content.append(_get_literal(node) or b"")
        node = _next(node)
    return end is not None and node == end and bool(_PROGRAM_CODE.search(b"".join(content)))


def _opens(tag: _Tag, name: str) -> bool:
    return tag.text.lower().startswith(f"<{name}")


def _has_attributes(tag: _Tag, name: str) -> bool:
    return bool(re.match(rf"<{name}\s+\w", tag.text, re.IGNORECASE))


def _address(pointer: Any) -> int:
    return int(_cmark.ffi.cast("uintptr_t", pointer))


def _function(name: str, result: type | None, *arguments: type) -> Callable[..., Any]:
    """A cmark function that the binding lacks.

    Raises:
        AttributeError: the library does not export the symbol.
    """
    function = getattr(ctypes.CDLL(_cmark.__file__), name)
    function.argtypes, function.restype = arguments, result
    return function  # type: ignore[no-any-return]


def _freeing(library: str | None, name: str) -> Callable[[int], object]:
    """A C function that frees the memory at an address; a no-op if it is not exported."""
    try:
        function = getattr(ctypes.CDLL(library), name)
    except (OSError, AttributeError):
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
