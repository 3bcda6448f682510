"""The application of one worker: a reload replaces its configuration while it serves."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable, Iterable

from feedsvc.config import Config
from feedsvc.errors import LedgerUnavailable
from feedsvc.reloading import Configurations
from feedsvc.web.announced import Flag
from feedsvc.web.front import Environ, Front, StartResponse
from feedsvc.web.revisions import Superseded

TURN_SECONDS = 0.25  # how often the successor's turn is looked for while nobody asks
WAIT_SECONDS = 60.0  # after which the log says that a reload still waits

LINGER_SECONDS = 5.0  # from the switch to the end of the former front

log = logging.getLogger(__name__)


class Switch:
    """A WSGI application that hands each request to the front of the configuration in force.

    A successor takes over, for good, with the first request that finds the ledger published with
    its settings: bytes, tags and dates change at once, and never back. Until then the old front
    keeps serving. `make` makes the front of a configuration; `front` is that of the first. Once
    `leaving` is set, each answer is the last on its connection.
    """

    def __init__(self, front: Front, make: Callable[[Config], Front], leaving: Flag) -> None:
        self._front = front
        self._make = make
        self._leaving = leaving
        self._prepared: Front | None = None
        self._successor: Front | None = None
        self._changing = threading.Lock()

    def __call__(self, environ: Environ, start_response: StartResponse) -> Iterable[bytes]:
        """Answer one request (PEP 3333)."""
        if self._leaving:
            start_response = _closing(start_response)
        if self._successor is not None:
            self._take_turn()
        while True:  # reloads may follow one another closely
            front = self._front
            try:
                return front(environ, start_response)
            except Superseded:
                if not self._take_turn() or front is self._front:  # settings of neither
                    front.retire(waiting=False)

    def prepare(self, configurations: Configurations) -> None:
        """Make the front of a new configuration."""
        self.abandon()
        self._prepared = self._make(configurations.current)

    def commit(self, configurations: Configurations) -> None:
        """Have that front take over when its turn comes, at once where nothing looks different."""
        successor, self._prepared = self._prepared or self._make(configurations.current), None
        self._take_turn()  # one whose turn has come must not be passed over
        with self._changing:
            former = self._front
            if successor.settings == former.settings:
                successor.inherit(former)
                self._front, self._successor = successor, None
            else:
                former.retire()
                self._successor = successor
        waiting = threading.Thread(
            target=self._see_off, args=(former, successor), name="reload", daemon=True
        )
        waiting.start()

    def abandon(self) -> None:
        """Forget the front that was prepared, if any was."""
        if self._prepared:
            self._prepared.close()
            self._prepared = None

    def _take_turn(self) -> bool:
        """Let the successor take over if its settings are in force; whether none is waiting."""
        successor = self._successor
        if successor is None:
            return True
        try:
            in_force = successor.is_in_force()
        except LedgerUnavailable:
            return False
        if in_force:
            with self._changing:
                if self._successor is successor:
                    self._front, self._successor = successor, None
        return in_force

    def _see_off(self, former: Front, successor: Front) -> None:
        """Let the successor take over where no request does, and close what is used no more."""
        self._await_turn(successor)
        time.sleep(LINGER_SECONDS)  # for requests that are under way
        for front in (former, successor):
            if front not in (self._front, self._successor):
                front.close()

    def _await_turn(self, successor: Front) -> None:
        began = time.monotonic()
        told = False
        while self._successor is successor and not self._take_turn():
            if not told and time.monotonic() - began > WAIT_SECONDS:
                told = True
                log.warning(
                    "still serving with the previous configuration: no scan has published the "
                    "site with the new one; check that a scheduler is running with it"
                )
            time.sleep(TURN_SECONDS)


def _closing(start_response: StartResponse) -> StartResponse:
    """The same, with word to the client that this connection ends (RFC 9112 section 9.6)."""

    def start(status: str, headers: list[tuple[str, str]], *more: object) -> object:
        return start_response(status, [*headers, ("Connection", "close")], *more)

    return start
