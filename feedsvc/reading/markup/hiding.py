"""Elements that a page hides are removed: what nobody sees on it may be meant for nobody.

<p hidden>…</p>    <div style="display: none">…</div>
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable
from html import escape
from itertools import islice

from selectolax.lexbor import LexborHTMLParser, LexborNode

from feedsvc.reading.markup import nesting
from feedsvc.reading.source import Source

MOST_TOLD = 20  # elements of one article

_MAY_HIDE = re.compile(r"[\s\"'/](?:hidden|style)(?=[\s=/>])", re.IGNORECASE)
_COMMENT = re.compile(r"/\*.*?(?:\*/|\Z)", re.DOTALL)
_INVISIBLE = {
    "display": {"none"},
    "visibility": {"hidden", "collapse"},
}
# A component of MDX that is closed at once; HTML itself has no such elements.
_CLOSED_COMPONENT = re.compile(r"<([A-Z][\w.]*+)((?:\s(?:\"[^\"]*+\"|'[^']*+'|[^<>\"'])*?)?)/>")
_SHOWN = ("until-found", "{false}")
# Pictures are hidden until a script shows them.
_SEEN = {*nesting.VOID, "html", "body"}
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
    nesting.check(html)
    closed = _CLOSED_COMPONENT.sub(r"<\1\2></\1>", _PRE.sub("\\1\n", html))
    parser = LexborHTMLParser(closed, is_fragment=not page)
    hidden = [node for node in parser.css("[hidden], [style]") if _is_hidden(node)]
    inside = {node.mem_id for node in hidden}
    outermost = [node for node in hidden if not _is_within(node, inside)]
    if not outermost:
        return html, []
    tags = [_tag(node) for node in outermost]
    for node in outermost:
        node.decompose()
    return parser.html or "", tags


def _is_hidden(node: LexborNode) -> bool:
    if node.tag in _SEEN:
        return False
    attributes = node.attributes
    if "hidden" in attributes and (attributes["hidden"] or "").lower() not in _SHOWN:
        return True
    style = _declarations(attributes.get("style") or "")
    return any(style.get(name) in values for name, values in _INVISIBLE.items())


def _declarations(style: str) -> dict[str, str]:
    """The properties of a `style` attribute; of two with one name, the last counts."""
    found = {}
    for declaration in _COMMENT.sub("", style).lower().split(";"):
        name, _, value = declaration.partition(":")
        found[name.strip()] = value.partition("!")[0].strip()
    return found


def _is_within(node: LexborNode, others: set[int]) -> bool:
    above = node.parent
    while above is not None:
        if above.mem_id in others:
            return True
        above = above.parent
    return False


def _tag(node: LexborNode) -> str:
    """The opening tag with the attribute that hides the element."""
    if "hidden" in node.attributes:
        return f"<{node.tag} hidden>"
    return f'<{node.tag} style="{escape(node.attributes.get("style") or "")}">'


def tell(tags: Iterable[str], source: Source) -> None:
    """Report each element that was removed, with the line of the file that it begins in."""
    text = _CODE.sub(lambda code: re.sub(r"[^\n]", " ", code[0]), source.text)
    met: Counter[str] = Counter()
    for tag in islice(tags, MOST_TOLD):
        name, _, attribute = tag[1:].partition(" ")
        kind = attribute[:5].rstrip(">")
        places = [
            found.start()
            for found in re.finditer(rf"<{name}\b[^<>]*?\b{kind}", text, re.IGNORECASE)
        ]
        start = next(iter(places[met[tag] :] or places[-1:]), 0)
        met[tag] += 1
        line = text.count("\n", 0, start) + 1
        message = f"the page hides what stands in {tag[:60]}, so it is left out"
        source.remark("hidden-text", f"{message}; show it on the page, or take it out", line)
