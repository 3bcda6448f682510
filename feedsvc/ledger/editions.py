"""What the web asks of the ledger: the journal's sequence, and what a document shows."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import ColumnElement, Connection, func, or_, select

from feedsvc.ledger.rows import SECOND, to_entry, to_moment
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
        return Edition(
            sequence=_sequence(connection),
            entries=shown,
            modified=_modified_since(connection, floor),
            updated=_updated(connection, shown, floor),
            next_due=_next_due(connection),
        )


def _modified_since(connection: Connection, floor: int) -> int:
    """When anything released at or after `floor` last changed, withdrawals included.

    An entry that fell out of the selection was pushed out by a later release, which counts.
    """
    return connection.scalar(select(func.max(changes.c.at)).where(_touches(floor))) or 0


def _touches(floor: int) -> ColumnElement[bool]:
    return _SEEN & or_(changes.c.entry.is_(None), changes.c.released >= floor)


def _updated(connection: Connection, shown: tuple[Entry, ...], floor: int) -> datetime:
    """The newest change in the feed: an entry's, or later a withdrawal, a move, a setting.

    When the first import was does not count, nor what was before there was any entry, so that
    another ledger says the same.
    """
    newest = max((entry.updated for entry in shown), default=BEGINNING)
    entered = changes.c.entry.is_not(None) & _SEEN
    imported = connection.scalar(
        select(func.max(changes.c.sequence)).where(changes.c.kind == ChangeKind.IMPORTED)
    ) or connection.scalar(select(func.min(changes.c.sequence)).where(entered))
    if imported is None:
        return newest
    later = connection.scalar(
        select(func.max(changes.c.at)).where(_touches(floor), changes.c.sequence > imported)
    )
    return newest if later is None else max(newest, to_moment(later * SECOND))


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
        mine = changes.c.entry == entry_id
        at = connection.scalar(
            select(func.max(changes.c.at)).where(_SEEN, or_(changes.c.entry.is_(None), mine))
        )
        if connection.scalar(select(changes.c.at).where(_SEEN, mine).limit(1)) is None:
            return None
        row = connection.execute(
            select(entries).where(entries.c.id == entry_id, _LIVING)
        ).one_or_none()
        shown = (to_entry(row),) if row else ()
        return Edition(_sequence(connection), shown, at or 0)


def last_scan(store: Store) -> datetime | None:
    """When the latest committed scan ended; None where none ever did."""
    with store.read() as connection:
        finished = connection.scalar(
            select(func.max(scans.c.finished)).where(scans.c.outcome == "committed")
        )
    return None if finished is None else to_moment(finished)
