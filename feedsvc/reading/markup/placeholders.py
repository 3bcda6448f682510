"""Protects formulas and attribute lists from the Markdown renderer.

Each is replaced by a placeholder while the text is rendered, because only the renderer can tell
what is code. A placeholder begins with a brace, like an attribute list, since that character
determines whether a preceding `*` ends emphasis. After rendering, a formula outside code is
restored and an attribute list is removed; in code, both are restored.
"""

from __future__ import annotations

import re
from html import escape
from urllib.parse import quote, unquote

from feedsvc.reading.markup import attribute_lists, formulas, rendering
from feedsvc.reading.markup.attribute_lists import LIST, AttributeLists

_TOC = re.compile(r"(?<![\w.#=\"'-])toc(?![\w=-])")
# Text that ends with a blank line, or that is empty.
_AFTER_BLANK_LINE = re.compile(r"(?:\A|\n)[ \t]*\n {0,3}\Z|\A {0,3}\Z")
_CONTEXT = 50  # characters to examine before a list
_ID = re.compile(r"[ :]#([\w:-]++)")
# Private-use characters for an attribute list, kramdown's `{:toc}` and a formula.
_LIST_SIGN, _TOC_SIGN, _FORMULA_SIGN = "\ue000", "\ue001", "\ue002"
_SIGNS = (_LIST_SIGN, _TOC_SIGN, _FORMULA_SIGN)
_PLACEHOLDER = re.compile(
    "\\{[\ue000-\ue002][0-9]+\\}|%7B%EE%80%8[0-2][0-9]+%7D"  # the second form occurs in addresses
)
_AFTER_HEADING = re.compile("(</h[1-6]>)\n<p>(\\{\ue000[0-9]+\\})</p>")
# `M` is a placeholder of an attribute list. `removed` is one outside code, with the markup that
# would be empty without it.
_CODE_OR_PLACEHOLDER = re.compile(
    r"""(?P<code><(?:pre|code)\b) | (?P<end></(?:pre|code)>) | (?P<removed>
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
    """Renders Markdown, see `rendering.from_markdown`, without reading formulas as Markdown."""
    if not attribute_lists.may_contain(text) and not formulas.may_contain(text):
        return rendering.from_markdown(text)
    if any(sign in text for sign in _SIGNS):
        return rendering.from_markdown(text)
    return _Protected(text).rendered()


class _Protected:
    """A text with placeholders for its formulas and attribute lists."""

    def __init__(self, text: str) -> None:
        self._originals: dict[str, str] = {}  # placeholder -> original text
        self._depth = 0  # of open code elements
        self._text = formulas.replaced(text, lambda span: self._placeholder(_FORMULA_SIGN, span))
        self._lists = AttributeLists(text)
        self._detached: set[str] = set()  # placeholders of lists below a blank line
        self._text = LIST.sub(self._replace_list, self._text)

    def rendered(self) -> str:
        """The text as HTML without placeholders."""
        html = rendering.from_markdown(self._text)
        html = _AFTER_HEADING.sub(r" \2\1", html)
        return _CODE_OR_PLACEHOLDER.sub(self._restore, html)

    def _replace_list(self, found: re.Match[str]) -> str:
        if not self._lists.is_list(found):
            return found[0]
        is_toc = _TOC.search(found[0])
        placeholder = self._placeholder(_TOC_SIGN if is_toc else _LIST_SIGN, found[0])
        if _AFTER_BLANK_LINE.search(found.string[max(0, found.start() - _CONTEXT) : found.start()]):
            self._detached.add(placeholder)
        return placeholder

    def _placeholder(self, sign: str, span: str) -> str:
        placeholder = f"{{{sign}{len(self._originals)}}}"
        self._originals[placeholder] = span
        return placeholder

    def _restore(self, found: re.Match[str]) -> str:
        self._depth += 1 if found["code"] else -1 if found["end"] and self._depth else 0
        if found["removed"] and not self._depth:
            heading_id = self._heading_id(found["heading"]) if found["heading"] else ""
            return heading_id + self._marker(found["removed"])
        return _PLACEHOLDER.sub(self._original, found[0])

    def _marker(self, removed: str) -> str:
        """The marker for the first attribute list that hides its element; empty if none does."""
        alone = removed.startswith("<p>")
        placeholders = [found[0] for found in _PLACEHOLDER.finditer(removed)]
        if alone and placeholders[0] in self._detached:  # kramdown ignores it
            return ""
        lists = (self._originals.get(each, "") for each in placeholders)
        markers = (self._lists.marker(each, alone=alone) for each in lists)
        marker = next(filter(None, markers), "")
        return f"<tr><td>{marker}</td></tr>" if marker and removed.startswith("<tr>") else marker

    def _heading_id(self, placeholders: str) -> str:
        """The id that attribute lists give a heading, in the syntax of Hugo and Zola."""
        lists = (self._originals.get(found[0], "") for found in _PLACEHOLDER.finditer(placeholders))
        return next((f" {{#{found[1]}}}" for found in map(_ID.search, lists) if found), "")

    def _original(self, found: re.Match[str]) -> str:
        placeholder = unquote(found[0])
        original = self._originals.get(placeholder, found[0])
        if placeholder[1] == _FORMULA_SIGN and not self._depth:
            original = formulas.shown(original)
        if found[0].startswith("%"):
            return quote(original, safe="%:/?=+$,!*();#")
        return escape(original, quote=False).replace('"', "&quot;")
