"""The application of one worker: a reload replaces its configuration while it serves."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable, Iterable

from feedsvc.config import Config
from feedsvc.errors import LedgerUnavailable
from feedsvc.processes.reloading import MOST_WAITING, Configurations
from feedsvc.web.front import Environ, Front, StartResponse
from feedsvc.web.leaving import Leaving, UnderWay
from feedsvc.web.revisions import Superseded

TURN_SECONDS = 0.25  # how often the successor's turn is looked for while nobody asks
LOOK_SECONDS = 2.0  # for which a request waits until a successor can see whose turn it is
PAUSE_SECONDS = 0.05
WAIT_SECONDS = 60.0  # after which the log says that a reload still waits

LINGER_SECONDS = 5.0  # from the switch to the end of the former front

log = logging.getLogger(__name__)


class Switch:
    """A WSGI application that hands each request to the front of the configuration in force.

    A successor takes over, for good, with the first request that finds the ledger published with
    its settings: bytes, tags and dates change at once, and never back. Until then the old front
    keeps serving. Where reloads follow one another closely, several wait, for a scan that began
    with an earlier one may still publish it. `make` makes the front of a configuration; `front` is
    that of the first. Once `leaving` has begun, each answer is the last on its connection.
    """

    def __init__(self, front: Front, make: Callable[[Config], Front], leaving: Leaving) -> None:
        self._front = front
        self._make = make
        self._leaving = leaving
        self.under_way = UnderWay()
        self._prepared: Front | None = None
        self._waiting: list[Front] = []  # in the order of the reloads
        self._changing = threading.Lock()
        self._in_doubt = False  # whether others may have seen a successor's turn come before

    def __call__(self, environ: Environ, start_response: StartResponse) -> Iterable[bytes]:
        """Answer one request (PEP 3333)."""
        client = environ.get("REMOTE_ADDR", "")
        return self.under_way.answered(client, self._answer, environ, start_response)

    def _answer(self, environ: Environ, start_response: StartResponse) -> Iterable[bytes]:
        if self._leaving:
            start_response = _closing(start_response)
        patient = time.monotonic() + LOOK_SECONDS
        while (waiting := self._waiting) and not self._take_turn() and self._in_doubt:
            if time.monotonic() >= patient:  # an answer of the former ledger might go back
                return waiting[-1](environ, start_response)
            time.sleep(PAUSE_SECONDS)
        while True:
            front = self._front
            try:
                return front(environ, start_response)
            except Superseded:
                looked = self._take_turn()
                if not looked and time.monotonic() < patient:
                    time.sleep(PAUSE_SECONDS)  # the ledger has just told the former front
                elif front is self._front:  # published with the settings of no front here
                    front.retire(waiting=False)

    def prepare(self, configurations: Configurations) -> None:
        """Make the front of a new configuration."""
        self.abandon()
        self._prepared = self._make(configurations.current)

    def commit(self, configurations: Configurations) -> None:
        """Have that front take over when its turn comes, at once where nothing looks different."""
        successor, self._prepared = self._prepared or self._make(configurations.current), None
        with self._changing:
            former = self._front
            if successor.serves_like(former):
                successor.inherit(former)
                self._front, self._waiting = successor, []
            else:
                former.retire()
                self._waiting = [*self._waiting, successor][-MOST_WAITING:]
        waiting = threading.Thread(
            target=self._see_off, args=(former, successor), name="reload", daemon=True
        )
        waiting.start()

    def begin(self, configurations: Configurations) -> None:
        """Have a front take over as others here may have done before this worker started."""
        self._in_doubt |= configurations.current.store.url != configurations.published.store.url
        self.commit(configurations)

    def abandon(self) -> None:
        """Forget the front that was prepared, if any was."""
        if self._prepared:
            self._prepared.close()
            self._prepared = None

    def _take_turn(self) -> bool:
        """Let the latest front take over whose settings are in force, if one of those waiting is.

        Those before it have missed their turn. False where the ledger does not tell, as a first
        look may take too long while a worker starts on a busy machine.
        """
        try:
            chosen = next((one for one in reversed(self._waiting) if one.is_in_force()), None)
        except LedgerUnavailable:
            return False
        self._in_doubt = False
        with self._changing:
            if chosen in self._waiting:
                later = self._waiting[self._waiting.index(chosen) + 1 :]
                if later:
                    chosen.retire()
                self._front, self._waiting = chosen, later
        return True

    def _see_off(self, former: Front, successor: Front) -> None:
        """Let the successor take over where no request does, and close what is used no more."""
        self._await_turn(successor)
        time.sleep(LINGER_SECONDS)  # for requests that are under way
        for front in (former, successor):
            if front not in (self._front, *self._waiting):
                front.close()

    def _await_turn(self, successor: Front) -> None:
        began = time.monotonic()
        told = False
        while successor in self._waiting:
            self._take_turn()
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
