"""Ledger calls on threads of their own, so that a ledger that hangs holds up no request."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from concurrent.futures import Future, wait
from dataclasses import dataclass
from typing import Generic, TypeVar

from feedsvc.errors import LedgerUnavailable

PATIENCE = 0.5  # seconds that a request waits for a short query of the ledger
CALLS = 12  # at a time: one for each of the usual threads of the server

Result = TypeVar("Result")
Value = TypeVar("Value")


class Calls:
    """Runs calls in the background, a bounded number at a time.

    The threads are daemons: the process can end while the database does not answer.
    """

    def __init__(self, limit: int = CALLS) -> None:
        self._free = threading.BoundedSemaphore(limit)

    def start(self, call: Callable[[], Result]) -> Future[Result]:
        """Start a call.

        Raises:
            LedgerUnavailable: too many are waiting for the ledger already.
        """
        if not self._free.acquire(blocking=False):
            raise LedgerUnavailable("too many calls are waiting for the ledger")
        future: Future[Result] = Future()
        threading.Thread(target=self._run, args=(call, future), daemon=True).start()
        return future

    def _run(self, call: Callable[[], Result], future: Future[Result]) -> None:
        try:
            result = call()
        except BaseException as error:
            self._free.release()
            future.set_exception(error)
        else:
            self._free.release()
            future.set_result(result)


def result_of(future: Future[Result]) -> Result:
    """The result of a finished call, or a copy of its exception.

    Raising one exception object from many threads would lengthen its traceback each time.
    """
    error = future.exception()
    if isinstance(error, LedgerUnavailable):
        raise type(error)(*error.args) from error
    return future.result()


@dataclass(frozen=True, slots=True)
class _Reading(Generic[Value]):
    """One call of `read`, when it began and after how many calls of `expire`."""

    future: Future[Value]
    began: float
    generation: int


class TtlCache(Generic[Value]):
    """A value that `read` reads from the ledger, shared by all requests for `seconds`.

    One thread reads. A request waits for it for PATIENCE at most, and not at all once the ledger
    is known not to answer.
    """

    def __init__(self, read: Callable[[], Value], seconds: float = 1.0) -> None:
        self._read = read
        self._seconds = seconds
        self._calls = Calls()  # several where readings expire while they are under way
        self._lock = threading.RLock()  # a reading may end before `_start` has returned
        self._generation = 0
        self._done: _Reading[Value] | None = None
        self._done_at = 0.0
        self._under_way: _Reading[Value] | None = None

    def __call__(self) -> Value:
        """The value, at most `seconds` old.

        Raises:
            LedgerUnavailable: it cannot be read, or not in time.
        """
        with self._lock:
            done, reading = self._done, self._under_way
            if done and self._is_fresh(done):
                return result_of(done.future)
            mine = reading is None or reading.generation < self._generation
            if reading is None or mine:
                reading = self._start()
            failing = done is not None and done.future.exception() is not None
        left = reading.began + PATIENCE - time.monotonic()
        if (mine or not failing) and left > 0:
            wait([reading.future], left)
        if reading.future.done():
            return result_of(reading.future)
        raise LedgerUnavailable("the ledger does not answer")

    def expire(self) -> None:
        """Read anew, even where a reading is under way."""
        with self._lock:
            self._generation += 1

    def _is_fresh(self, done: _Reading[Value]) -> bool:
        current = done.generation == self._generation
        return current and time.monotonic() - self._done_at < self._seconds

    def _start(self) -> _Reading[Value]:
        reading = _Reading(self._calls.start(self._read), time.monotonic(), self._generation)
        self._under_way = reading
        reading.future.add_done_callback(lambda _: self._finish(reading))
        return reading

    def _finish(self, reading: _Reading[Value]) -> None:
        with self._lock:
            if self._under_way is reading:
                self._under_way = None
            if self._done is None or self._done.generation <= reading.generation:
                self._done, self._done_at = reading, time.monotonic()
