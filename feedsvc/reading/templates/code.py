"""Finds code in Markdown and HTML, which contains no template tags and no comments."""

from __future__ import annotations

import re

from feedsvc.reading.templates.lookahead import Lookahead

# Possible starts of code: a run of backticks or a fence, and an element with literal content.
TICKS = r"(?P<ticks>`++|~{3,}+)"
ELEMENT = r"<(?P<element>(?i:pre|code|script|style|textarea))(?=[\s>])"

MAX_LINES = 50  # to search above a fence for the list item that contains it
MAX_FENCE_LENGTH = 30  # characters, in a list item: each length may cost a search of the whole text

# The text before a fence on its line: indentation, quotation and list markers.
_MARGIN = re.compile(r"(?:\A|\n)([ \t>]*+(?:(?:[-*+]|\d{1,9}[.)])[ \t]++)?)\Z")
_PLAIN_MARGIN = re.compile(" {0,3}")
_CONTEXT = 60  # characters to examine before a fence
_MIN_FENCE_LENGTH = 3  # characters
_TICKS = re.compile(r"`++")
_BLANK = re.compile(r"\n[ \t]*+\n")
_ENDS = {
    name: re.compile(rf"</{name}(?=[\s>])", re.IGNORECASE)
    for name in ("pre", "code", "script", "style", "textarea")
}
_INDENTED_DELIMITER = re.compile(
    r"^(?: {4}|\t)[^\n]*?(?:\{(?:[{%#]|/\*)|<[%!]|%%|`{3}|~{3})", re.MULTILINE
)
_LINE = re.compile(r"(?P<margin>[ \t]*+)(?P<rest>[^\n]*+)\n?")
# Containers of indented blocks that are not code: list items, footnotes, admonitions, definitions.
_CONTAINER = re.compile(r"(?:[-*+:]|\d{1,9}[.)])(?:[ \t]{1,4}(?=\S)|\s|$)|\[\^|!!!|\?\?\?|===")
_CODE_INDENT = 4  # columns

# The escapes for a tag that is to be displayed. Generators remove them in code too.
_RAW = re.compile(r"\{%-?\s*+(?:end)?raw\s*+-?%\}")
_ESCAPED_START = re.compile(r"\{\{([<%])(\s*+)/\*")
_ESCAPED_END = re.compile(r"\*/(\s*+)([>%])\}\}")


class Code:
    """The code in a text, in Markdown or in HTML."""

    def __init__(self, text: str, lookahead: Lookahead, *, markdown: bool) -> None:
        self._text = text
        self._lookahead = lookahead
        self._span_ends = _span_ends(text) if markdown else {}
        self._indented = (
            _indented_lines(text) if markdown and _INDENTED_DELIMITER.search(text) else []
        )
        self._passed = 0  # number of indented lines before the current position

    def end(self, found: re.Match[str]) -> int:
        """The end of the code that begins at a match; the end of the match if none does."""
        if found.lastgroup == "element":
            closing = self._lookahead.find(_ENDS[found["element"].lower()], found.end())
            return closing.end() if closing else found.end()
        start, ticks = found.start(), found["ticks"]
        before = self._text[max(0, start - _CONTEXT) : start]
        if len(ticks) >= _MIN_FENCE_LENGTH and (margin := _MARGIN.search(before)):
            line_end = self._text.find("\n", found.end())
            info = self._text[found.end() : line_end if line_end >= 0 else len(self._text)]
            if not (ticks[0] == "`" and "`" in info):
                return self._fence(found, margin[1])
        return self._span(start) if ticks[0] == "`" else found.end()

    def indented(self, position: int) -> int:
        """The end of the indented line of code that contains a position; 0 if none does."""
        while self._passed < len(self._indented) and self._indented[self._passed][1] <= position:
            self._passed += 1
        line = self._indented[self._passed : self._passed + 1]
        return line[0][1] if line and line[0][0] <= position else 0

    def _fence(self, found: re.Match[str], before: str) -> int:
        """The end of a fenced block.

        An unclosed block extends to the end of the text. In a list item or quotation, it must be
        closed, and ends with its container at the latest.
        """
        character, length = found["ticks"][0], len(found["ticks"])
        is_plain = _PLAIN_MARGIN.fullmatch(before)
        if not is_plain and length > MAX_FENCE_LENGTH:
            return found.end()
        margin = " {0,3}" if is_plain else r"[ \t>]*+"
        closing = re.compile(rf"^{margin}{character}{{{length},}}[ \t]*$", re.MULTILINE)
        is_contained = not is_plain or self._is_in_item(found.start(), before)
        end = self._lookahead.find(closing, found.end())
        if not end and is_contained:
            return found.end()
        last = end.end() if end else len(self._text)
        return self._container_end(before, found.end(), last) if is_contained else last

    def _is_in_item(self, start: int, before: str) -> bool:
        """Whether the closest less indented line above a fence begins a list item."""
        line_start = start - len(before)
        for _ in range(MAX_LINES if before else 0):
            if line_start <= 0:
                return False
            above = self._text.rfind("\n", 0, line_start - 1) + 1
            line = _LINE.match(self._text, above)
            if line and line["rest"].strip() and len(line["margin"].expandtabs()) < len(before):
                return bool(_CONTAINER.match(line["rest"]))
            line_start = above
        return False

    def _container_end(self, before: str, start: int, last: int) -> int:
        """The end of the list item or quotation that contains a fence, at most `last`.

        `before` is the text before the fence on its line.
        """
        outside = re.compile(
            r"\n(?![ \t]*>)" if ">" in before else rf"\n(?![ \t]*\n|{_indentation(before)})"
        )
        found = outside.search(self._text, start, last)
        return found.start() + 1 if found else last

    def _span(self, start: int) -> int:
        """The end of a code span if an equal run of backticks closes it in the same paragraph."""
        run = _TICKS.match(self._text, start)
        first = run.end() if run else start + 1
        end = self._span_ends.get(start, 0)
        return end if end and not self._lookahead.within(_BLANK, first, end) else first


