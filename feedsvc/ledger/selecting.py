"""Which places of a collection its documents show, and when that last changed."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

from sqlalchemy import ColumnElement, Connection, Row, func, select, tuple_

from feedsvc.ledger.schema import HERE, changes, entries, places, slices
from feedsvc.ledger.status import VISIBLE
from feedsvc.model import CollectionKind


class Selection(NamedTuple):
    """The newest places of a collection, the last one that is older, and when this last changed."""

    rows: Sequence[Row[Any]]
    older: int
    changed: int


def last_change(
    connection: Connection, chosen: tuple[CollectionKind, str], limit: int, *, tombstones: bool
) -> int:
    """The second in which the subscription document of a collection last changed.

    0 where no revision but the first import has, as far as its entries tell.
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
        _filed_at(connection, number, older, rows),
        _withdrew(connection, number) if tombstones else 0,
    )
    return Selection(rows, older, changed)


def last_place(connection: Connection, number: int) -> int:
    """The place that was given last; archives may hold it, once linked to they stay."""
    given = select(func.max(places.c.place)).where(places.c.slice == number)
    return connection.scalar(given) or 0


def collection_id(connection: Connection, kind: CollectionKind, slug: str) -> int:
    """The number by which a collection's places go; 0 where there is no such collection."""
    query = select(slices.c.id).where(slices.c.kind == kind, slices.c.slug == slug)
    return connection.scalar(query) or 0


def changed_at(connection: Connection, where: ColumnElement[bool]) -> int:
    """The second of the last revision that changed one of these places; 0 for the first import.

    What fell out of a selection was pushed out by what came later, which counts.
    """
    return connection.scalar(select(func.max(places.c.at)).where(where)) or 0


def _newest(connection: Connection, number: int, limit: int) -> Sequence[Row[Any]]:
    here = select(places).where(places.c.slice == number, places.c.state == HERE)
    order = places.c.rank.desc(), places.c.place.desc()
    return connection.execute(here.order_by(*order).limit(limit)).all()


def _since(number: int, row: Row[Any]) -> ColumnElement[bool]:
    """The places of a collection that rank no lower than this one."""
    return (places.c.slice == number) & (
        tuple_(places.c.rank, places.c.place) >= (row.rank, row.place)
    )


def _last_older(connection: Connection, number: int, row: Row[Any]) -> int:
    """The last place of a collection that ranks lower than this one; 0 where none does."""
    lower = select(places.c.place).where(
        places.c.slice == number, tuple_(places.c.rank, places.c.place) < (row.rank, row.place)
    )
    return connection.scalar(lower.order_by(places.c.place.desc()).limit(1)) or 0


def _filed_at(connection: Connection, number: int, older: int, rows: Sequence[Row[Any]]) -> int:
    """When the last older place was given, if that was after one of those that are shown.

    The archives reach up to it from then on, and the subscription document links to the last.
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


def _withdrew(connection: Connection, number: int) -> int:
    """The second in which tombstones of a collection last came or went."""
    return connection.scalar(select(slices.c.withdrawn).where(slices.c.id == number)) or 0
