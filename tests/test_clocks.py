"""A step of the wall clock is noticed, whatever time passes between two looks."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from feedsvc.processes.clocks import TOLERANCE_SECONDS, StepDetector, step_message

NOON = datetime(2026, 1, 2, 12, tzinfo=UTC)

waits = st.floats(0, 86400)
steps = st.floats(-1e7, 1e7).filter(lambda step: abs(step) > TOLERANCE_SECONDS + 0.1)


@given(waits=st.lists(waits), step=steps, last=waits)
def test_a_step_is_reported_once_however_long_the_looks_are_apart(
    waits: list[float], step: float, last: float
) -> None:
    now, monotonic = NOON, 0.0
    detector = StepDetector(now, monotonic)
    for wait in waits:
        now, monotonic = now + timedelta(seconds=wait), monotonic + wait
        assert detector.look(now, monotonic) == 0
    now, monotonic = now + timedelta(seconds=last + step), monotonic + last
    assert detector.look(now, monotonic) == pytest.approx(step, abs=0.01)
    assert detector.look(now, monotonic) == 0


def test_a_clock_that_is_slewed_makes_no_step() -> None:
    detector = StepDetector(NOON, 0.0)
    looks = [detector.look(NOON + timedelta(seconds=n * 1.0005), n) for n in range(100_000)]
    assert not any(looks)


@pytest.mark.parametrize(
    ("step", "message"),
    [
        (3600.2, "the clock was set forward by 3600 s"),
        (-3600.2, "the clock was set back by 3600 s"),
    ],
)
def test_a_step_is_reported_in_one_sentence(step: float, message: str) -> None:
    assert step_message(step) == message
