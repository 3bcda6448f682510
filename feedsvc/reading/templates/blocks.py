"""Where a template tag ends, and where the block ends that it begins."""

from __future__ import annotations

import re

from feedsvc.reading.templates import comments
from feedsvc.reading.templates.code import ELEMENT, TICKS, Code
from feedsvc.reading.templates.comments import Comments, is_escaped
from feedsvc.reading.templates.lookahead import Lookahead
from feedsvc.reading.templates.syntax import (
    CLOSE,
    CONDITIONS,
    LONGEST,
    OPEN,
    OPENED,
    Tag,
    closing_of,
)

_TAG_OR_CODE = re.compile("|".join((TICKS, ELEMENT, comments.HTML, OPEN)))


class Blocks:
    """The tags in a text, and the blocks between two of them."""

    def __init__(self, text: str, ahead: Lookahead, code: Code, *, markdown: bool) -> None:
        self._text, self._ahead, self._code = text, ahead, code
        self._further = Lookahead(text)  # from behind the place that `ahead` has come to
        self._comments = Comments(text, self._further, markdown=markdown)

    def closed_at(self, opened: str, start: int, after: int) -> re.Match[str] | None:
        """What closes a tag that may begin here; nothing where it is plainly none."""
        if opened not in CLOSE or is_escaped(self._text, start):
            return None
        closing = self._ahead.find(CLOSE[opened], after)
        if not closing or closing.start() - after > LONGEST:
            return None
        another = self._ahead.find(OPENED[opened], after)
        quoted = another and self._text[another.start() - 1] in "\"'"
        inside = another and another.start() < closing.start()
        return None if inside and not quoted else closing

    def end_of(self, tag: Tag) -> int | None:
        """Where the tag that closes this one ends: outside code, and with others in between."""
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
            elif inner.folded == tag.folded and not inner.is_alone:
                depth += 1
            if not depth:
                return position
        return None

    def _tag_at(self, found: re.Match[str]) -> Tag | int:
        """The tag that begins there; where the text goes on behind code, a comment or no tag."""
        if found.lastgroup in ("ticks", "element"):
            return self._code.end(found)
        if comment := self._comments.at(found):
            return comment.end
        closing = self.closed_at(found["open"], *found.span()) if found["open"] else None
        if not closing:
            return found.end()
        tag = Tag.of(found["open"], self._text, found.start(), closing)
        raw = closing_of(tag.opened, tag.name)
        end = self._further.find(raw, tag.end) if raw else None
        return end.end() if end else tag
