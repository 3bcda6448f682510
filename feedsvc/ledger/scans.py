"""The history of scans, and whose ledger it is."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import Connection, delete, insert, select, update

from feedsvc.errors import ConfigError
from feedsvc.ledger import leases, status
from feedsvc.ledger.bulk import insert_missing
from feedsvc.ledger.schema import facts, scans
from feedsvc.ledger.store import Store
from feedsvc.model import in_microseconds

SITE = "site"  # the fact that names the owner
HISTORY = 1000  # scans that are remembered


def begin(store: Store, lease: leases.Lease, now: datetime) -> None:
    """Open this scan's line in the history, closing those that a killed scan left open."""
    with store.write() as connection:
        leases.check(connection, lease)
        connection.execute(
            update(scans)
            .where(scans.c.finished.is_(None))
            .values(finished=in_microseconds(now), outcome="abandoned")
        )
        connection.execute(
            insert(scans).values(
                token=lease.token,
                holder=lease.holder,
                started=in_microseconds(now),
                outcome="running",
                summary="",
            )
        )
        connection.execute(delete(scans).where(scans.c.token <= lease.token - HISTORY))


def next_due(store: Store) -> datetime | None:
    """When the next held entry is to be released, or a published one expires."""
    with store.read() as connection:
        return status.next_due(connection)


def claim(store: Store, site_id: str) -> None:
    """Make the ledger this site's, for good: ids of two sites must never meet in one.

    Raises:
        ConfigError: it is another site's.
    """
    owner = _owner(store)
    if owner is None:
        with store.write() as connection:
            insert_missing(connection, facts, name=SITE, value=site_id)
        owner = _owner(store)  # perhaps another process was first
    if owner != site_id:
        raise ConfigError(
            f"store.url: the ledger {store} belongs to the site with site.id = {owner!r}; "
            "name another ledger, or give site.id back"
        )


def _owner(store: Store) -> str | None:
    with store.read() as connection:
        return connection.scalar(select(facts.c.value).where(facts.c.name == SITE))


def fail(store: Store, lease: leases.Lease, now: datetime, why: str) -> None:
    """Close this scan's line in the history without having committed anything."""
    with store.write() as connection:
        close(connection, lease, now, "failed", why)


def close(
    connection: Connection, lease: leases.Lease, now: datetime, outcome: str, summary: str
) -> None:
    """Close this scan's line in the history: `outcome` is `committed` or `failed`."""
    connection.execute(
        update(scans)
        .where(scans.c.token == lease.token, scans.c.finished.is_(None))
        .values(finished=in_microseconds(now), outcome=outcome, summary=summary)
    )
