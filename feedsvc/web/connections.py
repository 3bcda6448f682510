"""The TCP connections of this process, on Linux: lists them, and drops clients that read nothing.

On other systems there appear to be none. granian waits for a client without a limit.
TCP_USER_TIMEOUT is no remedy: the kernel measures the time until a window opens for a whole
segment, and so drops clients that read slowly too.
"""

from __future__ import annotations

import errno
import os
import resource
import select
import socket
import struct
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

# struct tcp_info of linux/tcp.h: tcpi_unacked, tcpi_last_data_recv (in milliseconds),
# tcpi_bytes_acked and tcpi_notsent_bytes
_INFO_BYTES = 148
_UNACKED, _RECEIVED, _ACKED, _UNSENT = 24, 52, 120, 144

STALLED_SECONDS = 30.0  # for which a client may acknowledge no byte
SLOW_SECONDS = 120.0  # the same for one that has read: slow ones acknowledge in bursts
LOOK_SECONDS = 5.0

_RESET = struct.pack("ii", 1, 0)  # SO_LINGER: close by RST, and discard unsent bytes


@dataclass(frozen=True, slots=True)
class Connection:
    """One connection, whose client has sent nothing for `silent` seconds.

    `acknowledged` is the number of bytes that the client has acknowledged while more wait for it;
    None where nothing waits. The socket belongs to the server and is valid only until the next
    connection is listed.
    """

    handle: int
    socket: socket.socket
    silent: float
    acknowledged: int | None


def accepted(port: int) -> Iterator[Connection]:
    """The TCP connections that were accepted on a port of our own."""
    for handle in _handles("self"):
        with suppress(OSError), _borrowed(handle) as borrowed:
            if _is_accepted(borrowed, port):
                info = borrowed.getsockopt(socket.IPPROTO_TCP, socket.TCP_INFO, _INFO_BYTES)
                if len(info) == _INFO_BYTES:
                    yield Connection(handle, borrowed, *_traffic(info))


def unwatch(handles: list[int]) -> None:
    """Remove files from all event loops of this process.

    A file whose descriptor is reused is still watched as long as another process has it open.
    """
    for poll in _handles("self"):
        if _target("self", poll) == "anon_inode:[eventpoll]":
            with select.epoll.fromfd(os.dup(poll)) as events:  # which closes what it is given
                for handle in handles:
                    with suppress(OSError):
                        events.unregister(handle)


def handles_of(name: str, process: int | str = "self") -> list[int]:
    """The file descriptors of a process for one socket, by its name in /proc."""
    return [handle for handle in _handles(process) if _target(process, handle) == name]


def _handles(process: int | str) -> list[int]:
    try:
        return [int(file.name) for file in Path(f"/proc/{process}/fd").iterdir()]
    except OSError as error:
        if error.errno != errno.EMFILE:
            return []
    return list(range(resource.getrlimit(resource.RLIMIT_NOFILE)[0]))  # each is in use


def _target(process: int | str, handle: int) -> str:
    with suppress(OSError):
        return str(Path(f"/proc/{process}/fd/{handle}").readlink())
    return ""


@contextmanager
def _borrowed(handle: int) -> Iterator[socket.socket]:
    """A socket that belongs to the server; OSError where the file is none."""
    borrowed = socket.socket(fileno=handle)
    try:
        yield borrowed
    finally:
        borrowed.detach()


def _is_accepted(borrowed: socket.socket, port: int) -> bool:
    if borrowed.family not in (socket.AF_INET, socket.AF_INET6):
        return False
    # the listening socket is shared: to shut it down would turn everybody away
    listens = borrowed.getsockopt(socket.SOL_SOCKET, socket.SO_ACCEPTCONN)
    return not listens and borrowed.getsockname()[1] == port


def _traffic(info: bytes) -> tuple[float, int | None]:
    """The seconds since anything was received, and the bytes acknowledged if more wait."""
    (unacknowledged,) = struct.unpack_from("I", info, _UNACKED)
    (unsent,) = struct.unpack_from("I", info, _UNSENT)
    (received,) = struct.unpack_from("I", info, _RECEIVED)
    (acknowledged,) = struct.unpack_from("Q", info, _ACKED)
    return received / 1000, acknowledged if unacknowledged or unsent else None


@dataclass(frozen=True, slots=True)
class _Progress:
    """The bytes that a client has acknowledged, and since when, while more wait for it.

    `reads` says that this number has grown: the client is slow, but it reads.
    """

    acknowledged: int
    since: float
    reads: bool = False

    def updated(self, acknowledged: int, now: float) -> _Progress:
        """The progress at a later moment."""
        return self if acknowledged == self.acknowledged else _Progress(acknowledged, now, True)

    def is_stalled(self, now: float) -> bool:
        """Whether nothing was acknowledged for too long."""
        return now - self.since >= (SLOW_SECONDS if self.reads else STALLED_SECONDS)


class StalledClients:
    """Drops clients that read nothing, among the connections accepted on a port of this process."""

    def __init__(self, port: int) -> None:
        self._port = port
        self._waiting: dict[tuple[int, object], _Progress] = {}

    def watch(self) -> None:
        """Look repeatedly, on a thread of its own."""
        threading.Thread(target=self._watch, name="stalled clients", daemon=True).start()

    def look(self, now: float) -> None:
        """Drop the clients that are stalled; `now` is a time.monotonic()."""
        waiting: dict[tuple[int, object], _Progress] = {}
        for connection in accepted(self._port):
            if connection.acknowledged is None:
                continue
            with suppress(OSError):
                key = connection.handle, connection.socket.getpeername()
                known = connection.acknowledged
                progress = self._waiting.get(key, _Progress(known, now)).updated(known, now)
                if progress.is_stalled(now):
                    _drop(connection.socket)
                else:
                    waiting[key] = progress
        self._waiting = waiting

    def _watch(self) -> None:
        while True:
            time.sleep(LOOK_SECONDS)
            self.look(time.monotonic())


def _drop(connection: socket.socket) -> None:
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _RESET)
    connection.shutdown(socket.SHUT_RDWR)
