"""Where code stands in Markdown and HTML: nothing in it is a template tag or a comment."""

from __future__ import annotations

import re

from feedsvc.reading.templates.lookahead import Lookahead

# What may begin code: a run of back ticks or a fence, an element that holds no markup of its own.
TICKS = r"(?P<ticks>`++|~{3,}+)"
ELEMENT = r"<(?P<element>(?i:pre|code|script|style|textarea))(?=[\s>])"

MOST_LINES = 50  # above a fence, in which the item is looked for that it is in
LONGEST_FENCE = 30  # signs, in an item: for each length, the whole text may be looked through

# What stands before a fence in its line: spaces, the signs of quotations, the sign of an item.
_MARGIN = re.compile(r"(?:\A|\n)([ \t>]*+(?:(?:[-*+]|\d{1,9}[.)])[ \t]++)?)\Z")
_PLAIN_MARGIN = re.compile(" {0,3}")
_NEAR = 60  # characters before a fence that are looked at
_FENCE = 3  # signs at the least
_TICKS = re.compile(r"`++")
_BLANK = re.compile(r"\n[ \t]*+\n")
_ENDS = {
    name: re.compile(rf"</{name}(?=[\s>])", re.IGNORECASE)
    for name in ("pre", "code", "script", "style", "textarea")
}
_INDENTED_SIGN = re.compile(
    r"^(?: {4}|\t)[^\n]*?(?:\{(?:[{%#]|/\*)|<[%!]|%%|`{3}|~{3})", re.MULTILINE
)
_LINE = re.compile(r"(?P<margin>[ \t]*+)(?P<rest>[^\n]*+)\n?")
# What holds blocks that are indented and yet no code: items, notes, admonitions, definitions.
_HOLDER = re.compile(r"(?:[-*+:]|\d{1,9}[.)])(?:\s|$)|\[\^|!!!|\?\?\?|===")
_CODE_MARGIN = 4

# A tag that its author wants to be seen: generators take these signs away in code too.
_RAW = re.compile(r"\{%-?\s*+(?:end)?raw\s*+-?%\}")
_SHOWN = re.compile(r"\{\{([<%])(\s*+)/\*")
_SHOWN_END = re.compile(r"\*/(\s*+)([>%])\}\}")


