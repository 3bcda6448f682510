"""Conversions of times and file stats to the integers that databases and file systems store."""

from __future__ import annotations

import os
from datetime import UTC, datetime, timedelta
from typing import NamedTuple

BEGINNING = datetime(1970, 1, 1, tzinfo=UTC)
MICROSECOND = timedelta(microseconds=1)
LATEST_NS = (1 << 63) - 1  # the maximum of a database: April 2262, which a wrong mtime may exceed
SECOND_NS = 1_000_000_000
NO_DATE = -1  # among dates in microseconds since 1970

# A file as it was when last read: path, size, mtime_ns, ctime_ns.
FileRow = tuple[str, int, int, int]


def in_microseconds(moment: datetime) -> int:
    """A time in whole microseconds since 1970."""
    return (moment - BEGINNING) // MICROSECOND


def in_nanoseconds(moment: datetime) -> int:
    """A time in nanoseconds since 1970, as file systems store it."""
    return int(moment.timestamp() * SECOND_NS)


class Stat(NamedTuple):
    """The properties of a file that reveal a change without reading it.

    Programs cannot set the ctime, so it reveals even a rewrite that keeps size and mtime.
    """

    size: int
    mtime_ns: int
    ctime_ns: int

    @classmethod
    def of(cls, result: os.stat_result) -> Stat:
        """The relevant part of a stat result."""
        mtime = min(result.st_mtime_ns, LATEST_NS)
        return cls(result.st_size, mtime, min(result.st_ctime_ns, LATEST_NS))
