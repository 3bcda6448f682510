"""The one process that scans: rescans, releases held articles on time, delivers pings."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable
from functools import partial

from feedsvc.config import Config
from feedsvc.errors import FeedsvcError, LeaseHeld, ScanStopped
from feedsvc.ledger import leases
from feedsvc.ledger.migrating import migrate
from feedsvc.ledger.store import Store
from feedsvc.reading import pool
from feedsvc.scan.run import Clock, Publisher
from feedsvc.service.loop import Loop
from feedsvc.service.watching import keep_watching

RETRY_SECONDS = 2.0
STANDBY_SECONDS = 2.0  # between two tries for the scheduler's lease
WATCHER_SECONDS = 1.0  # twenty times what it takes to notice
TURN_SECONDS = 0.1  # between two tries for a scan's, which a scan by hand holds for a moment

log = logging.getLogger(__name__)


def run(config: Config, store: Store, stop: threading.Event) -> None:
    """Wait for the scheduler lease, then scan until `stop` is set or the lease is lost.

    However many of these are started on one ledger, one is active and the rest are on standby.
    Whatever fails is tried again.
    """
    while not stop.is_set():
        lost = threading.Event()
        try:
            migrate(store)  # the ledger may have been taken away while we were at it
            standby = _standing_by(stop.wait, STANDBY_SECONDS)
            with leases.held(store, leases.SCHEDULER, standby, lost.set):
                log.info("scanning %s", config.articles.folder)
                _work(config, store, stop, lost)
        except LeaseHeld:  # told to stop while on standby
            stop.wait(RETRY_SECONDS)
        except FeedsvcError as error:
            log.error("%s; trying again", error)
            stop.wait(RETRY_SECONDS)
        except Exception:
            if stop.is_set():
                return  # a SIGTERM to all our processes has ended the workers too
            log.exception("the scheduler failed; trying again")
            stop.wait(RETRY_SECONDS)


def _standing_by(wait: Callable[[float], bool], seconds: float) -> leases.Waiting:
    """Wait for a lease until `wait` says that it is over, with each new holder in the log."""
    named = ""

    def waiting(held: LeaseHeld) -> bool:
        nonlocal named
        if held.holder != named:
            named = held.holder
            log.info("standing by: %s", held)
        return not wait(seconds)

    return waiting


class _End:
    """The end of one term as scheduler, when one of these events is set."""

    def __init__(self, *events: threading.Event) -> None:
        self._events = events

    def is_here(self) -> bool:
        """Whether it is over."""
        return any(event.is_set() for event in self._events)

    def wait(self, seconds: float) -> bool:
        """Wait so long, or until the end, and say whether it is here."""
        until = time.monotonic() + seconds
        while not self.is_here() and (left := until - time.monotonic()) > 0:
            self._events[0].wait(min(left, TURN_SECONDS))
        return self.is_here()

    def check(self, *_: object) -> None:
        """Give up the scan if it is over.

        Raises:
            ScanStopped: it is.
        """
        if self.is_here():
            raise ScanStopped

    def sleep(self, seconds: float) -> None:
        """Let time pass in a scan.

        Raises:
            ScanStopped: it is over.
        """
        if self.wait(seconds):
            raise ScanStopped


def _work(config: Config, store: Store, stop: threading.Event, lost: threading.Event) -> None:
    end = _End(stop, lost)
    publisher = Publisher(
        store,
        config,
        clock=Clock(sleep=end.sleep),
        waiting=_standing_by(end.wait, TURN_SECONDS),
        progress=end.check,
    )
    ended = threading.Event()  # for the threads beside the loop
    loop = Loop(publisher, end.is_here, _pings(config, store, ended))
    watch = partial(keep_watching, config.articles.folder, loop.changed, loop.rescan, ended)
    watcher = threading.Thread(target=watch, name="watcher", daemon=True)
    pool.start()
    if config.articles.watch:
        watcher.start()
    try:
        loop.run()
    finally:
        ended.set()
        if config.articles.watch:
            # to cut its thread off inside the library, which is Rust, would abort the process
            watcher.join(WATCHER_SECONDS)


def _pings(config: Config, store: Store, ended: threading.Event) -> Callable[[], None] | None:
    """What has pings delivered, where there are hubs."""
    if not config.websub.hubs:
        return None
    # few name hubs, and nothing else here needs an HTTP client, which takes long to load
    from feedsvc.service.websub import Couriers  # noqa: PLC0415

    couriers = Couriers(store, ended)
    couriers.start()
    return couriers.deliver_soon
