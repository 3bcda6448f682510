"""The scheduler's alarms, kept by APScheduler: jobs that ring a bell and do no work themselves.

APScheduler drops a one-shot job for good if it comes while the last one of its id still runs. So
every job runs inline, in APScheduler's own thread, and takes no time. What is to be done stands on
the agenda, where a late or lost alarm loses nothing.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta

from apscheduler.executors.debug import DebugExecutor
from apscheduler.schedulers.background import BackgroundScheduler
from apscheduler.triggers.base import BaseTrigger
from apscheduler.triggers.date import DateTrigger

RELEASE = "release"


class Period(BaseTrigger):  # type: ignore[misc]  # APScheduler has no types
    """Fires at once, and then a period after it last did.

    IntervalTrigger counts from the moment that was planned, and APScheduler lists each moment that
    was missed: a clock set from 1970 to today costs it gigabytes.
    """

    def __init__(self, seconds: float) -> None:
        self._period = timedelta(seconds=seconds)

    def get_next_fire_time(self, previous: datetime | None, now: datetime) -> datetime:
        """The next moment, as APScheduler asks for it."""
        return now if previous is None else now + self._period


class Alarms:
    """Rings periodically, and when the next held article is due.

    `periodic` gives each alarm's period in seconds and its bell; `release` is the other bell. A
    bell returns at once and calls nothing here.
    """

    def __init__(
        self, periodic: Mapping[str, tuple[float, Callable[[], None]]], release: Callable[[], None]
    ) -> None:
        self._periodic, self._release = periodic, release
        self._scheduler = BackgroundScheduler(
            timezone=UTC,
            executors={"default": DebugExecutor()},
            job_defaults={"misfire_grace_time": None, "coalesce": True},
        )

    def start(self) -> None:
        """Ring every periodic alarm at once, and then once a period."""
        self.rearm()
        self._scheduler.start()

    def rearm(self) -> None:
        """Start every period anew, for a step of the clock leaves planned moments meaningless."""
        for name, (seconds, ring) in self._periodic.items():
            self._scheduler.add_job(ring, Period(seconds), id=name, replace_existing=True)

    def set_release(self, due: datetime) -> None:
        """Ring at this moment instead of the one set before."""
        trigger = DateTrigger(due, timezone=UTC)
        self._scheduler.add_job(self._release, trigger, id=RELEASE, replace_existing=True)

    def stop(self) -> None:
        """Ring no more."""
        self._scheduler.shutdown(wait=False)
