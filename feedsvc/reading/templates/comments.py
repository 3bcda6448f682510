"""Comments in HTML, templates and notes, which are never published.

    <!-- HTML -->     {# Jinja #}     {% comment %} Liquid {% endcomment %}
    %% Obsidian %%    {{/* Hugo */}}  {::comment} kramdown {:/comment}
    {/* MDX */}       {{! Handlebars }}    {{!-- Handlebars --}}
    {% # Liquid %}    [//]: # (a link reference that is never used)

An unclosed comment hides the rest of the text, because the author may have intended that.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass

from feedsvc.reading.templates.lookahead import Lookahead

HTML = r"(?P<comment><!--)"
PERCENTS = r"(?P<percents>%%++)"
KRAMDOWN = r"(?P<kramdown>\{::comment(?:\s[^{}\n/]*)?(?P<empty>/)?\})"
HASH = r"(?P<hash>\{#)"
MDX = r"(?P<mdx>\{/\*)"
# The label of a link reference that is never used, and an empty address.
UNUSED_LABEL = r"\[(?:[^\w\s\]]{1,3}|_|[Cc]omments?)\]:"
UNUSED_LINK = rf"(?P<unused_link>{UNUSED_LABEL}[ \t]*+(?:#|<>)[ \t]++(?=\S))"

_HTML_END = re.compile(r"--!?>")
_EMPTY = re.compile(r"<!---?>")
_MORE = re.compile(r"<!--\s{0,9}(?:more|excerpt)\s{0,9}-->", re.IGNORECASE)
_HARMLESS = re.compile(r"\n<!--[^\n<>-]{1,100}+-->|<!-- ?(?:more|excerpt) ?-->")
_PERCENTS_END = re.compile(r"%%")
_BLOCK_END = re.compile(r"(?<![^\W_])%%|%%(?=[ \t]*(?:\n|\Z))")
_KRAMDOWN_END = re.compile(r"\{:/(?:comment)?\}")
_HASH_END = re.compile(r"#\}")
_ID = re.compile(r"\{#[\w:.-]*+(?:\s[^{}\n]*+)?(?<!#)\}")  # or a Svelte block
_HUGO = re.compile(r"\{\{-?\s*+/\*")
_HUGO_END = re.compile(r"\*/\s*+-?\}\}")
_MDX_END = re.compile(r"\*/\s*+\}")
_HANDLEBARS = re.compile(r"\{\{~?!(--)?")
_HANDLEBARS_END = re.compile(r"~?\}\}")
_LONG_HANDLEBARS_END = re.compile(r"--~?\}\}")
_LIQUID = re.compile(
    r"\{%-?\s*+(?:(?:(end)(?:comment|doc)|doc)\s*+-?|comment(?=[\s%-])(?:[^%{]|%(?!\})|\{(?!%))*+)%\}"
    r"|(?P<raw>\{%-?\s*+raw\s*+-?%\})"
)
_RAW_END = re.compile(r"\{%-?\s*+endraw\s*+-?%\}")
_LIQUID_LINE = re.compile(r"\{%-?\s*+#")
_TAG_END = {"{%": re.compile(r"%\}"), "<%": re.compile(r"%>"), "{{": re.compile(r"\}\}")}
# The start, end and `else` of conditions and loops, which nest.
_BRANCH = {
    "{%": re.compile(
        r"""\{%-?\s*+(?:(?P<end>end(?:if|unless|case|for|tablerow)\b) | (?P<else>els)
        | (?P<raw>raw\s*+-?%\})
        | (?:if|unless|case|for|tablerow)\b)""",
        re.VERBOSE,
    ),
    "{{": re.compile(
        r"""\{\{-?\s*+(?:(?P<end>(?:end|/\s*+(?:if|unless|each|with))\b) | (?P<else>else\b)
        | (?P<raw>(?!))
        | (?:(?:\#\s*+)?(?:if|with)|\#\s*+unless|\#\s*+each|range|define|block)\b)""",
        re.VERBOSE,
    ),
    "<%": re.compile(
        r"""<%-?\s*+(?:(?P<end>end\b) | (?P<else>els) | (?P<raw>(?!))
        | (?:if|unless|case|while|until|begin)\b
        | [^%\n]*?\bdo\b\s*+(?:\|[^|%\n]*+\|\s*+)?-?%>)""",
        re.VERBOSE,
    ),
}
_DELIMITERS = {"(": ")", '"': '"', "'": "'"}
_DELIMITER_ENDS = {end: re.compile(rf"\{end}(?=[ \t]*(?:\n|\Z))") for end in _DELIMITERS.values()}
_BLANK = re.compile(r"\n[ \t]*+\n")
_LINE_START = re.compile(r"(?:\A|\n) {0,3}\Z")
_BLOCK_START = re.compile(r"(?:\A|\n[ \t]*\n)\Z")
_LINE_END = re.compile(r"[ \t]*+(?:\n|\Z)")
_COMMENT_START = re.compile("|".join((HTML, PERCENTS, KRAMDOWN, HASH, MDX, r"(?P<tag>\{[{%])")))
_LINE_CONTEXT = 5  # characters to examine before a possible start of a line
_BLOCK_CONTEXT = 100  # the same for a block, where the previous line matters too


def has_comments(text: str, *, markdown: bool) -> bool:
    """Whether the text may contain an HTML comment that the sanitiser does not remove correctly.

    In HTML, that is an unclosed comment; in Markdown, any that does not start a line.
    """
    last = text.rfind("<!--")
    if last < 0 or not markdown:
        return last >= 0 and text.find("-->", last) < 0
    return text.count("<!--") != len(_HARMLESS.findall(text))


def without_comments(line: str) -> str:
    """A title or a description without the comments in it."""
    if not any(sign in line for sign in ("<!--", "{", "%%")):
        return line
    comments, parts, position = Comments(line, Lookahead(line), markdown=True), list[str](), 0
    while found := _COMMENT_START.search(line, position):
        comment = comments.at(found)
        if comment and comment.closed:
            parts += [line[position : found.start()], " "]
            position = comment.end
        else:
            parts.append(line[position : found.end()])
            position = found.end()
    return " ".join("".join([*parts, line[position:]]).split())


@dataclass(frozen=True, slots=True)
class Comment:
    """The end of a comment; the end of the text if it is not `closed`.

    A comment is `kept` if the Markdown renderer and the sanitiser recognise it as one.
    """

    end: int
    closed: bool = True
    kept: bool = False


class Comments:
    """The comments in a text, in Markdown or in HTML."""

    def __init__(self, text: str, lookahead: Lookahead, *, markdown: bool) -> None:
        self._text = text
        self._lookahead = lookahead
        self._markdown = markdown

    def at(self, found: re.Match[str]) -> Comment | None:
        """The comment that begins at a match; None if none does."""
        if is_escaped(self._text, found.start()):
            return self._escaped(found)
        return _KINDS.get(found.lastgroup or "", Comments._of_template)(self, found)

    def _of_template(self, found: re.Match[str]) -> Comment | None:
        start = found.start()
        return self._liquid(start) or self._hugo(start) or self._handlebars(start)

    def straddles(self, start: int, end: int) -> bool:
        """Whether a closed comment begins between two offsets and ends after the second."""
        while found := _COMMENT_START.search(self._text, start, end):
            comment = self.at(found)
            if comment and comment.closed and comment.end > end:
                return True
            start = comment.end if comment and comment.closed else found.end()
        return False

    def _until(self, end: re.Pattern[str], start: int) -> Comment:
        found = self._lookahead.find(end, start)
        return Comment(found.end()) if found else Comment(len(self._text), closed=False)

    def _closed(self, end: re.Pattern[str], start: int) -> Comment | None:
        """Like `_until`, but None for an unclosed comment, which is text."""
        comment = self._until(end, start)
        return comment if comment.closed else None

    def _escaped(self, found: re.Match[str]) -> Comment | None:
        """A comment after a backslash: only Liquid's, which has no backslash escapes."""
        comment = self._liquid(found.start())
        return comment if comment and comment.closed else None

    def _html(self, found: re.Match[str]) -> Comment:
        """An HTML comment; not kept if the renderer may show it: in the middle of a Markdown line.

        Nor is one of several lines in a list item or an element, which may end before the comment.
        """
        start = found.start()
        if empty := _EMPTY.match(self._text, start):
            return Comment(empty.end())
        comment = self._until(_HTML_END, start + len("<!--"))
        kept = not self._markdown or bool(_MORE.match(self._text, start))
        if not kept and begins_line(self._text, start):
            alone = _BLOCK_START.search(self._text[max(0, start - _BLOCK_CONTEXT) : start])
            kept = bool(alone) or self._text.find("\n", start, comment.end) < 0
        return Comment(comment.end, comment.closed, kept and comment.closed)

    def _obsidian(self, found: re.Match[str]) -> Comment | None:
        """A block comment if `%%` is alone on its line, otherwise an inline comment.

        The signs in `%%d, %%s` delimit no comment; nor does `%%i` close one of another paragraph.
        """
        start, end = found.span()
        before, first = self._text[max(0, start - 1) : start], self._text[end : end + 1]
        if end - start != len("%%") or before.isdecimal():
            return None
        if begins_line(self._text, start) and _LINE_END.match(self._text, end):
            return self._until(_BLOCK_END, end)
        comment = self._until(_PERCENTS_END, end)
        if not comment.closed:
            return comment if begins_line(self._text, start) and first.isspace() else None
        last, after = self._text[comment.end - 3], self._text[comment.end : comment.end + 1]
        if self._lookahead.within(_BLANK, end, comment.end):
            return None if after.isalnum() or after == "%" or before.isalnum() else comment
        ends_in_space = last.isspace() and not first.isspace()
        if before.isalnum():
            return None if ends_in_space or first.isspace() or after.isalnum() else comment
        return None if ends_in_space and after.isalnum() else comment

    def _kramdown(self, found: re.Match[str]) -> Comment:
        return Comment(found.end()) if found["empty"] else self._until(_KRAMDOWN_END, found.end())

    def _jinja(self, found: re.Match[str]) -> Comment | None:
        is_id = _ID.match(self._text, found.start())
        return None if is_id else self._closed(_HASH_END, found.end())

    def _mdx(self, found: re.Match[str]) -> Comment | None:
        """An MDX comment; `{/*.js,/usr/*/}` is not one, but a file pattern."""
        inner, end, _ = self._text[found.end() : found.end() + _BLOCK_CONTEXT].partition("*/}")
        if end and len(inner.split()) == 1 and any(sign in inner for sign in "/.,"):
            return None
        return self._closed(_MDX_END, found.end())

    def _unused_link(self, found: re.Match[str]) -> Comment | None:
        """The rest of the line; a title that continues on further lines, up to its closing sign."""
        if not begins_line(self._text, found.start()):
            return None
        opening, start = self._text[found.end()], found.end() + 1
        line_end = self._text.find("\n", start)
        line_end = line_end if line_end >= 0 else len(self._text)
        closing = _DELIMITERS.get(opening)
        if closing and closing not in self._text[start:line_end]:
            return self._until(_DELIMITER_ENDS[closing], start)
        return Comment(line_end)

    def _hugo(self, start: int) -> Comment | None:
        found = _HUGO.match(self._text, start)
        return self._until(_HUGO_END, found.end()) if found else None

    def _handlebars(self, start: int) -> Comment | None:
        found = _HANDLEBARS.match(self._text, start)
        end = _LONG_HANDLEBARS_END if found and found[1] else _HANDLEBARS_END
        return self._closed(end, found.end()) if found else None

    def _liquid(self, start: int) -> Comment | None:
        """A comment between two tags, which may contain others, or a tag that is a comment."""
        if line := _LIQUID_LINE.match(self._text, start):
            return self._closed(_TAG_END["{%"], line.end())
        found = _LIQUID.match(self._text, start)
        if not found or found[1] or found["raw"]:
            return None
        depth, position = 1, found.end()
        while depth and (found := self._lookahead.find(_LIQUID, position)):
            if not found["raw"]:
                depth += -1 if found[1] else 1
            position = self._after_raw(found)
        return Comment(len(self._text) if depth else position, closed=not depth)

    def _after_raw(self, found: re.Match[str]) -> int:
        """The end of the raw text that a match begins, or else the end of the match."""
        end = self._lookahead.find(_RAW_END, found.end()) if found["raw"] else None
        return end.end() if end else found.end()

    def never_true(self, start: int, opened: str) -> Comment:
        """The branch of `{% if false %}`, up to its `else` or end tag."""
        depth, position = 1, start
        while depth and (found := self._lookahead.find(_BRANCH[opened], position)):
            if found["else"]:
                depth = 0 if depth == 1 else depth
            elif not found["raw"]:
                depth += -1 if found["end"] else 1
            position = self._after_raw(found)
        end = None if depth else self._lookahead.find(_TAG_END[opened], position)
        return Comment(end.end()) if end else Comment(len(self._text), closed=False)


def begins_line(text: str, position: int) -> bool:
    """Whether a position is preceded on its line by at most three spaces."""
    return bool(_LINE_START.search(text[max(0, position - _LINE_CONTEXT) : position]))


def is_escaped(text: str, position: int) -> bool:
    """Whether the character at a position is escaped by a backslash."""
    before = text[max(0, position - _LINE_CONTEXT) : position]
    return (len(before) - len(before.rstrip("\\"))) % 2 == 1


_KINDS: dict[str, Callable[[Comments, re.Match[str]], Comment | None]] = {
    "comment": Comments._html,
    "percents": Comments._obsidian,
    "kramdown": Comments._kramdown,
    "hash": Comments._jinja,
    "mdx": Comments._mdx,
    "unused_link": Comments._unused_link,
}
