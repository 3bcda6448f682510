"""When each new article is released: held until its date, announced now, or filed."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Collection, Iterator, Sequence, Set
from dataclasses import dataclass
from datetime import datetime, timedelta

from feedsvc.model import MICROSECOND, ArticleSummary, ChangeKind, Counts, Decision
from feedsvc.scan.plan.values import NewEntry, Stamps, is_ahead

FEW = 10  # new articles at once that are all announced, whatever their dates


@dataclass(frozen=True, slots=True)
class Announcing:
    """Which new articles are announced.

    One scan announces at most `burst`. Of a bulk arrival, it announces only articles younger than
    `days`. `others` counts the new articles of the same arrival beside those of this scan: copying
    a folder takes longer than a scan, which finds some files still being written, and others
    published a moment ago.
    """

    burst: int = 100
    days: int = 30
    others: int = 0

    def may_file(self, articles: Collection[ArticleSummary], now: datetime) -> bool:
        """Whether any of these might be filed, should they all be new."""
        return any(self.unannounced(sorted(one.published or now for one in articles), now))

    def unannounced(self, published: Sequence[datetime], now: datetime) -> tuple[int, int]:
        """How many of the new articles' dates, oldest first, are too old, and over the burst."""
        bulk = len(published) + self.others > FEW
        young_from = now - timedelta(days=self.days)
        too_old = bisect_right(published, young_from) if bulk else 0
        return too_old, max(0, len(published) - too_old - self.burst)


def release(
    arrivals: list[NewEntry],
    taken: Set[datetime],
    now: datetime,
    stamps: Stamps,
    announcing: Announcing,
) -> tuple[list[Decision], Counts]:
    """Hold what is ahead of now, file what a bulk arrival does not announce, announce the rest.

    What comes back is neither: it stands where it stood, and whoever knows it sees it changed.
    `taken` are timestamps that belong to other entries.
    """
    arrivals = sorted(arrivals, key=lambda arrival: arrival.order)
    ahead = [arrival for arrival in arrivals if is_ahead(arrival.article, now)]
    due = [arrival for arrival in arrivals if not is_ahead(arrival.article, now)]
    back = [
        arrival.decide(ChangeKind.RELEASED, arrival.before, stamps.take(now))
        for arrival in due
        if arrival.before
    ]
    fresh = [arrival for arrival in due if not arrival.before]
    too_old, over_burst = announcing.unannounced([one.published for one in fresh], now)
    filed, announced = fresh[: too_old + over_burst], fresh[too_old + over_burst :]
    shown = [one.decide(ChangeKind.RELEASED, stamps.take(now)) for one in announced]
    earliest = min(stamps.given, default=now)
    decisions = [
        *(arrival.decide(ChangeKind.HELD, None) for arrival in ahead),
        *back,
        *shown,
        *_filed(filed, taken | stamps.given, earliest),
    ]
    return decisions, Counts(len(due), held=len(ahead), too_old=too_old, over_burst=over_burst)


def _filed(
    arrivals: list[NewEntry], given: Set[datetime], announced: datetime
) -> Iterator[Decision]:
    """Release articles below all that this scan announces, each at its own date or just before."""
    taken = set(given)
    for arrival in reversed(arrivals):
        stamp = min(arrival.published, announced - MICROSECOND)
        while stamp in taken:
            stamp -= MICROSECOND
        taken.add(stamp)
        yield arrival.decide(ChangeKind.RELEASED, stamp)
