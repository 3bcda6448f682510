"""The scheduler's loop on a simulated clock: what is late, fails or overlaps is not lost."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from types import SimpleNamespace
from typing import Any, cast

import pytest

from feedsvc.config import Config
from feedsvc.errors import LedgerGone, LedgerUnavailable
from feedsvc.ledger import scans
from feedsvc.ledger.store import Store
from feedsvc.model import Counts, Report
from feedsvc.scan import run
from feedsvc.scan.run import Clock, Publisher, Request
from feedsvc.service.events import (
    FIRST_PAUSE,
    WHOLE_FOLDER,
    DeadlineReached,
    Event,
    EventQueue,
    FileChanged,
    Rescan,
)
from feedsvc.service.scheduler import WAIT_SECONDS, Loop
from feedsvc.service.timers import Timers

NOON = datetime(2026, 1, 2, 12, tzinfo=UTC)
DEBOUNCE = 2.0
MOST_WAITS = 10_000
CONFIG = cast("Config", SimpleNamespace(articles=SimpleNamespace(settle_seconds=DEBOUNCE)))

Step = Callable[[], None]


@dataclass
class World:
    """The folder's and the clock's side of the loop: one moment, and what happens at each.

    `plan` has what happens while the loop waits, by the second since noon; `during` what happens
    in each scan, in order. A scan takes a second.
    """

    monkeypatch: pytest.MonkeyPatch
    seconds: float = 0.0
    step: float = 0.0  # of the wall clock
    plan: dict[float, Step] = field(default_factory=dict)
    during: list[Step] = field(default_factory=list)
    deadline: datetime | None = None  # the next one according to the ledger
    scanned: list[tuple[float, Request]] = field(default_factory=list)
    armed: list[datetime] = field(default_factory=list)  # the deadlines of which APScheduler knows
    restarts: int = 0

    def __post_init__(self) -> None:
        self.queue = Queue(self)
        self.monkeypatch.setattr(run, "scan", self.scan)
        self.monkeypatch.setattr(scans, "next_due", lambda _store: self.deadline)

    def now(self) -> datetime:
        return NOON + timedelta(seconds=self.seconds + self.step)

    def monotonic(self) -> float:
        return self.seconds

    def put(self, *events: Event) -> Step:
        return lambda: self.queue.put(*events)

    def scan(self, _publisher: Publisher, request: Request) -> Report:
        self.scanned.append((self.seconds, request))
        self.seconds += 1
        if self.during:
            self.during.pop(0)()
        return Report(Counts())

    def run_until(self, seconds: float) -> list[tuple[float, Request]]:
        """Run the loop up to that second; when each scan began, and what it was of."""
        publisher = Publisher(cast("Store", None), CONFIG, Clock(self.now))
        timers = cast("Timers", self)
        loop = Loop(publisher, self.queue, timers, monotonic=self.monotonic)
        loop.run(lambda: self.seconds >= seconds)
        return self.scanned

    # APScheduler's part, as `Timers`; which jobs come, and when, is in `plan`

    def start(self) -> None:
        pass

    def stop(self) -> None:
        pass

    def restart_periods(self) -> None:
        self.restarts += 1
        self.queue.put(Rescan())

    def set_deadline(self, due: datetime) -> None:
        self.armed.append(due)


class Queue(EventQueue):
    """A queue whose waits pass at once, with what is planned for their time."""

    def __init__(self, world: World) -> None:
        super().__init__(world.monotonic)
        self._world, self._waits = world, 0

    def receive(self, seconds: float) -> Mapping[Event, float]:
        assert 0 <= seconds <= WAIT_SECONDS
        self._waits += 1
        assert self._waits < MOST_WAITS, "it waits for no time again and again"
        due = [moment for moment in self._world.plan if moment <= self._world.seconds + seconds]
        for moment in sorted(due):
            self._world.seconds = max(self._world.seconds, moment)
            self._world.plan.pop(moment)()
        if not due and not self._times:
            self._world.seconds += seconds
        return super().receive(0)


@pytest.fixture
def world(monkeypatch: pytest.MonkeyPatch) -> World:
    return World(monkeypatch)


def scan_of(*paths: str) -> Request:
    return Request(hints=frozenset(paths))


def failing(error: Exception) -> Step:
    def fail() -> None:
        raise error

    return fail


def after(seconds: float) -> datetime:
    return NOON + timedelta(seconds=seconds)


def test_two_events_that_arrive_during_a_scan_are_both_scanned_after_it(world: World) -> None:
    world.plan = {0: world.put(Rescan())}
    world.during = [world.put(FileChanged("a"), FileChanged("b"))]
    assert world.run_until(10) == [(0, WHOLE_FOLDER), (1 + DEBOUNCE, scan_of("a", "b"))]


def test_a_file_is_debounced_from_its_event_and_not_from_the_end_of_a_scan(world: World) -> None:
    def change_early_in_a_long_scan() -> None:
        world.queue.put(FileChanged("a"))
        world.seconds += 60

    world.plan = {0: world.put(Rescan())}
    world.during = [change_early_in_a_long_scan]
    assert world.run_until(70) == [(0, WHOLE_FOLDER), (61, scan_of("a"))]


def test_a_rescan_that_comes_during_a_scan_is_done_right_after_it(world: World) -> None:
    """Where APScheduler's `max_instances` would have dropped the second job for good."""
    world.plan = {0: world.put(Rescan())}
    world.during = [world.put(Rescan()), world.put(FileChanged("a"))]
    expected = [(0, WHOLE_FOLDER), (1, WHOLE_FOLDER), (2 + DEBOUNCE, scan_of("a"))]
    assert world.run_until(10) == expected


