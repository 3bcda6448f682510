"""The timeouts of transactions, so that no lock or silent server blocks a process."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Timeouts:
    """Limits of one transaction, in seconds.

    `lock` is for each lock of another process, `statement` for each statement with its locks, so
    it is longer, and `idle` for the pauses between two statements. SQLite has the first alone.
    """

    lock: float
    statement: float
    idle: float


# A process frozen in its commit blocks the standby for `idle`; our commits never pause that long.
# Reads may pause longer, as their rows may be processed slowly, file by file.
WRITE = Timeouts(lock=5, statement=300, idle=20)
READ = Timeouts(lock=5, statement=300, idle=600)
# A request waits for the result.
WEB_WRITE = Timeouts(lock=1, statement=10, idle=20)
WEB_READ = Timeouts(lock=1, statement=10, idle=600)
# One row by its key: a process waiting for a lease must stop promptly.
LEASE = Timeouts(lock=1, statement=3, idle=20)
