"""Whether scans keep ending, judged without comparing the clocks of two hosts."""

from __future__ import annotations

import threading
from datetime import datetime, timedelta

from feedsvc.ledger.editions import LastScan
from feedsvc.processes.clocks import StepDetector, step_message

REPORT_SECONDS = 60 * 60


class Readiness:
    """Watches the last scan that was committed.

    A scan counts as recent for `patience` after this process first saw it, by its own monotonic
    clock: the host that scanned may have another time of day. Only the first scan that is seen,
    which may have ended long before this process began, is judged by its date; where the clocks
    differ, that corrects itself with the next scan. Safe to call from many threads.
    """

    def __init__(self, patience: timedelta) -> None:
        self._patience = patience
        self._lock = threading.Lock()
        self._token: int | None = None
        self._recent_until = float("-inf")

    def is_recent(self, last: LastScan | None, now: datetime, monotonic: float) -> bool:
        """Whether a scan has ended lately; `monotonic` is in seconds."""
        if last is None:
            return False
        with self._lock:
            if last.token != self._token:
                first, self._token = self._token is None, last.token
                if not first or abs(now - last.finished) <= self._patience:
                    self._recent_until = monotonic + self._patience.total_seconds()
            return monotonic <= self._recent_until


class StepReport:
    """Tells of the last step of this host's clock for an hour. Safe to call from many threads."""

    def __init__(self, now: datetime, monotonic: float) -> None:
        self._detector = StepDetector(now, monotonic)
        self._lock = threading.Lock()
        self._text = ""
        self._until = monotonic

    def text(self, now: datetime, monotonic: float) -> str:
        """What happened to the clock, and when; nothing where it went as it should."""
        with self._lock:
            if step := self._detector.look(now, monotonic):
                self._text = f"{step_message(step)}, noticed at {now:%H:%M:%S} UTC"
                self._until = monotonic + REPORT_SECONDS
            return self._text if monotonic < self._until else ""
