"""The scheduler: one loop that waits for the next event, scans, and works out what comes next.

It reads from top to bottom: `serve` takes one configuration after another, `scan_until` holds the
scheduler lease for a term, `Loop.run` receives events. APScheduler's jobs and the file watcher only
put events into a queue. Only the loop scans, and what a scan does not finish stays pending, so no
late, failed or overlapping job loses work.
"""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import astuple
from datetime import datetime
from functools import partial

from feedsvc.config import Config
from feedsvc.errors import FeedsvcError, LeaseHeld, LedgerGone, ScanStopped
from feedsvc.ledger import leases, scans
from feedsvc.ledger.migrating import migrate
from feedsvc.ledger.store import Store
from feedsvc.model import Report
from feedsvc.processes.clocks import StepDetector, step_message
from feedsvc.processes.reloading import Reloads
from feedsvc.reading import pool
from feedsvc.scan import run
from feedsvc.scan.run import Clock, Publisher, Request
from feedsvc.service.configurations import ConfigurationSwitch, open_ledger
from feedsvc.service.events import DeadlineReached, EventQueue, FileChanged, PendingScans, Rescan
from feedsvc.service.timers import Job, Timers
from feedsvc.service.watching import keep_watching

WAIT_SECONDS = 0.5  # at most, so that a clock step and the end are soon noticed
PING_SECONDS = 5.0  # between two checks of the queue of pings
RETRY_SECONDS = 2.0  # after a failure outside a scan
STANDBY_SECONDS = 2.0  # between two attempts to take the scheduler lease
POLL_SECONDS = 0.1  # between two attempts to take the scan lease, or checks of a term's end
WATCHER_SECONDS = 1.0  # for the watcher to stop; it needs a twentieth of that

log = logging.getLogger(__name__)


def serve(config: Config, reloads: Reloads, stop: threading.Event) -> None:
    """Scan with one configuration after another until `stop` is set.

    Raises:
        FeedsvcError: the ledger of the first configuration is unusable.
    """
    switch = ConfigurationSwitch(config, stop)
    reloads.follow(switch)
    open_ledger(config).close()
    for current, ended in switch:
        store = Store(current.store.url)
        scan_until(current, store, ended)
        store.close()


def scan_until(config: Config, store: Store, stop: threading.Event) -> None:
    """Wait for the scheduler lease, then scan until `stop` is set or the lease is lost.

    However many processes run this on one ledger, one is active and the rest are on standby.
    Whatever fails is retried.
    """
    while not stop.is_set():
        lost = threading.Event()
        try:
            migrate(store)  # the ledger may have been removed during the last term
            standby = _logging_holders(stop.wait, STANDBY_SECONDS)
            with leases.held(store, leases.SCHEDULER, standby, lost.set):
                log.info("scanning %s", config.articles.folder)
                _scan_during(_Term(stop, lost), config, store)
        except LeaseHeld:  # stopped while on standby
            stop.wait(RETRY_SECONDS)
        except FeedsvcError as error:
            log.error("%s; trying again", error)
            stop.wait(RETRY_SECONDS)
        except Exception:
            if stop.is_set():
                return  # a SIGTERM to all our processes has ended the workers too
            log.exception("the scheduler failed; trying again")
            stop.wait(RETRY_SECONDS)


def _logging_holders(wait: Callable[[float], bool], seconds: float) -> leases.Waiting:
    """Wait `seconds` at a time for a lease until `wait` returns True; log each new holder."""
    logged = ""

    def waiting(held: LeaseHeld) -> bool:
        nonlocal logged
        if held.holder != logged:
            logged = held.holder
            log.info("standing by: %s", held)
        return not wait(seconds)

    return waiting


class _Term:
    """One term as the active scheduler; it ends when one of these events is set."""

    def __init__(self, *ends: threading.Event) -> None:
        self._ends = ends

    def is_over(self) -> bool:
        """Whether it has ended."""
        return any(end.is_set() for end in self._ends)

    def wait(self, seconds: float) -> bool:
        """Wait until the term ends, `seconds` at most; whether it has ended."""
        until = time.monotonic() + seconds
        while not self.is_over() and (left := until - time.monotonic()) > 0:
            self._ends[0].wait(min(left, POLL_SECONDS))
        return self.is_over()

    def check(self, *_: object) -> None:
        """Stop the scan if the term has ended.

        Raises:
            ScanStopped: it has.
        """
        if self.is_over():
            raise ScanStopped

    def sleep(self, seconds: float) -> None:
        """Pause a scan.

        Raises:
            ScanStopped: the term has ended.
        """
        if self.wait(seconds):
            raise ScanStopped


def _scan_during(term: _Term, config: Config, store: Store) -> None:
    """Start whatever puts events into the queue, and run the loop until the term is over."""
    publisher = Publisher(
        store,
        config,
        clock=Clock(sleep=term.sleep),
        waiting=_logging_holders(term.wait, POLL_SECONDS),
        progress=term.check,
    )
    queue = EventQueue()
    ended = threading.Event()  # for the threads that deliver pings
    deliver_pings = _start_pings(config, store, ended)
    timers = _timers(config, queue, deliver_pings)
    pool.start()
    try:
        with _watching(config, queue):
            Loop(publisher, queue, timers, deliver_pings).run(term.is_over)
    finally:
        ended.set()


