"""The Documents of the current edition in memory: built once when asked for, for all who ask."""

from __future__ import annotations

import logging
import threading
import time
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass, field

from feedsvc.errors import LedgerUnavailable
from feedsvc.model import Document

LOOK_SECONDS = 0.25  # how often, at the most, the journal's sequence is looked at
SHELF_BYTES = 64 << 20

log = logging.getLogger(__name__)


class Gone(Exception):
    """What was at this path has been withdrawn (RFC 9110 section 15.5.11)."""


Build = Callable[[str], Document | None]


@dataclass(slots=True)
class _Shelf:
    """The documents of one journal sequence, the least recently asked for first."""

    sequence: int
    documents: OrderedDict[str, Document] = field(default_factory=OrderedDict)
    size: int = 0

    def put(self, path: str, document: Document) -> None:
        self.documents[path] = document
        self.size += _size(document)
        while self.size > SHELF_BYTES and len(self.documents) > 1:
            self.size -= _size(self.documents.popitem(last=False)[1])


def _size(document: Document) -> int:
    return sum(len(body) for body in document.bodies.values())


class Documents:
    """Finds the Document for a path.

    `sequence` reads the journal's sequence from the ledger; `build` makes the Document of a
    path, None where there is none, or raises Gone. Safe to call from many threads.
    """

    def __init__(self, sequence: Callable[[], int], build: Build) -> None:
        self._sequence = sequence
        self._build = build
        self._lock = threading.Lock()
        self._shelf: _Shelf | None = None
        self._former: _Shelf | None = None
        self._looked = 0.0

    def find(self, path: str) -> Document | None:
        """The current Document; the last one while the ledger cannot be reached.

        Raises:
            LedgerUnavailable: this document was never built and cannot be now.
            Gone: it has been withdrawn.
        """
        shelf = self._shelf
        document = shelf.documents.get(path) if shelf else None
        if document and time.monotonic() - self._looked < LOOK_SECONDS:
            return document
        if not self._lock.acquire(blocking=document is None):
            return document  # somebody looks already; what we have was current a moment ago
        try:  # single-flight: whoever comes second finds what the first built
            return self._current(path)
        except LedgerUnavailable as error:
            return self._last(path, error)
        finally:
            self._lock.release()

    def _current(self, path: str) -> Document | None:
        shelf = self._look()
        if document := shelf.documents.get(path):
            shelf.documents.move_to_end(path)
            return document
        document = self._build(path)
        if document:
            shelf.put(path, document)
        return document

    def _look(self) -> _Shelf:
        now = time.monotonic()
        if self._shelf and now - self._looked < LOOK_SECONDS:
            return self._shelf
        try:
            sequence = self._sequence()
        finally:
            self._looked = time.monotonic()
        if sequence == 0:
            raise LedgerUnavailable("nothing has been published yet: no scan has ended")
        if self._shelf is None or self._shelf.sequence != sequence:
            self._former, self._shelf = self._shelf or self._former, _Shelf(sequence)
        return self._shelf

    def _last(self, path: str, error: LedgerUnavailable) -> Document:
        for shelf in (self._shelf, self._former):
            if shelf and (document := shelf.documents.get(path)):
                log.warning("serving the last edition of %s: %s", path, error)
                return document
        raise error
