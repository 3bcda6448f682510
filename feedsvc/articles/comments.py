"""Comments of HTML, templates and notes: nobody is to see them, and no text goes with them.

    <!-- HTML -->     {# Jinja #}     {% comment %} Liquid {% endcomment %}
    %% Obsidian %%    {{/* Hugo */}}  {::comment} kramdown {:/comment}
    {/* MDX */}       {{! Handlebars }}    {{!-- Handlebars --}}

One that nothing closes hides what stands behind it: that may be what it was written for.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from feedsvc.articles.lookahead import Ahead

HTML = r"(?P<comment><!--)"
PERCENTS = r"(?P<percents>%%++)"
KRAMDOWN = r"(?P<kramdown>\{::comment\})"
HASH = r"(?P<hash>\{#)"
MDX = r"(?P<mdx>\{/\*)"

_HTML_END = re.compile(r"--!?>")
_EMPTY = re.compile(r"<!---?>")
_MORE = re.compile(r"<!--\s{0,9}(?:more|excerpt)\s{0,9}-->", re.IGNORECASE)
_HARMLESS = re.compile(r"\n<!--[^\n<>-]{1,100}+-->|<!-- ?(?:more|excerpt) ?-->")
_PERCENTS_END = re.compile(r"%%")
_KRAMDOWN_END = re.compile(r"\{:/(?:comment)?\}")
_HASH_END = re.compile(r"#\}")
_HASH_BEGIN = re.compile(r"\{#(?:[-\s]|[^{}\n]*+(?<=[^{]#)\})")  # else it is an id
_HUGO = re.compile(r"\{\{-?\s*+/\*")
_HUGO_END = re.compile(r"\*/\s*+-?\}\}")
_MDX_END = re.compile(r"\*/\s*+\}")
_HANDLEBARS = re.compile(r"\{\{~?!(--)?")
_HANDLEBARS_END = re.compile(r"~?\}\}")
_LONG_HANDLEBARS_END = re.compile(r"--~?\}\}")
_LIQUID = re.compile(r"\{%-?\s*+(end)?(?:comment|doc)\s*+-?%\}")
_BRANCH = re.compile(r"\{%-?\s*+(?:(?:if|unless)\b|(?P<end>end(?:if|unless))|(?P<else>els))")
_TAG_END = re.compile(r"%\}")
_BLANK = re.compile(r"\n[ \t]*+\n")
_LINE_BEGINS = re.compile(r"(?:\A|\n) {0,3}\Z")
_LINE_ENDS = re.compile(r"[ \t]*+(?:\n|\Z)")
_BEGINS = re.compile("|".join((HTML, PERCENTS, KRAMDOWN, HASH, MDX, r"(?P<tag>\{[{%])")))
_NEAR = 5  # characters before a place, which tell whether it begins a line


def has_comments(text: str, *, markdown: bool) -> bool:
    """Whether an HTML comment may be anything but one that the sanitiser takes out by itself.

    In HTML that is one that nothing closes, in Markdown any that does not begin its line.
    """
    last = text.rfind("<!--")
    if last < 0 or not markdown:
        return last >= 0 and text.find("-->", last) < 0
    return text.count("<!--") != len(_HARMLESS.findall(text))


def without_comments(line: str) -> str:
    """A title or a description without the comments in it."""
    if not any(sign in line for sign in ("<!--", "{", "%%")):
        return line
    comments, parts, position = Comments(line, Ahead(line), markdown=True), list[str](), 0
    while found := _BEGINS.search(line, position):
        comment = comments.at(found) or comments.liquid_at(found.start())
        if comment and comment.closed:
            parts += [line[position : found.start()], " "]
            position = comment.end
        else:
            parts.append(line[position : found.end()])
            position = found.end()
    return " ".join("".join([*parts, line[position:]]).split())


@dataclass(frozen=True, slots=True)
class Comment:
    """Where a comment ends, the text's end where it is not `closed`.

    What is to be `kept` is one that the Markdown and the HTML that follow know for a comment.
    """

    end: int
    closed: bool = True
    kept: bool = False


class Comments:
    """The comments in a text, in Markdown or in HTML."""

    def __init__(self, text: str, ahead: Ahead, *, markdown: bool) -> None:
        self._text = text
        self._ahead = ahead
        self._markdown = markdown

    def at(self, found: re.Match[str]) -> Comment | None:
        """The comment that begins where a match does; None where none does."""
        if self._text[max(0, found.start() - 1) : found.start()] == "\\":
            return None
        start, end = found.span()
        comment: Comment | None
        match found.lastgroup:
            case "comment":
                comment = self._html(start)
            case "percents":
                comment = self._obsidian(found)
            case "kramdown":
                comment = self._until(_KRAMDOWN_END, end)
            case "hash":
                comment = self._jinja(start)
            case "mdx":
                comment = self._closed(_MDX_END, end)
            case _:
                comment = self._hugo(start) or self._handlebars(start)
        return comment

    def _until(self, end: re.Pattern[str], start: int) -> Comment:
        found = self._ahead.find(end, start)
        return Comment(found.end()) if found else Comment(len(self._text), closed=False)

    def _closed(self, end: re.Pattern[str], start: int) -> Comment | None:
        """The same, where that which nothing closes is text."""
        comment = self._until(end, start)
        return comment if comment.closed else None

    def _html(self, start: int) -> Comment:
        """In the middle of a line of Markdown, one may be text to the renderer, so it is cut out.

        At the beginning of a line it is a block, which ends as a browser's comment does.
        """
        if empty := _EMPTY.match(self._text, start):
            return Comment(empty.end())
        comment = self._until(_HTML_END, start + len("<!--"))
        kept = not self._markdown or self.begins_line(start) or _MORE.match(self._text, start)
        return Comment(comment.end, comment.closed, bool(kept) and comment.closed)

    def _obsidian(self, found: re.Match[str]) -> Comment | None:
        """Two signs on a line of their own begin a block, and others a part of the text.

        In another paragraph, `%%i` in a text about something else ends none.
        """
        start, end = found.span()
        before = self._text[start - 1 : start] if start else "\n"
        if end - start != len("%%") or (before.isascii() and before.isalnum()):
            return None
        comment = self._until(_PERCENTS_END, end)
        if self.begins_line(start) and _LINE_ENDS.match(self._text, end):
            return comment
        if not comment.closed:
            return None
        crosses = self._ahead.within(_BLANK, end, comment.end)
        behind = self._text[comment.end : comment.end + 1]
        return None if crosses and (behind.isalnum() or behind == "%") else comment

    def _jinja(self, start: int) -> Comment | None:
        if not _HASH_BEGIN.match(self._text, start):
            return None
        return self._closed(_HASH_END, start + len("{#"))

    def _hugo(self, start: int) -> Comment | None:
        found = _HUGO.match(self._text, start)
        return self._until(_HUGO_END, found.end()) if found else None

    def _handlebars(self, start: int) -> Comment | None:
        found = _HANDLEBARS.match(self._text, start)
        end = _LONG_HANDLEBARS_END if found and found[1] else _HANDLEBARS_END
        return self._closed(end, found.end()) if found else None

    def liquid_at(self, start: int) -> Comment | None:
        """The comment whose opening tag begins at `start`; None where none does."""
        found = _LIQUID.match(self._text, start)
        return self.liquid(found.end()) if found and not found[1] else None

    def liquid(self, start: int) -> Comment:
        """The comment whose opening tag ends at `start`; others may stand within it."""
        depth, position = 1, start
        while depth and (found := self._ahead.find(_LIQUID, position)):
            depth += -1 if found[1] else 1
            position = found.end()
        return Comment(len(self._text) if depth else position, closed=not depth)

    def never_true(self, start: int) -> Comment:
        """What stands behind `{% if false %}`, up to the `else` or the end that belongs to it."""
        depth, position = 1, start
        while depth and (found := self._ahead.find(_BRANCH, position)):
            if not found["else"]:
                depth += -1 if found["end"] else 1
            elif depth == 1:
                depth = 0
            position = found.end()
        end = None if depth else self._ahead.find(_TAG_END, position)
        return Comment(end.end()) if end else Comment(len(self._text), closed=False)

    def begins_line(self, position: int) -> bool:
        """Whether nothing but a few spaces stands before a place in its line."""
        near = self._text[max(0, position - _NEAR) : position]
        return bool(_LINE_BEGINS.search(near))
