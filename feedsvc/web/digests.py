"""SHA-256 of files, worked out once for each state of a file and kept for the latest."""

from __future__ import annotations

import hashlib
import os
import threading
from collections import OrderedDict
from concurrent.futures import Future
from io import FileIO

from feedsvc.model import Stat

KEPT = 1000
# Clocks of file systems tick this coarsely at worst: a file may change twice within a tick.
TICK_SECONDS = 2
_SECOND = 10**9  # nanoseconds

Key = tuple[str, Stat]


class Changed(Exception):
    """The file changed while it was read."""


class Digests:
    """Finds the SHA-256 (hex) of open files; safe to call from many threads."""

    def __init__(self, kept: int = KEPT) -> None:
        self._limit = kept
        self._lock = threading.Lock()
        # each file's state once, the one asked for longest ago first
        self._known: OrderedDict[Key, Future[str]] = OrderedDict()

    def find(self, path: str, file: FileIO, now: float) -> tuple[str, Stat]:
        """The digest of the file and the state that it belongs to.

        Raises:
            Changed: somebody writes to it just now.
            OSError: it cannot be read.
        """
        stat = Stat.of(os.fstat(file.fileno()))
        key = path, stat
        with self._lock:
            known = self._known.get(key)
            future = self._known.setdefault(key, known or Future())
            self._known.move_to_end(key)
            while len(self._known) > self._limit:
                self._known.popitem(last=False)
        if known is None:  # single-flight: whoever comes second waits for the first
            self._work_out(key, file, future, now)
        return future.result(), stat

    def _work_out(self, key: Key, file: FileIO, future: Future[str], now: float) -> None:
        path, stat = key
        try:
            digest = hashlib.file_digest(file, "sha256").hexdigest()
            if Stat.of(os.fstat(file.fileno())) != stat:
                raise Changed(f"{path} changes while it is read")
        except BaseException as error:
            self._forget(key)
            future.set_exception(error)
        else:
            if now - max(stat.mtime_ns, stat.ctime_ns) / _SECOND < TICK_SECONDS:
                self._forget(key)
            future.set_result(digest)

    def _forget(self, key: Key) -> None:
        with self._lock:
            self._known.pop(key, None)
