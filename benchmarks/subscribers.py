"""Subscribers of the kinds seen in the wild, and a client that asks for all of them at once."""

from __future__ import annotations

import heapq
import random
import socket
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from benchmarks.newspaper import PATH

DAY = 24 * 60 * 60
CONNECTIONS = 16
BLOCK = 1 << 18
FINE = (b"200", b"304")


@dataclass(frozen=True, slots=True)
class Habit:
    """Which validators a reader sends back, and whether it takes gzip."""

    name: str
    tag: bool
    date: bool
    gzip: bool


# What readers do, in hundredths of all; publishers' own counts differ widely
HABITS = (
    (Habit("both validators, gzip", tag=True, date=True, gzip=True), 65),
    (Habit("entity tag, gzip", tag=True, date=False, gzip=True), 5),
    (Habit("date, gzip", tag=False, date=True, gzip=True), 7),
    (Habit("no validator, gzip", tag=False, date=False, gzip=True), 15),
    (Habit("both validators, no gzip", tag=True, date=True, gzip=False), 3),
    (Habit("no validator, no gzip", tag=False, date=False, gzip=False), 5),
)
# Minutes between two polls, in hundredths of all subscribers
PERIODS = ((5, 5), (10, 10), (15, 20), (30, 30), (60, 35))


class Subscriber:
    """A reader that remembers, of each server, the validators of its last whole answer."""

    __slots__ = ("_known", "every", "first", "habit")

    def __init__(self, habit: Habit, every: int, first: float) -> None:
        self.habit, self.every, self.first = habit, every, first
        self._known: dict[str, bytes] = {}

    def request(self, server: str) -> bytes:
        """What it asks."""
        coding = b"Accept-Encoding: gzip\r\n" if self.habit.gzip else b""
        start = f"GET {PATH} HTTP/1.1\r\nHost: 127.0.0.1\r\nUser-Agent: Reader/1\r\n".encode()
        return start + coding + self._known.get(server, b"") + b"\r\n"

    def told(self, server: str, head: bytes) -> None:
        """Remember the validators in the head of a whole answer."""
        known = b""
        if self.habit.tag and (tag := field(head, b"etag")):
            known += b"If-None-Match: " + tag + b"\r\n"
        if self.habit.date and (date := field(head, b"last-modified")):
            known += b"If-Modified-Since: " + date + b"\r\n"
        self._known[server] = known


def subscribers(number: int) -> list[Subscriber]:
    """So many, the same every time; neighbours in the list have the same habits."""
    chance = random.Random(7)  # noqa: S311 - the same every time
    habits, shares = zip(*HABITS, strict=True)
    periods, weights = zip(*PERIODS, strict=True)
    kinds = [
        (chance.choices(periods, weights)[0], chance.choices(range(len(habits)), shares)[0])
        for _ in range(number)
    ]
    return [
        Subscriber(habits[kind], minutes * 60, chance.uniform(0, minutes * 60))
        for minutes, kind in sorted(kinds)
    ]


def polls(those: Sequence[Subscriber]) -> Iterator[tuple[float, Subscriber]]:
    """Every poll of the day in order, each at its second of the day."""
    queue = [(one.first, place) for place, one in enumerate(those)]
    heapq.heapify(queue)
    while queue:
        moment, place = queue[0]
        if moment >= DAY:
            heapq.heappop(queue)
            continue
        yield moment, those[place]
        heapq.heapreplace(queue, (moment + those[place].every, place))


@dataclass(slots=True)
class Answers:
    """What came back: how many, how many of them 304, and bytes with heads."""

    number: int = 0
    same: int = 0
    size: int = 0


class Client:
    """Asks one server over several connections, one request on each at a time."""

    def __init__(self, server: str, port: int) -> None:
        self._server, self._port = server, port
        self._sockets: list[socket.socket | None] = [None] * CONNECTIONS
        self.answers = Answers()

    def ask(self, those: Sequence[Subscriber]) -> None:
        """Poll for each of them, in order."""
        for some in _batches(those):
            for place, one in enumerate(some):
                self._connected(place).sendall(one.request(self._server))
            for place, one in enumerate(some):
                self._receive(place, one)

    def close(self) -> None:
        """Close the connections."""
        for one in self._sockets:
            if one:
                one.close()

    def _connected(self, place: int) -> socket.socket:
        one = self._sockets[place]
        if one is None:
            one = socket.create_connection(("127.0.0.1", self._port), timeout=60)
            one.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            self._sockets[place] = one
        return one

    def _receive(self, place: int, subscriber: Subscriber) -> None:
        connection = self._connected(place)
        head, rest = _head(connection)
        status = head[9:12]
        if status not in FINE:
            raise SystemExit(f"{self._server} answers {head.decode('latin-1')}")
        if status == b"200":
            rest = _body(connection, rest, int(field(head, b"content-length") or b"0"))
            subscriber.told(self._server, head)
        self.answers.number += 1
        self.answers.same += status == b"304"
        self.answers.size += len(head) + 4 + rest
        if field(head, b"connection") == b"close":
            connection.close()
            self._sockets[place] = None


def _batches(those: Sequence[Subscriber]) -> Iterator[list[Subscriber]]:
    """Those who ask at once; nobody asks again before the answer is there."""
    batch: list[Subscriber] = []
    for one in those:
        if len(batch) == CONNECTIONS or one in batch:
            yield batch
            batch = []
        batch.append(one)
    yield batch


def _head(connection: socket.socket) -> tuple[bytes, int]:
    """The head of an answer, and how many bytes of the body came with it."""
    taken = connection.recv(BLOCK)
    while b"\r\n\r\n" not in taken:
        more = connection.recv(BLOCK)
        if not more:
            raise SystemExit("a connection ended without an answer")
        taken += more
    head, _, body = taken.partition(b"\r\n\r\n")
    return head, len(body)


def _body(connection: socket.socket, taken: int, length: int) -> int:
    while taken < length:
        more = len(connection.recv(BLOCK))
        if not more:
            raise SystemExit("a connection ended within an answer")
        taken += more
    return taken


def field(head: bytes, name: bytes) -> bytes:
    """The value of a header field; empty where it is not there."""
    lowered = head.lower()
    start = lowered.find(b"\r\n" + name + b":")
    if start < 0:
        return b""
    start += len(name) + 3
    end = head.find(b"\r\n", start)
    return head[start : end if end >= 0 else None].strip()
