"""Detects steps of the wall clock: an operator, NTP or a resumed machine sets it.

Waits use the monotonic clock, which nothing sets; moments use the wall clock. Whoever turns one
into the other has to look at both again after a step.
"""

from __future__ import annotations

from datetime import datetime

TOLERANCE_SECONDS = 2.0  # between two looks; NTP slews at most 0.5 ms a second


class StepDetector:
    """Compares the progress of the wall clock with that of the monotonic clock."""

    def __init__(self, now: datetime, monotonic: float) -> None:
        self._now, self._monotonic = now, monotonic

    def look(self, now: datetime, monotonic: float) -> float:
        """The step since the last look in seconds, negative where the clock was set back, or 0.

        A machine that was suspended counts as set forward: Linux stops its monotonic clock.
        """
        step = (now - self._now).total_seconds() - (monotonic - self._monotonic)
        self._now, self._monotonic = now, monotonic
        return step if abs(step) > TOLERANCE_SECONDS else 0.0


def step_message(step: float) -> str:
    """The sentence that reports a step."""
    direction = "forward" if step > 0 else "back"
    return f"the clock was set {direction} by {abs(step):.0f} s"
