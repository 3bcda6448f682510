"""The events that the scheduler waits for, their queue, and the scans that they make due.

The monotonic and the wall clock are passed in. Waits use the monotonic clock, so that nobody who
sets the clock can delay them; a deadline is a time on the wall clock.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime

from feedsvc.scan.run import Request

MIN_DEBOUNCE_SECONDS = 0.2  # a file that changes all the time must not keep the machine busy
MAX_PATHS = 500  # walking the folder finds more of them faster
FIRST_PAUSE, MAX_PAUSE = 2.0, 10.0  # seconds before a failed scan is retried

WHOLE_FOLDER = Request()


@dataclass(frozen=True, slots=True)
class FileChanged:
    """A file event: this path, relative to the folder, is to be scanned once it is stable."""

    path: str


@dataclass(frozen=True, slots=True)
class FolderChanged:
    """More file events than are worth listing: the folder is to be scanned once it is stable."""


@dataclass(frozen=True, slots=True)
class Rescan:
    """The whole folder is to be scanned now."""


@dataclass(frozen=True, slots=True)
class DeadlineReached:
    """An article may be due to be published or to expire: the deadlines are to be checked."""


Event = FileChanged | FolderChanged | Rescan | DeadlineReached


class EventQueue:
    """Takes events from any thread, for one thread to receive.

    Equal events are received once, with the time of the latest. However long nobody receives them,
    no more than MAX_PATHS file events are kept: FolderChanged replaces them.
    """

    def __init__(self, monotonic: Callable[[], float] = time.monotonic) -> None:
        self._monotonic = monotonic
        self._times: dict[Event, float] = {}
        self._arrival = threading.Condition()

    def put(self, *events: Event) -> None:
        """Add events that have just occurred; returns at once."""
        with self._arrival:
            now = self._monotonic()
            self._times |= dict.fromkeys(events, now)
            if sum(isinstance(event, FileChanged) for event in self._times) > MAX_PATHS:
                self._times[FolderChanged()] = now
                self._times = {
                    event: moment
                    for event, moment in self._times.items()
                    if not isinstance(event, FileChanged)
                }
            self._arrival.notify()

    def receive(self, seconds: float) -> Mapping[Event, float]:
        """Remove all events, each with its time in monotonic seconds.

        Waits up to `seconds` for the first one; empty if none has arrived by then.
        """
        with self._arrival:
            if not self._times:
                self._arrival.wait(seconds)
            received, self._times = self._times, {}
        return received


class PendingScans:
    """What is to be scanned and when; whatever a scan does not finish stays pending.

    Pure, and for one thread. `debounce_seconds` is how long a path must be left alone before it is
    scanned. `monotonic` is always in seconds.
    """

    def __init__(self, debounce_seconds: float) -> None:
        self._debounce = max(debounce_seconds, MIN_DEBOUNCE_SECONDS)
        self._paths: dict[str, float] = {}  # when each is due
        self._whole: set[float] = set()  # when the whole folder is due: the first and last time
        self._deadline: datetime | None = None  # of the next publication or expiry
        self._not_before = 0.0  # when the next scan may start
        self._deadline_not_before = 0.0
        self._pause = self._deadline_pause = 0.0

    def add(self, event: Event, monotonic: float) -> None:
        """Add the scan that an event asks for; a file event postpones its own path only."""
        match event:
            case FileChanged(path):
                self._paths[path] = monotonic + self._debounce
                self._merge(monotonic)
            case FolderChanged():
                self._add_whole(monotonic + self._debounce)
            case Rescan():
                self._add_whole(monotonic)
            case DeadlineReached():
                pass  # the deadline is known, and `take` compares it with the clock

    def add_unstable(self, paths: Iterable[str], monotonic: float) -> None:
        """Scan again what a scan found still being written, but no later than already planned."""
        again = monotonic + self._debounce
        for path in paths:
            self._paths[path] = min(again, self._paths.get(path, again))
        self._merge(monotonic)

    def _add_whole(self, due: float) -> None:
        times = self._whole | {due}
        self._whole = {min(times), max(times)}

    def _merge(self, monotonic: float) -> None:
        """Replace many paths by the whole folder; later events cannot postpone its first scan."""
        if len(self._paths) > MAX_PATHS:
            self._add_whole(monotonic + self._debounce)
            self._paths.clear()

    def take(self, monotonic: float, now: datetime) -> Request | None:
        """Remove and return the scan that is due; report its end to `succeeded` or `failed`."""
        if monotonic < self._not_before:
            return None
        stable = frozenset(path for path, due in self._paths.items() if due <= monotonic)
        rescan = any(due <= monotonic for due in self._whole)
        whole = rescan or self._is_deadline_due(monotonic, now)
        if not (stable or whole):
            return None
        for path in stable:
            del self._paths[path]
        if not whole:
            return Request(hints=stable)
        self._whole = {due for due in self._whole if due > monotonic}
        return WHOLE_FOLDER

    def _is_deadline_due(self, monotonic: float, now: datetime) -> bool:
        return monotonic >= self._deadline_not_before and self._is_overdue(now)

    def _is_overdue(self, now: datetime) -> bool:
        """Plans have whole seconds: what is due within one is published in the next."""
        return self._deadline is not None and self._deadline <= now.replace(microsecond=0)

    def succeeded(
        self,
        request: Request,
        deadline: datetime | None,
        monotonic: float,
        now: datetime,
        *,
        published: bool = False,
    ) -> None:
        """Record that a scan succeeded, and the next deadline according to the ledger.

        Each revision has a second of its own. The scan after one that has `published` starts in
        the next second, with all that is stable by then, for its commit would have to wait anyway.
        A whole scan publishes all that is due unless its file is still changing or cannot be read;
        that is retried after a growing pause.
        """
        self._pause = 0.0
        self._not_before = monotonic + (1 - now.microsecond / 1e6) if published else 0.0
        self._deadline = deadline
        if request != WHOLE_FOLDER:
            return
        self._deadline_pause = _longer(self._deadline_pause) if self._is_overdue(now) else 0.0
        self._deadline_not_before = monotonic + self._deadline_pause

    def failed(self, request: Request, monotonic: float) -> float:
        """Put back a scan that failed, to be retried after a growing pause.

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

    def seconds_until_due(self, monotonic: float, now: datetime) -> float | None:
        """The time until a scan may be due; None if nothing is pending but a later deadline."""
        times = [*self._paths.values(), *self._whole]
        if self._is_deadline_due(monotonic, now):
            times.append(monotonic)
        return max(0.0, min(times) - monotonic, self._not_before - monotonic) if times else None


def _longer(pause: float) -> float:
    return min(MAX_PAUSE, max(FIRST_PAUSE, pause * 2))
