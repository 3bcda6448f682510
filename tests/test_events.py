"""Events and pending scans: nothing is lost, delayed by something else, or scanned too early."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from feedsvc.scan.run import Request
from feedsvc.service.events import (
    FIRST_PAUSE,
    MAX_PATHS,
    MAX_PAUSE,
    MIN_DEBOUNCE_SECONDS,
    WHOLE_FOLDER,
    EventQueue,
    FileChanged,
    FolderChanged,
    PendingScans,
    Rescan,
)
from tests.campaigns import examples
from tests.site import PATIENCE

NOON = datetime(2026, 1, 2, 12, tzinfo=UTC)
DEBOUNCE = 2.0
MANY = [f"{number}.md" for number in range(MAX_PATHS + 1)]


def scan_of(*paths: str) -> Request:
    return Request(hints=frozenset(paths))


def change(pending: PendingScans, paths: Iterable[str], monotonic: float) -> None:
    for path in paths:
        pending.add(FileChanged(path), monotonic)


@pytest.fixture
def pending() -> PendingScans:
    return PendingScans(DEBOUNCE)


def test_there_is_nothing_to_do_at_first(pending: PendingScans) -> None:
    assert pending.take(1e9, NOON) is None
    assert pending.seconds_until_due(1e9, NOON) is None


def test_a_path_is_due_once_it_is_stable_and_is_taken_once(pending: PendingScans) -> None:
    change(pending, ["a"], 10)
    assert pending.take(11.9, NOON) is None
    assert pending.seconds_until_due(11.5, NOON) == 0.5
    assert pending.take(12, NOON) == scan_of("a")
    assert pending.take(1e9, NOON) is None


def test_consecutive_saves_are_each_due_once_their_file_is_stable(
    pending: PendingScans,
) -> None:
    for moment, path in enumerate("abc"):
        change(pending, [path], moment * 0.35)
    assert pending.take(2.0, NOON) == scan_of("a")
    change(pending, ["d"], 2.1)  # while the first is scanned
    assert pending.take(2.36, NOON) == scan_of("b")
    assert pending.take(4.2, NOON) == scan_of("c", "d")


def test_a_further_event_postpones_its_own_path_only(pending: PendingScans) -> None:
    change(pending, ["a", "b"], 0)
    change(pending, ["a"], 1)
    assert pending.take(2, NOON) == scan_of("b")
    assert pending.take(3, NOON) == scan_of("a")


def test_a_path_that_is_still_changing_is_scanned_again_no_later_than_planned(
    pending: PendingScans,
) -> None:
    pending.add_unstable(["a"], 0)
    change(pending, ["b"], 0)
    pending.add_unstable(["b"], 1)
    assert pending.take(2, NOON) == scan_of("a", "b")


def test_many_events_become_one_scan_of_the_whole_folder_that_others_cannot_postpone(
    pending: PendingScans,
) -> None:
    change(pending, MANY, 0)
    for moment in (0.5, 1.0, 1.5):
        change(pending, MANY, moment)
    assert pending.take(1.9, NOON) is None
    assert pending.take(2, NOON) == WHOLE_FOLDER
    assert pending.take(3.4, NOON) is None
    assert pending.take(3.5, NOON) == WHOLE_FOLDER, "the last of them are stable only now"
    assert pending.take(1e9, NOON) is None


def test_many_events_have_the_folder_scanned_once_stable_although_it_was_meanwhile(
    pending: PendingScans,
) -> None:
    change(pending, MANY, 0)
    pending.add(Rescan(), 1)
    assert pending.take(1, NOON) == WHOLE_FOLDER
    assert pending.take(2, NOON) == WHOLE_FOLDER


def test_events_during_a_scan_of_the_whole_folder_are_scanned_after_it(
    pending: PendingScans,
) -> None:
    change(pending, MANY, 0)
    assert pending.take(2, NOON) == WHOLE_FOLDER
    change(pending, ["a"], 3)
    pending.succeeded(WHOLE_FOLDER, None, 100, NOON)
    assert pending.take(100, NOON) == scan_of("a")


def test_stable_paths_are_scanned_with_the_whole_folder_and_the_others_once_stable(
    pending: PendingScans,
) -> None:
    change(pending, ["a"], 0)
    change(pending, ["b"], 1)
    pending.add(Rescan(), 2)
    assert pending.take(2, NOON) == WHOLE_FOLDER
    assert pending.take(3, NOON) == scan_of("b")


@pytest.mark.parametrize(
    ("paths", "work"), [("ab", scan_of("a", "b")), (MANY, WHOLE_FOLDER)], ids=["few", "many"]
)
def test_a_failed_scan_is_retried_after_a_growing_pause(
    pending: PendingScans, paths: list[str], work: Request
) -> None:
    change(pending, paths, 0)
    monotonic, pauses = DEBOUNCE, []
    for _ in range(5):
        assert pending.take(monotonic, NOON) == work
        pauses.append(pending.failed(work, monotonic))
        assert pending.seconds_until_due(monotonic, NOON) == pauses[-1]
        assert pending.take(monotonic + pauses[-1] - 0.01, NOON) is None
        monotonic += pauses[-1]
    assert pauses == [FIRST_PAUSE, 4, 8, MAX_PAUSE, MAX_PAUSE]
    assert pending.take(monotonic, NOON) == work
    pending.succeeded(work, None, monotonic, NOON)
    pending.add(Rescan(), monotonic)
    assert pending.take(monotonic, NOON) == WHOLE_FOLDER, "a success ends the pause"


def test_a_path_that_changes_while_its_scan_fails_is_still_debounced(
    pending: PendingScans,
) -> None:
    change(pending, ["a", "b"], 0)
    assert pending.take(2, NOON) == scan_of("a", "b")
    change(pending, ["a"], 3.5)
    pending.failed(scan_of("a", "b"), 3)
    assert pending.take(5, NOON) == scan_of("b")
    assert pending.take(5.5, NOON) == scan_of("a")


def seconds(number: float) -> timedelta:
    return timedelta(seconds=number)


def test_a_scheduled_article_is_published_at_its_deadline_by_a_scan_of_the_whole_folder(
    pending: PendingScans,
) -> None:
    pending.succeeded(WHOLE_FOLDER, NOON, 0, NOON - seconds(10))
    assert pending.take(9.9, NOON - seconds(0.1)) is None
    assert pending.take(10, NOON) == WHOLE_FOLDER


def test_a_deadline_is_not_lost_with_a_scan_that_fails(pending: PendingScans) -> None:
    pending.succeeded(WHOLE_FOLDER, NOON, 0, NOON - seconds(10))
    assert pending.take(10, NOON) == WHOLE_FOLDER
    pause = pending.failed(WHOLE_FOLDER, 10)
    assert pending.take(10 + pause, NOON + seconds(pause)) == WHOLE_FOLDER


def test_a_deadline_is_due_at_once_when_the_clock_is_set_forward_and_waits_when_set_back(
    pending: PendingScans,
) -> None:
    pending.succeeded(WHOLE_FOLDER, NOON, 0, NOON - seconds(10))
    assert pending.take(11, NOON - seconds(3600)) is None
    assert pending.take(12, NOON + seconds(3600)) == WHOLE_FOLDER


def test_a_deadline_reached_during_a_scan_of_some_paths_is_due_right_after_it(
    pending: PendingScans,
) -> None:
    change(pending, ["a"], 0)
    assert pending.take(2, NOON - seconds(1)) == scan_of("a")
    pending.succeeded(scan_of("a"), NOON, 3, NOON + seconds(1))
    assert pending.take(3, NOON + seconds(1)) == WHOLE_FOLDER


def test_what_is_due_within_a_second_is_published_in_the_next(pending: PendingScans) -> None:
    due = NOON + seconds(0.5)
    pending.succeeded(WHOLE_FOLDER, due, 0, NOON)
    assert pending.take(0.6, NOON + seconds(0.6)) is None
    assert pending.take(1, NOON + seconds(1)) == WHOLE_FOLDER


def test_after_a_revision_the_next_scan_starts_in_the_next_second_with_all_stable_paths(
    pending: PendingScans,
) -> None:
    change(pending, ["a"], 0)
    change(pending, ["b"], 0.5)
    assert pending.take(2, NOON) == scan_of("a")
    pending.succeeded(scan_of("a"), None, 2.1, NOON + seconds(0.25), published=True)
    assert pending.take(2.8, NOON + seconds(0.95)) is None
    assert pending.seconds_until_due(2.1, NOON) == pytest.approx(0.75)
    change(pending, ["c"], 0.6)
    assert pending.take(2.85, NOON + seconds(1)) == scan_of("b", "c")


def test_an_article_that_cannot_be_published_does_not_keep_the_machine_busy(
    pending: PendingScans,
) -> None:
    monotonic, starts = 0.0, []
    pending.add(Rescan(), 0)
    while monotonic < 60:
        if request := pending.take(monotonic, NOON + seconds(monotonic)):
            starts.append(monotonic)
            pending.succeeded(request, NOON, monotonic, NOON + seconds(monotonic))
        monotonic += 0.5
    assert starts == [0, 2, 6, 14, 24, 34, 44, 54]
    change(pending, ["a"], 60)
    assert pending.take(62, NOON + seconds(62)) == scan_of("a"), "nor does it delay other paths"


def test_the_last_representable_time_is_a_valid_deadline(pending: PendingScans) -> None:
    pending.succeeded(WHOLE_FOLDER, datetime.max.replace(tzinfo=UTC), 0, NOON)
    assert pending.take(1, NOON) is None


def test_a_file_that_changes_all_the_time_is_not_scanned_without_a_pause() -> None:
    pending = PendingScans(0)
    pending.add_unstable(["a"], 0)
    assert pending.take(MIN_DEBOUNCE_SECONDS / 2, NOON) is None
    assert pending.take(MIN_DEBOUNCE_SECONDS, NOON) == scan_of("a")


# The queue


def test_the_queue_returns_each_event_once_with_its_latest_time() -> None:
    times = iter([1.0, 2.0, 3.0])
    queue = EventQueue(lambda: next(times))
    queue.put(FileChanged("a"), FileChanged("b"))
    queue.put(FileChanged("a"))
    queue.put(Rescan())
    assert queue.receive(0) == {FileChanged("a"): 2, FileChanged("b"): 1, Rescan(): 3}
    assert queue.receive(0) == {}


def test_the_queue_wakes_whoever_waits_for_its_first_event() -> None:
    queue = EventQueue()
    timer = threading.Timer(0.1, queue.put, [Rescan()])
    timer.start()
    began = time.monotonic()
    assert queue.receive(PATIENCE).keys() == {Rescan()}
    assert time.monotonic() - began < PATIENCE / 2
    timer.join()


def test_the_queue_of_a_scan_that_takes_hours_stays_short_and_loses_no_change() -> None:
    queue, pending = EventQueue(), PendingScans(DEBOUNCE)
    for number in range(10 * MAX_PATHS):
        queue.put(FileChanged(f"{number}.md"))
    queue.put(Rescan())
    received = queue.receive(0)
    assert {FolderChanged(), Rescan()} <= received.keys()
    assert len(received) <= MAX_PATHS + 2
    for event, monotonic in received.items():
        pending.add(event, monotonic)
    last = max(received.values())
    assert pending.take(last, NOON) == WHOLE_FOLDER
    assert pending.take(last + DEBOUNCE, NOON) == WHOLE_FOLDER, "the last are stable only now"


# Any course of events

WHOLE = "the whole folder"
names = st.sets(st.sampled_from("abcde"))
changes = st.one_of(names, names, st.just(set(MANY)), st.just({WHOLE}))
courses = st.lists(
    st.tuples(
        changes,
        st.floats(0, 5),  # seconds that pass before it is asked what to do
        changes,  # what changes while it is done
        st.sampled_from(["done", "still changing", "failed"]),
    ),
    max_size=20,
)


class Expected:
    """Pending scans, and what is expected of them: from when on each change may be scanned."""

    def __init__(self) -> None:
        self.pending, self.monotonic = PendingScans(DEBOUNCE), 0.0
        self.dues: dict[str, float] = {}

    def change(self, paths: set[str]) -> None:
        if WHOLE in paths:
            self.pending.add(Rescan(), self.monotonic)
            self.dues[WHOLE] = self.monotonic
        else:
            change(self.pending, paths, self.monotonic)
            self.dues |= dict.fromkeys(paths, self.monotonic + DEBOUNCE)

    def scan(self, during: set[str], outcome: str) -> bool:
        """Do what is due; whether there was anything."""
        request = self.pending.take(self.monotonic, NOON)
        if request is None:
            return False
        due = {path for path, moment in self.dues.items() if moment <= self.monotonic}
        seen = due if request == WHOLE_FOLDER else request.hints
        assert seen <= due, "a path was taken before it was stable"
        before = {path: self.dues.pop(path) for path in seen}
        self.change(during)
        if outcome == "failed":
            self.pending.failed(request, self.monotonic)
            self.dues = before | self.dues
            return True
        if outcome == "still changing":
            again = dict.fromkeys(seen - {WHOLE}, self.monotonic + DEBOUNCE)
            self.pending.add_unstable(again, self.monotonic)
            self.dues |= {path: min(due, self.dues.get(path, due)) for path, due in again.items()}
        self.pending.succeeded(request, None, self.monotonic, NOON)
        return True


@examples(100, 1000)
@given(course=courses)
def test_whatever_happens_each_change_is_followed_by_a_scan_that_succeeds(
    course: list[tuple[set[str], float, set[str], str]],
) -> None:
    expected = Expected()
    for changed, passed, during, outcome in course:
        expected.change(changed)
        expected.monotonic += passed
        expected.scan(during, outcome)
    expected.monotonic += MAX_PAUSE + DEBOUNCE
    while expected.scan(set(), "done"):
        pass
    assert not expected.dues
    assert expected.pending.seconds_until_due(expected.monotonic, NOON) is None
