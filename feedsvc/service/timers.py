"""The scheduler's timers, kept by APScheduler: its jobs put an event into a queue and do no work.

APScheduler drops a one-shot job for good if it fires while the previous one of its id is running.
So every job runs in APScheduler's own thread and returns at once. What is pending is kept in
`PendingScans`, so a late, coalesced or lost job loses no work.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta

from apscheduler.executors.debug import DebugExecutor
from apscheduler.schedulers.background import BackgroundScheduler
from apscheduler.triggers.base import BaseTrigger
from apscheduler.triggers.date import DateTrigger

DEADLINE = "deadline"

Job = tuple[float, Callable[[], None]]  # its period in seconds, and what it does


class Period(BaseTrigger):  # type: ignore[misc]  # APScheduler has no types
    """Fires at once, and then one period after it last fired.

    IntervalTrigger counts from the planned time, and APScheduler lists each time that was missed:
    a clock set from 1970 to today costs it gigabytes.
    """

    def __init__(self, seconds: float) -> None:
        self._period = timedelta(seconds=seconds)

    def get_next_fire_time(self, previous: datetime | None, now: datetime) -> datetime:
        """The next time, as APScheduler asks for it."""
        return now if previous is None else now + self._period


class Timers:
    """Runs each periodic job once per period, and the deadline's job at the time set last.

    `periodic` has the periodic jobs by their ids. What a job does returns at once and calls nothing
    here.
    """

    def __init__(self, periodic: Mapping[str, Job], deadline: Callable[[], None]) -> None:
        self._periodic, self._deadline = periodic, deadline
        self._scheduler = BackgroundScheduler(
            timezone=UTC,
            executors={"default": DebugExecutor()},
            job_defaults={"misfire_grace_time": None, "coalesce": True},
        )

    def start(self) -> None:
        """Run every periodic job at once, and then once per period."""
        self.restart_periods()
        self._scheduler.start()

    def restart_periods(self) -> None:
        """Begin every period again: after a step of the clock, planned times mean nothing."""
        for name, (seconds, job) in self._periodic.items():
            self._scheduler.add_job(job, Period(seconds), id=name, replace_existing=True)

    def set_deadline(self, due: datetime) -> None:
        """Run the deadline's job at this time instead of the one set before."""
        trigger = DateTrigger(due, timezone=UTC)
        self._scheduler.add_job(self._deadline, trigger, id=DEADLINE, replace_existing=True)

    def stop(self) -> None:
        """Run no more jobs."""
        self._scheduler.shutdown(wait=False)
