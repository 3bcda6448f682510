"""Jobs run on time, whatever the last one did and however far the clock was set."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest

from feedsvc.service.timers import Period, Timers
from tests.site import eventually

runs: Counter[str] = Counter()


def run(name: str) -> None:
    runs[name] += 1
    if name == "failing":
        raise RuntimeError


def periodic_timers() -> Timers:
    """Three periodic jobs and that of the deadline."""
    runs.clear()
    periodic = {
        "often": (0.05, lambda: run("often")),
        "failing": (0.05, lambda: run("failing")),
        "rare": (3600.0, lambda: run("rare")),
    }
    return Timers(periodic, lambda: run("deadline"))


@pytest.fixture
def timers() -> Iterator[Timers]:
    """The same, started."""
    timers = periodic_timers()
    timers.start()
    yield timers
    timers.stop()


def test_each_job_runs_at_once_and_then_once_per_period_though_one_fails(timers: Timers) -> None:
    eventually(lambda: min(runs["often"], runs["failing"]) > 3, "it runs no more")
    assert runs["rare"] == 1


def test_all_run_at_once_after_a_step_of_the_clock(timers: Timers) -> None:
    eventually(lambda: runs["rare"] == 1)
    timers.restart_periods()
    eventually(lambda: runs["rare"] == 2)


def test_the_deadline_s_job_runs_at_the_time_set_last(timers: Timers) -> None:
    timers.set_deadline(datetime.now(UTC) + timedelta(hours=1))
    timers.set_deadline(datetime.now(UTC) + timedelta(seconds=0.1))
    eventually(lambda: runs["deadline"] == 1)
    timers.set_deadline(datetime.now(UTC) - timedelta(hours=1))
    eventually(lambda: runs["deadline"] == 2, "a time in the past is due at once")


def test_none_runs_once_stopped() -> None:
    timers = periodic_timers()
    timers.start()
    eventually(lambda: runs["often"])
    timers.stop()
    number = runs["often"]
    time.sleep(0.3)
    assert runs["often"] == number


def test_a_clock_set_by_decades_costs_one_run_and_not_one_for_each_period() -> None:
    now = datetime(2026, 1, 2, tzinfo=UTC)
    period = Period(5)
    assert period.get_next_fire_time(None, now) == now
    then = datetime(1970, 1, 1, tzinfo=UTC)
    assert period.get_next_fire_time(then, now) == now + timedelta(seconds=5)
