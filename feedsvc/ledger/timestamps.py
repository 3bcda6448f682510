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

    All are in microseconds since 1970. An article that is filed takes the latest free microsecond
    up to its date that is before `now` and before all timestamps that its scan gives out, which
    are later than all in the ledger.
    """
    if not dates:
        return
    limits = *dates, in_microseconds(now) - 1
    latest = in_microseconds(last(connection))
    wanted = sorted(min(limit, latest) for limit in limits)
    each = [select(column).where(column <= wanted[-1]) for column in COLUMNS]
    query = union_all(*each).order_by(text("moment DESC")).execution_options(yield_per=ROWS)
    with connection.execute(query) as result:
        yield from _in_the_way(wanted, result.scalars())


def _in_the_way(dates: list[int], timestamps: Iterable[int]) -> Iterator[int]:
    """Those of the timestamps, latest first, that stand where articles of these dates would."""
    floor = dates[-1] + 1  # the earliest microsecond that the articles so far may take
    before = None
    for timestamp in timestamps:
        while dates and dates[-1] >= timestamp:
            date = dates.pop()
            floor = date if date < floor else floor - 1
        if timestamp < floor and not dates:
            return
        if timestamp >= floor and timestamp != before:
            floor -= 1
            yield timestamp
        before = timestamp
