"""The Documents of the current revision in memory: each built once, for all who ask."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor, wait
from typing import Generic

from feedsvc.errors import LedgerUnavailable
from feedsvc.ledger.editions import Revision
from feedsvc.web.announced import Announced
from feedsvc.web.background import Calls, result_of
from feedsvc.web.revisions import Revisions, Superseded
from feedsvc.web.shelf import Copy, Kept, Shelf

STEP_SECONDS = 0.1  # between two looks whether the ledger answers, while a build is awaited
BUILD_TRIES = 3  # revisions are a second apart, so the second build meets the same one
BUILD_SECONDS = 10.0  # after which a build that a responsive ledger still feeds is not awaited

log = logging.getLogger(__name__)


class Gone(Exception):
    """What was at this path has been withdrawn (RFC 9110 section 15.5.11)."""


class Elsewhere(Exception):
    """What was at this path is at another address for good (RFC 9110 section 15.4.2)."""

    def __init__(self, address: str) -> None:
        super().__init__(address)
        self.address = address


class Outdated(LedgerUnavailable):
    """The ledger has been published with other settings since its revision was read."""


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
        self._shelf: Shelf[Kept] = Shelf()
        self._revisions = Revisions(revision, announced or Announced(), self._shelf.clear)
        self._build = build
        self._finish = finish
        self._renew = renew
        self._calls = Calls()
        self._later = ThreadPoolExecutor(1, "finish") if finish else None
        self.built: Callable[[str, Kept, int], None] = lambda _path, _document, _sequence: None
        self._answering = True
        self._lock = threading.Lock()
        self._building: dict[str, tuple[int, Future[Kept | None]]] = {}

    def current(self, path: str) -> Kept | None:
        """The Document at a path if it is known to be current; nothing is built or looked up."""
        copy = self._shelf.get(path)
        return copy.document if copy and self._revisions.is_current(copy.sequence) else None

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
        copy = self._shelf.get(path)
        try:
            document = self._at(path, self._revisions.own())
        except LedgerUnavailable as error:
            if isinstance(error, Outdated):
                self._revisions.expire()
                self._revisions.own()
            self._note(error)
            copy = self._shelf.get(path) or copy
            if copy is None:
                raise
            return copy.document
        self._note(None)
        return document

    def revision(self) -> Revision:
        """The ledger's revision, see `Revisions.latest`."""
        return self._revisions.latest()

    def retire(self, settings: str | None) -> None:
        """Give way to a successor, see `Revisions.retire`."""
        self._revisions.retire(settings)

    def kept(self) -> Iterator[tuple[str, Copy[Kept]]]:
        """What is in memory, the one asked for longest ago first."""
        return self._shelf.items()

    def keep(self, path: str, sequence: int, document: Kept) -> None:
        """Take a Document that was built at a sequence, unless there is a later one."""
        self._shelf.put(path, sequence, document)

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

    def _at(self, path: str, revision: Revision) -> Kept | None:
        """The Document at this revision or a later one, built once for all who ask."""
        with self._lock:
            copy = self._shelf.get(path)
            if copy and copy.sequence >= revision.sequence:
                self._shelf.touch(path)
                return copy.document
            sequence, build = self._building.get(path, (0, None))
            if build is None or sequence < revision.sequence:
                build = self._calls.start(lambda: self._built(path, revision))
                self._building[path] = revision.sequence, build
        return self._awaited(path, build)

    def _awaited(self, path: str, build: Future[Kept | None]) -> Kept | None:
        """The result of a build, waited for as long as the ledger answers."""
        deadline = time.monotonic() + BUILD_SECONDS
        while not wait([build], STEP_SECONDS).done:
            self._revisions.probe()
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
            after = self._revisions.read()
            if after == revision:
                break
            revision = self._revisions.checked(after)
        self._revisions.announce(revision.sequence)
        if document:
            return self._taken(path, revision, document)
        self._shelf.drop(path, revision.sequence)
        if refusal:
            raise refusal
        return None

    def _taken(self, path: str, revision: Revision, document: Kept) -> Kept:
        last = self._shelf.get(path)
        if last and self._renew:
            document = self._renew(last.document, document)
        self._shelf.put(path, revision.sequence, document)
        self.built(path, document, revision.sequence)
        if self._later:
            self._later.submit(self._improve, path, document)
        return document

    def _done(self, path: str, revision: Revision) -> None:
        with self._lock:
            if self._building.get(path, (0, None))[0] == revision.sequence:
                del self._building[path]

    def _improve(self, path: str, document: Kept) -> None:
        """Put a better form of a Document in its place, unless that has changed meanwhile."""
        assert self._finish  # noqa: S101 - or nobody would ask for it
        copy = self._shelf.get(path)
        if copy and copy.document is document:
            better = self._finish(document)
            if better is not document:
                self._shelf.replace(path, document, better)
