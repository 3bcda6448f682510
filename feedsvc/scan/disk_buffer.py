"""What one step of a scan leaves for the next: on disk where it is much, so memory stays small."""

from __future__ import annotations

import pickle
import tempfile
from collections.abc import Callable, Iterator
from contextlib import suppress
from io import BytesIO
from typing import IO, Generic, TypeVar, cast

from feedsvc.errors import NoRoom
from feedsvc.files import see_temporary_folder

LENGTH = 4  # bytes in front of each value, which say how long it is
IN_MEMORY = 4 << 20  # bytes; most scans change a few files

Put = TypeVar("Put")
Got = TypeVar("Got")


class DiskBuffer(Generic[Put, Got]):
    """Values in the order in which they were added, each at a place of its own.

    `encode` makes bytes of what is put in, `decode` makes of them what comes out. What is on disk
    goes with the last reference.
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
        """Add a value at the end; where it is from now on.

        Raises:
            NoRoom: the temporary folder is full.
        """
        place = self._end
        data = self._encode(value)
        end = place + len(data) + LENGTH
        try:
            if place <= IN_MEMORY < end:
                self._file = _on_disk(cast("BytesIO", self._file))
            if self._file.tell() != place:
                self._file.seek(place)
            self._file.write(len(data).to_bytes(LENGTH, "big") + data)
        except OSError as error:
            raise _no_room(error) from None
        self._end = end
        self._count += 1
        return place

    def at(self, place: int) -> Got:
        """The value that was added there; often the same is asked for twice running.

        Raises:
            NoRoom: the temporary folder is full.
        """
        if self._last is None or self._last[0] != place:
            self._last = place, self._load(place)[0]
        return self._last[1]

    def __iter__(self) -> Iterator[Got]:
        place = 0
        while place < self._end:
            value, place = self._load(place)
            yield value

    def _load(self, place: int) -> tuple[Got, int]:
        """The value at a place, and the place behind it."""
        try:  # to read is to write what is still in a buffer
            self._file.seek(place)
            length = int.from_bytes(self._file.read(LENGTH), "big")
            return self._decode(self._file.read(length)), place + LENGTH + length
        except OSError as error:
            raise _no_room(error) from None


def _no_room(error: OSError) -> NoRoom:
    return NoRoom(
        f"the temporary folder cannot hold what was read ({error.strerror}); "
        "make room in it, or name another by TMPDIR"
    )


def _on_disk(memory: BytesIO) -> IO[bytes]:
    see_temporary_folder()
    file = tempfile.TemporaryFile()  # noqa: SIM115 - the spool closes it
    file.write(memory.getbuffer())
    return file
