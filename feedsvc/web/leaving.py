"""How a worker leaves: last answers first, then no new connections, then none that are silent."""

from __future__ import annotations

import multiprocessing
import os
import socket
import threading
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import suppress
from functools import partial
from itertools import count

from feedsvc.web.connections import accepted, handles_of, unwatch

TURN_SECONDS = 0.2  # how often it is seen whether the server is leaving, and who is silent then
STEP_SECONDS = 0.05  # how often it is seen then how far it has come
LEAVE_SECONDS = 1.0  # for clients to send a request on the connections that they keep
SILENT_SECONDS = 0.5  # without a byte, before a client is taken for one that asks nothing

_BEGUN, _DEAF = 1, 2


class Leaving:
    """How far the end of a set of workers has come, as their server tells them."""

    def __init__(self) -> None:
        self._stage = multiprocessing.RawValue("b", 0)

    def begin(self) -> None:
        """Have each answer be the last on its connection."""
        self._stage.value = max(self._stage.value, _BEGUN)

    def turn_deaf(self) -> None:
        """Have no more connections be accepted."""
        self._stage.value = _DEAF

    def __bool__(self) -> bool:
        """Whether it has begun."""
        return bool(self._stage.value)

    @property
    def is_deaf(self) -> bool:
        """Whether no more connections are to be accepted."""
        return bool(self._stage.value == _DEAF)


class UnderWay:
    """The requests that are being answered in this process, by the address of their clients.

    granian does not tell the port, so which connection it is remains unknown.
    """

    def __init__(self) -> None:
        self._requests: set[tuple[str, int]] = set()
        self._numbers = count()

    def answered(
        self, client: str, answer: Callable[..., Iterable[bytes]], *given: object
    ) -> Iterable[bytes]:
        """What `answer` makes of what is given; it is under way until all of it is handed over."""
        request = client, next(self._numbers)
        self._requests.add(request)
        goes_on = False
        try:
            body = answer(*given)
            goes_on = not isinstance(body, list)
            return _Body(body, partial(self._requests.discard, request)) if goes_on else body
        finally:
            if not goes_on:
                self._requests.discard(request)

    def clients(self) -> set[str]:
        """The addresses of those who wait for an answer."""
        return {client for client, _ in self._requests.copy()}


class _Body(Iterator[bytes]):
    """A body whose end is told, also where the server drops it."""

    def __init__(self, body: Iterable[bytes], over: Callable[[], None]) -> None:
        self._body: Iterable[bytes] | None = body
        self._next = iter(body).__next__
        self._over = over

    def __next__(self) -> bytes:
        return self._next()

    def close(self) -> None:
        """Let the body go, once (PEP 3333)."""
        body, self._body = self._body, None
        if body is not None:
            self._over()
            if close := getattr(body, "close", None):
                close()

    __del__ = close


class Departure:
    """Does in one worker what granian does not as it leaves.

    A connection that granian has just accepted when it is told to stop would be closed before its
    request is read. So it accepts none in the last moments, and those that wait are for the next
    set of workers. A client that has yet to send its request would be waited for. `listener` is the
    name of the listening socket in /proc; `port` is 0 where it has none.
    """

    def __init__(self, leaving: Leaving, under_way: UnderWay, listener: str, port: int) -> None:
        self._leaving = leaving
        self._under_way = under_way
        self._listener = listener
        self._port = port

    def watch(self) -> None:
        """Follow the server's word, on a thread of its own."""
        threading.Thread(target=self._watch, name="departure", daemon=True).start()

    def _watch(self) -> None:
        while not self._leaving:
            time.sleep(TURN_SECONDS)
        closing = time.monotonic() + LEAVE_SECONDS
        while True:
            if self._leaving.is_deaf:
                _turn_deaf(self._listener)
            if time.monotonic() >= closing:
                _close_silent(self._port, self._under_way)
                closing = time.monotonic() + TURN_SECONDS
            time.sleep(STEP_SECONDS)


def _turn_deaf(listener: str) -> None:
    """Put a socket that nobody connects to in the place of the listening one.

    The latter is shared with other processes, which still accept connections on it. What becomes of
    it is no business of this one any more: tokio would take the end of listening for a client.
    """
    if handles := handles_of(listener):
        unwatch(handles)
        with socket.socket(socket.AF_UNIX) as silence:
            silence.bind("")  # to an abstract name of Linux's choice, which is in no folder
            silence.listen(0)
            silence.setblocking(False)
            for handle in handles:
                os.dup2(silence.fileno(), handle, inheritable=False)


def _close_silent(port: int, under_way: UnderWay) -> None:
    """Read no more from clients that have sent nothing lately and wait for nothing."""
    clients = under_way.clients()
    for one in accepted(port):
        with suppress(OSError):
            asks = one.acknowledged is not None or one.silent < SILENT_SECONDS
            if not asks and one.socket.getpeername()[0] not in clients:
                one.socket.shutdown(socket.SHUT_RD)
