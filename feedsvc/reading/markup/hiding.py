"""Elements that a page hides are removed: what nobody sees on it may be meant for nobody.

<p hidden>…</p>    <div style="display: none">…</div>    {: style="display: none"} of kramdown
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable
from html import escape
from itertools import islice

from selectolax.lexbor import LexborHTMLParser, LexborNode

from feedsvc.reading.markup import nesting
from feedsvc.reading.markup.elements import HTML
from feedsvc.reading.source import Source

MAX_REPORTED = 20  # elements of one article

_MAY_HIDE = re.compile(r"[\s\"'/](?:hidden|style|popover)(?=[\s=/>])|<hidden-by", re.IGNORECASE)
_HIDING = "[hidden], [style], [popover]"
# Stands in rendered Markdown for a list of attributes that hides what the list belongs to.
_MARK = "hidden-by"
_LIST_HIDES = re.compile(r"""[\s:]hidden(?=[\s}])|\bstyle=("[^"]*+"|'[^']*+'|[^\s"'}]++)""")
_HOLDERS = frozenset(("ul", "ol", "dl", "table", "blockquote"))
_INVISIBLE = {
    "display": {"none"},
    "visibility": {"hidden", "collapse"},
    "content-visibility": {"hidden"},
}
# Values that make visible again what an earlier declaration hides; a browser ignores what is none.
_VISIBLE = frozenset((
    "block", "inline", "inline-block", "flow-root", "flex", "inline-flex", "grid", "inline-grid",
    "contents", "list-item", "table", "inline-table", "table-row", "table-cell", "table-caption",
    "initial", "inherit", "unset", "revert", "visible", "auto",
))  # fmt: skip
_CSS_TEXT = re.compile(
    r"""(?P<comment>/\*.*?(?:\*/|\Z)) | "[^"]*+" | '[^']*+' | url\([^)]*+\)""",
    re.DOTALL | re.VERBOSE,
)
_CSS_ESCAPE = re.compile(r"\\([0-9a-f]{1,6})\s?", re.IGNORECASE)
# `style={{display: 'none'}}` of MDX
_STYLE_OBJECT = re.compile(r"style=\{\{([^{}]*+)\}\}")
_SELF_CLOSED = re.compile(r"<[a-z][^<>]*+(?<=/)>", re.IGNORECASE)
# A component of MDX that is closed at once; HTML itself has no such elements.
_CLOSED_COMPONENT = re.compile(r"<([A-Z][\w.]*+)((?:\s(?:\"[^\"]*+\"|'[^']*+'|[^<>\"'])*?)?)/>")
_SHOWN = ("until-found", "{false}")
_SEEN = frozenset(("html", "body"))
# Elements without an end that hold nothing, and are hidden until a script shows them.
_LATE = ("data-src", "data-srcset", "data-original", "data-lazy-src", "data-lazy")
# Code in Markdown, as far as it takes to find a tag that is none.
_CODE = re.compile(
    r"^ {0,3}(`{3,}|~{3,})[^`\n]*\n.*?(?:^ {0,3}\1|\Z)|(`++)[^`]*?\2", re.DOTALL | re.MULTILINE
)
# A parser drops the first line end of a `<pre>`.
_PRE = re.compile(r"(<pre(?:\s[^<>]*+)?>)(?=\n)")


def without_hidden(html: str, *, page: bool = False) -> tuple[str, list[str]]:
    """HTML without the elements that it hides, and the tag of each of these that it had.

    The HTML is a whole `page` or a part of one. Where nothing is hidden, it is returned as it is;
    else as the HTML Standard's parser understands it. A page that hides all of itself shows it by a
    script, so `<html>` and `<body>` count as shown.

    Raises:
        ReadError: `too-deep`, see `nesting.check`.
    """
    if not _MAY_HIDE.search(html):
        return html, []
    nesting.check(_SELF_CLOSED.sub("", html))
    text = _PRE.sub("\\1\n", html)
    if not page:
        text = _STYLE_OBJECT.sub(_style_of_object, _CLOSED_COMPONENT.sub(_closed, text))
    parser = LexborHTMLParser(text, is_fragment=not page)
    hidden = [node for node in parser.css(_HIDING) if _is_hidden(node)]
    lists = {}
    for mark in parser.css(_MARK):
        hidden.append(_owner(mark))
        lists[hidden[-1].mem_id] = mark.attributes["list"] or ""
    inside = {node.mem_id for node in hidden}
    outermost = [node for node in hidden if not _is_within(node, inside)]
    if not outermost:
        return html, []
    tags = [lists.get(node.mem_id) or _tag(node) for node in outermost]
    for node in outermost:
        node.decompose()
    return parser.html or "", tags


