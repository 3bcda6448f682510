"""Files that only redirect, by path, and their targets."""

from __future__ import annotations

from collections.abc import Mapping

from sqlalchemy import Connection, delete, insert, select

from feedsvc.ledger.schema import redirects
from feedsvc.ledger.store import Store


def all_in(connection: Connection) -> dict[str, str]:
    """The target of each file that only redirects."""
    rows = connection.execute(select(redirects).order_by(redirects.c.path))
    return {row.path: row.leads_to for row in rows}


def read(store: Store) -> dict[str, str]:
    """The target of each file that only redirects, in a transaction of its own.

    Raises:
        LedgerUnavailable: the ledger cannot be reached.
    """
    with store.read() as connection:
        return all_in(connection)


def write(connection: Connection, wanted: Mapping[str, str]) -> None:
    """Replace the stored redirects by these."""
    before = all_in(connection)
    for path in [path for path, to in before.items() if wanted.get(path) != to]:
        connection.execute(delete(redirects).where(redirects.c.path == path))
    new = [{"path": path, "leads_to": to} for path, to in wanted.items() if before.get(path) != to]
    if new:
        connection.execute(insert(redirects), new)
