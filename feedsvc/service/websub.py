"""Notifies hubs of updated topics: delivers the pings that commits queued (WebSub section 7)."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from itertools import groupby
from operator import attrgetter

import httpx

from feedsvc import __version__
from feedsvc.errors import FeedsvcError
from feedsvc.ledger import pings
from feedsvc.ledger.pings import Ping
from feedsvc.ledger.store import Store

TIMEOUT_SECONDS = 10  # for a hub that does not answer
ROUND_SECONDS = 30  # for all pings to one hub, however slowly it answers
ATTEMPTS = 10  # which take some four hours

log = logging.getLogger(__name__)


class PingDelivery:
    """Delivers pings in the background, each hub's on a thread of its own.

    A hub that never answers delays nothing else. The threads are daemons that are never joined: an
    undelivered ping stays queued.
    """

    def __init__(self, store: Store, stop: threading.Event) -> None:
        self._store, self._stop = store, stop
        self._due = threading.Event()
        self._threads: dict[str, threading.Thread] = {}

    def start(self) -> None:
        """Start the thread that waits for `deliver_soon` until `stop` is set."""
        threading.Thread(target=self._run, name="pings", daemon=True).start()

    def deliver_soon(self) -> None:
        """Deliver what is due on other threads; returns at once."""
        self._due.set()

    def _run(self) -> None:
        while not self._stop.is_set():
            if self._due.wait(0.5):
                self._due.clear()
                _logging_failures(self._start_deliveries)

    def _start_deliveries(self) -> None:
        # checked before the ledger is read, so that nothing in delivery is sent twice
        busy = {hub for hub, thread in self._threads.items() if thread.is_alive()}
        due = pings.waiting(self._store, datetime.now(UTC))
        for hub, queued in groupby(sorted(due, key=attrgetter("hub")), attrgetter("hub")):
            if hub not in busy:
                self._threads[hub] = threading.Thread(
                    target=_logging_failures,
                    args=(deliver, self._store, list(queued), self._stop),
                    name=f"pings to {hub}",
                    daemon=True,
                )
                self._threads[hub].start()


def _logging_failures(work: Callable[..., object], *arguments: object) -> None:
    """Call `work`; what fails is still queued and is retried later."""
    try:
        work(*arguments)
    except FeedsvcError as error:
        log.error("the pings were not delivered: %s", error)
    except Exception:
        log.exception("the pings were not delivered")


def deliver(
    store: Store,
    waiting: Sequence[Ping],
    stop: threading.Event,
    now: Callable[[], datetime] = lambda: datetime.now(UTC),
) -> int:
    """Send these pings to their hub; those that it does not accept are retried later.

    Returns:
        The number of pings it accepted.
    """
    headers = {"User-Agent": f"feedsvc/{__version__}"}
    accepted = 0
    with httpx.Client(timeout=TIMEOUT_SECONDS, headers=headers) as client:
        # httpx restarts its timeouts with each byte that a hub sends
        limit = threading.Timer(ROUND_SECONDS, client.close)
        limit.daemon = True
        limit.start()
        for ping in waiting:
            if stop.is_set() or client.is_closed:
                break
            accepted += _send(client, store, ping, now)
        limit.cancel()
    return accepted


def _send(client: httpx.Client, store: Store, ping: Ping, now: Callable[[], datetime]) -> bool:
    form = {"hub.mode": "publish", "hub.url": ping.topic, "hub.topic": ping.topic}
    try:
        client.post(ping.hub, data=form).raise_for_status()
    except Exception as error:  # any failure is retried
        pings.settle(store, ping, _next_attempt(ping, now(), error))
        return False
    pings.settle(store, ping, None)
    log.info("hub %s was notified of %s", ping.hub, ping.topic)
    return True


def _next_attempt(ping: Ping, now: datetime, error: Exception) -> datetime | None:
    reason = str(error) or type(error).__name__
    if ping.attempts + 1 >= ATTEMPTS:
        log.error("hub %s: gave up on %s: %s", ping.hub, ping.topic, reason)
        return None
    pause = replace(ping, attempts=ping.attempts + 1).pause
    log.warning("hub %s: %s; trying again in %s", ping.hub, reason, pause)
    return now + pause
