"""What a scan does to subscribers: decided from plain values, without I/O and without a clock."""

from __future__ import annotations

from collections import defaultdict, deque
from collections.abc import Callable, Iterable, Set
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from itertools import chain, count

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
    new: bool = False

    @property
    def order(self) -> tuple[datetime, str]:
        return self.published, self.article.path


class _Stamps:
    """Moments that are given out once, each later than all before."""

    def __init__(self, after: datetime) -> None:
        self._last = after
        self.given: set[datetime] = set()

    def take(self, at_least: datetime) -> datetime:
        self._last = max(self._last + TICK, at_least)
        self.given.add(self._last)
        return self._last


@dataclass(frozen=True, slots=True)
class Seen:
    """The folder's side of the question.

    `articles` are what the new and changed files say, one for each path, `gone` the paths that
    the ledger knows and the folder has no more. `pending` are those whose file is being written:
    what it held is not released meanwhile.
    """

    articles: Iterable[Article] = ()
    gone: Iterable[str] = ()
    pending: Iterable[str] = ()


def make_plan(seen: Seen, view: View, now: datetime, *, site_id: str, burst: int = 100) -> Plan:
    """Decide what becomes of every new, changed and vanished file, and of what is due.

    Args:
        seen: what the folder says.
        view: what the ledger knows of it.
        now: the moment of the scan, aware and in UTC.
        site_id: makes the ids of this site's entries its own.
        burst: how many new articles are announced at the most.
    """
    plan = Plan()
    stamps = _Stamps(view.last_stamp)
    articles = sorted(seen.articles, key=lambda article: article.path)
    view = replace(view, entries=tuple(sorted(view.entries, key=lambda known: known.id)))
    living = {known.path: known for known in view.entries if not known.withdrawn}
    vanished = {path: living[path] for path in sorted(seen.gone) if path in living}
    edited, fresh = _known_and_fresh(articles, living)
    waiting = {*vanished, *seen.pending, *(article.path for article, _ in edited)}
    _release_due(plan, [k for k in living.values() if k.path not in waiting], now, stamps)
    for article, known in edited:
        _revisit(plan, article, known, now, stamps)
    arrivals = _without_moves(plan, fresh, vanished, now, stamps)
    identified = _identify(arrivals, view, now, site_id)
    _withdraw(plan, vanished.values())
    _release(plan, identified, view, now, stamps, burst)
    return plan


def _known_and_fresh(
    articles: list[Article], living: dict[str, Known]
) -> tuple[list[tuple[Article, Known]], list[Article]]:
    """The articles that say something else than before, and those at a path that is new."""
    edited, fresh = [], []
    for article in articles:
        known = living.get(article.path)
        if known is None:
            fresh.append(article)
        elif article.digest != known.digest:
            edited.append((article, known))
    return edited, fresh


def _release_due(plan: Plan, entries: list[Known], now: datetime, stamps: _Stamps) -> None:
    """Release each held entry at the very moment it names, where the order allows."""
    due = [known for known in entries if known.released is None and known.published <= now]
    for known in sorted(due, key=lambda known: (known.published, known.path)):
        stamp = stamps.take(known.published)
        plan.counts.new += 1
        plan.decisions.append(
            Decision(known.id, known.key, ChangeKind.RELEASED, None, known.published, stamp, stamp)
        )


def _revisit(plan: Plan, article: Article, known: Known, now: datetime, stamps: _Stamps) -> None:
    """A file that says something else than before: edited, still held, or held no more."""
    published = article.published or (known.published if known.released else now)
    ahead = published > now
    if ahead and known.released:
        message = (
            f"its date {published.isoformat()} is ahead, but it is published already; "
            "the last version stays until then"
        )
        plan.problems.append(Problem(article.path, "date-ahead", message))
        return
    plan.counts.changed += 1
    kind, released, updated = ChangeKind.EDITED, known.released, None
    if ahead:
        kind = ChangeKind.HELD
    elif known.released:
        updated = stamps.take(now)
    else:
        kind, released = ChangeKind.RELEASED, stamps.take(now)
        updated = released
    plan.decisions.append(
        Decision(known.id, known.key, kind, article, published, released, updated)
    )


