"""Expands the template tags of site generators in a body, and removes unknown tags and comments.

Hugo's shortcodes `{{< figure src="a.png" >}}`, Jekyll's `{% highlight ruby %}`, Zola's
`{{ youtube(id="x") }}`, variables such as `{{ page.title }}`, ERB's `<%= title %>`.
Code is unchanged. Every step either advances or caches that a pattern has no further match, so the
time is linear in the length of the text.
"""

from __future__ import annotations

import re
from dataclasses import replace

from feedsvc.reading.metadata.fields import Fields
from feedsvc.reading.source import Source
from feedsvc.reading.templates import comments
from feedsvc.reading.templates.blocks import Blocks
from feedsvc.reading.templates.code import ELEMENT, TICKS, Code, as_shown, is_apostrophe
from feedsvc.reading.templates.comments import Comment, Comments, has_comments
from feedsvc.reading.templates.expansion import Expansions, Remarks
from feedsvc.reading.templates.lookahead import Lookahead
from feedsvc.reading.templates.syntax import (
    MAY_BE_UNCLOSED,
    NEVER_TRUE,
    OPEN,
    STARTS_PRIVATE,
    Tag,
    closing_of,
    has_signs,
    is_assignment,
    is_private_name,
)
from feedsvc.reading.templates.values import Values

_IN_HTML = "|".join((ELEMENT, comments.HTML, comments.HASH, OPEN))
_IN_MARKDOWN = "|".join(
    (
        TICKS,
        comments.PERCENTS,
        comments.KRAMDOWN,
        comments.MDX,
        comments.UNUSED_LINK,
        _IN_HTML,
    )
)
_TOKENS = {False: re.compile(_IN_HTML), True: re.compile(_IN_MARKDOWN)}
# The first characters of each token, for a fast search.
_CANDIDATE = re.compile(rf"`|~~~|<[!%pPcCsStT]|\{{[{{%#:/]|%%|{comments.UNUSED_LABEL}")
_TEMPLATE_TOKENS = ("open", "hash")  # groups of tokens that can be alone on a line within a block
_CODE_TOKENS = ("ticks", "element")  # groups of tokens that may begin code

_FENCES = re.compile(r"^ {0,3}(?:`{3,}|~{3,})[^`\n]*$", re.MULTILINE)

_CONTEXT = 100  # characters to examine before a removed tag
_CONTEXT_PARTS = 8  # parts of the result to examine
_STARTS_NEVER_TRUE = re.compile(
    r"(?:\{[{%]|<%)[-#\s]*+(?:if\s+(?:false|nil|null|none)|unless\s+true)"
)
_SPACES = re.compile(r"[ \t]*+")


def expand_tags(source: Source, start: int, fields: Fields, *, markdown: bool = True) -> str:
    """The text from `start`, with expanded template tags and without comments.

    Code is unchanged. Unknown tags, unclosed comments and withheld text are reported.

    Raises:
        ReadError: `too-complex`: the values of all variables together are too long.
    """
    text = source.text[start:]
    if not (has_signs(text) or has_comments(text, markdown=markdown)):
        return text
    remarks = Remarks(source, start)
    return _Expander(text, source, Values(fields, source), remarks, markdown=markdown).run()


def hides_text(text: str) -> bool:
    """Whether a tag in the text may remove text that is not public."""
    private = (found[1] for found in STARTS_PRIVATE.finditer(text))
    return any(map(is_private_name, private)) or _STARTS_NEVER_TRUE.search(text) is not None


