"""The application of a worker: a reload switches its configuration while it serves."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable, Iterable

from feedsvc.config import Config
from feedsvc.errors import LedgerUnavailable
from feedsvc.processes.reloading import MOST_WAITING, Configurations
from feedsvc.web.draining import Draining, InFlight
from feedsvc.web.middleware import Environ, Middleware, StartResponse
from feedsvc.web.revisions import Superseded

TURN_SECONDS = 0.25  # between two checks for a successor while no request comes
LOOK_SECONDS = 2.0  # the longest that a request waits for the ledger to tell which is in force
PAUSE_SECONDS = 0.05
WAIT_SECONDS = 60.0  # after which the log says that a reload still waits

LINGER_SECONDS = 5.0  # from the switch to the closing of the former middleware

log = logging.getLogger(__name__)


class Switch:
    """A WSGI application that passes each request to the middleware of the configuration in force.

    A successor takes over, for good, with the first request that finds the ledger published with
    its settings: bytes, entity tags and dates change together, and never back. Until then the
    former one keeps serving. Where reloads follow one another closely, several wait, because a scan
    that began with an earlier configuration may still publish it. `create` creates the middleware
    of a configuration; `first` is that of the first. Once `draining` has begun, each response is
    the last on its connection.
    """

    def __init__(
        self, first: Middleware, create: Callable[[Config], Middleware], draining: Draining
    ) -> None:
        self._current = first
        self._create = create
        self._draining = draining
        self.in_flight = InFlight()
        self._prepared: Middleware | None = None
        self._waiting: list[Middleware] = []  # in the order of the reloads
        self._changing = threading.Lock()
        self._is_in_doubt = False  # whether other workers may have switched before this one started

    def __call__(self, environ: Environ, start_response: StartResponse) -> Iterable[bytes]:
        """Respond to one request (PEP 3333)."""
        client = environ.get("REMOTE_ADDR", "")
        return self.in_flight.tracked(client, self._respond, environ, start_response)

    def _respond(self, environ: Environ, start_response: StartResponse) -> Iterable[bytes]:
        if self._draining:
            start_response = _closing(start_response)
        patient = time.monotonic() + LOOK_SECONDS
        while (waiting := self._waiting) and not self._switch() and self._is_in_doubt:
            if time.monotonic() >= patient:  # the former ledger may be older than what was served
                return waiting[-1](environ, start_response)
            time.sleep(PAUSE_SECONDS)
        while True:
            middleware = self._current
            try:
                return middleware(environ, start_response)
            except Superseded:
                is_known = self._switch()
                if not is_known and time.monotonic() < patient:
                    time.sleep(PAUSE_SECONDS)  # the former one has only just read it
                elif middleware is self._current:  # published with settings that are not known here
                    middleware.retire(waiting=False)

    def prepare(self, configurations: Configurations) -> None:
        """Create the middleware of a new configuration."""
        self.abandon()
        self._prepared = self._create(configurations.current)

    def commit(self, configurations: Configurations) -> None:
        """Switch to that middleware once it is in force, or now if it serves the same."""
        successor, self._prepared = self._prepared or self._create(configurations.current), None
        with self._changing:
            former = self._current
            if successor.serves_like(former):
                successor.inherit(former)
                self._current, self._waiting = successor, []
            else:
                former.retire()
                self._waiting = [*self._waiting, successor][-MOST_WAITING:]
        arguments = former, successor
        threading.Thread(target=self._finish, args=arguments, name="reload", daemon=True).start()

    def begin(self, configurations: Configurations) -> None:
        """Commit a configuration that other workers may already have switched to."""
        current, published = configurations.current, configurations.published
        self._is_in_doubt |= current.store.url != published.store.url
        self.commit(configurations)

    def abandon(self) -> None:
        """Discard the middleware that was prepared, if there is one."""
        if self._prepared:
            self._prepared.close()
            self._prepared = None

    def _switch(self) -> bool:
        """Switch to the latest of those waiting whose settings are in force, if there is one.

        Those before it are discarded. False where the ledger does not answer, as its first answer
        may take too long while a worker starts on a busy machine.
        """
        try:
            in_force = (waiting for waiting in reversed(self._waiting) if waiting.is_in_force())
            chosen = next(in_force, None)
        except LedgerUnavailable:
            return False
        self._is_in_doubt = False
        with self._changing:
            if chosen in self._waiting:
                later = self._waiting[self._waiting.index(chosen) + 1 :]
                if later:
                    chosen.retire()
                self._current, self._waiting = chosen, later
        return True

    def _finish(self, former: Middleware, successor: Middleware) -> None:
        """Switch even where no request comes, and close what is no longer used."""
        self._await_switch(successor)
        time.sleep(LINGER_SECONDS)  # for requests that are under way
        for middleware in (former, successor):
            if middleware not in (self._current, *self._waiting):
                middleware.close()

    def _await_switch(self, successor: Middleware) -> None:
        began = time.monotonic()
        is_logged = False
        while successor in self._waiting:
            self._switch()
            if not is_logged and time.monotonic() - began > WAIT_SECONDS:
                is_logged = True
                log.warning(
                    "still serving with the previous configuration: no scan has published the "
                    "site with the new one; check that a scheduler is running with it"
                )
            time.sleep(TURN_SECONDS)


def _closing(start_response: StartResponse) -> StartResponse:
    """The same, with `Connection: close` added to the response (RFC 9112 section 9.6)."""

    def start(status: str, headers: list[tuple[str, str]], *more: object) -> object:
        return start_response(status, [*headers, ("Connection", "close")], *more)

    return start
