"""Template tags of site generators in a body: what has a meaning is kept, the rest taken out.

Hugo's shortcodes `{{< figure src="a.png" >}}`, Jekyll's `{% highlight ruby %}`, Zola's
`{{ youtube(id="x") }}`, variables such as `{{ page.title }}`, ERB's `<%= title %>`, and comments.
Code in a body is never touched. Each step goes on behind what it found, or remembers that there
is no such thing further on, so the time grows with the length alone.
"""

from __future__ import annotations

import re

from feedsvc.reading.metadata.fields import Fields
from feedsvc.reading.source import Source
from feedsvc.reading.templates import comments
from feedsvc.reading.templates.blocks import Blocks
from feedsvc.reading.templates.code import ELEMENT, TICKS, Code, as_shown, is_apostrophe
from feedsvc.reading.templates.comments import Comment, Comments, has_comments
from feedsvc.reading.templates.expansion import Expansions, Remarks
from feedsvc.reading.templates.lookahead import Lookahead
from feedsvc.reading.templates.syntax import (
    BEGINS_FOR_FEW,
    MAY_STAND_ALONE,
    NEVER_TRUE,
    OPEN,
    Tag,
    closing_of,
    has_signs,
)
from feedsvc.reading.templates.values import Values

_IN_HTML = "|".join((ELEMENT, comments.HTML, comments.HASH, OPEN))
_IN_MARKDOWN = "|".join(
    (
        TICKS,
        comments.PERCENTS,
        comments.KRAMDOWN,
        comments.MDX,
        comments.NOWHERE,
        _IN_HTML,
    )
)
_PLACES = {False: re.compile(_IN_HTML), True: re.compile(_IN_MARKDOWN)}
# What a place begins with, for a search that skips all others fast.
_CANDIDATE = re.compile(rf"`|~~~|<[!%pPcCsStT]|\{{[{{%#:/]|%%|{comments.NAMELESS}")
_IN_LINES = ("open", "hash")  # tags of templates, which may stand between the lines of a block
_CODE = ("ticks", "element")  # the last groups of those places at which code may begin

_FENCES = re.compile(r"^ {0,3}(?:`{3,}|~{3,})[^`\n]*$", re.MULTILINE)


_NEAR = 100  # characters that are looked at before and behind a tag
_NEAR_PARTS = 8  # the same, in parts of what has been told
_SPACES = re.compile(r"[ \t]*+")


def expand_tags(source: Source, start: int, fields: Fields, *, markdown: bool = True) -> str:
    """The text behind `start` without template tags and comments, variables being filled in.

    What stands in code is kept as it is. Tags that are not known are told as remarks.

    Raises:
        ReadError: `too-complex`: the values that are filled in are too long.
    """
    text = source.text[start:]
    if not (has_signs(text) or has_comments(text, markdown=markdown)):
        return text
    return _Expander(source, start, fields, markdown=markdown).run()


