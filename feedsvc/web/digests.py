"""SHA-256 of files, calculated off the request threads, and kept for the latest."""

from __future__ import annotations

import hashlib
import os
import queue
import threading
from collections import OrderedDict
from io import FileIO

from feedsvc.model import Stat

MAX_FILES = 1000  # whose digests are kept
INLINE = 256 << 10  # bytes; hashing so few takes as long as passing the file to a thread
MAX_WAITING = 100  # files; one more is hashed when it is next requested
BLOCK = 1 << 20  # bytes; the interpreter lock is released while a block is read and hashed
# Clocks of file systems tick this coarsely at worst: a file may change twice within a tick.
TICK_SECONDS = 2
_SECOND = 10**9  # nanoseconds

Key = tuple[str, Stat]


class Digests:
    """Finds the SHA-256 (hex) of open files; safe to call from many threads.

    A long file is hashed once for each of its states, by one thread, while requests go on.
    """

    def __init__(self, limit: int = MAX_FILES) -> None:
        self._limit = limit
        self._lock = threading.Lock()
        # each state of a file once, the least recently requested first; None is being calculated
        self._known: OrderedDict[Key, str | None] = OrderedDict()
        self._waiting: queue.Queue[tuple[Key, int]] = queue.Queue(MAX_WAITING)
        self._thread: threading.Thread | None = None

    def find(self, path: str, file: FileIO, now: float) -> tuple[str | None, Stat]:
        """The digest of a file, None until it is known, and the state that it belongs to.

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
                self._forget(key)  # it is hashed when it is next requested

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
    """The digest of an open file; None where it changes while it is read."""
    digest = hashlib.sha256()
    offset = 0
    while block := os.pread(handle, BLOCK, offset):
        digest.update(block)
        offset += len(block)
    return digest.hexdigest() if Stat.of(os.fstat(handle)) == stat else None