class _Expander:
    def __init__(
        self, text: str, source: Source, values: Values, remarks: Remarks, *, markdown: bool
    ) -> None:
        self._text, self._source, self._values, self._remarks = text, source, values, remarks
        self._markdown = markdown
        self._expansions = Expansions(text, source, values, remarks, markdown=markdown)
        self._lookahead = Lookahead(text)
        self._code = Code(text, self._lookahead, markdown=markdown)
        self._blocks = Blocks(text, self._lookahead, self._code, markdown=markdown)
        self._comments = Comments(text, self._lookahead, markdown=markdown)
        self._code_comments = Comments(text, Lookahead(text), markdown=markdown)
        self._parts: list[str] = []

    def run(self) -> str:
        position, tokens = 0, _TOKENS[self._markdown]
        while candidate := _CANDIDATE.search(self._text, position):
            found = tokens.match(self._text, candidate.start())
            self._keep(position, candidate.start() if found else candidate.end())
            count = len(self._parts)
            position = self._step(found) if found else candidate.end()
            if found and self._markdown and len(self._parts) == count:
                position = self._after_removed(position, found.lastgroup in _TEMPLATE_TOKENS)
        self._parts.append(self._text[position:])
        return "".join(self._parts)

    def _after_removed(self, position: int, is_template: bool) -> int:
        """The offset at which to continue after a removed tag or comment.

        Spaces between several at the start of a line would turn the rest into an indented code
        block, and a blank line in place of a template tag would end a paragraph, a table or an HTML
        block.
        """
        before = "".join(part[-_CONTEXT:] for part in self._parts[-_CONTEXT_PARTS:])
        *above, line = before.split("\n")
        is_line_start = above or len(self._parts) < _CONTEXT_PARTS
        if not is_line_start or line.strip(" \t"):
            return position
        spaces = _SPACES.match(self._text, position)
        position = spaces.end() if spaces else position
        follows_text = is_template and above and above[-1].strip(" \t")
        is_line_end = self._text.startswith("\n", position)
        return position + 1 if follows_text and is_line_end else position

    def _keep(self, start: int, end: int) -> int:
        return self._append(self._text[start:end], end)

    def _append(self, text: str, end: int) -> int:
        if text:
            self._parts.append(text)
        return end

    def _step(self, found: re.Match[str]) -> int:
        """Process the token at a match; return the offset at which to continue."""
        end = self._code.indented(found.start())
        if end or found.lastgroup in _CODE_TOKENS:
            end = end or self._code_end(found)
            self._parts.append(as_shown(self._text[found.start() : end]))
            return end
        if comment := self._comments.at(found):
            return self._commented(found.start(), comment)
        return self._tag(found) if found.lastgroup == "open" else self._keep(*found.span())

    def _code_end(self, found: re.Match[str]) -> int:
        """The end of code; a code span from an apostrophe does not end within a comment."""
        end = self._code.end(found)
        has_apostrophe = any(is_apostrophe(self._text, n) for n in (found.start(), end - 1))
        if has_apostrophe and self._code_comments.straddles(found.end(), end):
            return found.end()
        return end

    def _commented(self, start: int, comment: Comment) -> int:
        if not comment.closed:
            message = "a comment begins here that is not closed, so no text after it is shown"
            self._remarks.remark("unclosed-comment", f"{message}; close it", start)
        return self._keep(start, comment.end) if comment.kept else comment.end

    def _tag(self, found: re.Match[str]) -> int:
        opened, start, after = found["open"], *found.span()
        closing = self._blocks.closed_at(opened, start, after)
        if not closing:
            private = STARTS_PRIVATE.match(self._text, start)
            if private and is_private_name(private[1]):
                return self._withheld(Tag(opened, private[1], start, private.end()))
            return self._keep(start, after)
        return self._complete_tag(Tag.of(opened, self._text, start, closing), after)

    def _complete_tag(self, tag: Tag, after: int) -> int:
        """Process a tag; return the offset at which to continue."""
        opened, start = tag.opened, tag.start
        ending = None if is_assignment(tag) else closing_of(opened, tag.name)
        if ending and (tag.name not in MAY_BE_UNCLOSED or self._lookahead.find(ending, tag.end)):
            return self._block(tag, ending)
        if tag.is_private:
            return self._withheld(tag)
        if opened in ("{%", "<%", "{{") and NEVER_TRUE.fullmatch(tag.inside):
            return self._commented(start, self._comments.never_true(tag.end, opened))
        expansion = self._expansions.of(tag)
        if expansion is None:
            return self._keep(start, after)
        return self._append(expansion, tag.end)

    def _block(self, tag: Tag, ending: re.Pattern[str]) -> int:
        """Expand a block with raw content; an opening tag without a closing one is removed."""
        end = self._lookahead.find(ending, tag.end)
        if not end:
            unclosed = Comment(len(self._text), closed=False)
            return self._commented(tag.start, unclosed) if tag.name == "comment" else tag.end
        inner = self._text[tag.end : end.start()]
        if tag.name in ("capture", "set") and any(sign in inner for sign in ("{{", "{%")):
            inner = self._nested(inner, tag.end)
        opens_fence = tag.name == "raw" and len(_FENCES.findall(inner)) % 2  # closed after the tag
        if opens_fence and (closing := self._lookahead.find(_FENCES, end.end())):
            return self._append(inner + self._text[end.end() : closing.end()], closing.end())
        return self._append(self._expansions.of_block(tag, inner), end.end())

    def _nested(self, inner: str, start: int) -> str:
        """The value of a variable whose content, which begins at `start`, contains tags."""
        remarks = replace(self._remarks, start=self._remarks.start + start)
        nested = _Expander(inner, self._source, self._values, remarks, markdown=self._markdown)
        return nested.run()

    def _withheld(self, tag: Tag) -> int:
        """Remove and report a block that is not public; if unclosed, with all text after it."""
        end = tag.end if tag.is_self_closing else self._blocks.end_of(tag)
        until = "" if tag.is_self_closing else " up to its end" if end else ", which is not closed,"
        message = f"the content of {tag.without_arguments}{until} is not public"
        self._remarks.remark("withheld-text", f"{message}, so it is removed", tag.start, each=True)
        unclosed = tag.end if tag.may_be_unclosed else len(self._text)
        return unclosed if end is None else end
