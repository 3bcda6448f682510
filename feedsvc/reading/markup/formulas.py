r"""Formulas in Markdown: `$…$`, `$$…$$`, `\(…\)` and `\[…\]`, as KaTeX and MathJax find them.

Stars, underscores and backslashes in them are characters. What could be prose stays Markdown: an
amount in dollars, a bracket behind a backslash.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from html import unescape

LONGEST = 2000  # characters of a formula
_LONGEST_LINE = 500  # of one between single dollars

# Every sign that begins or ends one, and what no formula goes beyond. `\\(` is `\(` where Markdown
# takes the first backslash away.
_SIGN = re.compile(r"\\\\(?:[()\[\]])|\\.|\$+|`+|\n[ \t]*\n", re.DOTALL)
_CLOSED_BY = {"$": "$", "$$": "$$", r"\(": r"\)", r"\[": r"\]", r"\\(": r"\\)", r"\\[": r"\\]"}
_ENDS = {end: begin for begin, end in _CLOSED_BY.items()}
_MATHS = re.compile(r"[\\^_{}=]|(?<=\w)\*(?=\w)")
_PROSE = re.compile(r"\]\(|https?:|(?:^|\s)[*_]\w|\w[*_](?:\s|$)")
_VARIABLE = re.compile(r"\w{1,4}")


def may_hold(text: str) -> bool:
    """Whether there may be a formula in the text; this costs next to nothing."""
    return "$" in text or ("\\" in text and (r"\(" in text or r"\[" in text))


def replaced(text: str, mark: Callable[[str], str]) -> str:
    """The text with each formula replaced by what `mark` makes of it."""
    if not may_hold(text):
        return text
    told: list[str] = []
    position = 0
    opened: dict[str, int] = {}  # where the last sign of each kind stands that may begin one
    for found in _SIGN.finditer(text):
        sign = found[0]
        if sign[0] in "`\n":
            opened.clear()
        begin = _ENDS.get(sign, "")
        start = opened.get(begin, -1)
        if start >= 0 and _is_formula(text, begin, start, found):
            told += text[position:start], mark(text[start : found.end()])
            position = found.end()
            opened.clear()
        elif sign in _CLOSED_BY:
            opened[sign] = found.start()
    return "".join((*told, text[position:]))


def shown(formula: str) -> str:
    """A formula as it is to be seen: of two backslashes before a bracket, Markdown leaves one."""
    if formula.startswith(r"\\"):
        formula = formula[1:-3] + formula[-2:]
    return unescape(formula)


def _is_formula(text: str, begin: str, start: int, end: re.Match[str]) -> bool:
    inner = text[start + len(begin) : end.start()]
    if not inner.strip() or len(inner) > LONGEST:
        return False
    if begin == "$$":
        return True
    if begin == "$":
        return _is_between_dollars(inner, text[end.end() : end.end() + 1])
    if begin.endswith("("):
        return bool(_MATHS.search(inner) or _VARIABLE.fullmatch(inner))
    return bool(_MATHS.search(inner))


def _is_between_dollars(inner: str, following: str) -> bool:
    """Whether this is a formula, and no prose between two amounts of money."""
    if len(inner) > _LONGEST_LINE or inner[0].isspace() or inner[-1].isspace():
        return False
    return not following.isdigit() and bool(_MATHS.search(inner)) and not _PROSE.search(inner)