class _Expander:
    def __init__(self, source: Source, start: int, fields: Fields, *, markdown: bool) -> None:
        self._text = text = source.text[start:]
        self._markdown = markdown
        self._remarks = Remarks(source, start)
        self._expansions = Expansions(
            text, source, Values(fields, source), self._remarks, markdown=markdown
        )
        self._ahead = Lookahead(text)
        self._code = Code(text, self._ahead, markdown=markdown)
        self._blocks = Blocks(text, self._ahead, self._code, markdown=markdown)
        self._comments = Comments(text, self._ahead, markdown=markdown)
        self._comments_ahead = Comments(text, Lookahead(text), markdown=markdown)
        self._told: list[str] = []

    def run(self) -> str:
        position, places = 0, _PLACES[self._markdown]
        while candidate := _CANDIDATE.search(self._text, position):
            found = places.match(self._text, candidate.start())
            self._keep(position, candidate.start() if found else candidate.end())
            told = len(self._told)
            position = self._step(found) if found else candidate.end()
            if found and self._markdown and len(self._told) == told:
                position = self._behind_nothing(position, found.lastgroup in _IN_LINES)
        self._told.append(self._text[position:])
        return "".join(self._told)

    def _behind_nothing(self, position: int, in_lines: bool) -> int:
        """Where the text goes on behind a tag that is left out.

        The spaces around several at the beginning of a line would make code of what follows, and an
        empty line in place of a template's tag would end a paragraph, a table or a block of HTML.
        """
        *above, line = "".join(part[-_NEAR:] for part in self._told[-_NEAR_PARTS:]).split("\n")
        begins = above or len(self._told) < _NEAR_PARTS
        if not begins or line.strip(" \t"):
            return position
        spaces = _SPACES.match(self._text, position)
        position = spaces.end() if spaces else position
        alone = (
            in_lines and above and above[-1].strip(" \t") and self._text.startswith("\n", position)
        )
        return position + 1 if alone else position

    def _keep(self, start: int, end: int) -> int:
        return self._say(self._text[start:end], end)

    def _say(self, text: str, end: int) -> int:
        if text:
            self._told.append(text)
        return end

    def _step(self, found: re.Match[str]) -> int:
        """Say what becomes of what begins at a place; where the text goes on behind it."""
        end = self._code.indented(found.start())
        if end or found.lastgroup in _CODE:
            end = end or self._code_end(found)
            self._told.append(as_shown(self._text[found.start() : end]))
            return end
        if comment := self._comments.at(found):
            return self._commented(found.start(), comment)
        return self._tag(found) if found.lastgroup == "open" else self._keep(*found.span())

    def _code_end(self, found: re.Match[str]) -> int:
        """Where code ends; an apostrophe begins none that ends within a comment."""
        end = self._code.end(found)
        apostrophe = any(is_apostrophe(self._text, n) for n in (found.start(), end - 1))
        if apostrophe and self._comments_ahead.straddles(found.end(), end):
            return found.end()
        return end

    def _commented(self, start: int, comment: Comment) -> int:
        if not comment.closed:
            message = "a comment begins here that nothing closes, so no text behind it is shown"
            self._remarks.remark("unclosed-comment", f"{message}; close it", start)
        return self._keep(start, comment.end) if comment.kept else comment.end

    def _tag(self, found: re.Match[str]) -> int:
        opened, start, after = found["open"], *found.span()
        closing = self._blocks.closed_at(opened, start, after)
        if not closing:
            few = BEGINS_FOR_FEW.match(self._text, start)
            return (
                self._withheld(Tag(opened, few[1], start, few.end()))
                if few
                else self._keep(start, after)
            )
        tag = Tag.of(opened, self._text, start, closing)
        ending = closing_of(opened, tag.name)
        if ending and (tag.name not in MAY_STAND_ALONE or self._ahead.find(ending, tag.end)):
            return self._block(tag, ending)
        if tag.is_for_few:
            return self._withheld(tag)
        if opened in ("{%", "<%", "{{") and NEVER_TRUE.fullmatch(tag.inside):
            return self._commented(start, self._comments.never_true(tag.end, opened))
        said = self._expansions.of(tag)
        if said is None:
            return self._keep(start, after)
        return self._say(said, tag.end)

    def _block(self, tag: Tag, ending: re.Pattern[str]) -> int:
        """What stands up to the closing tag; where there is none, the opening one alone goes."""
        end = self._ahead.find(ending, tag.end)
        if not end:
            unclosed = Comment(len(self._text), closed=False)
            return self._commented(tag.start, unclosed) if tag.name == "comment" else tag.end
        inner = self._text[tag.end : end.start()]
        if tag.name == "capture" and any(sign in inner for sign in ("{{", "{%")):
            return tag.end  # what it says is shown where it stands
        opens = tag.name == "raw" and len(_FENCES.findall(inner)) % 2  # a fence that ends behind it
        if opens and (closing := self._ahead.find(_FENCES, end.end())):
            return self._say(inner + self._text[end.end() : closing.end()], closing.end())
        return self._say(self._expansions.of_block(tag, inner), end.end())

    def _withheld(self, tag: Tag) -> int:
        """Leave out what stands in a tag that is for few to see, and tell of it.

        One that nothing closes keeps the rest of the text back.
        """
        end = tag.end if tag.is_alone else self._blocks.end_of(tag)
        what = "" if tag.is_alone else " and its end" if end else " and the end of the text"
        message = f"what stands in {tag.without_arguments}{what} is not for all to see"
        self._remarks.remark("withheld-text", f"{message}, and is left out", tag.start, each=True)
        return len(self._text) if end is None else end
