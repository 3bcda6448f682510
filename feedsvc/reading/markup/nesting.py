"""How deeply HTML is nested, in one pass: the sanitiser's time grows with the square of it.

Only elements that feed readers know are left in it, see `unwrapping`.

The count is never much less than what a browser's parser would build. It is more for careless
HTML: a closing tag counts only where it closes the element that was opened last, so a `<b>` that
is never closed stays open.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

from feedsvc.reading.errors import ReadError
from feedsvc.reading.markup.elements import MATHS
from feedsvc.reading.markup.tags import TOKEN

MAX_DEPTH = 500  # browsers stop at 512
# Elements that may be open besides: 10,000 take the sanitiser 0.4 s.
MAX_UNCERTAIN = 10_000
# Each `<b>` that is left open is opened anew in every paragraph that follows: 200 of them before
# 5,000 paragraphs make a million elements, in 1.2 s and 250 MB.
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
# What a table holds besides cells; all else that is opened in it is moved before the table.
_FOSTERING = frozenset(("table", "tbody", "thead", "tfoot", "tr"))
_TABLE = frozenset((*_GROUPS, "table", "caption", "colgroup", "col"))
_ITEMS = ("p", "li", "dd", "dt", "option")

# The elements that an opening tag closes, where one of them was opened last.
_CLOSED_BY_OPENING = {
    **dict.fromkeys((*_BLOCKS, "p", "hr", "table"), ("p",)),
    **dict.fromkeys(_HEADINGS, ("p", *_HEADINGS)),
    "li": ("p", "li"),
    **dict.fromkeys(("dd", "dt"), ("p", "dd", "dt")),
    **dict.fromkeys(_CELLS, _CELLS),
    "tr": _ROWS,
    **dict.fromkeys(("tbody", "thead", "tfoot"), _GROUPS),
}
# The elements that a closing tag closes besides its own, where they were left open within it.
_CLOSED_BY_CLOSING = {
    **dict.fromkeys((*_BLOCKS, "li", "dd", "dt"), _ITEMS),
    **dict.fromkeys((*_GROUPS, "table"), (*_ITEMS, *_GROUPS)),
}
_TOO_DEEP = (
    f"its HTML is nested more than {MAX_DEPTH} deep, or its nesting cannot be determined; "
    "close each element that is opened, and take out what no reader would miss"
)


def check(html: str) -> None:
    """Pass HTML that the sanitiser can take.

    Raises:
        ReadError: `too-deep`: more elements within elements than any reader would show.
    """
    if html.count("<") > MAX_DEPTH and not _shallow(html):
        raise ReadError("too-deep", _TOO_DEEP)


def _shallow(html: str) -> bool:
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
    """Each tag's slash and name; an empty element of a formula is neither opened nor closed."""
    for found in TOKEN.finditer(html):
        name = (found["name"] or "").lower()
        if name and not (found[0].endswith("/>") and name in MATHS):
            yield found["slash"], name


@dataclass(slots=True)
class _Stack:
    """The elements that are open, or may be.

    `uncertain` is how many may be open besides: where a browser would not do as we think when a
    closing tag finds others left open, all that are open by then may stay so. An element that is
    moved out of a table counts too: each takes longer than the one before.
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
        """An opening tag was met."""
        self.reopened += self.formatting
        closed = _CLOSED_BY_OPENING.get(name, ())
        while self.names and self.names[-1] in closed:
            self.names.pop()
        self.uncertain += self._is_moved_out(name)
        if name not in VOID:
            self.names.append(name)
            self.formatting += name in _FORMATTING

    def close(self, name: str) -> None:
        """A closing tag was met: it counts only where what it closes was opened last."""
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
