"""What a scan does to subscribers: decided from plain values, without I/O and without a clock."""

from __future__ import annotations

from collections import defaultdict, deque
from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from feedsvc.model import BEGINNING, Article, ChangeKind, Decision, Known, Problem, View, urn

TICK = timedelta(microseconds=1)


@dataclass(slots=True)
class Counts:
    """What one scan found, as its summary tells it; `filed` are the new ones not announced."""

    new: int = 0
    changed: int = 0
    moved: int = 0
    withdrawn: int = 0
    held: int = 0
    filed: int = 0


@dataclass(slots=True)
class Plan:
    """Everything that one scan changes; the problems are those that only a plan can see."""

    decisions: list[Decision] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)
    counts: Counts = field(default_factory=Counts)


@dataclass(frozen=True, slots=True)
class _Arrival:
    """An article on its way to its first release, or back from withdrawal."""

    article: Article
    id: str
    key: str
    published: datetime

    @property
    def order(self) -> tuple[datetime, str]:
        return self.published, self.article.path


class _Stamps:
    """Moments that are given out once, each later than all before."""

    def __init__(self, first: datetime) -> None:
        self.first = self._next = first

    def take(self, at_least: datetime = BEGINNING) -> datetime:
        stamp = max(self._next, at_least)
        self._next = stamp + TICK
        return stamp


def make_plan(
    articles: Iterable[Article],
    gone: Iterable[str],
    view: View,
    now: datetime,
    *,
    site_id: str,
    burst: int = 100,
) -> Plan:
    """Decide what becomes of every new, changed and vanished file.

    Args:
        articles: what the new and changed files say, one for each path.
        gone: the paths that the ledger knows and the folder has no more.
        view: what the ledger knows of these.
        now: the moment of the scan, aware and in UTC.
        site_id: makes the ids of this site's entries its own.
        burst: how many new articles are announced at the most.
    """
    plan = Plan()
    stamps = _Stamps(max(now, view.last_stamp + TICK))
    view = replace(view, entries=tuple(sorted(view.entries, key=lambda known: known.id)))
    living = {known.path: known for known in view.entries if not known.withdrawn}
    fresh = []
    for article in sorted(articles, key=lambda article: article.path):
        if known := living.get(article.path):
            _revisit(plan, article, known, now, stamps)
        else:
            fresh.append(article)
    vanished = {path: living[path] for path in sorted(gone) if path in living}
    arrivals = _without_moves(plan, fresh, vanished)
    identified = _identify(arrivals, view, now, site_id)
    _withdraw(plan, vanished.values())
    _release(plan, identified, view, now, stamps, burst)
    return plan


def release_due(held: Iterable[tuple[Known, Article]], view: View) -> Plan:
    """Release held entries whose moment has come, each at that very moment where order allows."""
    plan = Plan()
    stamps = _Stamps(view.last_stamp + TICK)
    for known, article in sorted(held, key=lambda pair: (pair[0].published, pair[0].path)):
        stamp = stamps.take(known.published)
        plan.counts.new += 1
        plan.decisions.append(
            Decision(
                known.id, known.key, ChangeKind.RELEASED, article, known.published, stamp, stamp
            )
        )
    return plan


def _revisit(plan: Plan, article: Article, known: Known, now: datetime, stamps: _Stamps) -> None:
    """A file that was known before: edited, still held, held no more, or only touched."""
    if article.digest == known.digest:
        return
    published = article.published or known.published
    ahead = published > now
    if ahead and known.released:
        message = (
            f"its date {published.isoformat()} is ahead, but it is published already; "
            "the last version stays until then"
        )
        plan.problems.append(Problem(article.path, "date-ahead", message))
        return
    plan.counts.changed += 1
    if ahead:
        decision = Decision(known.id, known.key, ChangeKind.HELD, article, published, None, None)
    elif known.released:
        decision = Decision(
            known.id,
            known.key,
            ChangeKind.EDITED,
            article,
            published,
            known.released,
            stamps.take(),
        )
    else:
        stamp = stamps.take()
        decision = Decision(
            known.id, known.key, ChangeKind.RELEASED, article, published, stamp, stamp
        )
    plan.decisions.append(decision)


