"""Kill a scan with SIGKILL at each statement and commit in turn, and compare what a rerun leaves.

Run as `python -m tests.kill_points CONFIG BEFORE AFTER STEP`: BEFORE and AFTER are folders of
articles that are scanned one after the other, the second scan killed at each STEPth statement.
Prints how often it was killed.
"""

from __future__ import annotations

import os
import signal
import sys
from collections.abc import Callable, Iterable, Iterator
from datetime import UTC, datetime
from itertools import count
from pathlib import Path

from sqlalchemy import event
from sqlalchemy.engine import Engine

from feedsvc import config as configuration
from feedsvc.config import Config
from feedsvc.ledger.migrating import migrate
from feedsvc.ledger.store import Store
from feedsvc.reading.jobs import ChangedFile, Job
from feedsvc.reading.pool import FileResult, read_files
from feedsvc.scan import read, run
from feedsvc.scan.run import Clock, Publisher
from tests.ledgers import empty, ledger


def _read_here(job: Job, files: Iterable[ChangedFile], _poll: object) -> Iterator[FileResult]:
    """Without workers, which a forked process cannot share."""
    for file in files:
        yield FileResult(file, *read_files(job, [(file.path, file.stat)])[0])


vars(read).update(read_all=_read_here)

NOW = datetime(2026, 6, 1, 12, tzinfo=UTC)


def scan(config: Config, folder: Path) -> None:
    articles = config.articles.model_copy(update={"folder": folder})
    store = Store(config.store.url)
    migrate(store)
    clock = Clock(now=lambda: NOW, sleep=lambda _seconds: None)
    run.scan(Publisher(store, config.model_copy(update={"articles": articles}), clock))
    store.close()


def dies(work: Callable[[], None]) -> bool:
    """Run `work` in a process of its own; whether it was killed."""
    child = os.fork()
    if child == 0:
        work()
        os._exit(0)
    status = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
    if status not in (0, -signal.SIGKILL):
        sys.exit("the scan failed")
    return status != 0


def killing(point: int, work: Callable[[], None]) -> Callable[[], None]:
    """`work`, killed when it comes to its statement or commit number `point`."""

    def armed() -> None:
        passed = iter(range(point))

        def here(*_: object) -> None:
            if next(passed, None) is None:
                os.kill(os.getpid(), signal.SIGKILL)

        event.listen(Engine, "before_cursor_execute", here)
        event.listen(Engine, "commit", here)
        work()

    return armed


def main(file: str, before: str, after: str, step: str) -> None:
    config = configuration.load(Path(file))

    def prepare() -> None:
        empty(config)
        scan(config, Path(before))

    def rest() -> None:
        scan(config, Path(after))

    prepare()
    rest()
    expected = ledger(config)
    for number in count():
        prepare()
        killed = dies(killing(number * int(step), rest))
        rest()
        if (found := ledger(config)) != expected:
            sys.exit(f"killed at point {number * int(step)}: {found} instead of {expected}")
        if not killed:
            print(f"killed {number} times")  # noqa: T201 - what the test reads
            return


if __name__ == "__main__":
    main(*sys.argv[1:])