def test_rescans_that_pile_up_during_a_scan_are_one(world: World) -> None:
    world.plan = {0: world.put(Rescan())}
    world.during = [world.put(*[Rescan()] * 5)]
    assert world.run_until(10) == [(0, WHOLE_FOLDER), (1, WHOLE_FOLDER)]


@pytest.mark.parametrize("error", [LedgerUnavailable("away"), OSError("full"), KeyError("defect")])
def test_a_scan_that_fails_is_retried_with_what_arrived_meanwhile(
    world: World, error: Exception
) -> None:
    def change_and_fail() -> None:
        world.queue.put(FileChanged("b"))
        raise error

    world.plan = {0: world.put(FileChanged("a"))}
    world.during = [change_and_fail]
    retried = DEBOUNCE + 1 + FIRST_PAUSE
    assert world.run_until(15) == [(DEBOUNCE, scan_of("a")), (retried, scan_of("a", "b"))]


def test_a_failure_after_the_commit_is_retried_too(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    failures = [LedgerUnavailable("away")]
    world.deadline = after(30)

    def next_due(_store: Store) -> datetime | None:
        if failures:
            raise failures.pop()
        return world.deadline

    monkeypatch.setattr(scans, "next_due", next_due)
    world.plan = {0: world.put(Rescan())}
    assert world.run_until(10) == [(0, WHOLE_FOLDER), (1 + FIRST_PAUSE, WHOLE_FOLDER)]
    assert world.armed == [after(30)]


def test_a_ledger_that_is_gone_ends_the_loop(world: World) -> None:
    world.plan = {0: world.put(Rescan())}
    world.during = [failing(LedgerGone("gone"))]
    with pytest.raises(LedgerGone):
        world.run_until(10)


@pytest.mark.parametrize("late", [0.0, 0.4, 3600.0], ids=["on time", "late", "never"])
def test_a_deadline_whose_job_comes_late_or_never_is_met_within_half_a_second(
    world: World, late: float
) -> None:
    world.deadline = after(5)
    world.plan = {0: world.put(Rescan()), 5 + late: world.put(DeadlineReached())}
    world.during = [lambda: None, lambda: setattr(world, "deadline", None)]
    [(_, first), (began, second)] = world.run_until(20)
    assert (first, second) == (WHOLE_FOLDER, WHOLE_FOLDER)
    assert 5 <= began <= 5 + WAIT_SECONDS


def test_a_deadline_that_moves_earlier_during_a_scan_is_met_at_its_new_time(world: World) -> None:
    world.deadline = after(60)
    world.plan = {0: world.put(Rescan()), 2: world.put(FileChanged("sooner"))}
    world.during = [
        lambda: None,
        lambda: setattr(world, "deadline", after(8)),
        lambda: setattr(world, "deadline", None),
    ]
    [_, scan, published] = world.run_until(100)
    assert scan == (2 + DEBOUNCE, scan_of("sooner"))
    assert published[1] == WHOLE_FOLDER
    assert 8 <= published[0] <= 8 + WAIT_SECONDS
    assert world.armed == [after(60), after(8)]


def test_a_deadline_that_passes_during_a_scan_is_met_shortly_after_it(world: World) -> None:
    world.deadline = after(2.0)
    world.plan = {0: world.put(Rescan()), 1.2: world.put(Rescan())}
    world.during = [
        lambda: None,
        world.put(DeadlineReached()),
        lambda: setattr(world, "deadline", None),
    ]
    assert [began for began, _ in world.run_until(10)] == pytest.approx([0, 1.2, 2.2 + FIRST_PAUSE])


def test_a_deadline_that_passes_during_a_scan_of_a_file_is_met_right_after_it(
    world: World,
) -> None:
    world.deadline = after(5)
    world.plan = {0: world.put(Rescan()), 2.5: world.put(FileChanged("a"))}
    world.during = [lambda: None, lambda: None, lambda: setattr(world, "deadline", None)]
    expected = [(0, WHOLE_FOLDER), (4.5, scan_of("a")), (5.5, WHOLE_FOLDER)]
    assert world.run_until(10) == expected


def test_a_step_of_the_clock_has_the_folder_scanned_and_its_deadlines_met(
    world: World, caplog: pytest.LogCaptureFixture
) -> None:
    world.deadline = after(1800)
    world.plan = {0: world.put(Rescan()), 3: lambda: setattr(world, "step", 3600.0)}
    world.during = [lambda: None, lambda: setattr(world, "deadline", None)]
    expected = [(0, WHOLE_FOLDER), (3, WHOLE_FOLDER), (4, WHOLE_FOLDER)]
    assert world.run_until(10) == expected, "the deadline's scan, and then the rescan"
    assert world.restarts == 1
    assert "the clock was set forward by 3600 s" in caplog.text


def test_any_number_of_failed_scans_loses_no_event(world: World) -> None:
    world.plan = {float(n): world.put(FileChanged(f"{n}.md")) for n in range(20)}
    world.during = [failing(OSError("full"))] * 6
    scanned: Any = world.run_until(120)
    assert frozenset().union(*(r.hints for _, r in scanned[6:])) == {f"{n}.md" for n in range(20)}
