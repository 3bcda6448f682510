"""Removes hidden elements: text that a page does not show must not be published in a feed.

<p hidden>…</p>    <div style="display: none">…</div>    {: style="display: none"} of kramdown
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable
from html import escape

from selectolax.lexbor import LexborHTMLParser, LexborNode

from feedsvc.reading.markup import nesting
from feedsvc.reading.markup.elements import HTML
from feedsvc.reading.source import Source

MAX_REPORTED = 20  # elements of one article

_MAY_HIDE = re.compile(
    r"[\s\"'/](?:hidden|style|popover|display)(?=[\s=/>])|<hidden-by", re.IGNORECASE
)
_HIDING = "[hidden], [style], [popover], [display]"
# A marker element in rendered Markdown, in place of an attribute list that hides an element.
_MARKER = "hidden-by"
_CONTAINERS = frozenset(("ul", "ol", "dl", "table", "blockquote"))
_INVISIBLE = {
    "display": {"none"},
    "visibility": {"hidden", "collapse"},
    "content-visibility": {"hidden"},
}
# Values that override an earlier hiding declaration. Browsers ignore invalid values.
_VISIBLE = frozenset((
    "block", "inline", "inline-block", "flow-root", "flex", "inline-flex", "grid", "inline-grid",
    "contents", "list-item", "table", "inline-table", "table-row", "table-cell", "table-caption",
    "initial", "inherit", "unset", "revert", "visible", "auto",
))  # fmt: skip
_CSS_TEXT = re.compile(
    r"""(?P<comment>/\*.*?(?:\*/|\Z)) | "[^"]*+" | '[^']*+' | url\([^)]*+\)""",
    re.DOTALL | re.VERBOSE,
)
_CSS_ESCAPE = re.compile(r"\\(?:([0-9a-f]{1,6})\s?|([^0-9a-f\n]))", re.IGNORECASE)
# `style={{display: 'none'}}` of MDX
_STYLE_OBJECT = re.compile(r"style=\{\{([^{}]*+)\}\}")
_SELF_CLOSING_TAG = re.compile(r"<[a-z][^<>]*+(?<=/)>", re.IGNORECASE)
# A self-closing MDX component; HTML has no self-closing elements.
_SELF_CLOSING_COMPONENT = re.compile(
    r"<([A-Z][\w.]*+)((?:\s(?:\"[^\"]*+\"|'[^']*+'|[^<>\"'])*?)?)/>"
)
_NOT_HIDDEN_VALUES = ("until-found", "{false}")
_ALWAYS_VISIBLE = frozenset(("html", "body"))
# Attributes of lazy images, which are hidden until a script loads them.
_LAZY = ("data-src", "data-srcset", "data-original", "data-lazy-src", "data-lazy")
# Code in Markdown, detected approximately: tags in code are not searched for.
_CODE = re.compile(
    r"^ {0,3}(`{3,}|~{3,})[^`\n]*\n.*?(?:^ {0,3}\1|\Z)|(`++)[^`]*?\2", re.DOTALL | re.MULTILINE
)
# A parser drops a newline that follows `<pre>` directly.
_PRE = re.compile(r"(<pre(?:\s[^<>]*+)?>)(?=\n)")


def without_hidden(html: str, *, page: bool = False) -> tuple[str, list[str]]:
    """HTML without its hidden elements, and the opening tag of each outermost removed element.

    The HTML is a whole `page` or a fragment. If nothing is hidden, it is returned unchanged;
    otherwise it is serialised by an HTML5 parser. A page that hides itself entirely is shown by a
    script, so `<html>` and `<body>` count as visible.

    Raises:
        ReadError: `too-deep`, see `nesting.check`.
    """
    if not _MAY_HIDE.search(html):
        return html, []
    nesting.check(_SELF_CLOSING_TAG.sub("", html))
    text = _PRE.sub("\\1\n", html)
    if not page:
        text = _STYLE_OBJECT.sub(_style_of_object, _SELF_CLOSING_COMPONENT.sub(_with_end_tag, text))
    parser = LexborHTMLParser(text, is_fragment=not page)
    hidden = [node for node in parser.css(_HIDING) if _is_hidden(node)]
    lists = {}
    for marker in parser.css(_MARKER):
        hidden.append(_hidden_by(marker))
        lists[hidden[-1].mem_id] = marker.attributes["list"] or ""
    hidden_ids = {node.mem_id for node in hidden}
    outermost = [node for node in hidden if not _is_within(node, hidden_ids)]
    if not outermost:
        return html, []
    tags = [lists.get(node.mem_id) or _tag(node) for node in outermost]
    for node in outermost:
        node.decompose()
    return parser.html or "", tags


def _with_end_tag(found: re.Match[str]) -> str:
    """A self-closing MDX component with an end tag; a slash does not close an HTML element."""
    name = found[1]
    is_component = not name.isupper() and name.lower() not in HTML
    return f"<{name}{found[2]}></{name}>" if is_component else found[0]


