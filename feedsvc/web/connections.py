"""The sockets of this process, as Linux tells of them; elsewhere there seem to be none."""

from __future__ import annotations

import errno
import os
import resource
import select
import socket
import struct
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

# struct tcp_info of linux/tcp.h: tcpi_unacked, tcpi_last_data_recv (in milliseconds),
# tcpi_bytes_acked and tcpi_notsent_bytes
_INFO_BYTES = 148
_UNACKED, _RECEIVED, _ACKED, _UNSENT = 24, 52, 120, 144


@dataclass(frozen=True, slots=True)
class Connection:
    """One connection: for how many seconds its client has sent nothing.

    `acknowledged` says how many bytes the client has taken so far, while more wait for it; None
    where nothing does. The socket belongs to the server, and is to be used at once.
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
    """Have no event loop of this process hear any more of what becomes of these files.

    A file that is replaced under its number is still watched as long as another process has it.
    """
    for poll in _handles("self"):
        if _target("self", poll) == "anon_inode:[eventpoll]":
            with select.epoll.fromfd(os.dup(poll)) as events:  # which closes what it is given
                for handle in handles:
                    with suppress(OSError):
                        events.unregister(handle)


def handles_of(name: str, process: int | str = "self") -> list[int]:
    """The file descriptors of a process that are one socket, by its name in /proc."""
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
    """For how long nothing was received, and how much was acknowledged if something waits."""
    (unacknowledged,) = struct.unpack_from("I", info, _UNACKED)
    (unsent,) = struct.unpack_from("I", info, _UNSENT)
    (received,) = struct.unpack_from("I", info, _RECEIVED)
    (acknowledged,) = struct.unpack_from("Q", info, _ACKED)
    return received / 1000, acknowledged if unacknowledged or unsent else None
