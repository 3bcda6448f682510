"""Cache: the representation of each route at the current revision, built once for all requests."""

from __future__ import annotations

import logging
import threading
import time
from collections import OrderedDict
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor, wait
from contextlib import suppress
from typing import NamedTuple

from feedsvc.config import Http
from feedsvc.errors import LedgerUnavailable
from feedsvc.ledger.feed_content import Revision
from feedsvc.model import Document
from feedsvc.web.background import Calls, result_of
from feedsvc.web.representation import Representation
from feedsvc.web.revisions import Announced, Outdated, Revisions, Superseded
from feedsvc.web.routes import Gone, MovedPermanently, Route

MAX_BYTES = 64 << 20
MAX_TAGS = 20_000  # earlier entity tags that are remembered; each takes some 200 bytes
STEP_SECONDS = 0.1  # between two checks whether the ledger answers, while a build is awaited
BUILD_TRIES = 3  # revisions are a second apart, so the second build meets the same one
BUILD_SECONDS = 10.0  # the longest wait for a build while the ledger answers

log = logging.getLogger(__name__)

Build = Callable[[Route, Revision], Document | None]


class Row(NamedTuple):
    """A representation, and the sequence of the change log at which it was built."""

    sequence: int
    representation: Representation


class Cache:
    """Finds or builds the representation of a route. Safe to call from many threads.

    `read_revision` reads the ledger's revision; `build` returns the document of a route at a
    revision, None where there is none, or raises Gone or MovedPermanently. Both run on threads of
    their own, so that a ledger that hangs holds up no request. `announced` is shared with the
    other workers of the server.

    Holds up to MAX_BYTES, and evicts the least recently used first. One lock guards all of it;
    no call to the ledger is made while it is held, and a current representation is found without.
    """

    def __init__(
        self,
        read_revision: Callable[[], Revision],
        build: Build,
        settings: Http,
        announced: Announced | None = None,
    ) -> None:
        self._revisions = Revisions(read_revision, announced or Announced())
        self._build = build
        self._settings = settings
        self._calls = Calls()
        self._coder = ThreadPoolExecutor(1, "codings")
        self._is_answering = True
        self._lock = threading.Lock()
        self._rows: OrderedDict[Route, Row] = OrderedDict()
        self._size = 0
        self._builds: dict[Route, tuple[int, Future[Representation | None]]] = {}
        self._tags: OrderedDict[tuple[Route, str], int] = OrderedDict()

    def current(self, route: Route) -> Representation | None:
        """The representation if it is known to be current; nothing is built, read or locked."""
        row = self._rows.get(route)
        return row.representation if row and self._revisions.is_current(row.sequence) else None

    def find(self, route: Route) -> Representation | None:
        """The current representation; the latest known while the ledger does not answer.

        None where the route has no document.

        Raises:
            LedgerUnavailable: it was never built and cannot be built now.
            Gone: it has been withdrawn.
            MovedPermanently: it has another address now.
            Superseded: a successor must answer instead, see `retire`.
        """
        if representation := self.current(route):
            return representation
        row = self._rows.get(route)
        try:
            representation = self._at(route, self._revisions.checked(self.revision()))
        except LedgerUnavailable as error:
            if isinstance(error, Outdated):
                self._revisions.expire()
                self._revisions.checked(self.revision())
            self._log_change(error)
            row = self._rows.get(route) or row
            if row is None:
                raise
            return row.representation
        self._log_change(None)
        return representation

    def revision(self) -> Revision:
        """The ledger's revision, read a moment ago.

        Raises:
            LedgerUnavailable: it cannot be read, or nothing has been published yet.
        """
        revision = self._revisions.latest()
        if self._revisions.is_of_other_ledger(revision):
            with self._lock:
                self._rows.clear()
                self._size = 0
        self._revisions.accept(revision)
        return revision

    def sequence_of(self, route: Route, tag: str) -> int | None:
        """The latest sequence at which a route had an entity tag (without its coding), if known."""
        return self._tags.get((route, tag))

    def retire(self, settings: str | None) -> None:
        """Give way to a successor, see `Revisions.retire`."""
        self._revisions.retire(settings)

    def inherit(self, other: Cache) -> None:
        """Take over the rows of a cache whose documents are the same, whatever its settings."""
        with other._lock:
            rows = list(other._rows.items())
        now = time.time()
        for route, row in rows:
            representation = Representation(row.representation.document, self._settings, now)
            with self._lock:
                self._put(route, Row(row.sequence, representation))

    def close(self) -> None:
        """Make no more codings."""
        self._coder.shutdown(wait=False)

    def _log_change(self, error: LedgerUnavailable | None) -> None:
        """Log once that the ledger does not answer, and once that it does again."""
        if error and self._is_answering:
            log.warning("%s; answering from memory, or with 503", error)
        elif not (error or self._is_answering):
            log.info("the ledger answers again")
        self._is_answering = error is None

    def _at(self, route: Route, revision: Revision) -> Representation | None:
        """The representation at this revision or a later one, built once for all requests."""
        with self._lock:
            row = self._rows.get(route)
            if row and row.sequence >= revision.sequence:
                self._rows.move_to_end(route)
                return row.representation
            sequence, build = self._builds.get(route, (0, None))
            if build is None or sequence < revision.sequence:
                build = self._calls.start(lambda: self._built(route, revision))
                self._builds[route] = revision.sequence, build
        return self._awaited(route, build)

    def _awaited(self, route: Route, build: Future[Representation | None]) -> Representation | None:
        """The result of a build, awaited for as long as the ledger answers."""
        deadline = time.monotonic() + BUILD_SECONDS
        while not wait([build], STEP_SECONDS).done:
            self._revisions.probe()
            if time.monotonic() > deadline:
                raise LedgerUnavailable(f"{route} takes too long to build")
        return result_of(build)

    def _built(self, route: Route, revision: Revision) -> Representation | None:
        try:
            return self._stable(route, revision)
        except (Gone, MovedPermanently, Superseded, LedgerUnavailable):
            raise
        except Exception as error:  # one entry must not take a feed down (Isolation)
            log.exception("%s cannot be built", route)
            raise LedgerUnavailable(f"{route} cannot be built") from error
        finally:
            with self._lock:
                if self._builds.get(route, (0, None))[0] == revision.sequence:
                    del self._builds[route]

    def _stable(self, route: Route, revision: Revision) -> Representation | None:
        """Build from a revision that is the ledger's both before and after.

        A build that read a later one would show it before the other workers know of it.
        """
        for _ in range(BUILD_TRIES):
            document, refusal = None, None
            try:
                document = self._build(route, revision)
            except (Gone, MovedPermanently) as error:
                refusal = error
            after = self._revisions.read()
            if after == revision:
                break
            revision = self._revisions.checked(after)
        self._revisions.announce(revision.sequence)
        if document:
            return self._added(route, revision.sequence, document)
        with self._lock:
            if self._sequence(route) <= revision.sequence:
                self._drop(route)
        if refusal:
            raise refusal
        return None

    def _added(self, route: Route, sequence: int, document: Document) -> Representation:
        """Add the representation of a new document; other codings follow in the background."""
        now = time.time()
        representation = Representation(document, self._settings, now)
        if previous := self._rows.get(route):
            representation = representation.with_codings_of(previous.representation, now)
        with self._lock:
            self._put(route, Row(sequence, representation))
            if self._settings.delta and not route.since:
                self._remember_tag((route, document.tag), sequence)
        with suppress(RuntimeError):  # the cache was closed: a successor answers from now on
            self._coder.submit(self._add_codings, route, representation)
        return representation

    def _remember_tag(self, key: tuple[Route, str], sequence: int) -> None:
        """Note the sequence of an entity tag; the caller holds the lock."""
        self._tags[key] = sequence
        self._tags.move_to_end(key)
        if len(self._tags) > MAX_TAGS:
            self._tags.popitem(last=False)

    def _add_codings(self, route: Route, representation: Representation) -> None:
        """Replace a representation by one in all codings, unless it was replaced meanwhile."""
        row = self._rows.get(route)
        if row is None or row.representation is not representation:
            return
        complete = representation.with_all_codings(time.time())
        with self._lock:
            row = self._rows.get(route)
            if row and row.representation is representation:
                self._size += complete.size - representation.size
                self._rows[route] = Row(row.sequence, complete)
                self._make_room()

    def _sequence(self, route: Route) -> int:
        row = self._rows.get(route)
        return row.sequence if row else 0

    def _put(self, route: Route, row: Row) -> None:
        """Add a row unless there is a later one; the caller holds the lock."""
        if self._sequence(route) <= row.sequence:
            self._drop(route)
            self._rows[route] = row
            self._size += row.representation.size
            self._make_room()

    def _make_room(self) -> None:
        while self._size > MAX_BYTES and len(self._rows) > 1:
            self._drop(next(iter(self._rows)))

    def _drop(self, route: Route) -> None:
        if row := self._rows.pop(route, None):
            self._size -= row.representation.size
