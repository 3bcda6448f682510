"""How long a transaction may wait, so that no lock and no silent server holds a process up."""

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


# A process that is frozen in its commit keeps the standby out for `idle`; no commit of ours pauses
# for as long. What is read may be used slowly, file by file, so its pauses may be longer.
WRITE = Timeouts(lock=5, statement=300, idle=20)
READ = Timeouts(lock=5, statement=300, idle=600)
# A request waits for the answer.
WEB_WRITE = Timeouts(lock=1, statement=10, idle=20)
WEB_READ = Timeouts(lock=1, statement=10, idle=600)
# One row by its key: a process that waits for a lease is to end soon after it is told to.
LEASE = Timeouts(lock=1, statement=3, idle=20)
