"""Finds the end of a template tag, and the end of the block that it opens."""

from __future__ import annotations

import re

from feedsvc.reading.templates import comments
from feedsvc.reading.templates.code import ELEMENT, TICKS, Code
from feedsvc.reading.templates.comments import Comments, is_escaped
from feedsvc.reading.templates.lookahead import Lookahead
from feedsvc.reading.templates.syntax import (
    CLOSE,
    CONDITIONS,
    MAX_LENGTH,
    OPEN,
    OPENED,
    Tag,
    closing_of,
)

_TAG_OR_CODE = re.compile("|".join((TICKS, ELEMENT, comments.HTML, OPEN)))


class Blocks:
    """The tags in a text, and the blocks between an opening and a closing tag."""

    def __init__(self, text: str, lookahead: Lookahead, code: Code, *, markdown: bool) -> None:
        self._text, self._lookahead, self._code = text, lookahead, code
        self._block_lookahead = Lookahead(text)  # `end_of` searches far beyond `lookahead`
        self._comments = Comments(text, self._block_lookahead, markdown=markdown)

    def closed_at(self, opened: str, start: int, after: int) -> re.Match[str] | None:
        """The closing delimiter of a tag whose opening one is at `start`; None if it is no tag."""
        if opened not in CLOSE or is_escaped(self._text, start):
            return None
        closing = self._lookahead.find(CLOSE[opened], after)
        if not closing or closing.start() - after > MAX_LENGTH:
            return None
        nested = self._lookahead.find(OPENED[opened], after)
        is_quoted = nested and self._text[nested.start() - 1] in "\"'"
        is_inside = nested and nested.start() < closing.start()
        return None if is_inside and not is_quoted else closing

    def end_of(self, tag: Tag) -> int | None:
        """The end of the tag's closing tag, outside code and after nested blocks; None if none."""
        depth, calls, position = 1, 0, tag.end
        while found := _TAG_OR_CODE.search(self._text, position):
            inner = self._tag_at(found)
            if isinstance(inner, int):
                position = max(inner, found.end())
                continue
            position, ends = inner.end, inner.ends
            if ends == tag.folded or (ends == "" and not calls):
                depth -= 1
            elif ends == "":
                calls -= 1
            elif inner.is_call and inner.opened == "{%" and inner.name not in CONDITIONS:
                calls += 1
            elif inner.folded == tag.folded and not inner.is_self_closing:
                depth += 1
            if not depth:
                return position
        return None

    def _tag_at(self, found: re.Match[str]) -> Tag | int:
        """The tag at a match; or else the offset after the code, comment or plain text there."""
        if found.lastgroup in ("ticks", "element"):
            return self._code.end(found)
        if comment := self._comments.at(found):
            return comment.end
        closing = self.closed_at(found["open"], *found.span()) if found["open"] else None
        if not closing:
            return found.end()
        tag = Tag.of(found["open"], self._text, found.start(), closing)
        raw = closing_of(tag.opened, tag.name)
        end = self._block_lookahead.find(raw, tag.end) if raw else None
        return end.end() if end else tag
