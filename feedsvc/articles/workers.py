"""Files are read in processes that can be killed, so that no file can stop or bring down a scan."""

from __future__ import annotations

import atexit
import copyreg
import multiprocessing
import os
import pickle
import resource
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import Future
from concurrent.futures import TimeoutError as TooSlow
from dataclasses import dataclass, fields
from functools import cache, partial
from operator import attrgetter
from pathlib import Path
from typing import NamedTuple, TypeVar, cast

from pebble import ProcessExpired, ProcessPool

from feedsvc.articles.comparison import Changed
from feedsvc.articles.folder import StillChanging, read_bytes
from feedsvc.articles.reader import read_article
from feedsvc.articles.refusal import Refusal
from feedsvc.articles.source import Reading
from feedsvc.model import Article, Enclosure, Original, Person, Problem, Sighting, Stat

T = TypeVar("T")

BATCH = 64  # files that a worker is given at once
BATCH_BYTES = 2 << 20  # or fewer, where they are long
WINDOW = 8  # batches under way: the workers never wait, and what they return is never much
BATCH_SECONDS = 2.0  # some 100 times what a batch takes; then each of its files is read alone
FILE_SECONDS = 3.0  # both together are the most that one file costs
MEMORY = 1 << 30  # bytes of address space beyond what a worker begins with


@dataclass(frozen=True, slots=True)
class Orders:
    """What a worker needs to know to read any file."""

    root: Path
    max_bytes: int
    how: Reading


class Outcome(NamedTuple):
    """What became of one file: an article, a problem, or neither where it was still changing.

    `article` is the pickled Article that `sighting` tells of: few are ever looked at here.
    """

    file: Changed
    sighting: Sighting | None = None
    article: bytes = b""
    problem: Problem | None = None

    @property
    def still_changing(self) -> bool:
        """Whether the file changed while it was read."""
        return not (self.sighting or self.problem)


def _apart(
    kind: type[T], parts: Callable[[T], tuple[object, ...]], value: T
) -> tuple[type[T], tuple[object, ...]]:
    return kind, parts(value)


# What crosses between the processes, pickled field by field: a frozen dataclass takes ten times
# as long by itself.
for _kind in (Article, Enclosure, Original, Person, Problem):
    _parts = attrgetter(*(field.name for field in fields(_kind)))
    copyreg.pickle(_kind, partial(_apart, _kind, _parts))

Reply = tuple[Sighting | None, bytes, Problem | None]


def read_all(orders: Orders, files: Iterable[Changed]) -> Iterator[Outcome]:
    """Read every file, several at a time; the outcomes come in the order of the files."""
    pool, under_way = _pool(), deque[tuple[list[Changed], Future[list[Reply]]]]()
    for batch in _batches(files):
        under_way.append((batch, _start(pool, orders, batch, BATCH_SECONDS)))
        if len(under_way) == WINDOW:
            yield from _outcomes(pool, orders, *under_way.popleft())
    while under_way:
        yield from _outcomes(pool, orders, *under_way.popleft())


def _batches(files: Iterable[Changed]) -> Iterator[list[Changed]]:
    batch: list[Changed] = []
    size = 0
    for file in files:
        batch.append(file)
        size += file.stat.size
        if len(batch) == BATCH or size > BATCH_BYTES:
            yield batch
            batch, size = [], 0
    if batch:
        yield batch


def _start(
    pool: ProcessPool, orders: Orders, batch: Sequence[Changed], seconds: float
) -> Future[list[Reply]]:
    files = [(file.path, file.stat) for file in batch]
    return cast("Future[list[Reply]]", pool.schedule(read_files, (orders, files), timeout=seconds))


def _outcomes(
    pool: ProcessPool, orders: Orders, batch: list[Changed], future: Future[list[Reply]]
) -> Iterator[Outcome]:
    try:
        replies = future.result()
    except (TooSlow, ProcessExpired):  # one of them is to blame: which one?
        replies = [_alone(pool, orders, file) for file in batch]
    for file, reply in zip(batch, replies, strict=True):
        yield Outcome(file, *reply)


def _alone(pool: ProcessPool, orders: Orders, file: Changed) -> Reply:
    try:
        return _start(pool, orders, [file], FILE_SECONDS).result()[0]
    except TooSlow:
        why = f"reading it takes over {FILE_SECONDS:g} s"
    except ProcessExpired:
        why = "reading it brings the reading process down"
    return None, b"", _too_complex(why).problem(file.path)


def _too_complex(why: str) -> Refusal:
    return Refusal("too-complex", f"{why}; simplify it or part it into several files")


def read_files(orders: Orders, files: Sequence[tuple[str, Stat]]) -> list[Reply]:
    """Read these files: what a worker does."""
    return [_read(orders, path, stat) for path, stat in files]


def _read(orders: Orders, path: str, stat: Stat) -> Reply:
    try:
        data = read_bytes(orders.root, path, stat, orders.max_bytes)
        article = read_article(path, data, orders.how)
    except StillChanging:
        return None, b"", None
    except Refusal as refusal:
        return None, b"", refusal.problem(path)
    except (MemoryError, RecursionError):
        return None, b"", _too_complex("reading it takes too much memory").problem(path)
    except Exception as error:
        return None, b"", _defect(error).problem(path)
    return Sighting.of(article), pickle.dumps(article, pickle.HIGHEST_PROTOCOL), None


def _defect(error: Exception) -> Refusal:
    what = f"{type(error).__name__}: {error}"[:200]
    return Refusal("reader-failed", f"the reader of its layout failed ({what}); please report it")


@cache
def _pool() -> ProcessPool:
    """The workers, started with the first file and kept: a start takes longer than a small scan."""
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload([read_article.__module__])
    pool = ProcessPool(
        max_workers=max(2, os.cpu_count() or 1), context=context, initializer=_bound_memory
    )
    atexit.register(_end, pool)
    return pool


def _bound_memory() -> None:
    pages = int(Path("/proc/self/statm").read_text(encoding="ascii").split()[0])
    most = pages * resource.getpagesize() + MEMORY
    resource.setrlimit(resource.RLIMIT_AS, (most, most))


def _end(pool: ProcessPool) -> None:
    pool.stop()  # type: ignore[no-untyped-call]
    pool.join()
