"""Fills a ledger with released articles, past the folder and its files."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import UTC, datetime, timedelta

from feedsvc.config import Config
from feedsvc.feeds.classification import Classifier
from feedsvc.ledger import leases
from feedsvc.ledger.apply import apply
from feedsvc.ledger.store import Store
from feedsvc.model import (
    Article,
    ArticleSummary,
    ChangeKind,
    ChangeSet,
    Decision,
    Original,
    Person,
    urn,
)

FIRST = datetime(2020, 1, 1, tzinfo=UTC)
HOST = "example.org"


def article(number: int, authors: int, text: str = "<p>Some text.</p>") -> Article:
    """An article of one of so many authors, in one of 40 sections, with two tags of 300."""
    return Article(
        path=f"part-{number % 8}/day-{number % 5}/a{number:07}.md",
        title=f"Article {number} & more",
        content=text,
        summary=f"What article {number} says.",
        published=FIRST + timedelta(minutes=number),
        authors=(Person(f"Author {number * 7919 % authors}"),),
        tags=(f"tag {number % 299}", f"theme {number % 97}"),
        original=Original(f"Source {number % 50}", f"https://{HOST}/{number}"),
    )


class Filling:
    """Commits articles to a ledger, each time a minute after the last."""

    def __init__(self, config: Config, store: Store) -> None:
        self._config, self._store = config, store
        self._collections_of = Classifier(config)
        self.now = datetime(2026, 6, 1, tzinfo=UTC)

    def entry_id(self, one: Article) -> str:
        """The id of an article's entry."""
        return urn(self._config.site.id, "article", one.path)

    def fill(self, articles: Iterable[Article]) -> None:
        """The first import: articles in the order of their dates, released at these."""
        self._commit(self._decisions(articles, ChangeKind.IMPORTED), first=True)

    def change(self, articles: Iterable[Article], kind: ChangeKind) -> None:
        """Release, edit or withdraw these."""
        self._commit(self._decisions(articles, kind))

    def _decisions(
        self, articles: Iterable[Article], kind: ChangeKind
    ) -> Iterator[tuple[Decision, Article]]:
        for place, one in enumerate(articles):
            dated = one.published or FIRST
            edited = kind in (ChangeKind.EDITED, ChangeKind.WITHDRAWN)
            moment = self.now + timedelta(microseconds=place)
            decision = Decision(
                self.entry_id(one),
                one.path,
                kind,
                None if kind is ChangeKind.WITHDRAWN else ArticleSummary.of(one, place),
                dated,
                dated,
                moment if edited else dated,
                withdrawn=kind is ChangeKind.WITHDRAWN,
                new=not edited,
            )
            yield decision, one

    def _commit(self, changes: Iterable[tuple[Decision, Article]], *, first: bool = False) -> None:
        self.now += timedelta(minutes=1)
        change_set = ChangeSet(
            changes=((one, None if one.withdrawn else article) for one, article in changes),
            visible=True,
            site_id=self._config.site.id,
            collections_of=self._collections_of,
            facts={"slices": self._collections_of.digest} if first else {},
            reclassified=first,
            first_import=first,
        )
        with leases.held(self._store, leases.SCAN, lambda _held: False) as lease:
            apply(self._store, lease, change_set, int(self.now.timestamp()), self.now)
