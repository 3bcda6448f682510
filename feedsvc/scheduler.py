"""The one process that scans: rescans, releases held articles on time, delivers pings."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Iterable
from dataclasses import astuple
from datetime import UTC, datetime, timedelta

from apscheduler.executors.pool import ThreadPoolExecutor
from apscheduler.schedulers.background import BackgroundScheduler
from apscheduler.triggers.date import DateTrigger
from apscheduler.triggers.interval import IntervalTrigger

from feedsvc import publish
from feedsvc.articles import workers
from feedsvc.config import Config
from feedsvc.errors import FeedsvcError, LeaseHeld
from feedsvc.ledger import leases, scans
from feedsvc.ledger.migrating import migrate
from feedsvc.ledger.store import Store
from feedsvc.publish import Clock, Publisher, Report, Request
from feedsvc.watching import keep_watching

PINGS = "pings"
PING_SECONDS = 5
SOON = 0.2  # seconds; a file that is never at rest does not keep the machine busy
MOST_HINTS = 500  # more are found faster by a walk
WAIT_SECONDS = 2  # between two tries for a lease that another process holds

log = logging.getLogger(__name__)


def run(config: Config, store: Store, stop: threading.Event) -> None:
    """Wait for the scheduler lease, then run the jobs until `stop` is set or the lease is lost.

    However many of these are started on one ledger, one works and the others stand by.
    """
    while not stop.is_set():
        over = threading.Event()  # stopped, or the lease lost
        try:
            migrate(store)  # the ledger may have been taken away while we were at it
            with leases.held(store, leases.SCHEDULER, _standing_by(stop), over.set):
                log.info("scanning %s", config.articles.folder)
                _work(config, store, stop, over)
        except LeaseHeld:
            return  # told to stop while standing by
        except FeedsvcError as error:
            log.error("%s; trying again", error)
            stop.wait(WAIT_SECONDS)


def _standing_by(stop: threading.Event) -> leases.Waiting:
    """Wait for a lease until told to stop, saying once who has it."""
    told: set[str] = set()

    def waiting(held: LeaseHeld) -> bool:
        if held.holder not in told:
            told.add(held.holder)
            log.info("standing by: %s", held)
        return not stop.wait(WAIT_SECONDS)

    return waiting


def _work(config: Config, store: Store, stop: threading.Event, over: threading.Event) -> None:
    clock = Clock(sleep=stop.wait)
    jobs = Jobs(Publisher(store, config, clock, _standing_by(stop)))
    workers.start()
    jobs.start()
    ended = threading.Event()
    watcher = threading.Thread(
        target=keep_watching, args=(config.articles.folder, jobs.hint, ended), name="watcher"
    )
    if config.articles.watch:
        watcher.start()
    try:
        while not (stop.wait(1) or over.is_set()):
            pass
    finally:
        ended.set()
        jobs.stop()
        if config.articles.watch:
            watcher.join()


class Jobs:
    """The jobs of one scheduler, on APScheduler's threads."""

    def __init__(self, publisher: Publisher) -> None:
        self._publisher = publisher
        self._known: set[tuple[str, str]] = set()
        self._hints: set[str] = set()
        self._hinting = threading.Lock()
        self._scanning, self._delivering = threading.Lock(), threading.Lock()
        self._stopped = False
        self._scheduler = BackgroundScheduler(
            timezone=UTC,
            # one thread for all that scans, so that these jobs queue up; hubs may be slow
            executors={"default": ThreadPoolExecutor(1), PINGS: ThreadPoolExecutor(1)},
            # a job that a busy machine starts late still runs, once and never beside itself
            job_defaults={"misfire_grace_time": None, "coalesce": True, "max_instances": 1},
        )

    def start(self) -> None:
        """Scan at once, then every `schedule.rescan_seconds`."""
        period = self._publisher.config.schedule.rescan_seconds
        every = IntervalTrigger(seconds=period, timezone=UTC)
        now = datetime.now(UTC)
        self._scheduler.add_job(self.rescan, every, id="rescan", next_run_time=now)
        if self._publisher.config.websub.hubs:
            often = IntervalTrigger(seconds=PING_SECONDS, timezone=UTC)
            self._scheduler.add_job(
                self.deliver, often, id="pings", executor=PINGS, next_run_time=now
            )
        self._scheduler.start()

    def stop(self) -> None:
        """Let the running jobs end and start no other.

        APScheduler would wait for them with a lock in hand that a job needs to set an alarm.
        """
        self._stopped = True
        self._scheduler.shutdown(wait=False)
        with self._scanning, self._delivering:
            pass

    def rescan(self) -> None:
        """Look at the whole folder."""
        self._scan(Request())

    def hint(self, paths: Iterable[str]) -> None:
        """Look at these paths when they are at rest."""
        with self._hinting:
            waiting = bool(self._hints)
            self._hints.update(paths)
        if not waiting:  # what is written again and again puts no other file off
            settle = max(SOON, self._publisher.config.articles.settle_seconds)
            self._at(datetime.now(UTC) + timedelta(seconds=settle), self.look_at_hints, "hints")

    def look_at_hints(self) -> None:
        """Look at what has been hinted at, or at the whole folder where that is much."""
        with self._hinting:
            hints = frozenset(self._hints)
            self._hints.clear()
        if hints:
            self._scan(Request(hints=hints if len(hints) <= MOST_HINTS else frozenset()))

    def _scan(self, request: Request) -> None:
        """Scan; look again at files that were not at rest, and when the next held one is due."""
        with self._scanning:
            if not self._stopped:
                self._scan_now(request)

    def _scan_now(self, request: Request) -> None:
        try:
            report = publish.scan(self._publisher, request)
            due = scans.next_due(self._publisher.store)
        except FeedsvcError as error:
            log.error("the scan failed: %s", error)
            return
        self._tell(report)
        if report.unsettled:
            self.hint(report.unsettled)
        if due:
            self._at(due, self.rescan, "release")

    def deliver(self) -> None:
        """Deliver the pings that are due."""
        # few name hubs, and nothing else here needs an HTTP client, which takes long to load
        from feedsvc.websub import deliver  # noqa: PLC0415

        with self._delivering:
            try:
                if not self._stopped:
                    deliver(self._publisher.store, datetime.now(UTC))
            except FeedsvcError as error:
                log.error("the pings were not delivered: %s", error)

    def _tell(self, report: Report) -> None:
        """Log what changed: counts where there is any, problems that begin or end."""
        if any(astuple(report.counts)):
            log.info("%s", report)
        now = {(problem.path, problem.code): problem for problem in report.problems}
        for key in now.keys() - self._known:
            log.warning("%s", now[key])
        for path, code in self._known - now.keys():
            log.info("%s: %s: mended or gone", path, code)
        self._known = set(now)

    def _at(self, when: datetime, job: Callable[[], None], name: str) -> None:
        """Do something at `when` too."""
        if self._stopped:
            return
        trigger = DateTrigger(when, timezone=UTC)
        self._scheduler.add_job(job, trigger, id=name, replace_existing=True)
