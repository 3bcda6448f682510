"""Files on their way to a client, a chunk at a time."""

from __future__ import annotations

import os
import threading
from collections.abc import Iterator
from io import FileIO

from feedsvc.model import Stat
from feedsvc.web.ranges import Part

# Bytes. What fits into one chunk is handed over whole. granian takes 32 chunks off our hands
# before it waits for the client, so most files hold no thread of it however slow the client is.
CHUNK = 256 << 10
STREAMS = 8  # at once in one process: longer ones hold a thread of the server each


class Changed(Exception):
    """The file changed while it was sent."""


class Busy(Exception):
    """As many streams as may be are on their way."""


class Stream(Iterator[bytes]):
    """The part of an open file that was `stat` when it was promised."""

    def __init__(self, path: str, file: FileIO, stat: Stat, part: Part) -> None:
        self._path = path
        self._file = file
        self._stat = stat
        self._left = part.length
        file.seek(part.first)

    def __next__(self) -> bytes:
        """The next chunk.

        Raises:
            Changed: the file is not what its headers said. It is raised ahead of the last chunk,
                so that the server closes the connection and no client takes a mixture for whole
                (PEP 3333, "Handling the Content-Length Header").
        """
        if not self._left:
            raise StopIteration
        chunk = self._file.read(min(CHUNK, self._left))
        found, promised = os.fstat(self._file.fileno()), self._stat
        # ctime does not count here: a backup that makes hard links moves it
        same = (found.st_size, found.st_mtime_ns) == (promised.size, promised.mtime_ns)
        if not (chunk and same):
            raise Changed(f"{self._path} changed while it was sent")
        self._left -= len(chunk)
        return chunk

    def close(self) -> None:
        """Let the file go."""
        self._file.close()


class Sending:
    """Bounds how many streams there are, so that threads are left for everything else."""

    def __init__(self, streams: int = STREAMS) -> None:
        self._free = threading.BoundedSemaphore(streams)

    def start(self, stream: Stream) -> Counted:
        """The stream, counted until it is closed.

        Raises:
            Busy: there are too many.
        """
        if not self._free.acquire(blocking=False):
            raise Busy("too many files are being sent to slow clients")
        return Counted(stream, self._free)


class Counted(Iterator[bytes]):
    """A stream that gives its place back when the server closes it (PEP 3333) or drops it."""

    def __init__(self, stream: Stream, place: threading.BoundedSemaphore) -> None:
        self._stream = stream
        self._place: threading.BoundedSemaphore | None = place

    def __next__(self) -> bytes:
        return next(self._stream)

    def close(self) -> None:
        """Let the file and the place go, once."""
        place, self._place = self._place, None
        if place:
            self._stream.close()
            place.release()

    __del__ = close
