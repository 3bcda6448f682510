r"""Formulas in Markdown: `$…$`, `$$…$$`, `\(…\)` and `\[…\]`, as KaTeX and MathJax detect them.

Asterisks, underscores and backslashes in a formula are literal. Ambiguous text stays Markdown: an
amount in dollars, an escaped bracket.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from html import unescape

MAX_LENGTH = 2000  # characters of a formula
_MAX_INLINE_LENGTH = 500  # characters between single dollar signs

# Every delimiter, and the tokens that no formula contains: code and blank lines. `\\(` is `\(` in
# Markdown, where the first backslash escapes the second.
_TOKEN = re.compile(r"\\\\(?:[()\[\]])|\\.|\$+|`+|\n[ \t]*\n", re.DOTALL)
_CLOSING = {"$": "$", "$$": "$$", r"\(": r"\)", r"\[": r"\]", r"\\(": r"\\)", r"\\[": r"\\]"}
_OPENING = {closing: opening for opening, closing in _CLOSING.items()}
_MATHS = re.compile(r"[\\^_{}=]|(?<=\w)\*(?=\w)")
_PROSE = re.compile(r"\]\(|https?:|(?:^|\s)[*_]\w|\w[*_](?:\s|$)")
_VARIABLE = re.compile(r"\w{1,4}")


def may_contain(text: str) -> bool:
    """Whether the text may contain a formula: a cheap check."""
    return "$" in text or ("\\" in text and (r"\(" in text or r"\[" in text))


def replaced(text: str, replacement: Callable[[str], str]) -> str:
    """The text with each formula replaced by its `replacement`."""
    if not may_contain(text):
        return text
    parts: list[str] = []
    position = 0
    opened: dict[str, int] = {}  # the offset of the last opening delimiter of each kind
    for found in _TOKEN.finditer(text):
        token = found[0]
        if token[0] in "`\n":
            opened.clear()
        opening = _OPENING.get(token, "")
        start = opened.get(opening, -1)
        if start >= 0 and _is_formula(text, opening, start, found):
            parts += text[position:start], replacement(text[start : found.end()])
            position = found.end()
            opened.clear()
        elif token in _CLOSING:
            opened[token] = found.start()
    return "".join((*parts, text[position:]))


def shown(formula: str) -> str:
    """A formula as displayed: Markdown keeps one of two backslashes before a bracket."""
    if formula.startswith(r"\\"):
        formula = formula[1:-3] + formula[-2:]
    return unescape(formula)


def _is_formula(text: str, opening: str, start: int, closing: re.Match[str]) -> bool:
    inner = text[start + len(opening) : closing.start()]
    if not inner.strip() or len(inner) > MAX_LENGTH:
        return False
    if opening == "$$":
        return True
    if opening == "$":
        return _is_dollar_formula(inner, text[closing.end() : closing.end() + 1])
    if opening.endswith("("):
        return bool(_MATHS.search(inner) or _VARIABLE.fullmatch(inner))
    return bool(_MATHS.search(inner))


def _is_dollar_formula(inner: str, following: str) -> bool:
    """Whether text between dollar signs is a formula, not prose between two amounts of money."""
    if len(inner) > _MAX_INLINE_LENGTH or inner[0].isspace() or inner[-1].isspace():
        return False
    return not following.isdigit() and bool(_MATHS.search(inner)) and not _PROSE.search(inner)
