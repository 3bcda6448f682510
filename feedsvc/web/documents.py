"""The Documents of the current edition in memory: built once when asked for, for all who ask."""

from __future__ import annotations

import logging
import threading
import time
from collections import OrderedDict
from collections.abc import Callable

from feedsvc.errors import LedgerUnavailable
from feedsvc.model import Document

LOOK_SECONDS = 0.25  # how often, at the most, the journal's sequence is looked at
SHELF_BYTES = 64 << 20

log = logging.getLogger(__name__)


class Gone(Exception):
    """What was at this path has been withdrawn (RFC 9110 section 15.5.11)."""


class Elsewhere(Exception):
    """What was at this path is at another address for good (RFC 9110 section 15.4.2)."""

    def __init__(self, address: str) -> None:
        super().__init__(address)
        self.address = address


Build = Callable[[str], Document | None]


class Documents:
    """Finds the Document for a path.

    `sequence` reads the journal's sequence from the ledger; `build` makes the Document of a
    path, None where there is none, or raises Gone. `built` is told of each Document, with the
    sequence of its edition. Safe to call from many threads.
    """

    def __init__(
        self,
        sequence: Callable[[], int],
        build: Build,
        built: Callable[[str, Document, int], None] = lambda _path, _document, _sequence: None,
    ) -> None:
        self._read_sequence = sequence
        self._build = build
        self.built = built
        self._lock = threading.Lock()
        self._sequence = 0
        self._looked = 0.0
        # each with the sequence it was built at, the one asked for longest ago first
        self._kept: OrderedDict[str, tuple[int, Document]] = OrderedDict()
        self._size = 0

    def find(self, path: str) -> Document | None:
        """The current Document; the last one while the ledger cannot be reached.

        Raises:
            LedgerUnavailable: this document was never built and cannot be now.
            Gone: it has been withdrawn.
            Elsewhere: it has another address now.
        """
        sequence, document = self._kept.get(path, (0, None))
        current = document if sequence == self._sequence else None
        if current and time.monotonic() - self._looked < LOOK_SECONDS:
            return current
        if not self._lock.acquire(blocking=current is None):
            return current  # somebody looks already; this was current a moment ago
        try:  # single-flight: whoever comes second finds what the first built
            self._look()
            return self._current(path)
        except LedgerUnavailable as error:
            if path not in self._kept:
                raise
            log.warning("serving the last edition of %s: %s", path, error)
            return self._kept[path][1]
        finally:
            self._lock.release()

    def _look(self) -> None:
        """Read the journal's sequence, unless that was done a moment ago."""
        if self._sequence and time.monotonic() - self._looked < LOOK_SECONDS:
            return
        try:
            self._sequence = self._read_sequence()
        finally:
            self._looked = time.monotonic()

    def _current(self, path: str) -> Document | None:
        if self._sequence == 0:
            raise LedgerUnavailable("nothing has been published yet: no scan has ended")
        sequence, document = self._kept.get(path, (0, None))
        if document and sequence == self._sequence:
            self._kept.move_to_end(path)
            return document
        try:
            document = self._build(path)
        except (Gone, Elsewhere):
            self._drop(path)
            raise
        except LedgerUnavailable:
            raise
        except Exception as error:  # one entry must not take a feed down (Isolation)
            log.exception("%s cannot be built", path)
            raise LedgerUnavailable(f"{path} cannot be built") from error
        self._drop(path)
        if document:
            self._keep(path, document)
            self.built(path, document, self._sequence)
        return document

    def _keep(self, path: str, document: Document) -> None:
        self._kept[path] = self._sequence, document
        self._size += _size(document)
        while self._size > SHELF_BYTES and len(self._kept) > 1:
            self._drop(next(iter(self._kept)))

    def _drop(self, path: str) -> None:
        if path in self._kept:
            self._size -= _size(self._kept.pop(path)[1])


def _size(document: Document) -> int:
    return sum(len(body) for body in document.bodies.values())
