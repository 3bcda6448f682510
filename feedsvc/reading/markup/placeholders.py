"""Spans of a Markdown text that the renderer is not to read: formulas, and lists of attributes.

Each is a mark while the text is rendered: what is code, the renderer alone knows. A mark begins
with a brace, as a list of attributes does, for that decides what is emphasis before it. Outside
code a formula is then as it was written, and a list of attributes is gone.
"""

from __future__ import annotations

import re
from html import escape
from urllib.parse import quote, unquote

from feedsvc.reading.markup import formulas, hiding, rendering

# Attributes as kramdown and Python-Markdown write them: `{: .class #id key="value" name}`.
_ATTRIBUTE_LIST = re.compile(
    r"""\{:[ \t]*+(?:(?:[.\#][\w:-]++
        | [^\W\d][\w:-]*+(?:=(?:"[^"{}\n]*" | '[^'{}\n]*' | [^\s"'{}]++))?)[ \t]*+)+\}""",
    re.VERBOSE,
)
_CONTENTS = re.compile(r"(?<![\w.#=\"'-])toc(?![\w=-])")
_ID = re.compile(r"[ :]#([\w:-]++)")
# The second stands for a table of contents, the third for a formula.
_SIGN, _CONTENTS_SIGN, _FORMULA_SIGN = "\ue000", "\ue001", "\ue002"
_SIGNS = (_SIGN, _CONTENTS_SIGN, _FORMULA_SIGN)
_MARK = re.compile("\\{[\ue000-\ue002][0-9]+\\}|%7B%EE%80%8[0-2][0-9]+%7D")  # also in an address
_BEHIND_HEADING = re.compile("(</h[1-6]>)\n<p>(\\{\ue000[0-9]+\\})</p>")
_MARKED = re.compile(
    r"""(?P<code><(?:pre|code)\b) | (?P<end></(?:pre|code)>) | (?P<gone>
        <p>(?:M\n?)+</p>\n?
      | <tr>\n<td[^<>]*>M</td>(?:\n<td[^<>]*></td>)*\n</tr>\n
      | <(?P<list>[uo]l)>\n<li>[^<>\n]*\n\{\ue001[0-9]+\}</li>\n</(?P=list)>\n?
      | (?:<br[ ]/>)?\n[ ]*M+(?=\n|</)
      | (?<=<p>)M+\n
      | (?<=<li>)M+[ \n]
      | [ ](?P<heading>M+)(?=</h[1-6]>)
      | (?<=>)(?<!<p>)M+
    ) | \{[\ue000-\ue002][0-9]+\} | %7B%EE%80%8[0-2][0-9]+%7D""".replace(
        "M", r"(?:\{[\ue000\ue001][0-9]+\})"
    ),
    re.VERBOSE,
)


def from_markdown(text: str) -> str:
    """Markdown as HTML, see `rendering.from_markdown`, with these spans as they are to be seen."""
    if "{:" not in text and not formulas.may_hold(text):
        return rendering.from_markdown(text)
    if any(sign in text for sign in _SIGNS):
        return rendering.from_markdown(text)
    return _Protected(text).rendered()


class _Protected:
    """A text with marks in place of its spans."""

    def __init__(self, text: str) -> None:
        self._found: dict[str, str] = {}  # by the mark of each
        self._depth = 0  # of elements that hold code
        self._text = formulas.replaced(text, lambda span: self._mark(_FORMULA_SIGN, span))
        self._text = _ATTRIBUTE_LIST.sub(self._mark_list, self._text)

    def rendered(self) -> str:
        """The text as HTML without the marks."""
        html = rendering.from_markdown(self._text)
        html = _BEHIND_HEADING.sub(r" \2\1", html)
        return _MARKED.sub(self._unmarked, html)

    def _mark_list(self, found: re.Match[str]) -> str:
        return self._mark(_CONTENTS_SIGN if _CONTENTS.search(found[0]) else _SIGN, found[0])

    def _mark(self, sign: str, span: str) -> str:
        mark = f"{{{sign}{len(self._found)}}}"
        self._found[mark] = span
        return mark

    def _unmarked(self, found: re.Match[str]) -> str:
        self._depth += 1 if found["code"] else -1 if found["end"] and self._depth else 0
        if found["gone"] and not self._depth:
            return (self._id_of(found["heading"]) if found["heading"] else "") + self._hiding(found)
        return _MARK.sub(self._written, found[0])

    def _hiding(self, found: re.Match[str]) -> str:
        """What stands for lists of attributes of which one hides what they belong to."""
        lists = (self._found.get(mark[0], "") for mark in _MARK.finditer(found["gone"]))
        alone = found["gone"].startswith("<p>")
        mark = next(filter(None, (hiding.mark(written, alone=alone) for written in lists)), "")
        return f"<tr><td>{mark}</td></tr>" if mark and found["gone"].startswith("<tr>") else mark

    def _id_of(self, marks: str) -> str:
        """The id that lists of attributes give a heading, as Hugo and Zola write it."""
        ids = (_ID.search(self._found.get(mark[0], "")) for mark in _MARK.finditer(marks))
        return next((f" {{#{found[1]}}}" for found in ids if found), "")

    def _written(self, mark: re.Match[str]) -> str:
        key = unquote(mark[0])
        written = self._found.get(key, mark[0])
        if key[1] == _FORMULA_SIGN and not self._depth:
            written = formulas.shown(written)
        if mark[0].startswith("%"):
            return quote(written, safe="%:/?=+$,!*();#")
        return escape(written, quote=False).replace('"', "&quot;")
