"""What four feed parsers make of our Atom and RSS: the same ids, titles, links, dates and text.

Where a parser cannot tell something as it was written, `MAKES` says what it tells instead.
"""

from __future__ import annotations

import os
import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from html import unescape
from time import struct_time
from typing import Any

import feedparser
import pytest

from feedsvc.feeds.addressing import for_feed, page_path
from feedsvc.feeds.entries import categories
from feedsvc.feeds.podcast import is_podcast
from feedsvc.feeds.registry import Format
from feedsvc.model import Entry
from tests.feed_cases import CASES, Case
from tests.npm_parsers import FIELDS, PARSERS, read, reason_to_skip

PYTHON = "feedparser of Python"
FORMATS = [form for form in Format if form.suffix in ("atom", "rss")]  # they read no JSON
DOCUMENTS = [(name, form) for name in CASES for form in FORMATS]
Answer = dict[str, Any]


@pytest.fixture(scope="module")
def answers(tmp_path_factory: pytest.TempPathFactory) -> dict[tuple[str, str], Answer]:
    """What every parser says of every document, from one run of node."""
    reason = reason_to_skip()
    if reason and os.environ.get("CI"):
        pytest.fail(reason)
    if reason:
        pytest.skip(reason)
    bodies = [CASES[name].document(form).bodies["identity"] for name, form in DOCUMENTS]
    told = read(bodies, tmp_path_factory.mktemp("feeds"))
    keys = [(name, form.suffix) for name, form in DOCUMENTS]
    for answer, body in zip(told, bodies, strict=True):
        answer[PYTHON] = python_feedparser(body)
    return dict(zip(keys, told, strict=True))


def python_feedparser(body: bytes) -> Answer:
    feed = feedparser.parse(body, sanitize_html=False, resolve_relative_uris=False)
    return {"title": feed.feed.title, "entries": [_python_entry(entry) for entry in feed.entries]}


def _python_entry(entry: Any) -> Answer:
    return {
        "id": entry.id,
        "title": entry.title,
        "link": entry.link,
        "published": iso(entry.get("published_parsed")),
        "updated": iso(entry.get("updated_parsed")),
        "authors": [author.name for author in entry.get("authors", [])],
        "categories": [tag.term for tag in entry.get("tags", [])],
        "content": entry.content[0].value if "content" in entry else None,
        "summary": entry.get("summary"),
        "enclosures": entry.enclosures,
    }


def iso(moment: struct_time | None) -> str | None:
    return datetime(*moment[:6], tzinfo=UTC).isoformat() if moment else None


@dataclass(frozen=True)
class Written:
    """An entry as it was published in a format."""

    case: Case
    entry: Entry
    suffix: str

    def id(self) -> str:
        return self.entry.id

    def title(self) -> str:
        return self.entry.article.title

    def link(self) -> str:
        original, config = self.entry.article.original, self.case.config
        if original and config.entry.link == "original":
            return original.url
        return config.address(page_path(self.entry))

    def published(self) -> datetime:
        atom = self.suffix == "atom"
        return (self.entry.published if atom else self.entry.released).replace(microsecond=0)

    def updated(self) -> datetime:
        return self.entry.updated.replace(microsecond=0)

    def authors(self) -> list[str]:
        return [person.name for person in self.entry.article.authors]

    def categories(self) -> list[str]:
        return categories(self.entry.article)

    def content(self) -> str | None:
        return for_feed(self.case.config, self.entry).article.content or None


def feed_author(entry: Written) -> list[str]:
    """An entry without an author has its feed's (RFC 4287, section 4.2.1), or its podcast's."""
    config = entry.case.config
    if entry.suffix == "atom":
        return entry.authors() or [config.author]
    heard = (
        [config.podcast.author or config.author] if is_podcast(entry.case.content.entries) else []
    )
    return entry.authors() or heard


def one_author(entry: Written) -> list[str]:
    """It has a field for one author: the first in RSS, in Atom the feed's where there are two."""
    if entry.suffix == "atom" and len(entry.authors()) > 1:
        return [entry.case.config.author]
    return feed_author(entry)[:1]


def without_tags(entry: Written) -> str:
    """It strips tags from a title, also where they are the title's own words."""
    return re.sub(r"</?[bi]>", "", entry.title())


def nothing(_entry: Written) -> None:
    """It has no such field."""


def rss_date(entry: Written) -> datetime | None:
    """In RSS it takes pubDate or dc:date for it, for it does not read atom:updated."""
    return entry.updated() if entry.suffix == "atom" else None


