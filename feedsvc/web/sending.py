"""Sending long bodies: in chunks, and a limited number of them at once.

granian buffers 32 chunks before it waits for the client, and then holds one of the server's threads
for as long as the client takes to read. So a body is cut into at least 64 chunks, which keeps half
of it back: the body counts until the client has read that much.
"""

from __future__ import annotations

import os
import threading
from collections import Counter
from collections.abc import Iterator
from io import FileIO

from feedsvc.model import Stat
from feedsvc.web.conditional import ByteRange
from feedsvc.web.responses import Body

WHOLE = 64 << 10  # bytes; shorter bodies are sent in one piece and do not count
SHORT = 512 << 10  # bytes; longer bodies are counted separately
CHUNK = 16 << 10  # bytes, the most that are read at once
CHUNKS = 64  # of a body that is too short for chunks of that size
SHORT_PLACES, DOCUMENT_PLACES, FILE_PLACES = 320, 320, 128
PLACES = SHORT_PLACES + DOCUMENT_PLACES + FILE_PLACES  # each may hold a thread
SHARE = 0.75  # of the places of one kind that the clients of one network may take


class Changed(Exception):
    """The file changed while it was sent."""


class Busy(Exception):
    """The maximum number of bodies is being sent."""


def chunk_size(length: int) -> int:
    """The size in bytes of the chunks of a body of this length."""
    return min(CHUNK, length // CHUNKS + 1)


class Chunks(Iterator[bytes]):
    """A body in memory."""

    def __init__(self, body: bytes) -> None:
        self._body = body
        self._size = chunk_size(len(body))
        self._start = 0

    def __next__(self) -> bytes:
        start, self._start = self._start, self._start + self._size
        if start >= len(self._body):
            raise StopIteration
        return self._body[start : self._start]

    def close(self) -> None:
        """Release the body."""
        self._body = b""


class Stream(Iterator[bytes]):
    """A range of an open file whose headers were made when its state was `stat`."""

    def __init__(self, path: str, file: FileIO, stat: Stat, part: ByteRange) -> None:
        self._path = path
        self._file = file
        self._stat = stat
        self._left = part.length
        self._size = chunk_size(part.length)
        file.seek(part.first)

    def __next__(self) -> bytes:
        """The next chunk.

        Raises:
            Changed: the file no longer matches its headers. It is raised before the last chunk, so
                that the server closes the connection and no client takes a mixture for complete
                (PEP 3333, "Handling the Content-Length Header").
        """
        if not self._left:
            raise StopIteration
        chunk = self._file.read(min(self._size, self._left))
        found, promised = os.fstat(self._file.fileno()), self._stat
        # the ctime does not count: a backup that makes hard links changes it
        same = (found.st_size, found.st_mtime_ns) == (promised.size, promised.mtime_ns)
        if not (chunk and same):
            raise Changed(f"{self._path} changed while it was sent")
        self._left -= len(chunk)
        return chunk

    def close(self) -> None:
        """Close the file."""
        self._file.close()


class Places:
    """The places for bodies of one kind; no network takes more than its share of them."""

    def __init__(self, number: int) -> None:
        self._lock = threading.Lock()
        self._free = number
        self._share = int(number * SHARE)
        self._held: Counter[str] = Counter()

    def take(self, network: str | None) -> None:
        """Take a place for a client; one without a network is not limited to a share.

        Raises:
            Busy: all of them are taken, or the share of the network.
        """
        with self._lock:
            if not self._free or (network and self._held[network] >= self._share):
                raise Busy("too many answers are on their way to slow clients")
            self._free -= 1
            if network:
                self._held[network] += 1

    def give_back(self, network: str | None) -> None:
        """Give a place back."""
        with self._lock:
            self._free += 1
            if network:
                self._held[network] -= 1
                self._held += Counter()  # drops those with none


class Sending:
    """Limits how many long bodies are sent at once: short ones, documents and files separately."""

    def __init__(self) -> None:
        self._short = Places(SHORT_PLACES)
        self._documents = Places(DOCUMENT_PLACES)
        self._files = Places(FILE_PLACES)

    def document(self, body: bytes, network: str | None) -> Counted:
        """A document in chunks, which counts until it is closed.

        Raises:
            Busy: there are too many.
        """
        places = self._short if len(body) <= SHORT else self._documents
        return Counted(Chunks(body), places, network)

    def file(self, stream: Body, length: int, network: str | None) -> Counted:
        """So many bytes of a file, which count until it is closed.

        Raises:
            Busy: there are too many.
        """
        return Counted(stream, self._short if length <= SHORT else self._files, network)


class Counted(Iterator[bytes]):
    """A body that gives its place back when the server closes (PEP 3333) or drops it."""

    def __init__(self, body: Body, places: Places, network: str | None) -> None:
        self._places: Places | None = None
        self._body = body
        self._network = network
        try:
            places.take(network)
        except Busy:
            body.close()
            raise
        self._places = places
        self._next = iter(body).__next__

    def __next__(self) -> bytes:
        return self._next()

    def close(self) -> None:
        """Close the body and give its place back, once."""
        places, self._places = self._places, None
        if places:
            self._body.close()
            places.give_back(self._network)

    __del__ = close
