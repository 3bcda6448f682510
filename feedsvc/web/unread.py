"""Drops clients that ask and then take no byte; Linux tells which these are.

granian waits for a client as long as it likes. TCP_USER_TIMEOUT is no help: the kernel counts the
time until a window opens for a whole segment, and so drops those that read slowly too.
"""

from __future__ import annotations

import socket
import struct
import threading
import time
from contextlib import suppress
from dataclasses import dataclass

from feedsvc.web.connections import accepted

UNREAD_SECONDS = 30.0  # for which a client may take no byte
SLOW_SECONDS = 120.0  # the same for one that has read: a slow one's system reports it in lumps
LOOK_SECONDS = 5.0

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
    """Watches the connections that this process has accepted on a port of its own."""

    def __init__(self, port: int) -> None:
        self._port = port
        self._waiting: dict[tuple[int, object], _Waiting] = {}

    def watch(self) -> None:
        """Look again and again, on a thread of its own."""
        threading.Thread(target=self._watch, name="unread", daemon=True).start()

    def look(self, now: float) -> None:
        """Drop who has taken nothing for too long; `now` is a time.monotonic()."""
        waiting: dict[tuple[int, object], _Waiting] = {}
        for one in accepted(self._port):
            if one.acknowledged is None:
                continue
            with suppress(OSError):
                key, known = (one.handle, one.socket.getpeername()), one.acknowledged
                client = self._waiting.get(key, _Waiting(known, now)).seen(known, now)
                if client.is_over(now):
                    _drop(one.socket)
                else:
                    waiting[key] = client
        self._waiting = waiting

    def _watch(self) -> None:
        while True:
            time.sleep(LOOK_SECONDS)
            self.look(time.monotonic())


def _drop(connection: socket.socket) -> None:
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _RESET)
    connection.shutdown(socket.SHUT_RDWR)
