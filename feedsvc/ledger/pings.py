"""The queue of pings: which hubs have yet to be told of which feeds (WebSub section 7)."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, Connection, delete, insert, select, update

from feedsvc.ledger.schema import pings
from feedsvc.ledger.store import Store
from feedsvc.model import in_microseconds

FIRST_RETRY = timedelta(seconds=30)  # doubled with each attempt


@dataclass(frozen=True, slots=True)
class Ping:
    """One hub to be told that one topic, a feed's address, has changed.

    `due` is in microseconds since 1970. It is greater each time that the ping is queued, so it
    also tells one queued anew from the one before.
    """

    hub: str
    topic: str
    attempts: int
    due: int

    @property
    def pause(self) -> timedelta:
        """The time between the last attempt and `due`."""
        return FIRST_RETRY * 2 ** (self.attempts - 1) if self.attempts else timedelta(0)

    def is_due(self, now: datetime) -> bool:
        """Whether to deliver it now.

        One that is due later than its attempts explain was queued before the clock was set back.
        """
        left = self.due - in_microseconds(now)
        return not 0 < left <= self.pause // timedelta(microseconds=1)


def queue(connection: Connection, pairs: Iterable[tuple[str, str]], now: datetime) -> None:
    """Queue a ping for each (hub, topic) pair; one that waits already starts afresh."""
    for hub, topic in pairs:
        before = connection.scalar(select(pings.c.due).where(_same(hub, topic)))
        due = in_microseconds(now)
        if before is not None:
            due = max(due, before + 1)
            connection.execute(delete(pings).where(_same(hub, topic)))
        connection.execute(insert(pings).values(hub=hub, topic=topic, attempts=0, due=due))


def waiting(store: Store, now: datetime) -> list[Ping]:
    """The pings that are due, the longest overdue first."""
    with store.read() as connection:
        rows = connection.execute(select(pings).order_by(pings.c.due, pings.c.topic))
        queued = [Ping(row.hub, row.topic, row.attempts, row.due) for row in rows]
    return [ping for ping in queued if ping.is_due(now)]


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
