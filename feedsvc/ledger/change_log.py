"""The change log in pages, for services that keep a copy of the articles."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, func, select

from feedsvc.ledger.rows import SECOND, to_entry, to_moment
from feedsvc.ledger.schema import changes, entries
from feedsvc.ledger.status import (
    LIVING,
    VISIBLE,
    configured,
    newest_change,
    next_due,
    without_text,
)
from feedsvc.ledger.store import Store
from feedsvc.model import ChangeKind, Entry

PAGE_SIZE = 100  # changes per page; pages end at multiples of it


@dataclass(frozen=True, slots=True)
class Change:
    """A change to the entry with this id, and its time.

    `entry` is its present state, without its texts; None if it is withdrawn, now or by this change.
    """

    sequence: int
    kind: ChangeKind
    at: datetime
    id: str
    entry: Entry | None


@dataclass(frozen=True, slots=True)
class Page:
    """The changes to entries after the sequence number `after`, up to `last`.

    `last` is less than `after` if the change log ends before it. `modified` is when this page last
    changed, in whole seconds since 1970; `next_due` is when the next change is due.
    """

    after: int
    last: int
    changes: tuple[Change, ...]
    modified: int
    next_due: datetime | None


def page(store: Store, after: int) -> Page:
    """The changes after the sequence number `after`, up to the end of the page."""
    end = (after // PAGE_SIZE + 1) * PAGE_SIZE
    with store.read() as connection:
        there = changes.c.sequence.between(after + 1, end)
        rows = connection.execute(select(changes).where(there).order_by(changes.c.sequence)).all()
        last = rows[-1] if rows else newest_change(connection)
        seen = [row for row in rows if row.entry and row.kind != ChangeKind.HELD]
        ids = {row.entry for row in seen}
        shown = _living(connection, ids)
        return Page(
            after=after,
            last=last.sequence if last else 0,
            changes=tuple(_change(row, shown) for row in seen),
            modified=max(last.at if last else 0, _changed(connection, ids)),
            next_due=None if rows and rows[-1].sequence == end else next_due(connection),
        )


def _living(connection: Connection, ids: Collection[str]) -> dict[str, Entry]:
    """Those of these entries that are not withdrawn."""
    query = without_text().where(entries.c.id.in_(ids), LIVING)
    return {row.id: to_entry(row) for row in connection.execute(query)}


def _changed(connection: Connection, ids: Collection[str]) -> int:
    """The second in which one of these entries, or a setting, last changed."""
    latest = select(func.max(changes.c.at)).where(VISIBLE, changes.c.entry.in_(ids))
    return max(connection.scalar(latest) or 0, configured(connection))


def _change(row: Row[Any], shown: Mapping[str, Entry]) -> Change:
    kind = ChangeKind(row.kind)
    entry = None if kind is ChangeKind.WITHDRAWN else shown.get(row.entry)
    return Change(row.sequence, kind, to_moment(row.at * SECOND), row.entry, entry)
