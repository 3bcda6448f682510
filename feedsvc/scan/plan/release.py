"""When each new article is released: under its own date, now, or when its date has come."""

from __future__ import annotations

from array import array
from collections.abc import Sequence, Set
from dataclasses import replace
from datetime import datetime

from feedsvc.model import (
    NO_DATE,
    Announcing,
    ChangeKind,
    Counts,
    LedgerInput,
    in_microseconds,
)
from feedsvc.scan.plan.values import Arrivals, Releases


def release(
    arrivals: Arrivals,
    view: LedgerInput,
    timestamps: Sequence[datetime],
    now: datetime,
    announcing: Announcing,
) -> tuple[list[Releases], Counts]:
    """Hold the articles dated ahead of now; release the others, in the order of their dates.

    A first import releases each at its own date. Later, an entry that comes back keeps its release
    and is updated now; of the rest, the younger articles are announced now, and those that are not
    announced are filed: released at their own dates, below everything that this scan announces.

    `timestamps` are those that this scan has given out so far, each later than the last.
    """
    present = in_microseconds(now)
    moments = _moments(arrivals, present)
    order = sorted(arrivals.numbers, key=moments.__getitem__)
    held = Releases(ChangeKind.HELD, [n for n in order if arrivals.dates[n] > present])
    due = [n for n in order if arrivals.dates[n] <= present]
    counts = Counts(new=len(due), held=len(held.numbers))
    if view.first_import:
        return [_imported(due, moments), held], counts
    returns = {n for n, known in arrivals.returning.items() if known.released}
    back = [n for n in due if n in returns]
    fresh = [n for n in due if n not in returns]
    too_old, over_burst = announcing.unannounced([moments[n] for n in fresh], now)
    filed, announced = fresh[: too_old + over_burst], fresh[too_old + over_burst :]
    given = [in_microseconds(one) for one in timestamps]
    updated = _at_once(back, _next(given, view, present))
    shown = _at_once(announced, _next([*given, *updated.timestamps], view, present))
    earliest = min((*given, *updated.timestamps, *shown.timestamps), default=present)
    counts = replace(counts, too_old=too_old, over_burst=over_burst)
    return [held, updated, shown, _filed(filed, moments, view.taken, earliest)], counts


def _moments(arrivals: Arrivals, present: int) -> Sequence[int]:
    """The date by which each article of the scan is ordered: its own, or when it was first seen."""
    moments = array("q", (present if date == NO_DATE else date for date in arrivals.dates))
    for number, known in arrivals.returning.items():
        if arrivals.dates[number] == NO_DATE and known.released:
            moments[number] = in_microseconds(known.published)
    return moments


def _imported(due: Sequence[int], moments: Sequence[int]) -> Releases:
    """Release articles at their own dates, those of one date a microsecond apart."""
    timestamps = array("q")
    last = -1
    for number in due:
        last = max(last + 1, moments[number])
        timestamps.append(last)
    return Releases(ChangeKind.IMPORTED, array("q", due), timestamps)


def _next(given: Sequence[int], view: LedgerInput, present: int) -> int:
    """The first timestamp from now on that is later than all given out before."""
    return max(present, (given[-1] if given else in_microseconds(view.last_timestamp)) + 1)


def _at_once(numbers: Sequence[int], first: int) -> Releases:
    """Release articles now, a microsecond apart."""
    return Releases(ChangeKind.RELEASED, numbers, range(first, first + len(numbers)))


def _filed(
    numbers: Sequence[int], moments: Sequence[int], taken: Set[int], announced: int
) -> Releases:
    """Release articles before the moment `announced`, each at its own date or just before."""
    timestamps = array("q")
    last = announced
    for number in reversed(numbers):
        last = min(moments[number], last - 1)
        while last in taken:
            last -= 1
        timestamps.append(last)
    return Releases(ChangeKind.RELEASED, numbers[::-1], timestamps)
