"""Limits the nesting depth of HTML before it is sanitised, in one linear pass.

The sanitiser's time is quadratic in the depth: 0.7 s for 20,000 nested `<div>`, 4.6 s for 50,000.
The HTML contains only allowed elements, see `unwrapping`.

The computed depth is never much less than that of the tree a browser builds. For malformed HTML it
is greater: a closing tag counts only if it closes the innermost open element, so an unclosed `<b>`
remains open.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

from feedsvc.reading.errors import ReadError
from feedsvc.reading.markup.elements import MATHS
from feedsvc.reading.markup.tags import TOKEN

MAX_DEPTH = 500  # browsers stop at 512
# Elements that may also be open: 10,000 take the sanitiser 0.4 s.
MAX_UNCERTAIN = 10_000
# A parser reopens each unclosed `<b>` in every following paragraph: 200 of them before 5,000
# paragraphs produce a million elements, in 1.2 s and 250 MB.
MAX_REOPENED = 300_000


def _names(text: str) -> tuple[str, ...]:
    return tuple(text.split())


_FORMATTING = _names("a b big code em font i nobr s small strike strong tt u")
VOID = _names(
    "area base basefont bgsound br col embed frame hr img input keygen link meta param source"
    " track wbr"
)
_HEADINGS = ("h1", "h2", "h3", "h4", "h5", "h6")
_BLOCKS = _HEADINGS + _names(
    "address article aside blockquote center details dialog dir div dl fieldset figcaption figure"
    " footer header hgroup main menu nav ol pre section summary ul"
)
_CELLS = ("td", "th")
_ROWS = (*_CELLS, "tr")
_GROUPS = (*_ROWS, "tbody", "thead", "tfoot")
# Inside these, other elements than those in _TABLE are moved before the table (HTML Standard,
# "foster parent").
_FOSTERING = frozenset(("table", "tbody", "thead", "tfoot", "tr"))
_TABLE = frozenset((*_GROUPS, "table", "caption", "colgroup", "col"))
_ITEMS = ("p", "li", "dd", "dt", "option")

# The elements that an opening tag closes implicitly if they are innermost.
_CLOSED_BY_OPENING = {
    **dict.fromkeys((*_BLOCKS, "p", "hr", "table"), ("p",)),
    **dict.fromkeys(_HEADINGS, ("p", *_HEADINGS)),
    "li": ("p", "li"),
    **dict.fromkeys(("dd", "dt"), ("p", "dd", "dt")),
    **dict.fromkeys(_CELLS, _CELLS),
    "tr": _ROWS,
    **dict.fromkeys(("tbody", "thead", "tfoot"), _GROUPS),
}
# The unclosed descendants that a closing tag closes together with its own element.
_CLOSED_BY_CLOSING = {
    **dict.fromkeys((*_BLOCKS, "li", "dd", "dt"), _ITEMS),
    **dict.fromkeys((*_GROUPS, "table"), (*_ITEMS, *_GROUPS)),
}
_TOO_DEEP = (
    f"its HTML is nested more than {MAX_DEPTH} deep, or its nesting cannot be determined; "
    "close every element, and remove markup that readers do not need"
)


def check(html: str) -> None:
    """Reject HTML on which the sanitiser would spend too much time or memory.

    Raises:
        ReadError: `too-deep`: the nesting exceeds MAX_DEPTH or cannot be determined.
    """
    if html.count("<") > MAX_DEPTH and not _is_shallow(html):
        raise ReadError("too-deep", _TOO_DEEP)


def _is_shallow(html: str) -> bool:
    stack = _Stack()
    for slash, name in _tags(html):
        if slash:
            stack.close(name)
        else:
            stack.open(name)
        if stack.overflows:
            return False
    return True


def _tags(html: str) -> Iterator[tuple[str, str]]:
    """The slash and name of each tag, without self-closing MathML elements."""
    for found in TOKEN.finditer(html):
        name = (found["name"] or "").lower()
        if name and not (found[0].endswith("/>") and name in MATHS):
            yield found["slash"], name


@dataclass(slots=True)
class _Stack:
    """The open elements.

    `uncertain` counts further elements that a browser might consider open: if a closing tag finds
    unclosed descendants, browsers differ from this model, so every element open at that point may
    remain open. Elements moved out of a table count too, since each takes longer than the last.
    """

    names: list[str] = field(default_factory=list)
    uncertain: int = 0
    formatting: int = 0
    reopened: int = 0

    @property
    def overflows(self) -> bool:
        """Whether the sanitiser would take too long."""
        return (
            len(self.names) > MAX_DEPTH
            or self.uncertain > MAX_UNCERTAIN
            or self.reopened > MAX_REOPENED
        )

    def open(self, name: str) -> None:
        """Process an opening tag."""
        self.reopened += self.formatting
        closed = _CLOSED_BY_OPENING.get(name, ())
        while self.names and self.names[-1] in closed:
            self.names.pop()
        self.uncertain += self._is_moved_out(name)
        if name not in VOID:
            self.names.append(name)
            self.formatting += name in _FORMATTING

    def close(self, name: str) -> None:
        """Process a closing tag; it is ignored unless its element is innermost."""
        self.reopened += self.formatting
        self.uncertain += self._is_moved_out(name)
        names, closed = self.names, _CLOSED_BY_CLOSING.get(name, ())
        end = len(names)
        while end and names[end - 1] != name and names[end - 1] in closed:
            end -= 1
        if not end or names[end - 1] != name:
            return
        if end < len(names):
            self.uncertain += len(names)
        self.formatting -= name in _FORMATTING
        del names[end - 1 :]

    def _is_moved_out(self, name: str) -> bool:
        return bool(self.names) and self.names[-1] in _FOSTERING and name not in _TABLE
