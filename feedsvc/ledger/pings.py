"""The queue of pings: which hubs have yet to be told of which feeds (WebSub section 7)."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, Connection, delete, insert, select, update

from feedsvc.ledger.schema import pings
from feedsvc.ledger.store import Store
from feedsvc.model import in_microseconds


@dataclass(frozen=True, slots=True)
class Ping:
    """One hub to be told that one topic, a feed's address, has changed."""

    hub: str
    topic: str
    attempts: int
    due: int


def queue(connection: Connection, pairs: Iterable[tuple[str, str]], now: datetime) -> None:
    """Queue a ping for each (hub, topic) pair; one that waits already starts afresh."""
    for hub, topic in pairs:
        connection.execute(delete(pings).where(_same(hub, topic)))
        connection.execute(
            insert(pings).values(hub=hub, topic=topic, attempts=0, due=in_microseconds(now))
        )


def waiting(store: Store, now: datetime) -> list[Ping]:
    """The pings that are due, the longest overdue first."""
    with store.read() as connection:
        rows = connection.execute(
            select(pings)
            .where(pings.c.due <= in_microseconds(now))
            .order_by(pings.c.due, pings.c.topic)
        )
        return [Ping(row.hub, row.topic, row.attempts, row.due) for row in rows]


def settle(store: Store, ping: Ping, retry: datetime | None) -> None:
    """Strike a ping off, or try again at `retry`; one queued anew meanwhile stays as it is."""
    mine = _same(ping.hub, ping.topic) & (pings.c.due == ping.due)
    with store.write() as connection:
        if retry is None:
            connection.execute(delete(pings).where(mine))
        else:
            connection.execute(
                update(pings)
                .where(mine)
                .values(attempts=ping.attempts + 1, due=in_microseconds(retry))
            )


def _same(hub: str, topic: str) -> ColumnElement[bool]:
    return (pings.c.hub == hub) & (pings.c.topic == topic)
