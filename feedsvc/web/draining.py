"""How a worker is drained: last responses first, then no new connections, then no idle ones."""

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

TURN_SECONDS = 0.2  # between two checks for the beginning, and later for idle clients
STEP_SECONDS = 0.05  # between two checks for the next stage
DRAIN_SECONDS = 1.0  # for clients to send a request on the connections that they keep
IDLE_SECONDS = 0.5  # without a byte received, after which a connection counts as idle

_BEGUN, _NOT_ACCEPTING = 1, 2


class Draining:
    """The stage that the draining of a set of workers has reached, set by their server."""

    def __init__(self) -> None:
        self._stage = multiprocessing.RawValue("b", 0)

    def begin(self) -> None:
        """Make each response the last on its connection."""
        self._stage.value = max(self._stage.value, _BEGUN)

    def stop_accepting(self) -> None:
        """Accept no more connections."""
        self._stage.value = _NOT_ACCEPTING

    def __bool__(self) -> bool:
        """Whether draining has begun."""
        return bool(self._stage.value)

    @property
    def must_not_accept(self) -> bool:
        """Whether no more connections are to be accepted."""
        return bool(self._stage.value == _NOT_ACCEPTING)


class InFlight:
    """The requests in flight in this process, by the address of the client.

    granian does not pass on the port, so a request cannot be assigned to a connection.
    """

    def __init__(self) -> None:
        self._requests: set[tuple[str, int]] = set()
        self._numbers = count()

    def tracked(
        self, client: str, respond: Callable[..., Iterable[bytes]], *arguments: object
    ) -> Iterable[bytes]:
        """The body that `respond` returns; the request is in flight until all of it is sent."""
        request = client, next(self._numbers)
        self._requests.add(request)
        is_chunked = False
        try:
            body = respond(*arguments)
            is_chunked = not isinstance(body, list)
            return _Body(body, partial(self._requests.discard, request)) if is_chunked else body
        finally:
            if not is_chunked:
                self._requests.discard(request)

    def clients(self) -> set[str]:
        """The addresses of the clients that wait for a response."""
        return {client for client, _ in self._requests.copy()}


class _Body(Iterator[bytes]):
    """A body that calls `ended` when it is closed or dropped."""

    def __init__(self, body: Iterable[bytes], ended: Callable[[], None]) -> None:
        self._body: Iterable[bytes] | None = body
        self._next = iter(body).__next__
        self._ended = ended

    def __next__(self) -> bytes:
        return self._next()

    def close(self) -> None:
        """Close the body, once (PEP 3333)."""
        body, self._body = self._body, None
        if body is not None:
            self._ended()
            if close := getattr(body, "close", None):
                close()

    __del__ = close


class Drainer:
    """Drains the connections of one worker, which granian does not do when it stops.

    granian would close a connection that it has just accepted before its request is read. So the
    worker accepts none in its last moments, and leaves those in the backlog to the next set of
    workers. granian would also wait for clients that send no request; these are disconnected.
    `listener` is the name of the listening socket in /proc; `port` is 0 where it has none.
    """

    def __init__(self, draining: Draining, in_flight: InFlight, listener: str, port: int) -> None:
        self._draining = draining
        self._in_flight = in_flight
        self._listener = listener
        self._port = port

    def watch(self) -> None:
        """Follow the stages, on a thread of its own."""
        threading.Thread(target=self._watch, name="draining", daemon=True).start()

    def _watch(self) -> None:
        while not self._draining:
            time.sleep(TURN_SECONDS)
        closing = time.monotonic() + DRAIN_SECONDS
        while True:
            if self._draining.must_not_accept:
                _stop_accepting(self._listener)
            if time.monotonic() >= closing:
                _close_idle(self._port, self._in_flight)
                closing = time.monotonic() + TURN_SECONDS
            time.sleep(STEP_SECONDS)


def _stop_accepting(listener: str) -> None:
    """Replace the listening socket by one that nobody connects to.

    Other processes share the listening socket and still accept connections on it. It is removed
    from the event loops of this one first: tokio would take its end for a client.
    """
    if handles := handles_of(listener):
        unwatch(handles)
        with socket.socket(socket.AF_UNIX) as unused:
            unused.bind("")  # to an abstract name that Linux chooses, which is in no folder
            unused.listen(0)
            unused.setblocking(False)
            for handle in handles:
                os.dup2(unused.fileno(), handle, inheritable=False)


def _close_idle(port: int, in_flight: InFlight) -> None:
    """Read no more from clients that have sent nothing recently and wait for nothing."""
    clients = in_flight.clients()
    for connection in accepted(port):
        with suppress(OSError):
            is_busy = connection.acknowledged is not None or connection.silent < IDLE_SECONDS
            if not is_busy and connection.socket.getpeername()[0] not in clients:
                connection.socket.shutdown(socket.SHUT_RD)