class Code:
    """The code in a text, in Markdown or in HTML."""

    def __init__(self, text: str, ahead: Lookahead, *, markdown: bool) -> None:
        self._text = text
        self._ahead = ahead
        self._again = _next_of_a_length(text) if markdown else {}
        self._indented = _indented_lines(text) if markdown and _INDENTED_SIGN.search(text) else []
        self._passed = 0  # how many of them lie behind

    def end(self, found: re.Match[str]) -> int:
        """Where the code ends that a match may begin; the end of the match where it begins none."""
        if found.lastgroup == "element":
            closing = self._ahead.find(_ENDS[found["element"].lower()], found.end())
            return closing.end() if closing else found.end()
        start, signs = found.start(), found["ticks"]
        near = self._text[max(0, start - _NEAR) : start]
        if len(signs) >= _FENCE and (margin := _MARGIN.search(near)):
            line_end = self._text.find("\n", found.end())
            info = self._text[found.end() : line_end if line_end >= 0 else len(self._text)]
            if not (signs[0] == "`" and "`" in info):
                return self._fence(found, margin[1])
        return self._span(start) if signs[0] == "`" else found.end()

    def indented(self, position: int) -> int:
        """Where the indented line of code ends that holds a position; 0 where none does."""
        while self._passed < len(self._indented) and self._indented[self._passed][1] <= position:
            self._passed += 1
        here = self._indented[self._passed : self._passed + 1]
        return here[0][1] if here and here[0][0] <= position else 0

    def _fence(self, found: re.Match[str], before: str) -> int:
        """A fenced block up to its end; in an item or a quotation, only where something closes it.

        Else it goes on up to the end of the text. An item and a quotation end it with themselves.
        """
        sign, length = found["ticks"][0], len(found["ticks"])
        plain = _PLAIN_MARGIN.fullmatch(before)
        if not plain and length > LONGEST_FENCE:
            return found.end()
        margin = " {0,3}" if plain else r"[ \t>]*+"
        closing = re.compile(rf"^{margin}{sign}{{{length},}}[ \t]*$", re.MULTILINE)
        held = not plain or self._is_in_item(found.start(), before)
        end = self._ahead.find(closing, found.end())
        if not end and held:
            return found.end()
        last = end.end() if end else len(self._text)
        return self._holder_end(before, found.end(), last) if held else last

    def _is_in_item(self, start: int, before: str) -> bool:
        """Whether the line above that stands less deep than a fence begins an item."""
        line_start = start - len(before)
        for _ in range(MOST_LINES if before else 0):
            if line_start <= 0:
                return False
            above = self._text.rfind("\n", 0, line_start - 1) + 1
            line = _LINE.match(self._text, above)
            if line and line["rest"].strip() and len(line["margin"].expandtabs()) < len(before):
                return bool(_HOLDER.match(line["rest"]))
            line_start = above
        return False

    def _holder_end(self, before: str, start: int, last: int) -> int:
        """Where the item or the quotation ends that has `before` in front of a fence, or `last`."""
        left = re.compile(
            r"\n(?![ \t]*>)" if ">" in before else rf"\n(?![ \t]*\n|{_indented(before)})"
        )
        found = left.search(self._text, start, last)
        return found.start() + 1 if found else last

    def _span(self, start: int) -> int:
        """A code span, where a run of as many back ticks closes it in the same paragraph."""
        run = _TICKS.match(self._text, start)
        first = run.end() if run else start + 1
        end = self._again.get(start, 0)
        return end if end and not self._ahead.within(_BLANK, first, end) else first


def _indented(before: str) -> str:
    """What a line begins with that stands as deep as what has `before` in front of it."""
    deep = min(len(before.expandtabs(_CODE_MARGIN)), LONGEST_FENCE)
    return rf"[ ]{{{deep}}}|[ ]{{0,3}}\t"


def _next_of_a_length(text: str) -> dict[int, int]:
    """For each run of back ticks, where the next one of the same length ends."""
    last: dict[int, int] = {}
    following = {}
    for run in _TICKS.finditer(text):
        length = run.end() - run.start()
        if length in last:
            following[last[length]] = run.end()
        last[length] = run.start()
    return following


def _indented_lines(text: str) -> list[tuple[int, int]]:
    """The lines of indented code blocks (CommonMark 4.4), each with its end."""
    found: list[tuple[int, int]] = []
    blank, code, held = True, False, False
    for line in _LINE.finditer(text):
        if not line["rest"].strip():
            blank = True
            continue
        deep = len(line["margin"].expandtabs(_CODE_MARGIN)) >= _CODE_MARGIN
        code = deep and (code or (blank and not held))
        if code:
            found.append(line.span())
        elif _HOLDER.match(line["rest"]):
            held = True
        elif blank and not line["margin"]:
            held = False
        blank = False
    return found


def is_apostrophe(text: str, position: int) -> bool:
    """Whether a back tick stands for an apostrophe: alone, between two letters."""
    around = text[max(0, position - 1) : position], text[position + 1 : position + 2]
    return text[position : position + 1] == "`" and all(map(str.isalpha, around))


def as_shown(code: str) -> str:
    """Code without the signs that keep a generator from reading a tag in it."""
    if "{{<" in code or "{{%" in code:
        opened, closed = _SHOWN.search(code), _SHOWN_END.search(code)
        if opened and closed:
            code = _SHOWN_END.sub(r"\1\2}}", _SHOWN.sub(r"{{\1\2", code))
    if "endraw" in code and len(_RAW.findall(code)) > 1:
        code = _RAW.sub("", code)
    return code
