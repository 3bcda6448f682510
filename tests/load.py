"""Clients that load a service: they poll, check what they get, are slow, or never read."""

from __future__ import annotations

import contextlib
import hashlib
import re
import socket
import subprocess
import sys
import threading
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from pathlib import Path
from urllib.parse import urlsplit

from tests.processes import children
from tests.raw import HOST, Connection, Response, Truncated
from tests.site import PATIENCE

CODINGS = ("gzip", "identity", "br", "zstd")
MARK = re.compile(rb"Article (\d+) ")  # of which the newest stands first
PAUSE = 0.02  # seconds after a connection that failed
MEGABYTE = 1 << 20
# A server that does nothing but answer 304, on a connection for each request.
PEER = r"""
import socket
listener = socket.create_server(("127.0.0.1", 0))
print(listener.getsockname()[1], flush=True)
while True:
    client, _ = listener.accept()
    with client:
        client.recv(65536)
        client.sendall(b'HTTP/1.1 304 Not Modified\r\nETag: "peer"\r\n\r\n')
"""


def say(text: str) -> None:
    """Tell what was measured."""
    print(f"\n{text}")  # noqa: T201 - pytest shows it with -s


@contextlib.contextmanager
def peer() -> Iterator[str]:
    """The address of a server that does as little as a poll can take, to compare ours with."""
    command = [sys.executable, "-c", PEER]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        try:
            assert process.stdout
            yield f"http://127.0.0.1:{int(process.stdout.readline())}"
        finally:
            process.kill()


def start_seconds() -> float:
    """How long a process takes at this moment to start and load what serves."""
    began = time.monotonic()
    subprocess.run([sys.executable, "-P", "-c", "import feedsvc.web.app"], check=True)
    return time.monotonic() - began


class Poller(threading.Thread):
    """Polls again and again on one connection, and checks each answer."""

    def __init__(self, address: str, path: str, coding: str, pause: float = 0) -> None:
        super().__init__(daemon=True)
        self.address, self.path, self.coding, self.pause = address, path, coding, pause
        self.over = threading.Event()
        self.answers: Counter[int | str] = Counter()
        self.codings: Counter[str] = Counter()
        self.wrong: list[str] = []
        self.marks: set[int] = set()
        self.last = 0.0  # when the last answer came
        self.gap = 0.0  # the longest time without an answer

    def run(self) -> None:
        while not self.over.is_set():
            try:
                connection = Connection(self.address)
            except OSError:
                self.answers["refused"] += 1
                time.sleep(PAUSE)
                continue
            with contextlib.closing(connection.socket):
                self._follow(connection)

    def _follow(self, connection: Connection) -> None:
        """Poll until the connection ends; an answer of which only a part came is wrong."""
        tag, mark = "", 0
        try:
            while not self.over.is_set():
                known = [f"If-None-Match: {tag}"] if tag else []
                reply = connection.ask(self.path, f"Accept-Encoding: {self.coding}", *known)
                self._count(reply)
                mark = self._check(reply, mark)
                tag = reply.fields.get("etag", "") if not tag else ""
                self.over.wait(self.pause)
        except (Truncated, OSError) as error:
            self.answers["closed"] += 1
            if connection.come:
                self.wrong.append(f"truncated: {error!r}, {len(connection.come)} bytes had come")

    def _count(self, reply: Response) -> None:
        now = time.monotonic()
        self.gap = max(self.gap, now - (self.last or now))
        self.last = now
        self.answers[reply.status] += 1
        if reply.status >= 500:
            self.wrong.append(f"{reply.status}: {reply.body!r}")

    def _check(self, reply: Response, mark: int) -> int:
        """Note what is wrong with an answer behind one with this mark; return its own."""
        if reply.status != 200:
            return mark
        coding = reply.fields.get("content-encoding", "identity")
        self.codings[coding] += 1
        digest, _, suffix = reply.fields["etag"].strip('"').partition("-")
        if (suffix or "identity") != coding:
            self.wrong.append(f"{reply.fields['etag']} on an answer in {coding}")
        if hashlib.sha256(reply.text).hexdigest() != digest:
            self.wrong.append(f"the bytes in {coding} are not those of {reply.fields['etag']}")
        found = MARK.search(reply.text)
        ours = int(found[1]) if found else 0
        self.marks.add(ours)
        if ours < mark:
            self.wrong.append(f"{ours} came after {mark}")
        return ours


@contextlib.contextmanager
def polling(
    address: str, number: int, pause: float = 0, accepted: str = "nothing"
) -> Iterator[list[Poller]]:
    """So many pollers, in all codings by turns, who may see nothing wrong but what is accepted."""
    codings = [CODINGS[one % len(CODINGS)] for one in range(number)]
    pollers = [Poller(address, "/feed.atom", coding, pause) for coding in codings]
    for one in pollers:
        one.start()
    try:
        yield pollers
    finally:
        for one in pollers:
            one.over.set()
        for one in pollers:
            one.join(PATIENCE)
    wrongs = [wrong for one in pollers for wrong in one.wrong if not wrong.startswith(accepted)]
    assert wrongs[:5] == []
    assert all(one.answers[200] for one in pollers)


def counted(pollers: Sequence[Poller]) -> Counter[int | str]:
    """What all pollers together were answered."""
    return sum((one.answers for one in pollers), Counter[int | str]())


def opened(address: str, number: int, sources: Sequence[str] = ("",)) -> list[socket.socket]:
    """So many connections that can take little before they are read, by turns from each source."""
    where, made = urlsplit(address), []
    for index in range(number):
        one = socket.socket()
        one.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        if source := sources[index % len(sources)]:
            one.bind((source, 0))
        one.settimeout(PATIENCE)
        one.connect((where.hostname, where.port))
        made.append(one)
    return made


@contextlib.contextmanager
def slow_clients(address: str, number: int) -> Iterator[list[socket.socket]]:
    """So many clients that send a byte of a request's header each second."""
    clients, over = opened(address, number), threading.Event()
    request = b"GET /feed.atom HTTP/1.1\r\n" + HOST + b"X-Slow: " + b"x" * 10_000

    def drip() -> None:
        for byte in request:
            for one in clients:
                with contextlib.suppress(OSError):
                    one.send(bytes([byte]))
            if over.wait(1):
                return

    dripping = threading.Thread(target=drip, daemon=True)
    dripping.start()
    try:
        yield clients
    finally:
        over.set()
        dripping.join()
        for one in clients:
            one.close()


def memory(pid: int) -> int:
    """The proportional set size of a process and those below it, in bytes."""
    rollup = Path(f"/proc/{pid}/smaps_rollup").read_text(encoding="ascii")
    found = re.search(r"^Pss: +(\d+) kB", rollup, re.MULTILINE)
    own = int(found[1]) * 1024 if found else 0
    return own + sum(memory(one) for one in children(pid))
