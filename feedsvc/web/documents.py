"""The Documents of the current revision in memory: each built once, for all who ask."""

from __future__ import annotations

import logging
import threading
import time
from collections import OrderedDict
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor, wait
from typing import Generic, Protocol, TypeVar

from feedsvc.errors import LedgerUnavailable
from feedsvc.ledger.editions import Revision
from feedsvc.web.announced import Announced
from feedsvc.web.background import Calls, Glance, result_of

LOOK_SECONDS = 0.25  # how often, at the most, the ledger's revision is read
STEP_SECONDS = 0.1  # between two looks whether the ledger answers, while a build is awaited
BUILD_TRIES = 3  # revisions are a second apart, so the second build meets the same one
BUILD_SECONDS = 10.0  # after which a build that a responsive ledger still feeds is not awaited
SHELF_BYTES = 64 << 20

log = logging.getLogger(__name__)


class Gone(Exception):
    """What was at this path has been withdrawn (RFC 9110 section 15.5.11)."""


class Elsewhere(Exception):
    """What was at this path is at another address for good (RFC 9110 section 15.4.2)."""

    def __init__(self, address: str) -> None:
        super().__init__(address)
        self.address = address


class Superseded(Exception):
    """The ledger has been published with the settings of a successor, which has the answer."""


class Outdated(LedgerUnavailable):
    """The ledger has been published with other settings since its revision was read."""


class Sized(Protocol):
    """What is kept: its `size` is in bytes."""

    @property
    def size(self) -> int: ...


Kept = TypeVar("Kept", bound=Sized)


