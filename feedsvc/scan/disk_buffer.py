"""Values that wait between two steps of a scan: on disk if large, so that memory stays small."""

from __future__ import annotations

import marshal
import pickle
import tempfile
from collections.abc import Callable, Iterator
from contextlib import suppress
from io import BytesIO
from typing import IO, Generic, TypeVar, cast

from feedsvc.errors import NoRoom
from feedsvc.files import require_temporary_folder
from feedsvc.model import Stat
from feedsvc.reading.jobs import ChangedFile

LENGTH = 4  # bytes before each value, which hold its length
IN_MEMORY = 4 << 20  # bytes; most scans change a few files

Put = TypeVar("Put")
Got = TypeVar("Got")


class DiskBuffer(Generic[Put, Got]):
    """Values in the order in which they were added, each at its offset.

    `encode` turns a value into bytes, `decode` turns these into the value that is read. The file is
    deleted with the last reference.
    """

    def __init__(
        self,
        encode: Callable[[Put], bytes] = pickle.dumps,
        decode: Callable[[bytes], Got] = pickle.loads,
    ) -> None:
        self._encode, self._decode = encode, decode
        self._file: IO[bytes] = BytesIO()
        self._end = 0
        self._count = 0
        self._last: tuple[int, Got] | None = None

    def __del__(self) -> None:
        with suppress(OSError):  # the rest of a full disk is not written here
            self._file.close()

    def __len__(self) -> int:
        return self._count

    def add(self, value: Put) -> int:
        """Add a value at the end and return its offset.

        Raises:
            NoRoom: the temporary folder is full.
        """
        offset = self._end
        data = self._encode(value)
        end = offset + len(data) + LENGTH
        try:
            if offset <= IN_MEMORY < end:
                self._file = _on_disk(cast("BytesIO", self._file))
            if self._file.tell() != offset:
                self._file.seek(offset)
            self._file.write(len(data).to_bytes(LENGTH, "big") + data)
        except OSError as error:
            raise _no_room(error) from None
        self._end = end
        self._count += 1
        return offset

    def at(self, offset: int) -> Got:
        """The value at this offset; the last one is kept, since it is often asked for again.

        Raises:
            NoRoom: the temporary folder is full.
        """
        if self._last is None or self._last[0] != offset:
            self._last = offset, self._load(offset)[0]
        return self._last[1]

    def __iter__(self) -> Iterator[Got]:
        offset = 0
        while offset < self._end:
            value, offset = self._load(offset)
            yield value

    def _load(self, offset: int) -> tuple[Got, int]:
        """The value at an offset, and the offset of the next."""
        try:  # reading first writes what is still in a buffer
            self._file.seek(offset)
            length = int.from_bytes(self._file.read(LENGTH), "big")
            return self._decode(self._file.read(length)), offset + LENGTH + length
        except OSError as error:
            raise _no_room(error) from None


def _no_room(error: OSError) -> NoRoom:
    return NoRoom(
        f"the temporary folder cannot hold what was read ({error.strerror}); "
        "make room in it, or name another by TMPDIR"
    )


def _on_disk(memory: BytesIO) -> IO[bytes]:
    require_temporary_folder()
    file = tempfile.TemporaryFile()  # noqa: SIM115 - the buffer closes it
    file.write(memory.getbuffer())
    return file


def changed_files() -> DiskBuffer[ChangedFile, ChangedFile]:
    """A buffer of files to be read; of a million, pickle would take three times as long."""
    return DiskBuffer(_encode, _decode)


def _encode(file: ChangedFile) -> bytes:
    return marshal.dumps((file.path, tuple(file.stat), file.known))


def _decode(data: bytes) -> ChangedFile:
    path, numbers, known = marshal.loads(data)  # noqa: S302 - written by this very process
    return ChangedFile(path, Stat(*numbers), known)