def _indentation(before: str) -> str:
    """A pattern for the start of a line that is indented at least as deep as `before` is long."""
    columns = min(len(before.expandtabs(_CODE_INDENT)), MAX_FENCE_LENGTH)
    return rf"[ ]{{{columns}}}|[ ]{{0,3}}\t"


def _span_ends(text: str) -> dict[int, int]:
    """For the start of each run of backticks, the end of the next run of the same length."""
    last: dict[int, int] = {}
    following = {}
    for run in _TICKS.finditer(text):
        length = run.end() - run.start()
        if length in last:
            following[last[length]] = run.end()
        last[length] = run.start()
    return following


def _indented_lines(text: str) -> list[tuple[int, int]]:
    """The start and end of each line of an indented code block (CommonMark 0.31, section 4.4)."""
    lines: list[tuple[int, int]] = []
    after_blank, is_code = True, False
    content = [0]  # columns where the content of the open containers begins
    for line in _LINE.finditer(text):
        if not line["rest"].strip():
            after_blank = True
            continue
        column = len(line["margin"].expandtabs(_CODE_INDENT))
        while after_blank and len(content) > 1 and column < content[-1]:
            content.pop()
        is_code = column >= content[-1] + _CODE_INDENT and (is_code or after_blank)
        if is_code:
            lines.append(line.span())
        elif container := _CONTAINER.match(line["rest"]):
            content = [each for each in content if each <= column]
            content.append(column + _content_width(container))
        after_blank = False
    return lines


def _content_width(container: re.Match[str]) -> int:
    """The width of a container's marker with the spaces after it, up to the content."""
    marker = container[0].rstrip()
    if marker.startswith(("[^", "!!!", "???", "===", ":")):  # their content has four columns
        return _CODE_INDENT
    return len(container[0]) if container[0] != marker else len(marker) + 1


def is_apostrophe(text: str, position: int) -> bool:
    """Whether the backtick at a position is an apostrophe: a single one between two letters."""
    around = text[max(0, position - 1) : position], text[position + 1 : position + 2]
    return text[position : position + 1] == "`" and all(map(str.isalpha, around))


def as_shown(code: str) -> str:
    """Code without the escapes that prevent a generator from expanding the tags in it."""
    if "{{<" in code or "{{%" in code:
        opened, closed = _ESCAPED_START.search(code), _ESCAPED_END.search(code)
        if opened and closed:
            code = _ESCAPED_END.sub(r"\1\2}}", _ESCAPED_START.sub(r"{{\1\2", code))
    if "endraw" in code and len(_RAW.findall(code)) > 1:
        code = _RAW.sub("", code)
    return code
