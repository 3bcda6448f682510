"""A site with a filled ledger, whose newest 50 articles make a feed of about 130 kB."""

from __future__ import annotations

import gzip
import json
import os
import random
from collections.abc import Iterable
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from xml.sax.saxutils import escape

from benchmarks.articles import WORDS
from benchmarks.filling import Filling, article
from feedsvc.cli import starter
from feedsvc.config import Http, load
from feedsvc.ledger.migrating import migrate
from feedsvc.ledger.store import Store
from feedsvc.model import Article, ChangeKind

ENTRIES = 50
AUTHORS = 200
PATH = "/feed.atom"
BETWEEN = timedelta(minutes=30)  # two revisions


class Newspaper:
    """A folder with a configuration, a ledger and, for other servers, the same feed as files."""

    def __init__(self, base: Path, articles: int) -> None:
        (base / "articles").mkdir()
        self.base, self.number = base, articles
        self.file = base / "config.toml"
        self.file.write_text(_settings(), encoding="utf-8")
        config = load(self.file)
        store = Store(config.store.url)
        migrate(store)
        self._filling = Filling(config, store)
        self._filling.fill(_written(number) for number in range(articles))
        self.files = base / "files"
        self.files.mkdir()
        self.list_articles()

    @property
    def newest(self) -> str:
        """The title of the newest article, as XML."""
        return escape(_written(self.number - 1).title)

    def publish(self) -> None:
        """Release one more article: the ledger has another revision, half an hour later."""
        self._filling.now += BETWEEN
        new = replace(_written(self.number), published=self._filling.now)
        self._filling.change([new], ChangeKind.RELEASED)
        self.number += 1
        self.list_articles()

    def write(self, feed: bytes) -> None:
        """Write the feed, and compressed beside it, with the time of the revision."""
        file = self.files / PATH.lstrip("/")
        moment = self._filling.now.timestamp()
        for name, body in ((file, feed), (Path(f"{file}.gz"), gzip.compress(feed, 9, mtime=0))):
            name.write_bytes(body)
            os.utime(name, (moment, moment))

    def list_articles(self) -> None:
        """Write the newest articles as JSON, which is what the plain view reads."""
        newest = [_written(self.number - 1 - back) for back in range(ENTRIES)]
        (self.base / "articles.json").write_text(json.dumps(_told(newest)), encoding="utf-8")


def _settings() -> str:
    text = starter.starting_config("bench", title="Benchmark", folder="articles")
    if "unlimited" in Http.model_fields:  # the client asks as one subscriber never would
        text = text.replace("[http]\n", '[http]\nunlimited = ["127.0.0.1"]\n')
    return text


def _written(number: int) -> Article:
    """The article with this number, always the same."""
    chance = random.Random(number)  # noqa: S311 - the same articles everywhere
    paragraphs = (" ".join(chance.choices(WORDS, k=59)).capitalize() for _ in range(8))
    return article(number, AUTHORS, "".join(f"<p>{one}.</p>\n" for one in paragraphs))


def _told(articles: Iterable[Article]) -> list[dict[str, str]]:
    return [
        {
            "id": f"urn:example:{one.path}",
            "link": f"http://example.org/{one.path}",
            "title": one.title,
            "author": one.authors[0].name,
            "summary": one.summary,
            "content": one.content,
            "published": one.published.isoformat() if one.published else "",
        }
        for one in articles
    ]