def _timers(config: Config, queue: EventQueue, deliver_pings: Callable[[], None] | None) -> Timers:
    periodic: dict[str, Job] = {
        "rescan": (config.schedule.rescan_seconds, partial(queue.put, Rescan()))
    }
    if deliver_pings:
        periodic["pings"] = (PING_SECONDS, deliver_pings)
    return Timers(periodic, partial(queue.put, DeadlineReached()))


@contextmanager
def _watching(config: Config, queue: EventQueue) -> Iterator[None]:
    """Put file events into the queue during the block, if they are enabled."""
    if not config.articles.watch:
        yield
        return

    def changed(paths: frozenset[str]) -> None:
        queue.put(*map(FileChanged, paths))

    ended = threading.Event()
    watch = partial(keep_watching, config.articles.folder, changed, partial(queue.put, Rescan()))
    watcher = threading.Thread(target=watch, args=(ended,), name="watcher", daemon=True)
    watcher.start()
    try:
        yield
    finally:
        ended.set()
        # to cut its thread off inside the library, which is Rust, would abort the process
        watcher.join(WATCHER_SECONDS)


def _start_pings(config: Config, store: Store, ended: threading.Event) -> Callable[[], None] | None:
    """A function that has queued pings delivered and returns at once; None if there are no hubs.

    It does not go through the loop, because a scan that takes long must not delay the pings.
    """
    if not config.websub.hubs:
        return None
    # few name hubs, and nothing else here needs an HTTP client, which takes long to load
    from feedsvc.service.websub import PingDelivery  # noqa: PLC0415

    delivery = PingDelivery(store, ended)
    delivery.start()
    return delivery.deliver_soon


class Loop:
    """Receives events from `queue` and scans; `deliver_pings` is called after each scan.

    `monotonic` and `publisher.clock` are the two clocks; the queue uses the former too.
    """

    def __init__(
        self,
        publisher: Publisher,
        queue: EventQueue,
        timers: Timers,
        deliver_pings: Callable[[], None] | None = None,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        self._publisher, self._queue, self._timers = publisher, queue, timers
        self._deliver_pings, self._monotonic = deliver_pings, monotonic
        self._pending = PendingScans(publisher.config.articles.settle_seconds)
        self._steps = StepDetector(self._now(), monotonic())
        self._problems: set[tuple[str, str]] = set()

    def _now(self) -> datetime:
        return self._publisher.clock.now()

    def run(self, is_over: Callable[[], bool]) -> None:
        """Scan until `is_over`; a scan that fails is retried.

        Raises:
            LedgerGone: the ledger has been removed and must be created again.
        """
        self._timers.start()
        try:
            while not is_over():
                self._receive()
                self._check_clocks()
                if request := self._pending.take(self._monotonic(), self._now()):
                    self._scan(request, is_over)
        finally:
            self._timers.stop()

    def _receive(self) -> None:
        """Wait for the next event, or until the next scan is due."""
        left = self._pending.seconds_until_due(self._monotonic(), self._now())
        wait = WAIT_SECONDS if left is None else min(left, WAIT_SECONDS)
        for event, monotonic in self._queue.receive(wait).items():
            self._pending.add(event, monotonic)

    def _check_clocks(self) -> None:
        if step := self._steps.look(self._now(), self._monotonic()):
            log.warning("%s; scanning the whole folder", step_message(step))
            self._timers.restart_periods()  # the rescan's job runs at once

    def _scan(self, request: Request, is_over: Callable[[], bool]) -> None:
        """Scan; what comes next is recorded in the pending scans and the deadline's timer."""
        try:
            report = run.scan(self._publisher, request)
            self._log_report(report)
            if self._deliver_pings:
                self._deliver_pings()
            self._pending.add_unstable(report.unsettled, self._monotonic())
            deadline = scans.next_due(self._publisher.store)
        except LedgerGone:
            raise
        except Exception as error:
            if not is_over():  # a scan that was stopped has not failed
                self._retry_later(request, error)
            return
        self._pending.succeeded(
            request,
            deadline,
            self._monotonic(),
            self._now(),
            published=any(astuple(report.counts)),
        )
        if deadline:
            self._timers.set_deadline(deadline)

    def _retry_later(self, request: Request, error: Exception) -> None:
        pause = self._pending.failed(request, self._monotonic())
        # what the user can fix is logged as a sentence, a defect of ours with its traceback
        trace = None if isinstance(error, FeedsvcError) else error
        log.error("the scan failed: %s; trying again in %.0f s", error, pause, exc_info=trace)

    def _log_report(self, report: Report) -> None:
        """Log what changed: counts, skipped files, and problems that are new or gone."""
        if any(astuple(report.counts)):
            log.info("%s", report)
        if report.passed_over:
            log.info("%s", report.passed_over)
        current = {(problem.path, problem.code): problem for problem in report.problems}
        for key in current.keys() - self._problems:
            log.warning("%s", current[key])
        for path, code in self._problems - current.keys():
            log.info("%s: %s: fixed or gone", path, code)
        self._problems = set(current)
