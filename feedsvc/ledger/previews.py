"""The queries of `feedsvc plan` that a scan itself does not make."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

from sqlalchemy import select

from feedsvc.ledger.bulk import chunks
from feedsvc.ledger.rows import to_article
from feedsvc.ledger.schema import entries
from feedsvc.ledger.store import Store
from feedsvc.model import Article


@dataclass(frozen=True, slots=True)
class Before:
    """The state of an entry before the scan."""

    path: str
    title: str
    withdrawn: bool


def before(store: Store, ids: Collection[str]) -> dict[str, Before]:
    """The present states of these entries, by id."""
    query = select(entries.c.id, entries.c.path, entries.c.title, entries.c.withdrawn)
    with store.read() as connection:
        return {
            row.id: Before(row.path, row.title, row.withdrawn is not None)
            for some in chunks(sorted(ids))
            for row in connection.execute(query.where(entries.c.id.in_(some)))
        }


def article(store: Store, entry_id: str) -> Article | None:
    """The article of an entry, with its full text."""
    with store.read() as connection:
        row = connection.execute(select(entries).where(entries.c.id == entry_id)).one_or_none()
    return to_article(row) if row else None
