"""The scheduler's loop: one thread that takes work off the agenda and scans."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable, Iterable
from dataclasses import astuple
from datetime import datetime

from feedsvc.errors import FeedsvcError, LedgerGone
from feedsvc.ledger import scans
from feedsvc.model import Report
from feedsvc.processes.clocks import StepDetector, step_message
from feedsvc.scan import run
from feedsvc.scan.run import Publisher, Request
from feedsvc.service.agenda import Agenda
from feedsvc.service.alarms import Alarms

PING_SECONDS = 5.0
WAIT_SECONDS = 0.5  # at most, so that a step of the clock and the end are soon noticed

log = logging.getLogger(__name__)


class Loop:
    """Scans what is on the agenda; other threads only put something on it.

    `ping` has queued pings delivered, and returns at once.
    """

    def __init__(
        self,
        publisher: Publisher,
        is_over: Callable[[], bool],
        ping: Callable[[], None] | None = None,
    ) -> None:
        self._publisher, self._is_over, self._ping = publisher, is_over, ping
        self._agenda = Agenda(publisher.config.articles.settle_seconds)
        self._noted = threading.Condition()
        periodic = {"rescan": (publisher.config.schedule.rescan_seconds, self.rescan)}
        if ping:
            periodic["pings"] = (PING_SECONDS, ping)
        self._alarms = Alarms(periodic, self.wake)
        self._steps = StepDetector(self._now(), time.monotonic())
        self._problems: set[tuple[str, str]] = set()

    def _now(self) -> datetime:
        return self._publisher.clock.now()

    def changed(self, paths: Iterable[str]) -> None:
        """Scan these paths once they have settled."""
        with self._noted:
            self._agenda.changed(paths, time.monotonic())
            self._noted.notify()

    def rescan(self) -> None:
        """Scan the whole folder."""
        with self._noted:
            self._agenda.look_at_everything(time.monotonic())
            self._noted.notify()

    def wake(self) -> None:
        """Look at the agenda: something may be due."""
        with self._noted:
            self._noted.notify()

    def run(self) -> None:
        """Scan until it is over. What fails is tried again.

        Raises:
            LedgerGone: somebody has removed the ledger, which is to be made anew.
        """
        self._alarms.start()
        try:
            while not self._is_over():
                self._notice_step()
                if request := self._take():
                    self._scan(request)
        finally:
            self._alarms.stop()

    def _take(self) -> Request | None:
        """What is due, waited for a moment."""
        with self._noted:
            request = self._agenda.take(time.monotonic(), self._now())
            if request is None:
                left = self._agenda.seconds_left(time.monotonic())
                self._noted.wait(WAIT_SECONDS if left is None else min(left, WAIT_SECONDS))
        return request

    def _notice_step(self) -> None:
        if step := self._steps.look(self._now(), time.monotonic()):
            log.warning("%s; scanning the whole folder", step_message(step))
            self._alarms.rearm()  # the rescan is due at once

    def _scan(self, request: Request) -> None:
        try:
            report = run.scan(self._publisher, request)
            self._tell(report)
            if self._ping:
                self._ping()
            with self._noted:
                self._agenda.still_changing(report.unsettled, time.monotonic())
            due = scans.next_due(self._publisher.store)
        except LedgerGone:
            raise
        except Exception as error:
            self._fail(request, error)
            return
        with self._noted:
            self._agenda.done(
                request, due, time.monotonic(), self._now(), published=any(astuple(report.counts))
            )
        if due:
            self._alarms.set_release(due)

    def _fail(self, request: Request, error: Exception) -> None:
        if self._is_over():
            return  # a scan that was stopped is no failure
        with self._noted:
            pause = self._agenda.failed(request, time.monotonic())
        # what the user can fix takes a sentence, a defect of ours its traceback
        trace = None if isinstance(error, FeedsvcError) else error
        log.error("the scan failed: %s; trying again in %.0f s", error, pause, exc_info=trace)

    def _tell(self, report: Report) -> None:
        """Log what changed: counts, files that are passed over, problems that begin or end."""
        if any(astuple(report.counts)):
            log.info("%s", report)
        if report.passed_over:
            log.info("%s", report.passed_over)
        now = {(problem.path, problem.code): problem for problem in report.problems}
        for key in now.keys() - self._problems:
            log.warning("%s", now[key])
        for path, code in self._problems - now.keys():
            log.info("%s: %s: fixed or gone", path, code)
        self._problems = set(now)
