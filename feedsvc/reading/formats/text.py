"""Reads plain text: the first line is the title, blank lines separate paragraphs, no markup.

The first lines may be keys, as in Markdown.
"""

from __future__ import annotations

import re

from feedsvc.model import Article
from feedsvc.reading.composing import TITLE_LENGTH, compose
from feedsvc.reading.errors import NotAnArticle, ReadError
from feedsvc.reading.formats import unread_keys
from feedsvc.reading.formats.bodies import body
from feedsvc.reading.formats.markdown import header
from feedsvc.reading.markup.content import is_visible, one_line, paragraphs, summary
from feedsvc.reading.metadata.dates import moment
from feedsvc.reading.metadata.names import name_of
from feedsvc.reading.source import Source

_BLANK = re.compile(r"\n[^\S\n]*\n\s*")
# One or more numbers, perhaps with a unit: `12 mm`, `2026-01-31;4.5`.
_NUMBERS = re.compile(r"[-+$€£]?\d[\d.,:;/%|+\-\s]*+[^\W\d]{0,4}")


def fits(_source: Source) -> bool:
    """Every file that is in no other format is plain text."""
    return True


def read(source: Source) -> Article:
    """Build an Article from the text; the file name may begin with its date.

    A first line that is too long for a title, or is the whole text, is also part of the content.

    Raises:
        ReadError: `no-text`: there is no visible text; or an error in header lines.
        NotAnArticle: the text is a table of numbers.
    """
    fields, start = header(source.text)
    if fields.values:
        fields, unsafe = body(source, start, fields)
        return compose(source, fields, unsafe, first_line=True)
    unread_keys.check(source.text)
    first, _, rest = source.text.strip().partition("\n")
    line = one_line(first)
    parts = [part for part in _BLANK.split(rest.strip()) if is_visible(part)]
    if not parts or len(line) > TITLE_LENGTH:
        parts = [line, *parts]
    if not any(map(is_visible, parts)):
        raise ReadError(
            "no-text", "the file has no visible text; write some text, or remove the file"
        )
    day = name_of(source.path).date
    if not day and _is_table(source.text):
        raise NotAnArticle("it contains only numbers")
    return Article(
        path=source.path,
        title=summary(line, TITLE_LENGTH) if is_visible(line) else summary(parts[0], TITLE_LENGTH),
        content=paragraphs(parts),
        summary=summary(" ".join(parts[:3])),
        published=moment(day, source.how.timezone) if day else None,
    )


def _is_table(text: str) -> bool:
    """Whether all of several lines are numbers, except perhaps a first line of column names."""
    first, *rest = (line.strip() for line in text.strip().split("\n") if line.strip())
    if not rest or not all(map(_NUMBERS.fullmatch, rest)):
        return False
    names = "," in first or ";" in first or "\t" in first
    return bool(_NUMBERS.fullmatch(first)) or (names and ", " not in first and len(rest) > 1)