def _without_moves(plan: Plan, fresh: list[Article], vanished: dict[str, Known]) -> list[Article]:
    """Pair fresh articles with vanished ones of the same content; what is left has arrived."""
    by_digest: defaultdict[str, deque[Known]] = defaultdict(deque)
    for known in vanished.values():
        by_digest[known.digest].append(known)
    arrivals = []
    for article in fresh:
        if not by_digest[article.digest]:
            arrivals.append(article)
            continue
        known = by_digest[article.digest].popleft()
        del vanished[known.path]
        plan.counts.moved += 1
        seen = known.released and article.section != known.path.rpartition("/")[0]
        kind = ChangeKind.MOVED if seen else None
        plan.decisions.append(
            Decision(
                known.id,
                known.key,
                kind,
                article,
                known.published,
                known.released,
                known.updated,
            )
        )
    return arrivals


def _identify(arrivals: list[Article], view: View, now: datetime, site_id: str) -> list[_Arrival]:
    """Give each arrival the id it had before it was withdrawn, or one of its own."""
    keys = {known.key for known in view.entries}
    returning = _returning(arrivals, [known for known in view.entries if known.withdrawn])
    identified = []
    for article in arrivals:
        if known := returning.get(article.path):
            published = article.published or known.published
            identified.append(_Arrival(article, known.id, known.key, published))
            continue
        key = article.path
        if key in keys:  # the entry that was first seen here has moved elsewhere and lives on
            key = f"{article.path}#{now.isoformat()}"
        published = article.published or now
        identified.append(_Arrival(article, urn(site_id, "article", key), key, published))
    return identified


def _returning(arrivals: list[Article], withdrawn: list[Known]) -> dict[str, Known]:
    """Which withdrawn entry comes back at which path: by last path, first path, then content."""
    back: dict[str, Known] = {}
    free = {known.id: known for known in withdrawn}
    for trait in ("path", "key", "digest"):
        by_trait: dict[str, Known] = {}
        for known in free.values():
            by_trait.setdefault(getattr(known, trait), known)
        for article in arrivals:
            value = article.digest if trait == "digest" else article.path
            known_there = by_trait.get(value)
            if article.path not in back and known_there and known_there.id in free:
                back[article.path] = free.pop(known_there.id)
    return back


def _withdraw(plan: Plan, vanished: Iterable[Known]) -> None:
    for known in vanished:
        plan.counts.withdrawn += 1
        kind = ChangeKind.WITHDRAWN if known.released else ChangeKind.HELD
        plan.decisions.append(
            Decision(
                known.id, known.key, kind, None, known.published, known.released, known.updated
            )
        )


def _release(
    plan: Plan,
    arrivals: list[_Arrival],
    view: View,
    now: datetime,
    stamps: _Stamps,
    burst: int,
) -> None:
    """Hold what is ahead of now, file what is too much at once, announce the rest."""
    arrivals.sort(key=lambda arrival: arrival.order)
    ahead = [arrival for arrival in arrivals if arrival.published > now]
    due = arrivals[: len(arrivals) - len(ahead)]
    plan.counts.held += len(ahead)
    plan.counts.new += len(due)
    for arrival in ahead:
        _decide(plan, arrival, None)
    if view.first_import:
        stamps = _Stamps(BEGINNING)
        for arrival in due:
            _decide(plan, arrival, stamps.take(arrival.published))
        return
    plan.counts.filed = max(0, len(due) - burst)
    for arrival in due[plan.counts.filed :]:
        _decide(plan, arrival, stamps.take())
    taken = set(view.taken)
    for arrival in reversed(due[: plan.counts.filed]):
        stamp = min(arrival.published, stamps.first - TICK)  # below all that is announced
        while stamp in taken:
            stamp -= TICK
        taken.add(stamp)
        _decide(plan, arrival, stamp)


def _decide(plan: Plan, arrival: _Arrival, stamp: datetime | None) -> None:
    kind = ChangeKind.RELEASED if stamp else ChangeKind.HELD
    plan.decisions.append(
        Decision(arrival.id, arrival.key, kind, arrival.article, arrival.published, stamp, stamp)
    )
