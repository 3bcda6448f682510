"""Reads files in killable worker processes, so that no file can hang or crash a scan.

Only the worker processes import `worker`, which cuts the start-up time of a scan by a third.
"""

from __future__ import annotations

import atexit
import multiprocessing
import os
import resource
import signal
import time
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import Future, wait
from concurrent.futures.process import BrokenProcessPool
from functools import cache
from multiprocessing import forkserver
from multiprocessing.context import BaseContext
from pathlib import Path
from typing import NamedTuple, cast

from pebble import ProcessExpired, ProcessPool

from feedsvc.files import require_temporary_folder
from feedsvc.model import ArticleSummary, Problem, Stat
from feedsvc.processes.lifetime import held_signals, start_tracker
from feedsvc.reading.jobs import ChangedFile, Job, JobResult, failed, too_complex, too_slow

BATCH = 64  # maximum number of files per task
BATCH_BYTES = 2 << 20  # a batch ends once its files exceed this size
WINDOW = 8  # batches in flight: enough to keep workers busy, few enough to bound memory
BATCH_SECONDS = 20.0  # on the monotonic clock; after that, each file of the batch is read alone
FILE_SECONDS = 10.0  # likewise; both limit waiting, `jobs.CPU_SECONDS` limits computing
POLL_SECONDS = 0.1  # interval between calls of `poll` during a wait
MEMORY = 1 << 30  # bytes of address space that a worker may add to its initial size


class TooSlow(Exception):
    """A worker took too long."""


class FileResult(NamedTuple):
    """The result for one file: an article, problems, or neither if it was still changing.

    `article` is the pickled pair of the `summary`'s values and the Article; few are ever unpickled
    in this process. `left_out` is the reason why the file is not an article, also in its summary.
    `leads_to` is the target URL of a file that only redirects.
    """

    file: ChangedFile
    summary: ArticleSummary | None = None
    article: bytes = b""
    problems: tuple[Problem, ...] = ()
    left_out: str = ""
    leads_to: str = ""

    @property
    def still_changing(self) -> bool:
        """Whether the file changed while it was being read."""
        return not (self.summary or self.problems)


def read_all(
    job: Job, files: Iterable[ChangedFile], poll: Callable[[], None] = lambda: None
) -> Iterator[FileResult]:
    """Read all files in parallel; yield the results in the order of the files.

    `poll` is called every POLL_SECONDS of a wait; an exception from it stops the reading.
    """
    in_flight = deque[tuple[list[ChangedFile], Future[list[JobResult]]]]()
    try:
        for batch in _batches(files):
            in_flight.append((batch, _start(job, batch)))
            if len(in_flight) == WINDOW:
                yield from _file_results(job, *in_flight.popleft(), poll)
        while in_flight:
            yield from _file_results(job, *in_flight.popleft(), poll)
    finally:
        for _, future in in_flight:
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
        results = _result(future, BATCH_SECONDS, poll)
    except (TooSlow, ProcessExpired, BrokenProcessPool):  # find the file that caused it, if any
        results = [_read_alone(job, file, poll) for file in batch]
    for file, result in zip(batch, results, strict=True):
        yield FileResult(file, *result)


def _read_alone(job: Job, file: ChangedFile, poll: Callable[[], None]) -> JobResult:
    try:
        return _result(_start(job, [file]), FILE_SECONDS, poll)[0]
    except TooSlow:
        return failed(too_slow(FILE_SECONDS), file.path)
    except (ProcessExpired, BrokenProcessPool) as error:
        why = "reading the file crashes the worker process"
        if isinstance(error, ProcessExpired) and error.exitcode == -signal.SIGPROF:
            why = f"reading the file takes over {job.cpu_seconds:g} s of CPU time"
        return failed(too_complex(why), file.path)


def _result(
    future: Future[list[JobResult]], seconds: float, poll: Callable[[], None]
) -> list[JobResult]:
    """Wait for a worker for at most `seconds` from its start; cancelling its task kills it.

    pebble's own time limit uses the wall clock: a clock set back by an hour would extend the limit
    by the hour, and a clock set forward would fail a good file.
    """
    began: float | None = None
    try:
        while not wait([future], POLL_SECONDS).done:
            poll()
            if began is None and future.running():
                began = time.monotonic()
            if began is None and not _pool().active:
                raise BrokenProcessPool  # no worker is left to start the task
            if began is not None and time.monotonic() - began > seconds:
                raise TooSlow
    finally:
        future.cancel()  # no effect on a finished future
    return future.result()


@cache
def load() -> None:
    """Start the fork server in the background, ahead of the first files to read.

    Raises:
        NoRoom: there is no temporary folder for the fork server's socket.
    """
    _context()


def start() -> None:
    """Start the workers before the first files to read, so that no file waits for them."""
    _living_pool().schedule(_no_op)


def _living_pool() -> ProcessPool:
    """The pool, replaced if all idle workers were killed, from which pebble does not recover."""
    if not _pool().active:
        _end(_pool())
        _pool.cache_clear()
    return _pool()


@cache
def _pool() -> ProcessPool:
    """The pool, started with the first file and kept: starting it takes longer than a small scan.

    Raises:
        NoRoom: there is no temporary folder for the fork server's socket.
    """
    workers = max(2, os.cpu_count() or 1)
    pool = ProcessPool(max_workers=workers, context=_context(), initializer=_prepare_worker)
    atexit.register(_end, pool)
    return pool


def _context() -> BaseContext:
    """The fork server's context, with `preload` imported in advance.

    The fork server ignores Ctrl-C, which a terminal sends to every process; it exits with the
    process that started it.
    """
    require_temporary_folder()
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload(["feedsvc.reading.preload"])
    start_tracker()
    with held_signals(signal.SIGINT):
        forkserver.ensure_running()
    return context


def read_files(job: Job, files: Sequence[tuple[str, Stat]]) -> list[JobResult]:
    """The task of a worker, see `worker.read_files`."""
    from feedsvc.reading import worker  # noqa: PLC0415 - only workers import it, see above

    return worker.read_files(job, files)


def _no_op() -> None:
    """A task that does nothing but start a worker."""


def _prepare_worker() -> None:
    """Reset signals and limit address space: far more than any article needs, yet safe."""
    signal.signal(signal.SIGPROF, signal.SIG_DFL)
    signal.signal(signal.SIGTERM, signal.SIG_DFL)  # pebble's own handler waits for C code to end
    pages = int(Path("/proc/self/statm").read_text(encoding="ascii").split()[0])
    limit = pages * resource.getpagesize() + MEMORY
    allowed = resource.getrlimit(resource.RLIMIT_AS)[1]
    if allowed != resource.RLIM_INFINITY:
        limit = min(limit, allowed)  # only root may raise it
    resource.setrlimit(resource.RLIMIT_AS, (limit, limit))


def _end(pool: ProcessPool) -> None:
    pool.stop()  # type: ignore[no-untyped-call]
    pool.join()
