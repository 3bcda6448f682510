"""What `feedsvc check --show` prints: an article as subscribers will get it."""

from __future__ import annotations

import re
import textwrap
from collections.abc import Iterator
from typing import Any

from feedsvc.cli.text import moment, printed
from feedsvc.config import Config
from feedsvc.feeds.addressing import entry_link, for_feed
from feedsvc.model import Enclosure, Person
from feedsvc.reading.markup.content import plain
from feedsvc.scan.check import Expected

WIDTH = 79  # characters per line of a terminal
UNDATED = "when it is first found"

_BLOCK_END = re.compile(
    r"</(?:p|li|pre|tr|h[1-6]|blockquote|dt|dd|figcaption|div|summary)>|<[bh]r\s?/?>"
)


def as_text(expected: Expected, config: Config) -> Iterator[str]:
    """The article's fields, one per line, then its text."""
    yield ""
    yield printed(expected.entry.article.path)
    for name, value in fields(expected, config).items():
        for text in value if isinstance(value, list) else [value]:
            yield f"  {name:<10} {printed(text)}"
    for block in _BLOCK_END.split(for_feed(config, expected.entry).article.content):
        if text := printed(plain(block)):
            yield ""
            yield textwrap.fill(text, WIDTH, initial_indent="  ", subsequent_indent="  ")


def fields(expected: Expected, config: Config) -> dict[str, Any]:
    """The article's non-empty fields in feeds, except its text, by name."""
    entry = for_feed(config, expected.entry)
    article, original = entry.article, entry.article.original
    values = {
        "withheld": expected.withheld,
        "title": article.title,
        "id": entry.id,
        "link": entry_link(config, entry),
        "published": moment(entry.published) if article.published else UNDATED,
        "updated": moment(article.updated) if article.updated else "",
        "authors": [_person(person) for person in article.authors],
        "tags": list(article.tags),
        "section": article.section,
        "language": article.language,
        "original": f"{original.source} {original.url}".strip() if original else "",
        "image": article.image,
        "enclosures": [_enclosure(enclosure) for enclosure in article.enclosures],
        "summary": article.summary,
    }
    return {name: value for name, value in values.items() if value}


def as_json(expected: Expected, config: Config) -> dict[str, Any]:
    """The path, the fields and the text in HTML."""
    article = for_feed(config, expected.entry).article
    return {"path": article.path, **fields(expected, config), "content": article.content}


def _person(person: Person) -> str:
    mail = f"<{person.email}>" if person.email else ""
    return " ".join(filter(None, (person.name, mail, person.uri)))


def _enclosure(enclosure: Enclosure) -> str:
    length = f"{enclosure.length} bytes" if enclosure.length else ""
    duration = f"{enclosure.duration} s" if enclosure.duration else ""
    return ", ".join(filter(None, (enclosure.url, enclosure.type, length, duration)))
