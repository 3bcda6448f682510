"""A whole ledger as rows to compare, an empty one, and its leases."""

from __future__ import annotations

from sqlalchemy import delete, select

from feedsvc.config import Config
from feedsvc.errors import LeaseHeld
from feedsvc.ledger.leases import Lease, attempt
from feedsvc.ledger.migrating import migrate
from feedsvc.ledger.schema import metadata
from feedsvc.ledger.store import Store

UNLIKE = {"leases", "scans"}  # who scanned, and how often, is not what was published
Rows = dict[str, list[str]]


def ledger(config: Config) -> Rows:
    """Every row of every table that subscribers depend on."""
    store = Store(config.store.url)
    with store.read() as connection:
        rows = {
            table.name: sorted(repr(tuple(row)) for row in connection.execute(select(table)))
            for table in metadata.sorted_tables
            if table.name not in UNLIKE
        }
    store.close()
    return rows


def empty(config: Config) -> None:
    """Make the tables, or take every row out of them."""
    store = Store(config.store.url)
    migrate(store)
    with store.write() as connection:
        for table in metadata.sorted_tables:
            connection.execute(delete(table))
    store.close()


def acquire(store: Store, name: str) -> Lease:
    """Take the lease at the first attempt.

    Raises:
        LeaseHeld: another process has it.
    """
    result = attempt(store, name, None)
    if isinstance(result, Lease):
        return result
    raise LeaseHeld(name, result.holder)
