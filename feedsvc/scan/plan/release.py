"""When each new article is released: held until its date, announced now, or filed."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Collection, Sequence, Set
from dataclasses import dataclass
from datetime import datetime, timedelta

from feedsvc.model import MICROSECOND, ChangeKind, Sighting, View
from feedsvc.scan.plan.values import Arrival, Plan, Stamps, is_ahead

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

    def may_file(self, articles: Collection[Sighting], now: datetime) -> bool:
        """Whether any of these might be filed, should they all be new."""
        return any(self.unannounced(sorted(one.published or now for one in articles), now))

    def unannounced(self, published: Sequence[datetime], now: datetime) -> tuple[int, int]:
        """How many of the new articles' dates, oldest first, are too old, and over the burst."""
        bulk = len(published) + self.others > FEW
        young_from = now - timedelta(days=self.days)
        too_old = bisect_right(published, young_from) if bulk else 0
        return too_old, max(0, len(published) - too_old - self.burst)


def release(
    plan: Plan,
    arrivals: list[Arrival],
    view: View,
    now: datetime,
    stamps: Stamps,
    announcing: Announcing,
) -> None:
    """Hold what is ahead of now, file what a bulk arrival does not announce, announce the rest.

    What comes back is neither: it stands where it stood, and whoever knows it sees it changed.
    """
    arrivals = sorted(arrivals, key=lambda arrival: arrival.order)
    ahead = [arrival for arrival in arrivals if is_ahead(arrival.article, now)]
    due = [arrival for arrival in arrivals if not is_ahead(arrival.article, now)]
    plan.counts.held += len(ahead)
    plan.counts.new += len(due)
    plan.decisions += [arrival.decide(ChangeKind.HELD, None) for arrival in ahead]
    for arrival in due:
        if arrival.before:
            back = arrival.decide(ChangeKind.RELEASED, arrival.before, stamps.take(now))
            plan.decisions.append(back)
    fresh = [arrival for arrival in due if not arrival.before]
    dates = [arrival.published for arrival in fresh]
    plan.counts.too_old, plan.counts.over_burst = announcing.unannounced(dates, now)
    for arrival in fresh[plan.counts.filed :]:
        plan.decisions.append(arrival.decide(ChangeKind.RELEASED, stamps.take(now)))
    earliest = min(stamps.given, default=now)
    _file(plan, fresh[: plan.counts.filed], view.taken | stamps.given, earliest)


def _file(plan: Plan, arrivals: list[Arrival], given: Set[datetime], announced: datetime) -> None:
    """Release articles below all that this scan announces, each at its own date or just before."""
    taken = set(given)
    for arrival in reversed(arrivals):
        stamp = min(arrival.published, announced - MICROSECOND)
        while stamp in taken:
            stamp -= MICROSECOND
        taken.add(stamp)
        plan.decisions.append(arrival.decide(ChangeKind.RELEASED, stamp))
