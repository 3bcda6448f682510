"""Selects the positions that a collection's documents show, and the time of their last change."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

from sqlalchemy import ColumnElement, Connection, Row, func, select, tuple_

from feedsvc.ledger.schema import HERE, changes, entries, places, slices
from feedsvc.ledger.status import VISIBLE
from feedsvc.model import CollectionKind


class Selection(NamedTuple):
    """The newest positions, the last older position, and the time of the last change."""

    rows: Sequence[Row[Any]]
    older: int
    changed: int


def last_change(
    connection: Connection, chosen: tuple[CollectionKind, str], limit: int, *, tombstones: bool
) -> int:
    """The time at which a subscription document last changed, 0 if only the first import did so.

    In whole seconds since 1970.
    """
    number = collection_id(connection, *chosen)
    return selection(connection, number, limit, tombstones=tombstones).changed


def selection(connection: Connection, number: int, limit: int, *, tombstones: bool) -> Selection:
    """The content of a collection's subscription document, at most `limit` entries."""
    rows = _newest(connection, number, limit)
    full = len(rows) == limit
    older = _last_older(connection, number, rows[-1]) if full else 0
    since = _since(number, rows[-1]) if full else places.c.slice == number
    changed = max(
        changed_at(connection, since),
        _older_since(connection, number, older, rows),
        _tombstones_changed(connection, number) if tombstones else 0,
    )
    return Selection(rows, older, changed)


def last_position(connection: Connection, number: int) -> int:
    """The last position assigned, 0 if none; archives end there at the latest."""
    given = select(func.max(places.c.place)).where(places.c.slice == number)
    return connection.scalar(given) or 0


def collection_id(connection: Connection, kind: CollectionKind, slug: str) -> int:
    """The id of a collection; 0 if there is none."""
    query = select(slices.c.id).where(slices.c.kind == kind, slices.c.slug == slug)
    return connection.scalar(query) or 0


def changed_at(connection: Connection, where: ColumnElement[bool]) -> int:
    """The time of the last revision that changed one of these positions; 0 for the first import.

    An entry that dropped out of a selection was displaced by a newer one, which counts.
    """
    return connection.scalar(select(func.max(places.c.at)).where(where)) or 0


def _newest(connection: Connection, number: int, limit: int) -> Sequence[Row[Any]]:
    here = select(places).where(places.c.slice == number, places.c.state == HERE)
    order = places.c.rank.desc(), places.c.place.desc()
    return connection.execute(here.order_by(*order).limit(limit)).all()


def _since(number: int, row: Row[Any]) -> ColumnElement[bool]:
    """The positions of a collection that rank no lower than this one."""
    return (places.c.slice == number) & (
        tuple_(places.c.rank, places.c.place) >= (row.rank, row.place)
    )


def _last_older(connection: Connection, number: int, row: Row[Any]) -> int:
    """The last position of a collection with a lower rank than this one; 0 if there is none."""
    lower = select(places.c.place).where(
        places.c.slice == number, tuple_(places.c.rank, places.c.place) < (row.rank, row.place)
    )
    return connection.scalar(lower.order_by(places.c.place.desc()).limit(1)) or 0


def _older_since(connection: Connection, number: int, older: int, rows: Sequence[Row[Any]]) -> int:
    """The time when the last older position was assigned, if after one of the positions shown.

    From then on, archives extend to it and the subscription document links to the last one.
    """
    if not older or older < min(row.place for row in rows):
        return 0
    query = (
        select(func.min(changes.c.at))
        .join_from(places, entries, places.c.released == entries.c.released)
        .join(changes, changes.c.entry == entries.c.id)
        .where(places.c.slice == number, places.c.place == older, VISIBLE)
    )
    return connection.scalar(query) or 0


def _tombstones_changed(connection: Connection, number: int) -> int:
    """The time at which the tombstones of a collection last changed."""
    return connection.scalar(select(slices.c.withdrawn).where(slices.c.id == number)) or 0
