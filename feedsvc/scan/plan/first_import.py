"""The first import into an empty ledger: every article is new and released at its own date.

There may be a million of them, so all that is kept of each is two numbers; the articles
themselves are asked for one by one as the decisions are read.
"""

from __future__ import annotations

from array import array
from bisect import bisect_left
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from itertools import groupby

from feedsvc.model import (
    BEGINNING,
    MICROSECOND,
    NO_DATE,
    ArticleSummary,
    ChangeKind,
    Counts,
    Decision,
    Problem,
    in_microseconds,
)
from feedsvc.scan.plan.identity import arrival, unused
from feedsvc.scan.plan.originals import shared_originals
from feedsvc.scan.plan.values import duplicate_id_problem

Ask = Callable[[int], ArticleSummary]


@dataclass(slots=True)
class Import:
    """The plan of a first import.

    `order` are the numbers of the articles by date. `stamps` are the moments, in microseconds
    since 1970, at which the first of them are released, in the same order; the others are held.
    """

    order: list[int]
    stamps: array[int]
    now: datetime
    site_id: str
    ask: Ask
    keys: frozenset[str]
    problems: list[Problem] = field(default_factory=list)
    warnings: list[Problem] = field(default_factory=list)
    counts: Counts = field(default_factory=Counts)

    @property
    def visible(self) -> bool:
        """Whether subscribers will see anything of it."""
        return bool(self.stamps)

    @property
    def logged(self) -> bool:
        """Whether the change log gets an entry."""
        return bool(self.order)

    @property
    def decisions(self) -> Iterator[Decision]:
        """What becomes of each article, the oldest first."""
        updates = _Updates(self.stamps, in_microseconds(self.now))
        for place, number in enumerate(self.order):
            article = self.ask(number)
            key = article.key or unused(article.path, self.keys)
            come = arrival(article, key, self.now, self.site_id)
            if place >= len(self.stamps):
                yield come.decide(ChangeKind.HELD, None)
            else:
                released = self.stamps[place]
                updated = updates.take(released, article.updated)
                yield come.decide(ChangeKind.IMPORTED, _moment(released), _moment(updated))


def make_import(
    dates: Sequence[int],
    special: Iterable[int],
    originals: Sequence[int],
    ask: Ask,
    now: datetime,
    *,
    site_id: str,
) -> Import:
    """Decide on the first articles that a ledger gets.

    Args:
        dates: when each article, in order of path, was published, in microseconds since 1970, or
            NO_DATE.
        special: the numbers of those that are withheld, that expire or that claim an id.
        originals: a hash of the URL of each article's Original, 0 for those that name none.
        ask: the article of a number.
        now: the moment of the scan, aware and in UTC: the date of those that have none.
        site_id: makes the ids of this site's entries its own.
    """
    present = in_microseconds(now)
    left_out, keys, problems = _sift(special, ask, now)
    moments = [present if date == NO_DATE else date for date in dates]
    order = sorted(range(len(moments)), key=moments.__getitem__)
    order = [number for number in order if number not in left_out]
    stamps = array("q")
    last = -1
    for moment in (moments[number] for number in order):
        if moment > present:
            break
        last = max(last + 1, moment)
        stamps.append(last)
    counts = Counts(new=len(stamps), held=len(order) - len(stamps))
    warnings = list(shared_originals(_repeated(order, originals, ask)))
    return Import(order, stamps, now, site_id, ask, keys, problems, warnings, counts)


def _sift(
    special: Iterable[int], ask: Ask, now: datetime
) -> tuple[set[int], frozenset[str], list[Problem]]:
    """Which articles are left out, which ids are claimed, and who claims one a second time."""
    left_out: set[int] = set()
    holders: dict[str, str] = {}
    problems = []
    for number in special:
        article = ask(number)
        if article.withheld_at(now):
            left_out.add(number)
        elif not article.key:
            continue
        elif article.key in holders:
            left_out.add(number)
            problems.append(duplicate_id_problem(article, holders[article.key]))
        else:
            holders[article.key] = article.path
    return left_out, frozenset(holders), problems


def _repeated(
    order: Iterable[int], originals: Sequence[int], ask: Ask
) -> Iterator[tuple[str, str]]:
    """URL and path of the articles whose Original has the hash of another's."""
    hashed = sorted((n for n in order if originals[n]), key=originals.__getitem__)
    for _, group in groupby(hashed, originals.__getitem__):
        same = list(group)
        for article in map(ask, same if len(same) > 1 else ()):
            yield article.original, article.path


class _Updates:
    """Moments of the last update, each given out once, where an article names one."""

    def __init__(self, released: array[int], now: int) -> None:
        self._released, self._now = released, now
        self._given: set[int] = set()
        self._next: dict[int, int] = {}  # many an archive has one such date for all

    def take(self, released: int, named: datetime | None) -> int:
        wanted = min(in_microseconds(named), self._now) if named else released
        if wanted <= released:
            return released
        stamp = self._next.get(wanted, wanted)
        while stamp in self._given or self._is_released(stamp):
            stamp += 1
        self._given.add(stamp)
        self._next[wanted] = stamp + 1
        return stamp

    def _is_released(self, stamp: int) -> bool:
        place = bisect_left(self._released, stamp)
        return place < len(self._released) and self._released[place] == stamp


def _moment(number: int) -> datetime:
    return BEGINNING + number * MICROSECOND
