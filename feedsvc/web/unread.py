"""Drops clients that ask and then take no byte; Linux tells which these are.

granian waits for a client as long as it likes. TCP_USER_TIMEOUT is no help: the kernel counts the
time until a window opens for a whole segment, and so drops those that read slowly too.
"""

from __future__ import annotations

import socket
import struct
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

from feedsvc.web.announced import Flag

UNREAD_SECONDS = 30.0  # for which a client may take no byte
SLOW_SECONDS = 120.0  # the same for one that has read: a slow one's system reports it in lumps
LOOK_SECONDS = 5.0
TURN_SECONDS = 0.2  # how often it is seen whether the server is leaving
LEAVE_SECONDS = 1.0  # for requests that are under way then
SILENT_SECONDS = 0.5  # without a byte, before a client is taken for one that asks nothing

_FILES = Path("/proc/self/fd")
# struct tcp_info of linux/tcp.h: tcpi_unacked, tcpi_last_data_recv (in milliseconds),
# tcpi_bytes_acked and tcpi_notsent_bytes
_INFO_BYTES = 148
_UNACKED, _RECEIVED, _ACKED, _UNSENT = 24, 52, 120, 144
_RESET = struct.pack("ii", 1, 0)  # SO_LINGER: close by RST, and keep nothing for the client


@dataclass(frozen=True, slots=True)
class _Waiting:
    """A client for whom bytes wait: how many it has acknowledged, and since when no more.

    `reads` says that it took some while others waited: it is slow, but it reads.
    """

    acknowledged: int
    since: float
    reads: bool = False

    def seen(self, acknowledged: int, now: float) -> _Waiting:
        """The same, looked at again."""
        return self if acknowledged == self.acknowledged else _Waiting(acknowledged, now, True)

    def is_over(self, now: float) -> bool:
        """Whether it has taken nothing for too long."""
        return now - self.since >= (SLOW_SECONDS if self.reads else UNREAD_SECONDS)


class Unread:
    """Watches the connections that this process has accepted on a port of its own.

    Once `leaving` is set, it also closes those on which nothing is sent either way: for a client
    that has yet to send its request, the server would wait.
    """

    def __init__(self, port: int, leaving: Flag) -> None:
        self._port = port
        self._leaving = leaving
        self._waiting: dict[tuple[int, object], _Waiting] = {}

    def watch(self) -> None:
        """Look again and again, on a thread of its own; not where the system tells nothing."""
        if _FILES.is_dir() and hasattr(socket, "TCP_INFO"):
            threading.Thread(target=self._watch, name="unread", daemon=True).start()

    def look(self, now: float) -> None:
        """Drop who has taken nothing for too long; `now` is a time.monotonic()."""
        waiting: dict[tuple[int, object], _Waiting] = {}
        for handle, connection, acknowledged in self._connections():
            if acknowledged is None:
                continue
            with suppress(OSError):
                key = handle, connection.getpeername()
                client = self._waiting.get(key, _Waiting(acknowledged, now)).seen(acknowledged, now)
                if client.is_over(now):
                    _drop(connection)
                else:
                    waiting[key] = client
        self._waiting = waiting

    def close_silent(self) -> None:
        """Read no more from clients that have sent nothing lately and for whom nothing waits."""
        for _, connection, acknowledged in self._connections():
            with suppress(OSError):
                if acknowledged is None and _silent_for(connection) >= SILENT_SECONDS:
                    connection.shutdown(socket.SHUT_RD)

    def _watch(self) -> None:
        looked = time.monotonic()
        while not self._leaving:
            time.sleep(TURN_SECONDS)
            if time.monotonic() - looked >= LOOK_SECONDS:
                looked = time.monotonic()
                self.look(looked)
        time.sleep(LEAVE_SECONDS)
        while True:
            self.close_silent()
            time.sleep(TURN_SECONDS)

    def _connections(self) -> Iterator[tuple[int, socket.socket, int | None]]:
        """Each with its file descriptor, and how much its client has acknowledged, see below."""
        for file in _FILES.iterdir():
            handle = int(file.name)
            with suppress(OSError), _borrowed(handle) as connection:
                if self._is_ours(connection):
                    yield handle, connection, _acknowledged(connection)

    def _is_ours(self, connection: socket.socket) -> bool:
        if connection.family not in (socket.AF_INET, socket.AF_INET6):
            return False
        # the listening socket is shared: to shut it down would turn everybody away
        listens = connection.getsockopt(socket.SOL_SOCKET, socket.SO_ACCEPTCONN)
        return not listens and connection.getsockname()[1] == self._port


def _drop(connection: socket.socket) -> None:
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _RESET)
    connection.shutdown(socket.SHUT_RDWR)


@contextmanager
def _borrowed(handle: int) -> Iterator[socket.socket]:
    """A socket that belongs to the server; OSError where the file is none."""
    connection = socket.socket(fileno=handle)
    try:
        yield connection
    finally:
        connection.detach()


def _silent_for(connection: socket.socket) -> float:
    """For how many seconds the client has sent nothing; 0 where the system does not tell."""
    info = connection.getsockopt(socket.IPPROTO_TCP, socket.TCP_INFO, _INFO_BYTES)
    if len(info) < _INFO_BYTES:
        return 0.0
    return int(struct.unpack_from("I", info, _RECEIVED)[0]) / 1000


def _acknowledged(connection: socket.socket) -> int | None:
    """How many bytes the client has acknowledged; None where nothing waits for it."""
    info = connection.getsockopt(socket.IPPROTO_TCP, socket.TCP_INFO, _INFO_BYTES)
    if len(info) < _INFO_BYTES:
        return None
    (unacknowledged,) = struct.unpack_from("I", info, _UNACKED)
    (unsent,) = struct.unpack_from("I", info, _UNSENT)
    (acknowledged,) = struct.unpack_from("Q", info, _ACKED)
    return acknowledged if unacknowledged or unsent else None
