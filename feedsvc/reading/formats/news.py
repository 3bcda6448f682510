"""Reads the news format: `# Title`, header lines, then one paragraph of plain text per line.

    # Title

    Published at: **2019-11-06T15:06:57+00:00**

    Author: **NAME**

    Original: [SOURCE](URL)

    First paragraph.
    Second paragraph.

The header lines are optional and in any order. Keys that withhold the article, such as
`Status: **draft**`, are header lines too. The body begins at the first line that is not a header
line; in it `*`, `_`, `#`, `<` and `&` are not markup.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime, tzinfo

from feedsvc.addresses import is_web_address, to_uri
from feedsvc.model import Article, Original, Person
from feedsvc.reading.composing import with_content
from feedsvc.reading.errors import ReadError, quoted
from feedsvc.reading.formats import unread_keys
from feedsvc.reading.markup.content import is_visible, one_line, paragraphs, summary, xml_text
from feedsvc.reading.metadata.attachments import parse_person
from feedsvc.reading.metadata.dates import moment
from feedsvc.reading.metadata.fields import Fields, folded
from feedsvc.reading.metadata.withheld import KEYS, visibility, withholds
from feedsvc.reading.source import HTML, Source

_HEADER = re.compile(r"(Published at|Author|Original):\s*(.*)")
_KEY = re.compile(r"([A-Za-z][\w -]{0,30}):\s*(\S.{0,60})")
_TITLE = re.compile(r"\s*#[^\S\n]+\S[^\n]*")
_HEADER_NEXT = re.compile(r"\s*(?:Published at|Author|Original):")
_BOLD = re.compile(r"\*\*(.*)\*\*")

Lines = Iterator[tuple[int, str]]


@dataclass(slots=True)
class _Header:
    published: datetime | None = None
    original: Original | None = None
    authors: list[Person] = field(default_factory=list)
    keys: Fields = field(default_factory=Fields)


def fits(source: Source) -> bool:
    """Whether the file has a title and a header line; in a `.txt` file a title is enough."""
    title = _TITLE.match(source.text)
    if not title or source.suffix in HTML:
        return False
    return source.suffix == ".txt" or bool(_HEADER_NEXT.match(source.text, title.end()))


def read(source: Source) -> Article:
    """Build an Article from the text.

    Raises:
        ReadError: `no-title`, `no-text`, `bad-date` or `bad-link`, with the line.
    """
    lines: Lines = iter(
        (number, line.strip())
        for number, line in enumerate(source.text.split("\n"), start=1)
        if line.strip()
    )
    title = _title(lines)
    header, body = _header(lines, source.how.timezone)
    if header == _Header():
        unread_keys.check(source.text)
    visible = visibility(header.keys, source)
    article = Article(
        path=source.path,
        title=title,
        content=paragraphs(body),
        summary=summary(body[0]) if body else "",
        published=header.published,
        authors=tuple(header.authors),
        original=header.original,
        withheld=visible.withheld,
        expires=visible.expires,
    )
    return article if body else with_content(article, "")


def _title(lines: Lines) -> str:
    number, line = next(lines)
    title = one_line(line.removeprefix("#"))
    if not line.startswith("# ") or not is_visible(title):
        raise ReadError(
            "no-title", "the first line is not a title; begin the file with `# Title`", number
        )
    return title


def _header(lines: Lines, timezone: tzinfo) -> tuple[_Header, list[str]]:
    header = _Header()
    for number, line in lines:
        match = _HEADER.fullmatch(line)
        taken = match and _take(header, match[1], match[2], number, timezone)
        if not taken and not _take_key(header, line):
            rest = [xml_text(line), *(xml_text(later) for _, later in lines)]
            return header, [paragraph for paragraph in rest if is_visible(paragraph)]
    return header, []


def _take(header: _Header, name: str, value: str, number: int, timezone: tzinfo) -> bool:
    """Parse one header line into `header`; false if it repeats a line allowed only once."""
    bold = _BOLD.fullmatch(value)
    plain = one_line(bold[1] if bold else value)
    if name == "Author":
        author = parse_person(plain)
        header.authors += [author] if author.name else []
    elif name == "Published at" and header.published is None:
        header.published = moment(plain, timezone, number)
    elif name == "Original" and header.original is None:
        header.original = _original(value, number)
    else:
        return False
    return True


def _take_key(header: _Header, line: str) -> bool:
    """Add a key that may withhold the article to `header`; false if the line is not such a key."""
    found = _KEY.fullmatch(line)
    if not found or folded(found[1]) not in KEYS:
        return False
    bold = _BOLD.fullmatch(found[2])
    value = (bold[1] if bold else found[2]).strip()
    if not bold and not withholds(Fields.of({found[1]: value})):
        return False  # a sentence
    header.keys.add(found[1], value)
    return True


def _original(value: str, number: int) -> Original:
    name, separator, url = value[1:-1].rpartition("](")
    if not (separator and value.startswith("[") and value.endswith(")")):
        raise ReadError("bad-link", "Original is not of the form [SOURCE](URL); fix it", number)
    url = url.strip()
    if not is_web_address(url):
        message = f"{quoted(url)} is not an http or https URL; fix the link"
        raise ReadError("bad-link", message, number)
    try:
        return Original(one_line(name), to_uri(url))
    except ValueError:
        message = f"{quoted(url)} has an invalid host name; fix the link"
        raise ReadError("bad-link", message, number) from None
