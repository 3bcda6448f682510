"""The state of the ledger at a glance: scans, revision, counts, problems, leases, pings."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, Connection, Row, false, func, select

from feedsvc.ledger.known import all_problems
from feedsvc.ledger.leases import SCHEDULER, TERM, database_clock
from feedsvc.ledger.rows import SECOND, to_moment
from feedsvc.ledger.schema import WITHDRAWN, entries, leases, pings, places, scans, slices
from feedsvc.ledger.status import newest_change
from feedsvc.ledger.store import Store
from feedsvc.model import CollectionKind, Problem


@dataclass(frozen=True, slots=True)
class Scan:
    """One scan of the history: `outcome` is `committed`, `failed`, `abandoned` or `running`.

    `summary` says what it found or why it failed. `finished` is None while it runs.
    """

    holder: str
    started: datetime
    finished: datetime | None
    outcome: str
    summary: str

    @property
    def seconds(self) -> float | None:
        """How long it took; None while it runs."""
        return (self.finished - self.started).total_seconds() if self.finished else None


@dataclass(frozen=True, slots=True)
class Holder:
    """Who may do what only one process does at a time.

    `age` is the time since the lease was renewed, by the database's clock alone.
    """

    lease: str
    holder: str
    age: timedelta

    @property
    def is_alive(self) -> bool:
        """Whether it has renewed the lease lately, or the database's clock was set back since."""
        return abs(self.age) < timedelta(seconds=TERM)


@dataclass(frozen=True, slots=True)
class Overview:
    """The state of the ledger.

    `last` is the last scan that was committed, `failed` the last one that came to nothing, where
    that was later; `running` is under way. `sequence` is that of the newest change and
    `last_changed` its time, None if there is none. `released`, `held` and `withdrawn` count
    entries; `next_due` is when the next held one is released. `pings` wait to be delivered.
    """

    last: Scan | None
    failed: Scan | None
    running: Scan | None
    sequence: int
    last_changed: datetime | None
    released: int
    held: int
    withdrawn: int
    next_due: datetime | None
    problems: tuple[Problem, ...]
    leases: tuple[Holder, ...]
    pings: int

    @property
    def ended(self) -> datetime | None:
        """When the last scan that was committed ended."""
        return self.last.finished if self.last else None

    @property
    def scheduled(self) -> bool:
        """Whether a scheduler is at work."""
        return any(one.lease == SCHEDULER and one.is_alive for one in self.leases)


def overview(store: Store) -> Overview:
    """The state of the ledger, all of one moment.

    Raises:
        LedgerUnavailable: the ledger cannot be reached, or nobody has scanned into it yet.
    """
    with store.read() as connection:
        last = _latest(connection, scans.c.outcome == "committed")
        failed = _latest(connection, scans.c.outcome.in_(("failed", "abandoned")))
        running = _latest(connection, scans.c.outcome == "running")
        newest = newest_change(connection)
        released, withdrawn = _released_and_withdrawn(connection)
        held, due = connection.execute(
            select(func.count(), func.min(entries.c.published)).where(
                entries.c.released.is_(None), entries.c.withdrawn.is_(None)
            )
        ).one()
        return Overview(
            last=_scan(last),
            failed=_scan(failed) if failed and _token(failed) > _token(last) else None,
            running=_scan(running),
            sequence=newest.sequence if newest else 0,
            last_changed=to_moment(newest.at * SECOND) if newest else None,
            released=released,
            held=held,
            withdrawn=withdrawn,
            next_due=None if due is None else to_moment(due),
            problems=all_problems(connection),
            leases=_holders(connection),
            pings=connection.scalar(select(func.count()).select_from(pings)) or 0,
        )


def _latest(connection: Connection, which: ColumnElement[bool]) -> Row[Any] | None:
    query = select(scans).where(which).order_by(scans.c.token.desc()).limit(1)
    return connection.execute(query).one_or_none()


def _token(row: Row[Any] | None) -> int:
    return row.token if row else 0


def _scan(row: Row[Any] | None) -> Scan | None:
    if row is None:
        return None
    finished = None if row.finished is None else to_moment(row.finished)
    return Scan(row.holder, to_moment(row.started), finished, row.outcome, row.summary)


def _released_and_withdrawn(connection: Connection) -> tuple[int, int]:
    """Counts the positions of the site's feed: counting entries would scan all their texts."""
    site = select(slices.c.id, slices.c.living).where(slices.c.kind == CollectionKind.SITE)
    row = connection.execute(site).one_or_none()
    there = (places.c.slice == row.id) & (places.c.state == WITHDRAWN) if row else false()
    shown = connection.scalar(select(func.count()).select_from(places).where(there))
    never_shown = entries.c.released.is_(None) & entries.c.withdrawn.is_not(None)
    unseen = connection.scalar(select(func.count()).select_from(entries).where(never_shown))
    return row.living if row else 0, (shown or 0) + (unseen or 0)


def _holders(connection: Connection) -> tuple[Holder, ...]:
    age = (database_clock(connection) - leases.c.renewed).label("age")
    held = select(leases.c.name, leases.c.holder, age).where(leases.c.holder != "")
    rows = connection.execute(held.order_by(leases.c.name))
    return tuple(Holder(row.name, row.holder, timedelta(microseconds=row.age)) for row in rows)
