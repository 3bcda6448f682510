"""SHA-256 of files, worked out off the requests' threads and kept for the latest."""

from __future__ import annotations

import hashlib
import os
import queue
import threading
from collections import OrderedDict
from io import FileIO

from feedsvc.model import Stat

KEPT = 1000
INLINE = 256 << 10  # bytes; hashing so few takes as long as handing the file to a thread
WAITING = 100  # files; one more is hashed when it is asked for again
PIECE = 1 << 20  # bytes; the interpreter is free while one is read and hashed
# Clocks of file systems tick this coarsely at worst: a file may change twice within a tick.
TICK_SECONDS = 2
_SECOND = 10**9  # nanoseconds

Key = tuple[str, Stat]


class Digests:
    """Finds the SHA-256 (hex) of open files; safe to call from many threads.

    A long file is hashed once for each of its states, by one thread, while requests go on.
    """

    def __init__(self, kept: int = KEPT) -> None:
        self._limit = kept
        self._lock = threading.Lock()
        # each file's state once, the one asked for longest ago first; None is being worked out
        self._known: OrderedDict[Key, str | None] = OrderedDict()
        self._waiting: queue.Queue[tuple[Key, int]] = queue.Queue(WAITING)
        self._thread: threading.Thread | None = None

    def find(self, path: str, file: FileIO, now: float) -> tuple[str | None, Stat]:
        """The digest of the file, None until it is known, and the state that it belongs to.

        Raises:
            OSError: it cannot be read.
        """
        stat = Stat.of(os.fstat(file.fileno()))
        key = path, stat
        with self._lock:
            if key in self._known:
                self._known.move_to_end(key)
                return self._known[key], stat
        settled = abs(now - stat.ctime_ns / _SECOND) >= TICK_SECONDS
        if stat.size <= INLINE:
            digest = _hashed(file.fileno(), stat)
            if digest and settled:
                self._keep(key, digest)
            return digest, stat
        if settled:
            self._start(key, file)
        return None, stat

    def _start(self, key: Key, file: FileIO) -> None:
        handle = os.dup(file.fileno())
        try:
            self._waiting.put_nowait((key, handle))
        except queue.Full:
            os.close(handle)
            return
        self._keep(key, None)
        with self._lock:
            if self._thread is None:
                self._thread = threading.Thread(target=self._work, name="digests", daemon=True)
                self._thread.start()

    def _work(self) -> None:
        while True:
            key, handle = self._waiting.get()
            try:
                digest = _hashed(handle, key[1])
            except OSError:
                digest = None
            finally:
                os.close(handle)
            if digest:
                self._keep(key, digest)
            else:
                self._forget(key)  # it is hashed anew when it is asked for again

    def _keep(self, key: Key, digest: str | None) -> None:
        with self._lock:
            self._known[key] = digest
            self._known.move_to_end(key)
            while len(self._known) > self._limit:
                self._known.popitem(last=False)

    def _forget(self, key: Key) -> None:
        with self._lock:
            self._known.pop(key, None)


def _hashed(handle: int, stat: Stat) -> str | None:
    """The digest of the file behind a handle; None where it changes while it is read."""
    digest = hashlib.sha256()
    place = 0
    while piece := os.pread(handle, PIECE, place):
        digest.update(piece)
        place += len(piece)
    return digest.hexdigest() if Stat.of(os.fstat(handle)) == stat else None
