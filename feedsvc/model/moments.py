"""Moments and files as they are counted: what databases and file systems can keep."""

from __future__ import annotations

import os
from datetime import UTC, datetime, timedelta
from typing import NamedTuple

BEGINNING = datetime(1970, 1, 1, tzinfo=UTC)
MICROSECOND = timedelta(microseconds=1)
LATEST_NS = (1 << 63) - 1  # what a database can keep: April 2262, which a wrong mtime may pass
SECOND_NS = 1_000_000_000
NO_DATE = -1  # among dates in microseconds since 1970

# A file as it was when last read: path, size, mtime_ns, ctime_ns.
FileRow = tuple[str, int, int, int]


def in_microseconds(moment: datetime) -> int:
    """A moment as whole microseconds since 1970."""
    return (moment - BEGINNING) // MICROSECOND


def in_nanoseconds(moment: datetime) -> int:
    """A moment as a file system has it, in nanoseconds since 1970."""
    return int(moment.timestamp() * SECOND_NS)


class Stat(NamedTuple):
    """What tells a changed file from an unchanged one without reading it.

    ctime cannot be set by a program, so a rewrite that keeps size and mtime still shows.
    """

    size: int
    mtime_ns: int
    ctime_ns: int

    @classmethod
    def of(cls, result: os.stat_result) -> Stat:
        """The part of a stat result that counts."""
        mtime = min(result.st_mtime_ns, LATEST_NS)
        return cls(result.st_size, mtime, min(result.st_ctime_ns, LATEST_NS))