def rss_categories(entry: Written) -> list[str] | None:
    """It reads categories in RSS alone, and tells no empty list."""
    return (entry.categories() or None) if entry.suffix == "rss" else None


def without_default_ports(entry: Written) -> str | None:
    """It writes every address in HTML anew, and leaves out the port that HTTP has anyway."""
    text = entry.content()
    return text.replace(":80/", "/") if text else None


def its_podcasts(entry: Written) -> list[str]:
    """Where an item has no category it takes the podcast's, as they stand before decoding."""
    if entry.suffix == "atom" or not is_podcast(entry.case.content.entries):
        return entry.categories()
    said = (re.sub(r"\s*>\s*", "/", one) for one in entry.case.config.podcast.categories)
    return entry.categories() or sorted(one.replace("&", "&#x26;") for one in said)


def decoded_twice(entry: Written) -> str | None:
    """It decodes the references in HTML as well as those of the XML around it."""
    text = entry.content()
    return unescape(text) if text else None


# What a parser makes of a field that it cannot tell as it was written; None: not looked at.
MAKES: dict[tuple[str, str], Callable[[Written], Any]] = {
    ("rss-parser", "updated"): nothing,
    ("rss-parser", "authors"): lambda entry: entry.authors()[:1],  # it has one, and no feed's
    ("rss-parser", "categories"): rss_categories,
    ("feedparser", "title"): without_tags,
    ("feedparser", "updated"): rss_date,
    ("feedparser", "authors"): one_author,
    ("feedparser", "content"): without_default_ports,
    ("@rowanmanning/feed-parser", "updated"): rss_date,
    ("@rowanmanning/feed-parser", "authors"): feed_author,
    ("@rowanmanning/feed-parser", "categories"): its_podcasts,
    ("@rowanmanning/feed-parser", "content"): decoded_twice,
    (PYTHON, "authors"): lambda entry: entry.authors(),
}


def expected(parser: str, name: str, entry: Written) -> Any:
    make = MAKES.get((parser, name))
    return make(entry) if make else getattr(entry, name)()


def moment(told: str | None) -> datetime | None:
    return datetime.fromisoformat(told).replace(microsecond=0) if told else None


every_parser = pytest.mark.parametrize("parser", [*PARSERS, PYTHON])
every_document = pytest.mark.parametrize(
    ("name", "form"), DOCUMENTS, ids=[f"{name}.{form.suffix}" for name, form in DOCUMENTS]
)


def pairs(
    answers: dict[tuple[str, str], Answer], name: str, form: Format, parser: str
) -> list[tuple[Written, Answer]]:
    told = answers[name, form.suffix][parser]
    assert "error" not in told
    written = [Written(CASES[name], entry, form.suffix) for entry in CASES[name].content.entries]
    return list(zip(written, told["entries"], strict=True))


@every_parser
@every_document
@pytest.mark.parametrize("field", ["id", "title", "link", "authors", "categories"])
def test_what_was_written_is_read(
    answers: dict[tuple[str, str], Answer], name: str, form: Format, parser: str, field: str
) -> None:
    for entry, told in pairs(answers, name, form, parser):
        assert told[field] == expected(parser, field, entry)


@every_parser
@every_document
@pytest.mark.parametrize("field", ["published", "updated"])
def test_moments_are_read_as_they_are(
    answers: dict[tuple[str, str], Answer], name: str, form: Format, parser: str, field: str
) -> None:
    for entry, told in pairs(answers, name, form, parser):
        wanted = expected(parser, field, entry)
        if wanted is not None:
            assert moment(told[field]) == wanted


@every_parser
@every_document
def test_the_text_is_read_in_full_or_not_at_all(
    answers: dict[tuple[str, str], Answer], name: str, form: Format, parser: str
) -> None:
    full = CASES[name].config.feed.content == "full"
    for entry, told in pairs(answers, name, form, parser):
        texts = [told["content"], told["summary"]]  # an RSS description may be the text
        wanted = expected(parser, "content", entry)
        if wanted is not None:
            assert (wanted in texts) == full


@every_parser
@every_document
def test_the_feed_has_its_title(
    answers: dict[tuple[str, str], Answer], name: str, form: Format, parser: str
) -> None:
    assert answers[name, form.suffix][parser]["title"] == CASES[name].config.site.title


def test_every_parser_tells_the_same_fields(answers: dict[tuple[str, str], Answer]) -> None:
    for parsers in answers.values():
        assert set(parsers) == {*PARSERS, PYTHON}
        for told in parsers.values():
            assert all(set(entry) == set(FIELDS) for entry in told["entries"])
