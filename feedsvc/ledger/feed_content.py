"""The queries of the web: the ledger's revision, and the content of feeds and pages."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, NamedTuple

from sqlalchemy import ColumnElement, Connection, Row, func, or_, select

from feedsvc.ledger.migrating import see_version
from feedsvc.ledger.rows import SECOND, to_entry, to_moment
from feedsvc.ledger.schema import (
    HERE,
    LEFT,
    WITHDRAWN,
    changes,
    entries,
    facts,
    places,
    scans,
    slices,
)
from feedsvc.ledger.selecting import changed_at, collection_id, last_position, selection
from feedsvc.ledger.status import (
    LIVING,
    VISIBLE,
    first_release,
    next_due,
    next_expiry,
    site_changed,
)
from feedsvc.ledger.store import Store
from feedsvc.model import Collection, CollectionKind, Entry, FeedContent, Span, Tombstone

DAY = 24 * 60 * 60
MOST_TOMBSTONES = 500  # in one document


@dataclass(frozen=True, slots=True)
class Moved:
    """The new slug of a renamed section."""

    slug: str


@dataclass(frozen=True, slots=True)
class Withdrawn:
    """A collection whose entries were all withdrawn, none moved or edited out of it."""


class Revision(NamedTuple):
    """A state of the ledger, and the settings with which it was last published.

    `sequence` is the latest number of the change log, 0 where no feed was ever filled; `settings`
    is the `Config.document_digest` that the last scan committed.
    """

    sequence: int
    settings: str


def revision(store: Store) -> Revision:
    """The ledger's current revision.

    Raises:
        LedgerUnavailable: it cannot be read, or another version of feedsvc made it.
    """
    with store.read() as connection:
        see_version(store, connection)
        known = {row.name: row.value for row in connection.execute(select(facts))}
        # an older ledger has no collections until it is scanned
        sequence = _sequence(connection) if "slices" in known else 0
    return Revision(sequence, known.get("documents", ""))


def _sequence(connection: Connection) -> int:
    return connection.scalar(select(func.max(changes.c.sequence))) or 0


def find_collection(
    store: Store, kind: CollectionKind, slug: str
) -> Collection | Moved | Withdrawn | None:
    """A collection, or its replacement; None if it never had an entry."""
    query = select(slices).where(slices.c.kind == kind, slices.c.slug == slug)
    with store.read() as connection:
        row = connection.execute(query).one_or_none()
        if row is None:
            return None
        if row.living:
            return Collection(kind, slug, row.name)
        if row.moved:
            return Moved(row.moved)
        return Collection(kind, slug, row.name) if _has_left(connection, row.id) else Withdrawn()


def _has_left(connection: Connection, number: int) -> bool:
    """Whether an entry has ever been moved or edited out of a collection."""
    left = select(places.c.place).where(places.c.slice == number, places.c.state == LEFT).limit(1)
    return connection.scalar(left) is not None


def all_collections(store: Store) -> list[tuple[Collection, int]]:
    """The non-empty collections except the site, with their entry counts, by kind and name."""
    living = (slices.c.living > 0) & (slices.c.kind != CollectionKind.SITE)
    query = select(slices.c.kind, slices.c.slug, slices.c.name, slices.c.living).where(living)
    order = {str(kind): (position, kind) for position, kind in enumerate(CollectionKind)}
    with store.read() as connection:
        rows = connection.execute(query).all()
    found = sorted(
        (order[kind], name.casefold(), slug, name, count) for kind, slug, name, count in rows
    )
    return [(Collection(kind, slug, name), count) for (_, kind), _, slug, name, count in found]


def newest(
    store: Store,
    limit: int,
    kind: CollectionKind = CollectionKind.SITE,
    slug: str = "",
    days: int = 0,
) -> FeedContent:
    """The `limit` newest entries of a collection, and when this selection last changed.

    Entries that were withdrawn less than `days` before the last change leave tombstones.
    """
    with store.read() as connection:
        number = collection_id(connection, kind, slug)
        chosen = selection(connection, number, limit, tombstones=bool(days))
        since = chosen.changed - days * DAY
        return _content(
            connection,
            chosen.rows,
            chosen.changed,
            next_due=next_due(connection),
            tombstones=_tombstones(connection, number, since) if days else (),
            older=_archive_to(chosen.older, limit),
        )


def archive(
    store: Store, span: Span, size: int, kind: CollectionKind, slug: str
) -> FeedContent | None:
    """The entries at a range of positions of a collection; None if no archive has this range.

    Each archive has `size` positions; the last one may have fewer.
    """
    first, last = span
    if first < 1 or (first - 1) % size or not first <= last < first + size:
        return None
    with store.read() as connection:
        number = collection_id(connection, kind, slug)
        if last > last_position(connection, number):
            return None
        there = (places.c.slice == number) & places.c.place.between(first, last)
        here = select(places).where(there, places.c.state == HERE)
        rows = connection.execute(here.order_by(places.c.place.desc())).all()
        content = _content(
            connection,
            rows,
            changed_at(connection, there),
            span=span,
            older=_archive_to(first - 1, size),
            next_due=next_expiry(connection, [row.released for row in rows]),
        )
        newer = _archive_after(connection, number, span, size)
    return replace(content, newer=newer[0], modified=max(content.modified, newer[1]))


def _archive_after(
    connection: Connection, number: int, span: Span, size: int
) -> tuple[Span | None, int]:
    """The next archive, and the time in whole seconds since which this one links to it.

    Its address is final once it is full and the position after it has been assigned. The time is
    that of the last change at that position: possibly too late, which only moves Last-Modified.
    """
    first, last = span
    after = (places.c.slice == number) & (places.c.place == last + size + 1)
    if last != first + size - 1 or not connection.scalar(select(places.c.place).where(after)):
        return None, 0
    return Span(last + 1, last + size), changed_at(connection, after)


def _archive_to(last: int, size: int) -> Span | None:
    """The archive that ends at this position."""
    return Span((last - 1) // size * size + 1, last) if last else None


def _withdrawn(number: int) -> ColumnElement[bool]:
    return (places.c.slice == number) & (places.c.state == WITHDRAWN)


def _content(
    connection: Connection, rows: Sequence[Row[Any]], changed: int, **more: Any
) -> FeedContent:
    """The entries at these positions; `changed` is the time of the last change to the positions."""
    shown = _entries(connection, [row.released for row in rows])
    first = first_release(connection)
    began, site = first.at if first else 0, site_changed(connection, first)
    moments = [entry.updated for entry in shown]
    moments += [to_moment(at * SECOND) for at in (changed, site) if at]
    return FeedContent(
        sequence=_sequence(connection),
        entries=shown,
        modified=max(began, site, changed),
        updated=max(moments, default=to_moment(began * SECOND)),
        **more,
    )


def _entries(connection: Connection, released: Sequence[int]) -> tuple[Entry, ...]:
    if not released:
        return ()
    found = connection.execute(select(entries).where(entries.c.released.in_(released)))
    by_moment = {row.released: row for row in found}
    return tuple(to_entry(by_moment[one]) for one in released if one in by_moment)


def _tombstones(connection: Connection, number: int, since: int) -> tuple[Tombstone, ...]:
    late = select(places.c.released, places.c.at).where(_withdrawn(number), places.c.at >= since)
    rows = connection.execute(late.order_by(places.c.at.desc()).limit(MOST_TOMBSTONES)).all()
    when = {row.released: to_moment(row.at * SECOND) for row in rows}
    query = select(entries.c.id, entries.c.released).where(entries.c.released.in_(list(when)))
    found = (Tombstone(row.id, when[row.released]) for row in connection.execute(query))
    return tuple(sorted(found, key=lambda one: (one.when, one.id), reverse=True))


def changed_since(store: Store, content: FeedContent, sequence: int) -> FeedContent | None:
    """Only the entries that changed after a sequence number; None if all may have."""
    ids = [entry.id for entry in content.entries]
    later = changes.c.sequence > sequence
    with store.read() as connection:
        settings = select(changes.c.sequence).where(later, changes.c.entry.is_(None)).limit(1)
        if connection.scalar(settings) is not None:
            return None
        query = select(changes.c.entry).where(changes.c.entry.in_(ids), later, VISIBLE)
        changed = set(connection.scalars(query))
    if len(changed) == len(ids):
        return None
    return replace(content, entries=tuple(one for one in content.entries if one.id in changed))


def single(store: Store, entry_id: str) -> FeedContent | None:
    """One entry; without entries if it is withdrawn, None if the id is unknown."""
    with store.read() as connection:
        mine = changes.c.entry == entry_id
        if connection.scalar(select(changes.c.at).where(VISIBLE, mine).limit(1)) is None:
            return None
        at: int = connection.execute(
            select(func.max(changes.c.at)).where(VISIBLE, or_(changes.c.entry.is_(None), mine))
        ).scalar_one()
        row = connection.execute(
            select(entries).where(entries.c.id == entry_id, LIVING)
        ).one_or_none()
        shown = (to_entry(row),) if row else ()
        expires = None if row is None or row.expires is None else to_moment(row.expires)
        when = to_moment(at * SECOND)
        return FeedContent(_sequence(connection), shown, at, when, next_due=expires)


class LastScan(NamedTuple):
    """The last committed scan: its token, and when it ended by the clock of its host."""

    token: int
    finished: datetime


def last_scan(store: Store) -> LastScan | None:
    """The last scan that was committed; None where none ever was.

    Raises:
        LedgerUnavailable: it cannot be read, or another version of feedsvc made it.
    """
    query = select(scans.c.token, scans.c.finished).where(scans.c.outcome == "committed")
    with store.read() as connection:
        see_version(store, connection)
        row = connection.execute(query.order_by(scans.c.token.desc()).limit(1)).one_or_none()
    return LastScan(row.token, to_moment(row.finished)) if row else None
