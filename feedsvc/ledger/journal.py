"""The journal as services follow it: what became of which entry, some lines at a time."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, func, select

from feedsvc.ledger.rows import SECOND, to_entry, to_moment
from feedsvc.ledger.schema import changes, entries
from feedsvc.ledger.standing import LIVING, VISIBLE, configured, newest_line, next_due, without_text
from feedsvc.ledger.store import Store
from feedsvc.model import ChangeKind, Entry

LINES = 100  # of the journal on one page: pages end where the sequence is a multiple of it


@dataclass(frozen=True, slots=True)
class Line:
    """What became of the entry with this id, and when.

    `entry` is as it is now, without its texts; None where it is withdrawn, now or by this line.
    """

    sequence: int
    kind: ChangeKind
    at: datetime
    id: str
    entry: Entry | None


@dataclass(frozen=True, slots=True)
class Page:
    """The lines of the journal behind `after` and up to `last` that tell of an entry.

    `last` is less than `after` where the journal does not reach so far. `modified` is when what
    is told here last changed, in whole seconds since 1970; `next_due` when a line is due to come.
    """

    after: int
    last: int
    lines: tuple[Line, ...]
    modified: int
    next_due: datetime | None


def page(store: Store, after: int) -> Page:
    """What the journal says behind the line `after`, up to the end of the page."""
    end = (after // LINES + 1) * LINES
    with store.read() as connection:
        there = changes.c.sequence.between(after + 1, end)
        rows = connection.execute(select(changes).where(there).order_by(changes.c.sequence)).all()
        last = rows[-1] if rows else newest_line(connection)
        seen = [row for row in rows if row.entry and row.kind != ChangeKind.HELD]
        told = {row.entry for row in seen}
        shown = _living(connection, told)
        return Page(
            after=after,
            last=last.sequence if last else 0,
            lines=tuple(_line(row, shown) for row in seen),
            modified=max(last.at if last else 0, _changed(connection, told)),
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


def _line(row: Row[Any], shown: Mapping[str, Entry]) -> Line:
    kind = ChangeKind(row.kind)
    entry = None if kind is ChangeKind.WITHDRAWN else shown.get(row.entry)
    return Line(row.sequence, kind, to_moment(row.at * SECOND), row.entry, entry)
