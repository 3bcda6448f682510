"""Alarms ring on time, whatever the last one did and however far the clock was set."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest

from feedsvc.service.alarms import Alarms, Period
from tests.site import eventually

rung: Counter[str] = Counter()


def ring(name: str) -> None:
    rung[name] += 1
    if name == "failing":
        raise RuntimeError


def made() -> Alarms:
    """Three periodic alarms and that of the release."""
    rung.clear()
    periodic = {
        "often": (0.05, lambda: ring("often")),
        "failing": (0.05, lambda: ring("failing")),
        "rare": (3600.0, lambda: ring("rare")),
    }
    return Alarms(periodic, lambda: ring("release"))


@pytest.fixture
def alarms() -> Iterator[Alarms]:
    """The same, ringing."""
    alarms = made()
    alarms.start()
    yield alarms
    alarms.stop()


def test_each_rings_at_once_and_then_in_its_period_though_one_fails(alarms: Alarms) -> None:
    eventually(lambda: min(rung["often"], rung["failing"]) > 3, "it rings no more")
    assert rung["rare"] == 1


def test_all_ring_anew_after_a_step_of_the_clock(alarms: Alarms) -> None:
    eventually(lambda: rung["rare"] == 1)
    alarms.rearm()
    eventually(lambda: rung["rare"] == 2)


def test_a_release_rings_at_the_moment_that_was_set_last(alarms: Alarms) -> None:
    alarms.set_release(datetime.now(UTC) + timedelta(hours=1))
    alarms.set_release(datetime.now(UTC) + timedelta(seconds=0.1))
    eventually(lambda: rung["release"] == 1)
    alarms.set_release(datetime.now(UTC) - timedelta(hours=1))
    eventually(lambda: rung["release"] == 2, "a moment that is past rings at once")


def test_once_stopped_none_rings() -> None:
    alarms = made()
    alarms.start()
    eventually(lambda: rung["often"])
    alarms.stop()
    number = rung["often"]
    time.sleep(0.3)
    assert rung["often"] == number


def test_a_clock_set_by_decades_costs_one_moment_and_not_one_for_each_period() -> None:
    now = datetime(2026, 1, 2, tzinfo=UTC)
    period = Period(5)
    assert period.get_next_fire_time(None, now) == now
    then = datetime(1970, 1, 1, tzinfo=UTC)
    assert period.get_next_fire_time(then, now) == now + timedelta(seconds=5)
