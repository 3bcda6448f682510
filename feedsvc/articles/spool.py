"""What one step of a scan leaves for the next: on disk where it is much, so memory stays small."""

from __future__ import annotations

import pickle
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from io import BytesIO
from typing import IO, Generic, TypeVar, cast

from feedsvc.errors import NoRoom

IN_MEMORY = 4 << 20  # bytes; most scans change a few files

T = TypeVar("T")


class Spool(Generic[T]):
    """Values in the order in which they were added, each at a place of its own.

    What is on disk goes with the last reference.
    """

    def __init__(self) -> None:
        self._file: IO[bytes] = BytesIO()
        self._end = 0
        self._count = 0
        self._last: tuple[int, T] | None = None

    def __del__(self) -> None:
        with suppress(OSError):  # the rest of a full disk is not written here
            self._file.close()

    def __len__(self) -> int:
        return self._count

    def add(self, value: T) -> int:
        """Add a value at the end; where it is from now on.

        Raises:
            NoRoom: the temporary folder is full.
        """
        place = self._end
        data = pickle.dumps(value, pickle.HIGHEST_PROTOCOL)
        with _room():
            if place <= IN_MEMORY < place + len(data):
                self._file = _on_disk(cast("BytesIO", self._file))
            if self._file.tell() != place:
                self._file.seek(place)
            self._file.write(data)
        self._end += len(data)
        self._count += 1
        return place

    def at(self, place: int) -> T:
        """The value that was added there; often the same is asked for twice running.

        Raises:
            NoRoom: the temporary folder is full.
        """
        if self._last is None or self._last[0] != place:
            self._last = place, self._load(place)
        return self._last[1]

    def __iter__(self) -> Iterator[T]:
        place = 0
        while place < self._end:
            value = self._load(place)
            place = self._file.tell()
            yield value

    def _load(self, place: int) -> T:
        with _room():  # to read is to write what is still in a buffer
            self._file.seek(place)
            return cast("T", pickle.load(self._file))  # noqa: S301 - written by this very process


@contextmanager
def _room() -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise NoRoom(
            f"the temporary folder cannot hold what was read ({error.strerror}); "
            "make room in it, or name another by TMPDIR"
        ) from None


def _on_disk(memory: BytesIO) -> IO[bytes]:
    file = tempfile.TemporaryFile()  # noqa: SIM115 - the spool closes it
    file.write(memory.getbuffer())
    return file