def _without_moves(
    plan: Plan, fresh: list[Article], vanished: dict[str, Known], now: datetime, stamps: _Stamps
) -> list[Article]:
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
        plan.decisions.append(_moved(article, known, now, stamps))
    return arrivals


def _moved(article: Article, known: Known, now: datetime, stamps: _Stamps) -> Decision:
    """A known entry at a new path, of which subscribers see the section, or its release if due."""
    kind, released, updated = None, known.released, known.updated
    if known.released is None and known.published <= now:
        kind, released = ChangeKind.RELEASED, stamps.take(known.published)
        updated = released
    elif known.released and article.section != known.path.rpartition("/")[0]:
        kind = ChangeKind.MOVED
    return Decision(known.id, known.key, kind, article, known.published, released, updated)


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
        key = _unused(article.path, keys)
        published = article.published or now
        entry_id = urn(site_id, "article", key)
        identified.append(_Arrival(article, entry_id, key, published, new=True))
    return identified


def _unused(path: str, keys: Set[str]) -> str:
    """The path, or with a number where what was first seen there has moved and lives on."""
    numbered = (f"{path}#{number}" for number in count(2))
    return next(key for key in chain([path], numbered) if key not in keys)


def _returning(arrivals: list[Article], withdrawn: list[Known]) -> dict[str, Known]:
    """Which withdrawn entry comes back at which path, the latest to go first.

    By path and content, then by last path, by first path, and by content alone.
    """
    back: dict[str, Known] = {}
    free = {known.id: known for known in sorted(withdrawn, key=_latest_first)}
    for of_known, of_article in _TRAITS:
        there: dict[object, Known] = {}
        for known in free.values():
            there.setdefault(of_known(known), known)
        for article in arrivals:
            known_there = there.get(of_article(article))
            if article.path not in back and known_there and known_there.id in free:
                back[article.path] = free.pop(known_there.id)
    return back


def _latest_first(known: Known) -> tuple[float, str]:
    return -(known.withdrawn or BEGINNING).timestamp(), known.id


_TRAITS: tuple[tuple[Callable[[Known], object], Callable[[Article], object]], ...] = (
    (lambda known: (known.path, known.digest), lambda article: (article.path, article.digest)),
    (lambda known: known.path, lambda article: article.path),
    (lambda known: known.key, lambda article: article.path),
    (lambda known: known.digest, lambda article: article.digest),
)


def _withdraw(plan: Plan, vanished: Iterable[Known]) -> None:
    for known in vanished:
        plan.counts.withdrawn += 1
        plan.decisions.append(
            Decision(
                known.id,
                known.key,
                ChangeKind.WITHDRAWN if known.released else ChangeKind.HELD,
                None,
                known.published,
                known.released,
                known.updated,
                withdrawn=True,
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
        _decide(plan, arrival, ChangeKind.HELD, None)
    if view.first_import:
        for arrival in due:
            _decide(plan, arrival, ChangeKind.IMPORTED, stamps.take(arrival.published))
        return
    plan.counts.filed = max(0, len(due) - burst)
    for arrival in due[plan.counts.filed :]:
        _decide(plan, arrival, ChangeKind.RELEASED, stamps.take(now))
    _file(plan, due[: plan.counts.filed], view.taken | stamps.given, min(stamps.given, default=now))


def _file(plan: Plan, arrivals: list[_Arrival], given: Set[datetime], announced: datetime) -> None:
    """Release articles below all that this scan announces, each at its own date or just before."""
    taken = set(given)
    for arrival in reversed(arrivals):
        stamp = min(arrival.published, announced - TICK)
        while stamp in taken:
            stamp -= TICK
        taken.add(stamp)
        _decide(plan, arrival, ChangeKind.RELEASED, stamp)


def _decide(plan: Plan, arrival: _Arrival, kind: ChangeKind, stamp: datetime | None) -> None:
    plan.decisions.append(
        Decision(
            arrival.id,
            arrival.key,
            kind,
            arrival.article,
            arrival.published,
            stamp,
            stamp,
            new=arrival.new,
        )
    )
