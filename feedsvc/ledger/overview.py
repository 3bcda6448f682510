"""The state of the ledger at a glance: scans, editions, counts, problems, leases, pings."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Connection, Row, func, select

from feedsvc.ledger.rows import SECOND, to_moment
from feedsvc.ledger.scans import all_in
from feedsvc.ledger.schema import changes, entries, leases, pings, scans
from feedsvc.ledger.store import Store
from feedsvc.model import Problem, in_microseconds


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


@dataclass(frozen=True, slots=True)
class Holder:
    """Who may do, until `expires`, what only one process does at a time."""

    lease: str
    holder: str
    expires: datetime


@dataclass(frozen=True, slots=True)
class Overview:
    """The state of the ledger.

    `last` is the last scan that was committed, `failed` the last one that came to nothing, where
    that was later; `running` is under way. `sequence` is the journal's, `edition` the moment of
    its last line, None where there is none. `held` and `withdrawn` count entries, as `released`
    does; `next_due` is when the next held one is released. `pings` wait to be delivered.
    """

    last: Scan | None
    failed: Scan | None
    running: Scan | None
    sequence: int
    edition: datetime | None
    released: int
    held: int
    withdrawn: int
    next_due: datetime | None
    problems: tuple[Problem, ...]
    leases: tuple[Holder, ...]
    pings: int


def overview(store: Store, now: datetime) -> Overview:
    """The state of the ledger, all of one moment; leases that ran out before `now` are no more.

    Raises:
        LedgerUnavailable: the ledger cannot be reached, or nobody has scanned into it yet.
    """
    with store.read() as connection:
        last = _latest(connection, scans.c.outcome == "committed")
        failed = _latest(connection, scans.c.outcome.in_(("failed", "abandoned")))
        running = _latest(connection, scans.c.outcome == "running")
        sequence, edition = _journal(connection)
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
            sequence=sequence,
            edition=edition,
            released=released,
            held=held,
            withdrawn=withdrawn,
            next_due=None if due is None else to_moment(due),
            problems=all_in(connection),
            leases=_holders(connection, now),
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


def _journal(connection: Connection) -> tuple[int, datetime | None]:
    row = connection.execute(
        select(changes.c.sequence, changes.c.at).order_by(changes.c.sequence.desc()).limit(1)
    ).one_or_none()
    return (row.sequence, to_moment(row.at * SECOND)) if row else (0, None)


def _released_and_withdrawn(connection: Connection) -> tuple[int, int]:
    """Counted by their indexes and the few rows that are withdrawn, not by reading every text."""
    gone = entries.c.withdrawn.is_not(None)
    ever = connection.scalar(select(func.count(entries.c.released)))
    withdrawn = connection.scalar(select(func.count()).select_from(entries).where(gone))
    unseen = connection.scalar(
        select(func.count()).select_from(entries).where(gone, entries.c.released.is_(None))
    )
    return (ever or 0) - ((withdrawn or 0) - (unseen or 0)), withdrawn or 0


def _holders(connection: Connection, now: datetime) -> tuple[Holder, ...]:
    held = (leases.c.holder != "") & (leases.c.expires > in_microseconds(now))
    rows = connection.execute(select(leases).where(held).order_by(leases.c.name))
    return tuple(Holder(row.name, row.holder, to_moment(row.expires)) for row in rows)