class Documents(Generic[Kept]):
    """Finds the Document for a path, in the form in which `build` makes it.

    `revision` reads the ledger's revision; `build` makes the Document of a path at a revision,
    None where there is none, or raises Gone or Elsewhere. Both run on threads of their own, so
    that a ledger that hangs holds up no request. `finish` makes a better one of it, off the path
    of any request, or returns it as it is; `renew` takes over into a new one what was made of the
    last. `built` is told of each Document, with the sequence of its revision. `announced` is what
    the workers of one server tell each other. Safe to call from many threads.
    """

    def __init__(
        self,
        revision: Callable[[], Revision],
        build: Callable[[str, Revision], Kept | None],
        finish: Callable[[Kept], Kept] | None = None,
        renew: Callable[[Kept, Kept], Kept] | None = None,
        announced: Announced | None = None,
    ) -> None:
        self._read_revision = revision
        self._glance = Glance(revision, LOOK_SECONDS)
        self._build = build
        self._finish = finish
        self._renew = renew
        self._announced = announced or Announced()
        self._calls = Calls()
        self._later = ThreadPoolExecutor(1, "finish") if finish else None
        self.built: Callable[[str, Kept, int], None] = lambda _path, _document, _sequence: None
        self._retired: str | None = None
        self._answering = True
        self._lock = threading.Lock()
        self._building: dict[str, tuple[int, Future[Kept | None]]] = {}
        self._sequence = 0
        self._expired_for = 0
        self._looked = 0.0
        # each with the sequence it was built at, the one asked for longest ago first
        self._kept: OrderedDict[str, tuple[int, Kept]] = OrderedDict()
        self._size = 0

    def current(self, path: str) -> Kept | None:
        """The Document at a path if it is known to be current; nothing is built or looked up."""
        kept = self._kept.get(path)
        if kept is None or kept[0] != self._sequence or self._announced.sequence > self._sequence:
            return None
        return kept[1] if time.monotonic() - self._looked < LOOK_SECONDS else None

    def find(self, path: str) -> Kept | None:
        """The current Document; the last one while the ledger does not answer.

        Raises:
            LedgerUnavailable: this document was never built and cannot be now.
            Gone: it has been withdrawn.
            Elsewhere: it has another address now.
            Superseded: a successor is to be asked instead, see `retire`.
        """
        if document := self.current(path):
            return document
        kept = self._kept.get(path)
        try:
            document = self._at(path, self._own_revision())
        except LedgerUnavailable as error:
            if isinstance(error, Outdated):
                self._glance.expire()
                self._own_revision()
            self._note(error)
            kept = self._kept.get(path) or kept
            if kept is None:
                raise
            return kept[1]
        self._note(None)
        return document

    def _own_revision(self) -> Revision:
        return self._not_superseded(self.revision())

    def _not_superseded(self, revision: Revision) -> Revision:
        if self._retired not in (None, revision.settings):
            raise Superseded
        return revision

    def revision(self) -> Revision:
        """The ledger's revision, read a moment ago.

        Raises:
            LedgerUnavailable: it cannot be read, or nothing has been published yet.
        """
        announced = self._announced.sequence
        if announced > max(self._sequence, self._expired_for):  # once: a look from now on sees it
            self._expired_for = announced
            self._glance.expire()
        found = self._glance()
        if found.sequence < self._announced.sequence:
            # a look that began before another worker's, or else a ledger made anew
            self._glance.expire()
            found = self._glance()
            self._announced.sequence = self._expired_for = found.sequence
        else:
            self._announced.advance(found.sequence)
        if found.sequence == 0:
            raise LedgerUnavailable("nothing has been published yet: no scan has ended")
        if found.sequence < self._sequence:
            self._forget()
        self._sequence, self._looked = found.sequence, time.monotonic()
        return found

    def retire(self, settings: str | None) -> None:
        """Give way to a successor once the ledger is published with other settings than these."""
        self._retired = settings

    def kept(self) -> Iterator[tuple[str, int, Kept]]:
        """What is in memory: path, sequence and Document, the one asked for longest ago first."""
        with self._lock:
            kept = list(self._kept.items())
        return ((path, sequence, document) for path, (sequence, document) in kept)

    def keep(self, path: str, sequence: int, document: Kept) -> None:
        """Take a Document that was built at a sequence, unless there is a later one."""
        with self._lock:
            if self._kept.get(path, (0, None))[0] <= sequence:
                self._drop(path)
                self._kept[path] = sequence, document
                self._size += document.size
                self._make_room()

    def close(self) -> None:
        """Finish no more Documents."""
        if self._later:
            self._later.shutdown(wait=False)
            self._later = None

    def _note(self, error: LedgerUnavailable | None) -> None:
        """Log that the ledger does not answer, and that it does again, once each."""
        if error and self._answering:
            log.warning("%s; answering from memory, or with 503", error)
        elif not (error or self._answering):
            log.info("the ledger answers again")
        self._answering = error is None

    def _forget(self) -> None:
        """Drop what was built from a longer change log, which was another ledger's."""
        with self._lock:
            self._kept.clear()
            self._size = 0

    def _at(self, path: str, revision: Revision) -> Kept | None:
        """The Document at this revision or a later one, built once for all who ask."""
        with self._lock:
            kept = self._kept.get(path)
            if kept and kept[0] >= revision.sequence:
                self._kept.move_to_end(path)
                return kept[1]
            sequence, build = self._building.get(path, (0, None))
            if build is None or sequence < revision.sequence:
                build = self._calls.start(lambda: self._built(path, revision))
                self._building[path] = revision.sequence, build
        return self._awaited(path, build)

    def _awaited(self, path: str, build: Future[Kept | None]) -> Kept | None:
        """The result of a build, waited for as long as the ledger answers."""
        deadline = time.monotonic() + BUILD_SECONDS
        while not wait([build], STEP_SECONDS).done:
            self._glance()
            if time.monotonic() > deadline:
                raise LedgerUnavailable(f"{path} takes too long to build")
        return result_of(build)

    def _built(self, path: str, revision: Revision) -> Kept | None:
        try:
            return self._stable(path, revision)
        except (Gone, Elsewhere, Superseded, LedgerUnavailable):
            raise
        except Exception as error:  # one entry must not take a feed down (Isolation)
            log.exception("%s cannot be built", path)
            raise LedgerUnavailable(f"{path} cannot be built") from error
        finally:
            self._done(path, revision)

    def _stable(self, path: str, revision: Revision) -> Kept | None:
        """Build from a revision that is the ledger's before and after.

        A build that read a later one would show it before this server's other workers know of it.
        """
        for _ in range(BUILD_TRIES):
            document, refusal = None, None
            try:
                document = self._build(path, revision)
            except (Gone, Elsewhere) as error:
                refusal = error
            after = self._read_revision()
            if after == revision:
                break
            revision = self._not_superseded(after)
        self._announced.advance(revision.sequence)
        if document:
            return self._taken(path, revision, document)
        self._none(path, revision)
        if refusal:
            raise refusal
        return None

    def _taken(self, path: str, revision: Revision, document: Kept) -> Kept:
        last = self._kept.get(path)
        if last and self._renew:
            document = self._renew(last[1], document)
        self.keep(path, revision.sequence, document)
        self.built(path, document, revision.sequence)
        if self._later:
            self._later.submit(self._improve, path, revision.sequence, document)
        return document

    def _done(self, path: str, revision: Revision) -> None:
        with self._lock:
            if self._building.get(path, (0, None))[0] == revision.sequence:
                del self._building[path]

    def _improve(self, path: str, sequence: int, document: Kept) -> None:
        """Put a better form of a Document in its place, unless that has changed meanwhile."""
        assert self._finish  # noqa: S101 - or nobody would ask for it
        if self._kept.get(path, (0, None))[1] is not document:
            return
        better = self._finish(document)
        if better is document:
            return
        with self._lock:
            if self._kept.get(path, (0, None))[1] is document:
                self._size += better.size - document.size
                self._kept[path] = sequence, better
                self._make_room()

    def _none(self, path: str, revision: Revision) -> None:
        """Note that at this revision there is nothing at a path."""
        with self._lock:
            if self._kept.get(path, (0, None))[0] <= revision.sequence:
                self._drop(path)

    def _make_room(self) -> None:
        while self._size > SHELF_BYTES and len(self._kept) > 1:
            self._drop(next(iter(self._kept)))

    def _drop(self, path: str) -> None:
        if path in self._kept:
            self._size -= self._kept.pop(path)[1].size
