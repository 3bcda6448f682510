"""What sitemaps list: pages of articles by their places in the site's feed, collections, news."""

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
# In microseconds; what the first import brought last changed, as far as is told, at its release.
_LAST_CHANGE = case((places.c.at > 0, places.c.at * SECOND), else_=places.c.released)


@dataclass(frozen=True, slots=True)
class Pages:
    """The living entries at some places, in their order: each one's id, and when it last changed.

    `changed` is the second of the revision that last changed these places, withdrawals included;
    0 where only the first import did.
    """

    pages: Sequence[tuple[str, datetime]]
    changed: int


def extent(store: Store) -> tuple[int, int]:
    """The last place that was given in the site's feed, and the number of the newest collection."""
    last_place = select(func.max(places.c.place)).where(places.c.slice == _SITE)
    with store.read() as connection:
        last_collection = connection.scalar(select(func.max(slices.c.id)))
        return connection.scalar(last_place) or 0, last_collection or 0


def pages(store: Store, span: Span) -> Pages:
    """The pages of articles at these places of the site's feed.

    No more of an entry is read than its id, which stands first in its row.
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
    """The parts of `size` places each, from 1, that have a living entry; when each last changed."""
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
    """The parts of `size` collections each, by their numbers from 1, that have a living one."""
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
    """The entries published within `span` before the newest release, the newest first."""
    with store.read() as connection:
        newest = connection.scalar(
            select(entries.c.released).where(LIVING).order_by(entries.c.released.desc()).limit(1)
        )
        if newest is None:
            return []
        query = newest_since(newest - span // MICROSECOND, most)
        return [to_entry(row) for row in connection.execute(query)]


def newest_since(moment: int, most: int) -> Select[Any]:
    """The living entries published since, without their texts, those released last first."""
    # what is published later was not released before, so the index of releases does
    late = (entries.c.released >= moment) & (entries.c.published >= moment)
    return without_text().where(LIVING, late).order_by(entries.c.released.desc()).limit(most)
