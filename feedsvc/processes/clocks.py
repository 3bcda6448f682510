"""Detects steps of the wall clock: an operator, NTP or a resumed machine sets it.

Waits use the monotonic clock, which nothing sets; timestamps use the wall clock. Code that converts
one into the other must read both again after a step.
"""

from __future__ import annotations

from datetime import datetime

TOLERANCE_SECONDS = 2.0  # between two readings; NTP slews at most 0.5 ms per second


class StepDetector:
    """Compares the progress of the wall clock with that of the monotonic clock."""

    def __init__(self, now: datetime, monotonic: float) -> None:
        self._now, self._monotonic = now, monotonic

    def look(self, now: datetime, monotonic: float) -> float:
        """The step since the last call in seconds, negative if the clock was set back, or 0.

        A suspended machine counts as set forward: Linux stops its monotonic clock.
        """
        step = (now - self._now).total_seconds() - (monotonic - self._monotonic)
        self._now, self._monotonic = now, monotonic
        return step if abs(step) > TOLERANCE_SECONDS else 0.0


def step_message(step: float) -> str:
    """A sentence that reports a step; `step` is in seconds."""
    direction = "forward" if step > 0 else "back"
    return f"the clock was set {direction} by {abs(step):.0f} s"