def _style_of_object(found: re.Match[str]) -> str:
    declarations = re.sub("[\"']", "", found[1]).replace(",", ";")
    return f'style="{declarations}"'


def marker(attributes: str, *, alone: bool) -> str:
    """The marker element for an attribute list, as written, that hides an element.

    `alone` tells whether the list is the only content of its paragraph.
    """
    return f'<{_MARKER}{" alone" if alone else ""} list="{escape(attributes)}"></{_MARKER}>'


def has_marker(html: str) -> bool:
    """Whether an attribute list hides an element in this rendered Markdown."""
    return f"<{_MARKER}" in html


def _hidden_by(marker: LexborNode) -> LexborNode:
    """The element to which an attribute list applies, by the rules of kramdown.

    The element directly before the list, or the block that contains it; for a list on its own
    lines, the preceding block. At the end of a list, table or quotation, the whole container.
    """
    before = marker.prev
    while "alone" in marker.attributes and before is not None and before.tag == "-text":
        before = before.prev
    if before is not None and before.tag != "-text":
        return before
    block = container = marker.parent or marker
    ancestor: LexborNode | None = block
    while ancestor is not None:
        container = ancestor if ancestor.tag in _CONTAINERS else container
        ancestor = ancestor.parent
    if container.tag in _CONTAINERS and marker.next is None:
        return container
    return block


def _is_hidden(node: LexborNode) -> bool:
    attributes = node.attributes
    if node.tag in _ALWAYS_VISIBLE or any(name in attributes for name in _LAZY):
        return False
    if "popover" in attributes:
        return True
    if "hidden" in attributes and is_hidden_value(attributes["hidden"] or ""):
        return True
    if attributes.get("display") == "none":  # in SVG
        return True
    return hides(attributes.get("style") or "")


def is_hidden_value(value: str) -> bool:
    """Whether an element with this value of its `hidden` attribute is hidden."""
    return value.lower() not in _NOT_HIDDEN_VALUES


def hides(style: str) -> bool:
    """Whether the declarations of a `style` attribute hide an element.

    The last valid declaration of a property wins, unless only an earlier one is `!important`.
    """
    text = _CSS_TEXT.sub(lambda found: "" if found["comment"] else "x", style)
    text = _CSS_ESCAPE.sub(lambda found: found[2] or chr(min(int(found[1], 16), 0x10FFFF)), text)
    hiding: dict[str, bool] = {}  # property -> whether it is important
    for declaration in text.lower().split(";"):
        name, _, rest = (part.strip() for part in declaration.partition(":"))
        value, important, _ = (part.strip() for part in rest.partition("!"))
        if value in _INVISIBLE.get(name, ()):
            hiding[name] = hiding.get(name, False) or bool(important)
        elif value in _VISIBLE and (important or not hiding.get(name)):
            hiding.pop(name, None)
    return bool(hiding)


def _is_within(node: LexborNode, ids: set[int]) -> bool:
    ancestor = node.parent
    while ancestor is not None:
        if ancestor.mem_id in ids:
            return True
        ancestor = ancestor.parent
    return False


def _tag(node: LexborNode) -> str:
    """The opening tag with the attribute that hides the element."""
    for name in ("hidden", "popover"):
        if name in node.attributes:
            return f"<{node.tag} {name}>"
    return f'<{node.tag} style="{escape(node.attributes.get("style") or "")}">'


def report(tags: Iterable[str], source: Source) -> None:
    """Report each removed element with the line of its opening tag."""
    text = _CODE.sub(lambda code: re.sub(r"[^\n]", " ", code[0]), source.text)
    seen: Counter[str] = Counter()
    tags = list(tags)
    if len(tags) > MAX_REPORTED:
        message = f"the page hides {len(tags)} elements, of which {MAX_REPORTED} are listed"
        source.remark("hidden-text", f"{message}; show them on the page, or remove them")
    for tag in tags[:MAX_REPORTED]:
        name, _, attribute = tag[1:].partition(" ")
        prefix = attribute[:5].rstrip(">")  # enough of `hidden`, `popover` or `style`
        pattern = rf"<{name}\b(?:\"[^\"]*\"|'[^']*'|[^<>\"'])*?\b{prefix}"
        pattern = re.escape(tag) if tag.startswith("{") else pattern
        offsets = [found.start() for found in re.finditer(pattern, text, re.IGNORECASE)]
        start = next(iter(offsets[seen[tag] :] or offsets[-1:]), 0)
        seen[tag] += 1
        line = text.count("\n", 0, start) + 1
        message = f"the page hides the content of {tag[:60]}, so it is not published"
        source.remark("hidden-text", f"{message}; show it on the page, or remove it", line)
