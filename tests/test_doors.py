"""Clients that send nothing, or read nothing, keep nobody else out."""

from __future__ import annotations

import contextlib
import os
import resource
import socket
import statistics
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from urllib.parse import urlsplit

import pytest

from tests.campaigns import LONG
from tests.load import MEGABYTE, memory, opened, say
from tests.media import address
from tests.processes import PROC
from tests.raw import ask
from tests.site import PATIENCE, Service, Site

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(not PROC.is_dir(), reason="only /proc tells of memory"),
]

Serve = Callable[..., Service]

SILENT = (
    b"",
    b"GET /fe",
    b"GET /feed.atom HTTP/1.1\r\nHost: x\r\nX-Half: ",
    b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
    b"POST /feed.atom HTTP/1.1\r\nHost: x\r\nContent-Length: 1000\r\n\r\n",
)
CONNECTIONS = 8300 if LONG else 100
UNREAD_FEEDS, UNREAD_FILES = (200, 100) if LONG else (40, 20)
UNREAD_SECONDS = 600 if LONG else 45
DROPPED_SECONDS = 50  # by which a client that takes nothing is gone
TEXT = "Some words of a paragraph that says little. " * 1200  # 2.6 MB for 50 entries
NETWORKS = [f"127.0.{number}.1" for number in range(1, 5)]


@pytest.fixture
def door(site: Site, serve: Serve) -> Service:
    """A service with a long feed, a long file and an image."""
    most = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))
    for number in range(50):
        site.write(f"{number}.txt", title=f"No {number}", body=TEXT)
    (site.folder / "long.mp3").write_bytes(os.urandom(20 * MEGABYTE))
    (site.folder / "image.png").write_bytes(os.urandom(300_000))
    shown = "---\ntitle: A\ndate: 2026-01-02\n---\n[Sound](long.mp3) ![Image](image.png)\n"
    (site.folder / "a.md").write_text(shown)
    service = serve(HTTP__FULL_ANSWERS_PER_MINUTE=0)
    service.ready()
    service.ready(address("image.png"))
    return service


def is_closed(client: socket.socket) -> bool:
    """Whether the service has ended a connection, whatever it had sent before."""
    client.setblocking(False)
    with contextlib.suppress(BlockingIOError):
        try:
            while client.recv(1 << 16):
                pass
        except OSError as error:
            if isinstance(error, BlockingIOError):
                raise
        return True
    return False


def test_connections_that_say_nothing_are_closed_and_keep_nobody_out(door: Service) -> None:
    before = memory(door.process.pid)
    clients = opened(door.address, CONNECTIONS)
    for number, client in enumerate(clients):
        client.sendall(SILENT[number % len(SILENT)])
    began = time.monotonic()
    grown = memory(door.process.pid) - before
    time.sleep(31)
    took = time.perf_counter()
    assert ask(door.address, "/feed.atom", "Accept-Encoding: gzip").status == 200
    took = time.perf_counter() - took
    say(
        f"{CONNECTIONS} silent connections took {grown // MEGABYTE} MB; "
        f"after {time.monotonic() - began:.0f} s a new client was answered in {took:.3f} s"
    )
    assert grown < CONNECTIONS * 80_000 + 64 * MEGABYTE  # 64 kB of a request, and what it costs
    time.sleep(4)
    assert [number % len(SILENT) for number, one in enumerate(clients) if not is_closed(one)] == []
    for client in clients:
        client.close()


@dataclass
class Unread:
    """Clients on connections from some networks that ask for a path and never read."""

    address: str
    over: threading.Event = field(default_factory=threading.Event)
    held: list[socket.socket] = field(default_factory=list)

    def ask(self, number: int, path: str) -> None:
        """Open so many, by turns from each network."""
        for client in opened(self.address, number, NETWORKS):
            client.sendall(f"GET {path} HTTP/1.1\r\nHost: x\r\n\r\n".encode())
            self.held.append(client)


@contextlib.contextmanager
def reading_slowly(service: Service, path: str) -> Iterator[list[int]]:
    """A client that takes 8 kB a second; yields how many bytes each second brought."""
    took: list[int] = []
    over = threading.Event()
    [client] = opened(service.address, 1)
    client.sendall(f"GET {path} HTTP/1.1\r\nHost: x\r\n\r\n".encode())

    def read() -> None:
        with contextlib.suppress(OSError):
            while not over.wait(1):
                took.append(len(client.recv(8192)))

    reader = threading.Thread(target=read, daemon=True)
    reader.start()
    try:
        yield took
    finally:
        over.set()
        reader.join(PATIENCE)
        client.close()


def timed(service: Service, path: str, coding: str = "identity") -> float:
    """How long a whole answer took, in seconds."""
    began = time.perf_counter()
    reply = ask(service.address, path, f"Accept-Encoding: {coding}")
    assert reply.status == 200
    return time.perf_counter() - began


def test_who_never_reads_is_dropped_and_keeps_nobody_out(door: Service) -> None:
    before, feeds, images = memory(door.process.pid), [], []
    unread = Unread(door.address)
    grown = 0
    with reading_slowly(door, address("long.mp3")) as slow:
        end, again = time.monotonic() + UNREAD_SECONDS, 0.0
        while time.monotonic() < end:
            if time.monotonic() >= again:  # those before are gone by then
                for client in unread.held:
                    client.close()
                unread.held.clear()
                unread.ask(UNREAD_FEEDS, "/feed.atom")
                unread.ask(UNREAD_FILES, address("long.mp3"))
                again = time.monotonic() + DROPPED_SECONDS
            feeds.append(timed(door, "/feed.atom"))
            images.append(timed(door, address("image.png")))
            grown = max(grown, memory(door.process.pid) - before)
            time.sleep(0.2)
    say(
        f"{UNREAD_FEEDS} and {UNREAD_FILES} clients that never read took {grown // MEGABYTE} MB; "
        f"others got a feed in {statistics.median(feeds) * 1000:.1f} ms (median), an image in "
        f"{max(images) * 1000:.0f} ms (longest)"
    )
    assert min(slow[-10:]) > 0, "a slow reader was dropped"
    assert grown < (UNREAD_FEEDS + UNREAD_FILES) * MEGABYTE
    time.sleep(max(0, again - time.monotonic()))
    assert established(door) == 0
    for client in unread.held:
        client.close()


def established(service: Service) -> int:
    """How many connections the kernel has at the port of a service."""
    port = f":{urlsplit(service.address).port:04X}"
    lines = (PROC / "net/tcp").read_text(encoding="ascii").splitlines()[1:]
    fields = [line.split() for line in lines]
    return sum(one[1].endswith(port) and one[3] == "01" for one in fields)
