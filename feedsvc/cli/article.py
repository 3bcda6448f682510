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

WIDTH = 79  # characters of a line, for a terminal
UNDATED = "when it is first seen"

_BLOCK_END = re.compile(
    r"</(?:p|li|pre|tr|h[1-6]|blockquote|dt|dd|figcaption|div|summary)>|<[bh]r\s?/?>"
)


def as_text(expected: Expected, config: Config) -> Iterator[str]:
    """The fields that it has, a line for each, and its text."""
    yield ""
    yield printed(expected.entry.article.path)
    for name, value in fields(expected, config).items():
        for one in value if isinstance(value, list) else [value]:
            yield f"  {name:<10} {printed(one)}"
    for block in _BLOCK_END.split(for_feed(config, expected.entry).article.content):
        if text := printed(plain(block)):
            yield ""
            yield textwrap.fill(text, WIDTH, initial_indent="  ", subsequent_indent="  ")


def fields(expected: Expected, config: Config) -> dict[str, Any]:
    """What feeds tell of it beside its text, by name; only what it has."""
    entry = for_feed(config, expected.entry)
    article, original = entry.article, entry.article.original
    told = {
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
        "enclosures": [_enclosure(one) for one in article.enclosures],
        "summary": article.summary,
    }
    return {name: value for name, value in told.items() if value}


def as_json(expected: Expected, config: Config) -> dict[str, Any]:
    """The same with the HTML of its text."""
    article = for_feed(config, expected.entry).article
    return {"path": article.path, **fields(expected, config), "content": article.content}


def _person(person: Person) -> str:
    mail = f"<{person.email}>" if person.email else ""
    return " ".join(filter(None, (person.name, mail, person.uri)))


def _enclosure(one: Enclosure) -> str:
    length = f"{one.length} bytes" if one.length else ""
    duration = f"{one.duration} s" if one.duration else ""
    return ", ".join(filter(None, (one.url, one.type, length, duration)))
