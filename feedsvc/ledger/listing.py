"""The queries of sitemaps: articles by position in the site's feed, collections, news."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Select, case, func, select

from feedsvc.ledger.rows import SECOND, to_entry, to_moment
from feedsvc.ledger.schema import HERE, entries, places, slices
from feedsvc.ledger.status import LIVING, without_text
from feedsvc.ledger.store import Store
from feedsvc.model import MICROSECOND, Collection, CollectionKind, Entry, Span

_SITE = (
    select(slices.c.id).where(slices.c.kind == CollectionKind.SITE, slices.c.slug == "")
).scalar_subquery()
_OWN = slices.c.kind.not_in((CollectionKind.SITE, CollectionKind.CONFIGURED))
# In microseconds; entries of the first import count as changed at their release.
_LAST_CHANGE = case((places.c.at > 0, places.c.at * SECOND), else_=places.c.released)


@dataclass(frozen=True, slots=True)
class Pages:
    """Published entries at a range of positions: their ids and the times of their last changes.

    `changed` is the time of the revision that last changed these positions, withdrawals included;
    0 if only the first import did.
    """

    pages: Sequence[tuple[str, datetime]]
    changed: int


def extent(store: Store) -> tuple[int, int]:
    """The last position assigned in the site's feed, and the id of the newest collection."""
    last_position = select(func.max(places.c.place)).where(places.c.slice == _SITE)
    with store.read() as connection:
        last_collection = connection.scalar(select(func.max(slices.c.id)))
        return connection.scalar(last_position) or 0, last_collection or 0


def pages(store: Store, span: Span) -> Pages:
    """The article pages at these positions of the site's feed.

    Only the id of an entry is read, which is the first column of its row.
    """
    there = (places.c.slice == _SITE) & places.c.place.between(*span)
    query = (
        select(entries.c.id, _LAST_CHANGE.label("last_change"))
        .join_from(places, entries, places.c.released == entries.c.released)
        .where(there, places.c.state == HERE)
        .order_by(places.c.place)
    )
    with store.read() as connection:
        found = [(row.id, to_moment(row.last_change)) for row in connection.execute(query)]
        changed = connection.scalar(select(func.max(places.c.at)).where(there))
    return Pages(found, changed or 0)


def parts(store: Store, size: int) -> list[tuple[int, datetime]]:
    """The non-empty parts of `size` positions, from 1, with the times of their last changes."""
    number = (places.c.place - 1) // size + 1
    query = (
        select(number, func.max(_LAST_CHANGE))
        .where(places.c.slice == _SITE, places.c.state == HERE)
        .group_by(number)
        .order_by(number)
    )
    with store.read() as connection:
        return [(part, to_moment(changed)) for part, changed in connection.execute(query)]


def collection_parts(store: Store, size: int) -> list[int]:
    """The numbers, from 1, of the parts of `size` collections that have a non-empty one."""
    number = (slices.c.id - 1) // size + 1
    query = select(number).where(slices.c.living > 0, _OWN).distinct().order_by(number)
    with store.read() as connection:
        return list(connection.scalars(query))


def living_collections(store: Store, span: Span) -> list[Collection]:
    """The non-empty collections with these ids, except the site and `[[feeds]]`."""
    query = (
        select(slices.c.kind, slices.c.slug, slices.c.name)
        .where(slices.c.id.between(*span), slices.c.living > 0, _OWN)
        .order_by(slices.c.id)
    )
    with store.read() as connection:
        return [
            Collection(CollectionKind(row.kind), row.slug, row.name)
            for row in connection.execute(query)
        ]


def news(store: Store, span: timedelta, most: int) -> list[Entry]:
    """The entries published within `span` of the newest release, newest first."""
    with store.read() as connection:
        newest = connection.scalar(
            select(entries.c.released).where(LIVING).order_by(entries.c.released.desc()).limit(1)
        )
        if newest is None:
            return []
        query = newest_since(newest - span // MICROSECOND, most)
        return [to_entry(row) for row in connection.execute(query)]


def newest_since(moment: int, most: int) -> Select[Any]:
    """The entries published since `moment`, without their texts, newest release first."""
    # what is published later was not released before, so the index of releases does
    late = (entries.c.released >= moment) & (entries.c.published >= moment)
    return without_text().where(LIVING, late).order_by(entries.c.released.desc()).limit(most)
