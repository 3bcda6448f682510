"""Comments of HTML, templates and notes: nobody is to see them, and no text goes with them.

    <!-- HTML -->     {# Jinja #}     {% comment %} Liquid {% endcomment %}
    %% Obsidian %%    {{/* Hugo */}}  {::comment} kramdown {:/comment}
    {/* MDX */}       {{! Handlebars }}    {{!-- Handlebars --}}
    {% # Liquid %}    [//]: # (a link that leads nowhere)

One that nothing closes hides what stands behind it: that may be what it was written for.
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
# The name of a link that nothing in a text leads to, and the address of none.
NAMELESS = r"\[(?:[^\w\s\]]{1,3}|_|[Cc]omments?)\]:"
NOWHERE = rf"(?P<nowhere>{NAMELESS}[ \t]*+(?:#|<>)[ \t]++(?=\S))"

_HTML_END = re.compile(r"--!?>")
_EMPTY = re.compile(r"<!---?>")
_MORE = re.compile(r"<!--\s{0,9}(?:more|excerpt)\s{0,9}-->", re.IGNORECASE)
_HARMLESS = re.compile(r"\n<!--[^\n<>-]{1,100}+-->|<!-- ?(?:more|excerpt) ?-->")
_PERCENTS_END = re.compile(r"%%")
_BLOCK_END = re.compile(r"(?<![^\W_])%%|%%(?=[ \t]*(?:\n|\Z))")
_KRAMDOWN_END = re.compile(r"\{:/(?:comment)?\}")
_HASH_END = re.compile(r"#\}")
_ID = re.compile(r"\{#[\w:.-]*+(?:\s[^{}\n]*+)?(?<!#)\}")  # or a block of Svelte's
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
# What begins, ends and parts a condition; others stand in one another.
_BRANCH = {
    "{%": re.compile(
        r"""\{%-?\s*+(?:(?P<end>end(?:if|unless|case|for|tablerow)\b) | (?P<else>els)
        | (?P<raw>raw\s*+-?%\})
        | (?:if|unless|case|for|tablerow)\b)""",
        re.VERBOSE,
    ),
    "{{": re.compile(
        r"""\{\{-?\s*+(?:(?P<end>(?:end|/(?:if|unless|each|with))\b) | (?P<else>else\b)
        | (?P<raw>(?!))
        | (?:\#?(?:if|with)|\#unless|\#each|range|define|block)\b)""",
        re.VERBOSE,
    ),
    "<%": re.compile(
        r"""<%-?\s*+(?:(?P<end>end\b) | (?P<else>els) | (?P<raw>(?!))
        | (?:if|unless|case|while|until|begin)\b
        | [^%\n]*?\bdo\b\s*+(?:\|[^|%\n]*+\|\s*+)?-?%>)""",
        re.VERBOSE,
    ),
}
_SIGNS = {"(": ")", '"': '"', "'": "'"}
_SIGN_ENDS = {end: re.compile(rf"\{end}(?=[ \t]*(?:\n|\Z))") for end in _SIGNS.values()}
_BLANK = re.compile(r"\n[ \t]*+\n")
_LINE_BEGINS = re.compile(r"(?:\A|\n) {0,3}\Z")
_BLOCK_BEGINS = re.compile(r"(?:\A|\n[ \t]*\n)\Z")
_LINE_ENDS = re.compile(r"[ \t]*+(?:\n|\Z)")
_BEGINS = re.compile("|".join((HTML, PERCENTS, KRAMDOWN, HASH, MDX, r"(?P<tag>\{[{%])")))
_NEAR = 5  # characters before a place, which tell whether it begins a line
_FAR = 100  # the same, where the line above counts too


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
    comments, parts, position = Comments(line, Lookahead(line), markdown=True), list[str](), 0
    while found := _BEGINS.search(line, position):
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
    """Where a comment ends, the text's end where it is not `closed`.

    What is to be `kept` is one that the Markdown and the HTML that follow know for a comment.
    """

    end: int
    closed: bool = True
    kept: bool = False


class Comments:
    """The comments in a text, in Markdown or in HTML."""

    def __init__(self, text: str, ahead: Lookahead, *, markdown: bool) -> None:
        self._text = text
        self._ahead = ahead
        self._markdown = markdown

    def at(self, found: re.Match[str]) -> Comment | None:
        """The comment that begins where a match does; None where none does."""
        if is_escaped(self._text, found.start()):
            return self._escaped(found)
        return _KINDS.get(found.lastgroup or "", Comments._of_template)(self, found)

    def _of_template(self, found: re.Match[str]) -> Comment | None:
        start = found.start()
        return self._liquid(start) or self._hugo(start) or self._handlebars(start)

    def straddles(self, start: int, end: int) -> bool:
        """Whether a comment begins between two places and ends behind the second."""
        while found := _BEGINS.search(self._text, start, end):
            comment = self.at(found)
            if comment and comment.closed and comment.end > end:
                return True
            start = comment.end if comment and comment.closed else found.end()
        return False

    def _until(self, end: re.Pattern[str], start: int) -> Comment:
        found = self._ahead.find(end, start)
        return Comment(found.end()) if found else Comment(len(self._text), closed=False)

    def _closed(self, end: re.Pattern[str], start: int) -> Comment | None:
        """The same, where that which nothing closes is text."""
        comment = self._until(end, start)
        return comment if comment.closed else None

    def _escaped(self, found: re.Match[str]) -> Comment | None:
        """The one comment that a backslash does not make text: Liquid knows no such sign."""
        comment = self._liquid(found.start())
        return comment if comment and comment.closed else None

    def _html(self, found: re.Match[str]) -> Comment:
        """One is cut out where it may be text to the renderer: in the middle of a line of Markdown.

        So is one of several lines in an item or an element, which may end before it does.
        """
        start = found.start()
        if empty := _EMPTY.match(self._text, start):
            return Comment(empty.end())
        comment = self._until(_HTML_END, start + len("<!--"))
        kept = not self._markdown or bool(_MORE.match(self._text, start))
        if not kept and begins_line(self._text, start):
            alone = _BLOCK_BEGINS.search(self._text[max(0, start - _FAR) : start])
            kept = bool(alone) or self._text.find("\n", start, comment.end) < 0
        return Comment(comment.end, comment.closed, kept and comment.closed)

    def _obsidian(self, found: re.Match[str]) -> Comment | None:
        """Two signs on a line of their own begin a block, and others a part of the text.

        In `%%d, %%s` and where one stands in another paragraph, `%%i` ends none.
        """
        start, end = found.span()
        before, inside = self._text[max(0, start - 1) : start], self._text[end : end + 1]
        if end - start != len("%%") or before.isdecimal():
            return None
        if begins_line(self._text, start) and _LINE_ENDS.match(self._text, end):
            return self._until(_BLOCK_END, end)
        comment = self._until(_PERCENTS_END, end)
        if not comment.closed:
            return comment if begins_line(self._text, start) and inside.isspace() else None
        last, behind = self._text[comment.end - 3], self._text[comment.end : comment.end + 1]
        if self._ahead.within(_BLANK, end, comment.end):
            return None if behind.isalnum() or behind == "%" or before.isalnum() else comment
        pads = last.isspace() and not inside.isspace()
        if before.isalnum():
            return None if pads or inside.isspace() or behind.isalnum() else comment
        return None if pads and behind.isalnum() else comment

    def _kramdown(self, found: re.Match[str]) -> Comment:
        return Comment(found.end()) if found["empty"] else self._until(_KRAMDOWN_END, found.end())

    def _jinja(self, found: re.Match[str]) -> Comment | None:
        no_comment = _ID.match(self._text, found.start())
        return None if no_comment else self._closed(_HASH_END, found.end())

    def _mdx(self, found: re.Match[str]) -> Comment | None:
        """Any but `{/*.js,/usr/*/}`, which is a pattern for files."""
        inside, end, _ = self._text[found.end() : found.end() + _FAR].partition("*/}")
        if end and len(inside.split()) == 1 and any(sign in inside for sign in "/.,"):
            return None
        return self._closed(_MDX_END, found.end())

    def _nowhere(self, found: re.Match[str]) -> Comment | None:
        """The rest of the line; what its first sign leaves open, up to the sign that closes it."""
        if not begins_line(self._text, found.start()):
            return None
        sign, start = self._text[found.end()], found.end() + 1
        line_end = self._text.find("\n", start)
        line_end = line_end if line_end >= 0 else len(self._text)
        end = _SIGNS.get(sign)
        if end and end not in self._text[start:line_end]:
            return self._until(_SIGN_ENDS[end], start)
        return Comment(line_end)

    def _hugo(self, start: int) -> Comment | None:
        found = _HUGO.match(self._text, start)
        return self._until(_HUGO_END, found.end()) if found else None

    def _handlebars(self, start: int) -> Comment | None:
        found = _HANDLEBARS.match(self._text, start)
        end = _LONG_HANDLEBARS_END if found and found[1] else _HANDLEBARS_END
        return self._closed(end, found.end()) if found else None

    def _liquid(self, start: int) -> Comment | None:
        """One between two tags, in which others may stand, or one that is a tag."""
        if line := _LIQUID_LINE.match(self._text, start):
            return self._closed(_TAG_END["{%"], line.end())
        found = _LIQUID.match(self._text, start)
        if not found or found[1] or found["raw"]:
            return None
        depth, position = 1, found.end()
        while depth and (found := self._ahead.find(_LIQUID, position)):
            if not found["raw"]:
                depth += -1 if found[1] else 1
            position = self._behind_raw(found)
        return Comment(len(self._text) if depth else position, closed=not depth)

    def _behind_raw(self, found: re.Match[str]) -> int:
        """The end of the raw text that a match begins, in which nothing is a tag; else its own."""
        end = self._ahead.find(_RAW_END, found.end()) if found["raw"] else None
        return end.end() if end else found.end()

    def never_true(self, start: int, opened: str) -> Comment:
        """What stands behind `{% if false %}`, up to the `else` or the end that belongs to it."""
        depth, position = 1, start
        while depth and (found := self._ahead.find(_BRANCH[opened], position)):
            if found["else"]:
                depth = 0 if depth == 1 else depth
            elif not found["raw"]:
                depth += -1 if found["end"] else 1
            position = self._behind_raw(found)
        end = None if depth else self._ahead.find(_TAG_END[opened], position)
        return Comment(end.end()) if end else Comment(len(self._text), closed=False)


def begins_line(text: str, position: int) -> bool:
    """Whether nothing but a few spaces stands before a place in its line."""
    return bool(_LINE_BEGINS.search(text[max(0, position - _NEAR) : position]))


def is_escaped(text: str, position: int) -> bool:
    """Whether a backslash before a place makes a character of the sign there."""
    near = text[max(0, position - _NEAR) : position]
    return (len(near) - len(near.rstrip("\\"))) % 2 == 1


_KINDS: dict[str, Callable[[Comments, re.Match[str]], Comment | None]] = {
    "comment": Comments._html,
    "percents": Comments._obsidian,
    "kramdown": Comments._kramdown,
    "hash": Comments._jinja,
    "mdx": Comments._mdx,
    "nowhere": Comments._nowhere,
}
