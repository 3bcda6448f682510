"""Files are read in processes that can be killed, so that no file can stop or bring down a scan."""

from __future__ import annotations

import atexit
import multiprocessing
import os
import signal
import time
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import Future, wait
from concurrent.futures.process import BrokenProcessPool
from functools import cache
from multiprocessing import forkserver
from multiprocessing.context import BaseContext
from typing import NamedTuple, cast

from pebble import ProcessExpired, ProcessPool

from feedsvc.files import see_temporary_folder
from feedsvc.model import ArticleSummary, Problem
from feedsvc.processes.lifetime import held_signals, start_tracker
from feedsvc.reading.jobs import ChangedFile, Job, JobResult, refused, too_complex, too_slow
from feedsvc.reading.tasks import bound_memory, read_files, read_nothing

BATCH = 64  # files that a worker is given at once
BATCH_BYTES = 2 << 20  # or fewer, where they are long
WINDOW = 8  # batches under way: the workers never wait, and what they return is never much
BATCH_SECONDS = 20.0  # by the monotonic clock; then each file of the batch is read alone
FILE_SECONDS = 10.0  # the same; both are for files that wait, see `work.CPU_SECONDS`
POLL_SECONDS = 0.1  # how often a wait asks whether to go on


class TooSlow(Exception):
    """A worker took too long."""


class FileResult(NamedTuple):
    """What became of one file: an article, problems, or neither where it was still changing.

    `article` is the pickled pair of the `sighting`'s values and the Article that it tells of: few
    are ever looked at here. `left_out` says why the file is no article, which its sighting says as
    well; `leads_to` is the address that it sends its reader to, if it does no more than that.
    """

    file: ChangedFile
    summary: ArticleSummary | None = None
    article: bytes = b""
    problems: tuple[Problem, ...] = ()
    left_out: str = ""
    leads_to: str = ""

    @property
    def still_changing(self) -> bool:
        """Whether the file changed while it was read."""
        return not (self.summary or self.problems)


def read_all(
    job: Job, files: Iterable[ChangedFile], poll: Callable[[], None] = lambda: None
) -> Iterator[FileResult]:
    """Read every file, several at a time; the outcomes come in the order of the files.

    `poll` is called every moment of a wait; what it raises ends the reading.
    """
    under_way = deque[tuple[list[ChangedFile], Future[list[JobResult]]]]()
    try:
        for batch in _batches(files):
            under_way.append((batch, _start(job, batch)))
            if len(under_way) == WINDOW:
                yield from _file_results(job, *under_way.popleft(), poll)
        while under_way:
            yield from _file_results(job, *under_way.popleft(), poll)
    finally:
        for _, future in under_way:
            future.cancel()


def _batches(files: Iterable[ChangedFile]) -> Iterator[list[ChangedFile]]:
    batch: list[ChangedFile] = []
    size = 0
    for file in files:
        batch.append(file)
        size += file.stat.size
        if len(batch) == BATCH or size > BATCH_BYTES:
            yield batch
            batch, size = [], 0
    if batch:
        yield batch


def _start(job: Job, batch: Sequence[ChangedFile]) -> Future[list[JobResult]]:
    files = [(file.path, file.stat) for file in batch]
    return cast("Future[list[JobResult]]", _living_pool().schedule(read_files, (job, files)))


def _file_results(
    job: Job,
    batch: list[ChangedFile],
    future: Future[list[JobResult]],
    poll: Callable[[], None],
) -> Iterator[FileResult]:
    try:
        replies = _result(future, BATCH_SECONDS, poll)
    except (TooSlow, ProcessExpired, BrokenProcessPool):  # is one of them to blame, and which?
        replies = [_alone(job, file, poll) for file in batch]
    for file, reply in zip(batch, replies, strict=True):
        yield FileResult(file, *reply)


def _alone(job: Job, file: ChangedFile, poll: Callable[[], None]) -> JobResult:
    try:
        return _result(_start(job, [file]), FILE_SECONDS, poll)[0]
    except TooSlow:
        return refused(too_slow(FILE_SECONDS), file.path)
    except (ProcessExpired, BrokenProcessPool) as error:
        why = "reading it brings the reading process down"
        if isinstance(error, ProcessExpired) and error.exitcode == -signal.SIGPROF:
            why = f"reading it takes over {job.cpu_seconds:g} s of processor time"
        return refused(too_complex(why), file.path)


def _result(
    future: Future[list[JobResult]], seconds: float, poll: Callable[[], None]
) -> list[JobResult]:
    """Wait for a worker, which has so many seconds from its start; to cancel its task kills it.

    pebble's own time limit goes by the wall clock: a clock set back by an hour would let a file
    that takes forever take the hour, and one set forward would blame a good file.
    """
    began: float | None = None
    try:
        while not wait([future], POLL_SECONDS).done:
            poll()
            if began is None and future.running():
                began = time.monotonic()
            if began is None and not _pool().active:
                raise BrokenProcessPool  # nobody is left to begin it
            if began is not None and time.monotonic() - began > seconds:
                raise TooSlow
    finally:
        future.cancel()  # without effect on one that is done
    return future.result()


@cache
def load() -> None:
    """Have what workers need loaded meanwhile, once, where there will be something to read soon.

    Raises:
        NoRoom: there is no temporary folder, in which they are reached.
    """
    _context()


def start() -> None:
    """Start the workers before there is anything to read, so that nothing waits for them."""
    _living_pool().schedule(read_nothing)


def _living_pool() -> ProcessPool:
    """The workers; new ones where all were killed while they waited, which pebble gives up at."""
    if not _pool().active:
        _end(_pool())
        _pool.cache_clear()
    return _pool()


@cache
def _pool() -> ProcessPool:
    """The workers, started with the first file and kept: a start takes longer than a small scan.

    Raises:
        NoRoom: there is no temporary folder, in which they are reached.
    """
    number = max(2, os.cpu_count() or 1)
    pool = ProcessPool(max_workers=number, context=_context(), initializer=bound_memory)
    atexit.register(_end, pool)
    return pool


def _context() -> BaseContext:
    """How they are started: from a process that has loaded what they need.

    Ctrl-C reaches every process of a terminal; these end with the one that started them.
    """
    see_temporary_folder()
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload(["feedsvc.reading.preload"])
    start_tracker()
    with held_signals(signal.SIGINT):
        forkserver.ensure_running()
    return context


def _end(pool: ProcessPool) -> None:
    pool.stop()  # type: ignore[no-untyped-call]
    pool.join()
