"""What the scheduler has to do and when: file events, whole scans, releases and retries.

Pure: the monotonic and the wall clock are passed in. Waits use the former, so that nobody who sets
the clock can delay them; a release has a moment of the latter.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from feedsvc.scan.run import Request

MIN_SETTLE_SECONDS = 0.2  # a file that never settles must not keep the machine busy
MAX_PATHS = 500  # a walk finds more of them faster
FIRST_PAUSE, MAX_PAUSE = 2.0, 10.0  # seconds before what did not succeed is tried again

WHOLE_FOLDER = Request()


class Agenda:
    """Everything that is to be done; whatever a scan does not finish stays on it.

    `settle_seconds` is how long a file has to be left alone before it is read.
    """

    def __init__(self, settle_seconds: float) -> None:
        self._settle = max(settle_seconds, MIN_SETTLE_SECONDS)
        self._paths: dict[str, float] = {}  # when each has settled
        self._whole: set[float] = set()  # when the whole folder is due: the first and last time
        self._release: datetime | None = None
        self._not_before = 0.0  # when the next scan may start
        self._release_not_before = 0.0
        self._pause = self._release_pause = 0.0

    def changed(self, paths: Iterable[str], monotonic: float) -> None:
        """Look at each of these paths once it has settled; an event puts off its own path only."""
        self._paths.update(dict.fromkeys(paths, monotonic + self._settle))
        self._merge(monotonic)

    def still_changing(self, paths: Iterable[str], monotonic: float) -> None:
        """Look again at what a scan found unsettled, but no later than an event has promised."""
        again = monotonic + self._settle
        for path in paths:
            self._paths[path] = min(again, self._paths.get(path, again))
        self._merge(monotonic)

    def look_at_everything(self, monotonic: float) -> None:
        """Scan the whole folder at once."""
        self._add_whole(monotonic)

    def _add_whole(self, due: float) -> None:
        dues = self._whole | {due}
        self._whole = {min(dues), max(dues)}

    def _merge(self, monotonic: float) -> None:
        """Replace many paths by the whole folder; later events cannot put off its first scan."""
        if len(self._paths) > MAX_PATHS:
            self._add_whole(monotonic + self._settle)
            self._paths.clear()

    def take(self, monotonic: float, now: datetime) -> Request | None:
        """What is due, taken off the agenda: hand it to `done` or `failed` afterwards."""
        if monotonic < self._not_before:
            return None
        settled = frozenset(path for path, due in self._paths.items() if due <= monotonic)
        whole = any(due <= monotonic for due in self._whole)
        releasing = self._is_release_due(monotonic, now)
        if not (settled or whole or releasing):
            return None
        for path in settled:
            del self._paths[path]
        if not (whole or releasing):
            return Request(hints=settled)
        self._whole = {due for due in self._whole if due > monotonic}
        return WHOLE_FOLDER

    def _is_release_due(self, monotonic: float, now: datetime) -> bool:
        return monotonic >= self._release_not_before and self._is_overdue(now)

    def _is_overdue(self, now: datetime) -> bool:
        """Plans know no part of a second: what is due within one is released in the next."""
        return self._release is not None and self._release <= now.replace(microsecond=0)

    def done(
        self,
        request: Request,
        next_release: datetime | None,
        monotonic: float,
        now: datetime,
        *,
        published: bool = False,
    ) -> None:
        """Take note of a scan that succeeded, and of the next release as the ledger has it.

        Editions have a second each. The scan after one that has `published` starts in the next
        second, with all that has settled by then, for its commit would have to wait anyway.
        A whole scan releases all that is due unless its file is still changing or cannot be read;
        that is tried again after a growing pause.
        """
        self._pause = 0.0
        self._not_before = monotonic + (1 - now.microsecond / 1e6) if published else 0.0
        self._release = next_release
        if request != WHOLE_FOLDER:
            return
        self._release_pause = _longer(self._release_pause) if self._is_overdue(now) else 0.0
        self._release_not_before = monotonic + self._release_pause

    def failed(self, request: Request, monotonic: float) -> float:
        """Put back what a scan could not do, to be tried again after a growing pause.

        Returns:
            The pause in seconds.
        """
        self._pause = _longer(self._pause)
        self._not_before = monotonic + self._pause
        if request == WHOLE_FOLDER:
            self._add_whole(monotonic)
        for path in request.hints:
            self._paths.setdefault(path, monotonic)
        self._merge(monotonic)
        return self._pause

    def seconds_left(self, monotonic: float) -> float | None:
        """How long until something may be due by the monotonic clock; None: nothing is planned."""
        dues = [*self._paths.values(), *self._whole]
        return max(0.0, min(dues) - monotonic, self._not_before - monotonic) if dues else None


def _longer(pause: float) -> float:
    return min(MAX_PAUSE, max(FIRST_PAUSE, pause * 2))
