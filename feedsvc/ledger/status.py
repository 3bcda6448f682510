"""How the ledger stands as a whole: when it last changed, and when it is due to change."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, Select, func, literal, select

from feedsvc.ledger.rows import SECOND, to_moment
from feedsvc.ledger.schema import changes, entries
from feedsvc.ledger.store import Store
from feedsvc.model import ChangeKind

LIVING = entries.c.released.is_not(None) & entries.c.withdrawn.is_(None)
VISIBLE = changes.c.kind != ChangeKind.HELD
_TEXTS = ("content", "summary")


@dataclass(frozen=True, slots=True)
class LedgerStatus:
    """The whole ledger at one moment; seconds are whole and since 1970.

    `modified` is the second of the last change that subscribers see, `updated` the same without
    regard to when the first import was, unless the site was published empty before. `settled` is
    the second since when the settings and what the first import brought are as they are.
    `next_due` is when the next held article is released, or one expires; `next_expiry` the latter.
    """

    modified: int
    updated: datetime
    settled: int
    next_due: datetime | None
    next_expiry: datetime | None


def status(store: Store) -> LedgerStatus:
    """The ledger's present status."""
    with store.read() as connection:
        first, last = first_release(connection), newest_change(connection, VISIBLE)
        return LedgerStatus(
            modified=last.at if last else 0,
            updated=_updated(connection, first, last),
            settled=max(first.at if first else 0, configured(connection)),
            next_due=next_due(connection),
            next_expiry=next_expiry(connection),
        )


def newest_change(connection: Connection, *which: Any) -> Row[Any] | None:
    """The newest change, or the newest that meets these conditions."""
    query = select(changes).where(*which).order_by(changes.c.sequence.desc()).limit(1)
    return connection.execute(query).one_or_none()


def configured(connection: Connection) -> int:
    """The second in which a setting last changed every document; 0 where none ever did."""
    change = newest_change(connection, changes.c.kind == ChangeKind.CONFIGURED)
    return change.at if change else 0


def site_changed(connection: Connection, first: Row[Any] | None) -> int:
    """The second in which every document last changed; 0 if the first import alone changed them.

    `first` is the change with which there first was an entry. The revision of a first import does
    not count, so that another ledger of the same folder gives the same bytes. It counts if the
    site was published empty before: `updated` would otherwise go back from the moment of that
    revision to the articles' own dates.
    """
    apart = [changes.c.at != first.at] if first else []
    change = newest_change(connection, changes.c.kind == ChangeKind.CONFIGURED, *apart)
    return max(change.at, first.at if first else 0) if change else 0


def next_due(connection: Connection) -> datetime | None:
    """When the next held article is to be released, or the next one expires."""
    held = entries.c.released.is_(None) & entries.c.withdrawn.is_(None)
    release = _moment(connection.scalar(select(func.min(entries.c.published)).where(held)))
    dues = (release, next_expiry(connection))
    return min((due for due in dues if due), default=None)


def next_expiry(connection: Connection, released: Sequence[int] | None = None) -> datetime | None:
    """When the next article expires, of all or of those with these moments of release."""
    expiring = entries.c.expires.is_not(None) & entries.c.withdrawn.is_(None)
    if released is not None:
        expiring &= entries.c.released.in_(released)
    return _moment(connection.scalar(select(func.min(entries.c.expires)).where(expiring)))


def _moment(value: int | None) -> datetime | None:
    return None if value is None else to_moment(value)


def without_text() -> Select[Any]:
    """Entries as `rows.to_entry` takes them, but for their texts, which may be long."""
    return select(
        *(literal("").label(one.name) if one.name in _TEXTS else one for one in entries.c)
    )


def first_release(connection: Connection) -> Row[Any] | None:
    """The first change that released an entry; each kind is queried by its index."""
    found = (
        connection.execute(
            select(changes).where(changes.c.kind == kind).order_by(changes.c.sequence).limit(1)
        ).one_or_none()
        for kind in (ChangeKind.IMPORTED, ChangeKind.RELEASED)
    )
    return min((row for row in found if row), key=lambda row: row.sequence, default=None)


def _updated(connection: Connection, first: Row[Any] | None, last: Row[Any] | None) -> datetime:
    if last and last.kind != ChangeKind.IMPORTED:
        return to_moment(last.at * SECOND)
    latest = connection.scalar(select(func.max(entries.c.updated))) or 0
    return to_moment(max(latest, site_changed(connection, first) * SECOND))
