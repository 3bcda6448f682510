"""The decisions of a plan, each made as it is read: there may be a million new articles."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from itertools import count

from feedsvc.model import (
    BEGINNING,
    MICROSECOND,
    ArticleSummary,
    ChangeKind,
    Decision,
    StoredEntry,
    in_microseconds,
    urn,
)
from feedsvc.scan.plan.values import Arrivals, Articles, Releases


@dataclass(frozen=True, slots=True)
class Decisions:
    """The decisions of a plan, in the order in which the change log names them.

    Attributes:
        articles: the new and changed articles.
        first: decisions on entries that the ledger has.
        releases: when each of the arrivals is released.
        arrivals: the new articles, and the entries that come back.
        expired: decisions on entries that have expired.
    """

    articles: Articles
    first: Sequence[Decision]
    releases: Sequence[Releases]
    arrivals: Arrivals
    expired: Sequence[Decision]
    now: datetime
    site_id: str

    def __iter__(self) -> Iterator[Decision]:
        yield from self.first
        for releases in self.releases:
            yield from self._released(releases)
        yield from self.expired

    def _released(self, releases: Releases) -> Iterator[Decision]:
        updates = _Updates(releases.timestamps, in_microseconds(self.now))
        for place, number in enumerate(releases.numbers):
            article = self.articles.summary(number)
            released = updated = None
            if releases.kind is not ChangeKind.HELD:
                released = updated = _moment(releases.timestamps[place])
            if releases.kind is ChangeKind.IMPORTED and article.updated:
                updated = updates.take(releases.timestamps[place], article.updated)
            known = self.arrivals.returning.get(number)
            decide = partial(self._back, known) if known else self._new
            yield decide(article, releases.kind, released, updated)

    def _new(
        self,
        article: ArticleSummary,
        kind: ChangeKind,
        released: datetime | None,
        updated: datetime | None,
    ) -> Decision:
        key = article.key or self._unused(article.path)
        return Decision(
            urn(self.site_id, "article", key),
            key,
            kind,
            article,
            article.published or self.now,
            released,
            updated,
            new=True,
            declared=bool(article.key),
        )

    def _back(
        self,
        known: StoredEntry,
        article: ArticleSummary,
        kind: ChangeKind,
        released: datetime | None,
        updated: datetime | None,
    ) -> Decision:
        """An entry comes back to where it was, with its id."""
        return Decision(
            known.id,
            known.key,
            kind,
            article,
            article.published or (known.published if known.released else self.now),
            known.released if released and known.released else released,
            updated,
            declared=known.declared,
        )

    def _unused(self, path: str) -> str:
        """The path, or with a number where an entry first seen there has moved and lives on.

        No path holds `//`, so no other file can come to have that key.
        """
        numbered = (f"{path}//{number}" for number in count(2))
        keys = self.arrivals.keys
        return path if path not in keys else next(key for key in numbered if key not in keys)


class _Updates:
    """Gives out the moments of update that articles of a first import name, each once."""

    def __init__(self, released: Sequence[int], now: int) -> None:
        self._released, self._now = released, now
        self._given: set[int] = set()
        self._next: dict[int, int] = {}  # in many an archive, all articles name the same moment

    def take(self, released: int, named: datetime) -> datetime:
        """The moment `named`, or the first free one after it; `released` if that is later."""
        wanted = min(in_microseconds(named), self._now)
        if wanted <= released:
            return _moment(released)
        timestamp = self._next.get(wanted, wanted)
        while timestamp in self._given or self._is_released(timestamp):
            timestamp += 1
        self._given.add(timestamp)
        self._next[wanted] = timestamp + 1
        return _moment(timestamp)

    def _is_released(self, timestamp: int) -> bool:
        place = bisect_left(self._released, timestamp)
        return place < len(self._released) and self._released[place] == timestamp


def _moment(number: int) -> datetime:
    return BEGINNING + number * MICROSECOND
