"""The Documents of the current edition in memory: built once when asked for, for all who ask."""

from __future__ import annotations

import logging
import threading
import time
from collections import OrderedDict
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Generic, Protocol, TypeVar

from feedsvc.errors import LedgerUnavailable

LOOK_SECONDS = 0.25  # how often, at the most, the journal's sequence is looked at
SHELF_BYTES = 64 << 20
BUILDERS = 64  # locks, one of which a path has: what is slow to build keeps few others waiting

log = logging.getLogger(__name__)


class Gone(Exception):
    """What was at this path has been withdrawn (RFC 9110 section 15.5.11)."""


class Elsewhere(Exception):
    """What was at this path is at another address for good (RFC 9110 section 15.4.2)."""

    def __init__(self, address: str) -> None:
        super().__init__(address)
        self.address = address


class Sized(Protocol):
    """What is kept: its `size` is in bytes."""

    @property
    def size(self) -> int: ...


Kept = TypeVar("Kept", bound=Sized)


class Documents(Generic[Kept]):
    """Finds the Document for a path, in the form in which `build` makes it.

    `sequence` reads the journal's sequence from the ledger; `build` makes the Document of a
    path, None where there is none, or raises Gone. `finish` makes a better one of it, off the
    path of any request, or returns it as it is; `renew` takes over into a new one what was made
    of the last. `built` is told of each Document, with the sequence of its edition. Safe to call
    from many threads.
    """

    def __init__(
        self,
        sequence: Callable[[], int],
        build: Callable[[str], Kept | None],
        finish: Callable[[Kept], Kept] | None = None,
        renew: Callable[[Kept, Kept], Kept] | None = None,
    ) -> None:
        self._read_sequence = sequence
        self._build = build
        self._finish = finish
        self._renew = renew
        self._later = ThreadPoolExecutor(1, "finish") if finish else None
        self.built: Callable[[str, Kept, int], None] = lambda _path, _document, _sequence: None
        self._looking = threading.Lock()
        self._building = [threading.Lock() for _ in range(BUILDERS)]
        self._keeping = threading.Lock()
        self._sequence = 0
        self._furthest = 0  # the last sequence that was not 0, which is that of an empty ledger
        self._looked = 0.0
        # each with the sequence it was built at, the one asked for longest ago first
        self._kept: OrderedDict[str, tuple[int, Kept]] = OrderedDict()
        self._size = 0

    def current(self, path: str) -> Kept | None:
        """The Document at a path if it is known to be current; nothing is built or looked up."""
        kept = self._kept.get(path)
        if kept is None or kept[0] != self._sequence:
            return None
        return kept[1] if time.monotonic() - self._looked < LOOK_SECONDS else None

    def find(self, path: str) -> Kept | None:
        """The current Document; the last one while the ledger cannot be reached.

        Raises:
            LedgerUnavailable: this document was never built and cannot be now.
            Gone: it has been withdrawn.
            Elsewhere: it has another address now.
        """
        if document := self.current(path):
            return document
        sequence, document = self._kept.get(path, (0, None))
        known = document if sequence == self._sequence else None
        if not self._looking.acquire(blocking=known is None):
            return known  # somebody looks already; this was current a moment ago
        try:
            try:
                sequence = self._look()
            finally:
                self._looking.release()
            return self._at(path, sequence)
        except LedgerUnavailable as error:
            kept = self._kept.get(path)
            if kept is None:
                raise
            log.warning("serving the last edition of %s: %s", path, error)
            return kept[1]

    def _look(self) -> int:
        """The journal's sequence, read unless that was done a moment ago."""
        if not self._sequence or time.monotonic() - self._looked >= LOOK_SECONDS:
            try:
                self._sequence = self._read_sequence()
            finally:
                self._looked = time.monotonic()
            if self._sequence:
                self._forget_another_ledger()
        if self._sequence == 0:
            raise LedgerUnavailable("nothing has been published yet: no scan has ended")
        return self._sequence

    def _forget_another_ledger(self) -> None:
        """Drop what was built from a journal that was longer: it was another ledger's."""
        with self._keeping:
            if self._sequence < self._furthest:
                self._kept.clear()
                self._size = 0
            self._furthest = self._sequence

    def _at(self, path: str, sequence: int) -> Kept | None:
        """The Document of this edition or a later one, built by one thread for all who ask."""
        with self._building[hash(path) % BUILDERS]:
            kept = self._kept.get(path)
            if kept is None or kept[0] < sequence:
                return self._built(path, sequence)
            with self._keeping:
                if path in self._kept:  # others may have taken its room meanwhile
                    self._kept.move_to_end(path)
            return kept[1]

    def _built(self, path: str, sequence: int) -> Kept | None:
        try:
            document = self._build(path)
        except (Gone, Elsewhere):
            self._keep(path, None)
            raise
        except LedgerUnavailable:
            raise
        except Exception as error:  # one entry must not take a feed down (Isolation)
            log.exception("%s cannot be built", path)
            raise LedgerUnavailable(f"{path} cannot be built") from error
        last = self._kept.get(path)
        if document and last and self._renew:
            document = self._renew(last[1], document)
        self._keep(path, (sequence, document) if document else None)
        if document:
            self.built(path, document, sequence)
            if self._later:
                self._later.submit(self._improve, path, sequence, document)
        return document

    def _improve(self, path: str, sequence: int, document: Kept) -> None:
        """Put a better form of a Document in its place, unless that has changed meanwhile."""
        assert self._finish  # noqa: S101 - or nobody would ask for it
        if self._kept.get(path, (0, None))[1] is not document:
            return
        better = self._finish(document)
        if better is document:
            return
        with self._keeping:
            if self._kept.get(path, (0, None))[1] is document:
                self._size += better.size - document.size
                self._kept[path] = sequence, better
                self._make_room()

    def _keep(self, path: str, what: tuple[int, Kept] | None) -> None:
        with self._keeping:
            self._drop(path)
            if what is None:
                return
            self._kept[path] = what
            self._size += what[1].size
            self._make_room()

    def _make_room(self) -> None:
        while self._size > SHELF_BYTES and len(self._kept) > 1:
            self._drop(next(iter(self._kept)))

    def _drop(self, path: str) -> None:
        if path in self._kept:
            self._size -= self._kept.pop(path)[1].size