def _closed(found: re.Match[str]) -> str:
    """A component of MDX with an end tag; HTML's own elements are not closed by a slash."""
    name = found[1]
    is_component = not name.isupper() and name.lower() not in HTML
    return f"<{name}{found[2]}></{name}>" if is_component else found[0]


def _style_of_object(found: re.Match[str]) -> str:
    said = re.sub("[\"']", "", found[1]).replace(",", ";")
    return f'style="{said}"'


def mark(attributes: str, *, alone: bool) -> str:
    """What stands in HTML for a list of attributes that hides something; empty for any other list.

    `{: hidden}`, `{: style="display: none"}`, and whether the list is `alone` in its paragraph.
    """
    found = _LIST_HIDES.search(attributes)
    if not found or (found[1] and not hides(found[1].strip("\"'"))):
        return ""
    return f'<{_MARK}{" alone" if alone else ""} list="{escape(attributes)}"></{_MARK}>'


def has_mark(html: str) -> bool:
    """Whether a list of attributes hides something in rendered Markdown."""
    return f"<{_MARK}" in html


def _owner(mark: LexborNode) -> LexborNode:
    """What a list of attributes belongs to, as in kramdown.

    The element that it touches, else the block that it stands in; one on lines of its own, the
    block above. At the end of a list, a table or a quotation, the whole of it.
    """
    before = mark.prev
    while "alone" in mark.attributes and before is not None and before.tag == "-text":
        before = before.prev
    if before is not None and before.tag != "-text":
        return before
    block = holder = mark.parent or mark
    above: LexborNode | None = block
    while above is not None:
        holder = above if above.tag in _HOLDERS else holder
        above = above.parent
    if holder.tag in _HOLDERS and mark.next is None:
        return holder
    return block


def _is_hidden(node: LexborNode) -> bool:
    attributes = node.attributes
    if node.tag in _SEEN or any(name in attributes for name in _LATE):
        return False
    if "popover" in attributes:
        return True
    if "hidden" in attributes and (attributes["hidden"] or "").lower() not in _SHOWN:
        return True
    return hides(attributes.get("style") or "")


def hides(style: str) -> bool:
    """Whether the declarations of a `style` attribute hide an element.

    Of two for one property the last counts, unless only the first is important, or the last has a
    value that is none.
    """
    text = _CSS_TEXT.sub(lambda one: "" if one["comment"] else "x", style)
    text = _CSS_ESCAPE.sub(lambda one: chr(min(int(one[1], 16), 0x10FFFF)), text)
    hiding: dict[str, bool] = {}  # by property, whether it is important
    for declaration in text.lower().split(";"):
        name, _, said = (part.strip() for part in declaration.partition(":"))
        value, important, _ = (part.strip() for part in said.partition("!"))
        if value in _INVISIBLE.get(name, ()):
            hiding[name] = hiding.get(name, False) or bool(important)
        elif value in _VISIBLE and (important or not hiding.get(name)):
            hiding.pop(name, None)
    return bool(hiding)


def _is_within(node: LexborNode, others: set[int]) -> bool:
    above = node.parent
    while above is not None:
        if above.mem_id in others:
            return True
        above = above.parent
    return False


def _tag(node: LexborNode) -> str:
    """The opening tag with the attribute that hides the element."""
    for name in ("hidden", "popover"):
        if name in node.attributes:
            return f"<{node.tag} {name}>"
    return f'<{node.tag} style="{escape(node.attributes.get("style") or "")}">'


def report(tags: Iterable[str], source: Source) -> None:
    """Report each element that was removed, with the line of the file that it begins in."""
    text = _CODE.sub(lambda code: re.sub(r"[^\n]", " ", code[0]), source.text)
    met: Counter[str] = Counter()
    for tag in islice(tags, MAX_REPORTED):
        name, _, attribute = tag[1:].partition(" ")
        kind = attribute[:5].rstrip(">")
        written = rf"<{name}\b(?:\"[^\"]*\"|'[^']*'|[^<>\"'])*?\b{kind}"
        written = re.escape(tag) if tag.startswith("{") else written
        places = [found.start() for found in re.finditer(written, text, re.IGNORECASE)]
        start = next(iter(places[met[tag] :] or places[-1:]), 0)
        met[tag] += 1
        line = text.count("\n", 0, start) + 1
        message = f"the page hides what stands in {tag[:60]}, so it is left out"
        source.remark("hidden-text", f"{message}; show it on the page, or take it out", line)
