"""When each new article is released: held until its date, announced now, or filed."""

from __future__ import annotations

from collections.abc import Set
from datetime import datetime

from feedsvc.model import MICROSECOND, ChangeKind, View
from feedsvc.plan.values import Arrival, Plan, Stamps, is_ahead


def release(
    plan: Plan,
    arrivals: list[Arrival],
    view: View,
    now: datetime,
    stamps: Stamps,
    burst: int,
) -> None:
    """Hold what is ahead of now, file what is too much at once, announce the rest.

    What comes back is neither: it stands where it stood, and whoever knows it sees it changed.
    """
    arrivals.sort(key=lambda arrival: arrival.order)
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
    plan.counts.filed = max(0, len(fresh) - burst)
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
