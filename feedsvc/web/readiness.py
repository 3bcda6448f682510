"""Whether scans keep ending, judged without comparing the clocks of two hosts."""

from __future__ import annotations

import threading
from datetime import datetime, timedelta

from feedsvc.ledger.editions import LastScan


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
