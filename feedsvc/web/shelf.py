"""What was built, in memory: what was asked for longest ago makes room for the rest."""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Iterator
from typing import Generic, NamedTuple, Protocol, TypeVar

BYTES = 64 << 20


class Sized(Protocol):
    """What is kept: its `size` is in bytes."""

    @property
    def size(self) -> int: ...


Kept = TypeVar("Kept", bound=Sized)


class Copy(NamedTuple, Generic[Kept]):
    """A document, and the sequence of the change log that it was built at."""

    sequence: int
    document: Kept


class Shelf(Generic[Kept]):
    """Holds a document for each path, up to BYTES. Safe to call from many threads."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._copies: OrderedDict[str, Copy[Kept]] = OrderedDict()
        self._size = 0

    def get(self, path: str) -> Copy[Kept] | None:
        """The copy at a path; takes no lock."""
        return self._copies.get(path)

    def touch(self, path: str) -> None:
        """Note that a path was asked for."""
        with self._lock:
            if path in self._copies:
                self._copies.move_to_end(path)

    def put(self, path: str, sequence: int, document: Kept) -> None:
        """Take a document that was built at a sequence, unless there is a later one."""
        with self._lock:
            if self._sequence(path) <= sequence:
                self._drop(path)
                self._copies[path] = Copy(sequence, document)
                self._size += document.size
                self._make_room()

    def replace(self, path: str, document: Kept, better: Kept) -> None:
        """Put a better form of a document in its place, unless that has changed meanwhile."""
        with self._lock:
            copy = self._copies.get(path)
            if copy and copy.document is document:
                self._size += better.size - document.size
                self._copies[path] = Copy(copy.sequence, better)
                self._make_room()

    def drop(self, path: str, sequence: int) -> None:
        """Note that at a sequence there is nothing at a path."""
        with self._lock:
            if self._sequence(path) <= sequence:
                self._drop(path)

    def clear(self) -> None:
        """Drop everything."""
        with self._lock:
            self._copies.clear()
            self._size = 0

    def items(self) -> Iterator[tuple[str, Copy[Kept]]]:
        """Every path with its copy, the one asked for longest ago first."""
        with self._lock:
            return iter(list(self._copies.items()))

    def _sequence(self, path: str) -> int:
        copy = self._copies.get(path)
        return copy.sequence if copy else 0

    def _make_room(self) -> None:
        while self._size > BYTES and len(self._copies) > 1:
            self._drop(next(iter(self._copies)))

    def _drop(self, path: str) -> None:
        if path in self._copies:
            self._size -= self._copies.pop(path).document.size
