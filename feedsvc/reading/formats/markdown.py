"""Reads Markdown without front matter; its first lines may be keys, as in Pelican.

    Title: A walk
    Date: 2026-01-31 10:00

    The text.

Without a `Title` key, the title is the first level-1 heading, else the first line.
"""

from __future__ import annotations

import re

from feedsvc.model import Article
from feedsvc.reading.composing import compose
from feedsvc.reading.errors import ReadError
from feedsvc.reading.formats import unread_keys
from feedsvc.reading.formats.bodies import from_markdown
from feedsvc.reading.formats.openings import is_known
from feedsvc.reading.markup.content import without_unseen_first
from feedsvc.reading.metadata.fields import Fields
from feedsvc.reading.metadata.withheld import withholds
from feedsvc.reading.metadata.yaml_values import Position, Value
from feedsvc.reading.source import HTML, MARKDOWN, Source

MOST_LINES = 100

_CLOSING = re.compile(r"(?:-{3,80}+|\.\.\.)\s*+")
_KEY = re.compile(r" {0,3}([A-Za-z][\w -]{0,40}):(?:[ \t]+(.*)|(?=\w)(.*))?")
_HEADING = re.compile(r"\s*+#{1,6}[ \t]++\S")
_CONTINUATION = re.compile(r"(?: {4}|\t)\s*(\S.*)")


def fits(source: Source) -> bool:
    """Whether the file is Markdown by its name, or has an HTML name but begins with a heading."""
    return source.suffix in MARKDOWN or (source.suffix in HTML and begins(source.text))


def begins(text: str) -> bool:
    """Whether a text begins with a Markdown heading."""
    return bool(_HEADING.match(text))


def read(source: Source) -> Article:
    """Build an Article from the header, if any, and the text.

    Raises:
        ReadError: `no-text`, or an error of `compose`.
    """
    fields, start = header(source.text)
    if not fields.values:
        unread_keys.check(source.text)
    unsafe = from_markdown(source, start, fields)
    return compose(source, fields, unsafe, first_line=True)


def header(text: str) -> tuple[Fields, int]:
    """The keys in the first lines, and the offset of the text; no keys if there is no header.

    A header needs a `Title`, or a key that withholds the article together with another key. It ends
    at a blank line, or at a line of dashes as in Hexo and MultiMarkdown.

    Raises:
        ReadError: `bad-front-matter`: the keys withhold the article, but one line is not a key.
    """
    values: dict[str, Value] = {}
    positions: dict[str, Position] = {}
    offset = len(text) - len(text.lstrip("\n"))
    number, last = offset, ""
    if not _KEY.match(text, offset):
        return Fields(), 0
    while offset < len(text):
        end = text.find("\n", offset)
        end = len(text) if end < 0 else end
        line, number = without_unseen_first(text[offset:end]), number + 1
        closed = bool(values) and _CLOSING.fullmatch(line)
        if closed or not line.strip():
            offset = end + 1 if closed else offset
            break
        last = _take(line, number, last, values, positions)
        if not last or number > MOST_LINES:
            return _broken(Fields.of(values, positions.get), number)
        offset = end + 1
    fields = Fields.of(values, positions.get)
    if not _is_meant(fields):
        return Fields(), 0
    return fields, min(offset, len(text))


def _is_meant(fields: Fields) -> bool:
    """Whether the lines are a header, rather than text such as `Password: the movie`."""
    known = sum(map(is_known, fields.written.values()))
    if "title" in fields.values and (known > 1 or is_known(next(iter(fields.written.values())))):
        return True
    return withholds(fields) and not (known == 1 and "password" in fields.values)


def _broken(fields: Fields, line: int) -> tuple[Fields, int]:
    """No header, or an error if its keys withhold the article."""
    if len(fields.values) > 1 and withholds(fields):
        message = "this header line is not a `Key: value`; fix it, or separate it with a blank line"
        raise ReadError("bad-front-matter", message, line)
    return Fields(), 0


def _take(
    line: str, number: int, last: str, values: dict[str, Value], positions: dict[str, Position]
) -> str:
    """Parse one line into `values`; return its key, or empty if it is not a header line."""
    more = _CONTINUATION.match(line)
    if more and last:
        values[last] = f"{values[last]} {more[1]}".strip()
        return last
    found = _KEY.fullmatch(line.rstrip())
    if not found or (found[3] and not is_known(found[1])):
        return ""
    values[found[1]] = (found[2] or found[3] or "").strip()
    positions[found[1]] = number, 1
    return found[1]
