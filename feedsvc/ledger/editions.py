"""What the web asks of the ledger: the journal's sequence, and what a document shows."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import Connection, func, or_, select

from feedsvc.ledger.rows import to_entry, to_moment
from feedsvc.ledger.schema import changes, entries, scans
from feedsvc.ledger.store import Store
from feedsvc.model import BEGINNING, ChangeKind, Edition, Entry

_SEEN = changes.c.kind != ChangeKind.HELD
_LIVING = entries.c.released.is_not(None) & entries.c.withdrawn.is_(None)


def sequence(store: Store) -> int:
    """The journal's latest sequence number; 0 where nothing was ever committed."""
    with store.read() as connection:
        return _sequence(connection)


def _sequence(connection: Connection) -> int:
    return connection.scalar(select(func.max(changes.c.sequence))) or 0


def newest(store: Store, limit: int) -> Edition:
    """The `limit` latest released entries, and when this selection last changed."""
    with store.read() as connection:
        rows = connection.execute(
            select(entries).where(_LIVING).order_by(entries.c.released.desc()).limit(limit)
        ).all()
        floor = rows[-1].released if len(rows) == limit else 0
        shown = tuple(to_entry(row) for row in rows)
        modified = _modified_since(connection, floor)
        return Edition(
            sequence=_sequence(connection),
            entries=shown,
            modified=modified,
            updated=_updated(connection, shown, modified),
            next_due=_next_due(connection),
        )


def _modified_since(connection: Connection, floor: int) -> int:
    """When anything released at or after `floor` last changed, withdrawals included.

    An entry that fell out of the selection was pushed out by a later release, which counts.
    """
    at = connection.scalar(
        select(func.max(changes.c.at))
        .select_from(changes.outerjoin(entries, changes.c.entry == entries.c.id))
        .where(_SEEN, or_(changes.c.entry.is_(None), entries.c.released >= floor))
    )
    return at or 0


def _updated(connection: Connection, shown: tuple[Entry, ...], modified: int) -> datetime:
    """The newest change in the feed: an entry's, or later a withdrawal, a move, a setting.

    When the first import was does not count, so that another ledger says the same.
    """
    first = connection.scalar(select(func.min(changes.c.at)))
    newest = max((entry.updated for entry in shown), default=BEGINNING)
    return newest if modified == first else max(newest, to_moment(modified * 1_000_000))


def _next_due(connection: Connection) -> datetime | None:
    due = connection.scalar(
        select(func.min(entries.c.published)).where(
            entries.c.released.is_(None), entries.c.withdrawn.is_(None)
        )
    )
    return None if due is None else to_moment(due)


def single(store: Store, entry_id: str) -> Edition | None:
    """The entry with this id alone: no entries where it is withdrawn, None where it never was."""
    with store.read() as connection:
        row = connection.execute(
            select(entries).where(entries.c.id == entry_id, entries.c.released.is_not(None))
        ).one_or_none()
        if row is None:
            return None
        at = connection.scalar(
            select(func.max(changes.c.at)).where(
                _SEEN, or_(changes.c.entry.is_(None), changes.c.entry == entry_id)
            )
        )
        shown = () if row.withdrawn is not None else (to_entry(row),)
        return Edition(_sequence(connection), shown, at or 0)


def last_scan(store: Store) -> datetime | None:
    """When the latest committed scan ended; None where none ever did."""
    with store.read() as connection:
        finished = connection.scalar(
            select(func.max(scans.c.finished)).where(scans.c.outcome == "committed")
        )
    return None if finished is None else to_moment(finished)
