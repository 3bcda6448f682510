"""The timestamps that entries have: each `released` and `updated`, of which no two are equal."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime

from sqlalchemy import Connection, func, select, text, union_all

from feedsvc.ledger.rows import to_moment
from feedsvc.ledger.schema import entries
from feedsvc.model import in_microseconds

ROWS = 1000  # that are fetched at once
COLUMNS = (entries.c.released.label("moment"), entries.c.updated.label("moment"))


def last(connection: Connection) -> datetime:
    """The latest timestamp; each column is asked alone, so that its index answers."""
    return to_moment(max(connection.scalar(select(func.max(one))) or 0 for one in COLUMNS))


def near(connection: Connection, dates: Sequence[int], now: datetime) -> Iterator[int]:
    """The timestamps that articles may run into if they are filed under these dates.

    All are in microseconds since 1970.
    """
    if not dates:
        return
    each = [select(column).where(column <= max(dates)) for column in COLUMNS]
    query = union_all(*each).order_by(text("moment DESC")).execution_options(yield_per=ROWS)
    latest = in_microseconds(last(connection))
    with connection.execute(query) as result:
        yield from in_the_way(dates, result.scalars(), latest, in_microseconds(now))


def in_the_way(
    dates: Iterable[int], timestamps: Iterable[int], latest: int, now: int
) -> Iterator[int]:
    """Those of the ledger's timestamps, latest first, that such articles may run into.

    A filed article takes the latest free microsecond up to its date that is before `now`, or before
    the first timestamp that its scan gives out, which is later than the `latest` in the ledger.
    """
    ahead = sorted(min(date, latest) for date in (*dates, now - 1))  # read from its end
    floor = latest + 1  # the earliest microsecond that the articles so far may take
    before = None
    for timestamp in timestamps:
        while ahead and ahead[-1] >= timestamp:
            floor = min(ahead.pop(), floor - 1)
        if timestamp < floor and not ahead:
            return
        if timestamp >= floor and timestamp != before:
            floor -= 1
            yield timestamp
        before = timestamp
