"""The agenda: nothing that was put on it is lost, put off by something else, or done too early."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from feedsvc.scan.run import Request
from feedsvc.service.agenda import (
    FIRST_PAUSE,
    MAX_PATHS,
    MAX_PAUSE,
    MIN_SETTLE_SECONDS,
    WHOLE_FOLDER,
    Agenda,
)
from tests.campaigns import examples

NOON = datetime(2026, 1, 2, 12, tzinfo=UTC)
SETTLE = 2.0
MANY = [f"{number}.md" for number in range(MAX_PATHS + 1)]


def looking_at(*paths: str) -> Request:
    return Request(hints=frozenset(paths))


@pytest.fixture
def agenda() -> Agenda:
    return Agenda(SETTLE)


def test_there_is_nothing_to_do_at_first(agenda: Agenda) -> None:
    assert agenda.take(1e9, NOON) is None
    assert agenda.seconds_left(1e9) is None


def test_a_path_is_due_once_it_has_settled_and_is_taken_once(agenda: Agenda) -> None:
    agenda.changed(["a"], 10)
    assert agenda.take(11.9, NOON) is None
    assert agenda.seconds_left(11.5) == 0.5
    assert agenda.take(12, NOON) == looking_at("a")
    assert agenda.take(1e9, NOON) is None


def test_saves_one_after_the_other_are_each_due_when_they_have_settled(agenda: Agenda) -> None:
    for moment, path in enumerate("abc"):
        agenda.changed([path], moment * 0.35)
    assert agenda.take(2.0, NOON) == looking_at("a")
    agenda.changed(["d"], 2.1)  # while the first is scanned
    assert agenda.take(2.36, NOON) == looking_at("b")
    assert agenda.take(4.2, NOON) == looking_at("c", "d")


def test_a_further_event_puts_off_its_own_path_only(agenda: Agenda) -> None:
    agenda.changed(["a", "b"], 0)
    agenda.changed(["a"], 1)
    assert agenda.take(2, NOON) == looking_at("b")
    assert agenda.take(3, NOON) == looking_at("a")


def test_a_path_that_is_still_changing_is_looked_at_again_no_later_than_was_promised(
    agenda: Agenda,
) -> None:
    agenda.still_changing(["a"], 0)
    agenda.changed(["b"], 0)
    agenda.still_changing(["b"], 1)
    assert agenda.take(2, NOON) == looking_at("a", "b")


def test_many_events_become_one_scan_of_the_whole_folder_that_others_cannot_put_off(
    agenda: Agenda,
) -> None:
    agenda.changed(MANY, 0)
    for moment in (0.5, 1.0, 1.5):
        agenda.changed(MANY, moment)
    assert agenda.take(1.9, NOON) is None
    assert agenda.take(2, NOON) == WHOLE_FOLDER
    assert agenda.take(3.4, NOON) is None
    assert agenda.take(3.5, NOON) == WHOLE_FOLDER, "the last of them have settled only now"
    assert agenda.take(1e9, NOON) is None


def test_many_events_are_looked_at_when_settled_although_the_whole_folder_was_meanwhile(
    agenda: Agenda,
) -> None:
    agenda.changed(MANY, 0)
    agenda.look_at_everything(1)
    assert agenda.take(1, NOON) == WHOLE_FOLDER
    assert agenda.take(2, NOON) == WHOLE_FOLDER


def test_events_during_a_scan_of_the_whole_folder_are_looked_at_after_it(agenda: Agenda) -> None:
    agenda.changed(MANY, 0)
    assert agenda.take(2, NOON) == WHOLE_FOLDER
    agenda.changed(["a"], 3)
    agenda.done(WHOLE_FOLDER, None, 100, NOON)
    assert agenda.take(100, NOON) == looking_at("a")


def test_what_has_settled_is_done_with_the_whole_folder_and_the_rest_when_it_has(
    agenda: Agenda,
) -> None:
    agenda.changed(["a"], 0)
    agenda.changed(["b"], 1)
    agenda.look_at_everything(2)
    assert agenda.take(2, NOON) == WHOLE_FOLDER
    assert agenda.take(3, NOON) == looking_at("b")


@pytest.mark.parametrize(
    ("paths", "work"), [("ab", looking_at("a", "b")), (MANY, WHOLE_FOLDER)], ids=["few", "many"]
)
def test_what_failed_is_tried_again_after_a_growing_pause(
    agenda: Agenda, paths: list[str], work: Request
) -> None:
    agenda.changed(paths, 0)
    monotonic, pauses = SETTLE, []
    for _ in range(5):
        assert agenda.take(monotonic, NOON) == work
        pauses.append(agenda.failed(work, monotonic))
        assert agenda.seconds_left(monotonic) == pauses[-1]
        assert agenda.take(monotonic + pauses[-1] - 0.01, NOON) is None
        monotonic += pauses[-1]
    assert pauses == [FIRST_PAUSE, 4, 8, MAX_PAUSE, MAX_PAUSE]
    assert agenda.take(monotonic, NOON) == work
    agenda.done(work, None, monotonic, NOON)
    agenda.look_at_everything(monotonic)
    assert agenda.take(monotonic, NOON) == WHOLE_FOLDER, "the pause is over with a success"


def test_a_path_that_changes_while_its_scan_fails_is_still_left_to_settle(agenda: Agenda) -> None:
    agenda.changed(["a", "b"], 0)
    assert agenda.take(2, NOON) == looking_at("a", "b")
    agenda.changed(["a"], 3.5)
    agenda.failed(looking_at("a", "b"), 3)
    assert agenda.take(5, NOON) == looking_at("b")
    assert agenda.take(5.5, NOON) == looking_at("a")


def seconds(number: float) -> timedelta:
    return timedelta(seconds=number)


def test_a_held_article_is_released_at_its_moment_by_a_scan_of_the_whole_folder(
    agenda: Agenda,
) -> None:
    agenda.done(WHOLE_FOLDER, NOON, 0, NOON - seconds(10))
    assert agenda.take(9.9, NOON - seconds(0.1)) is None
    assert agenda.take(10, NOON) == WHOLE_FOLDER


def test_a_release_is_not_lost_with_a_scan_that_fails(agenda: Agenda) -> None:
    agenda.done(WHOLE_FOLDER, NOON, 0, NOON - seconds(10))
    assert agenda.take(10, NOON) == WHOLE_FOLDER
    pause = agenda.failed(WHOLE_FOLDER, 10)
    assert agenda.take(10 + pause, NOON + seconds(pause)) == WHOLE_FOLDER


def test_a_release_is_due_at_once_when_the_clock_is_set_forward_and_waits_when_set_back(
    agenda: Agenda,
) -> None:
    agenda.done(WHOLE_FOLDER, NOON, 0, NOON - seconds(10))
    assert agenda.take(11, NOON - seconds(3600)) is None
    assert agenda.take(12, NOON + seconds(3600)) == WHOLE_FOLDER


def test_a_release_that_comes_due_during_a_scan_of_some_paths_follows_it_at_once(
    agenda: Agenda,
) -> None:
    agenda.changed(["a"], 0)
    assert agenda.take(2, NOON - seconds(1)) == looking_at("a")
    agenda.done(looking_at("a"), NOON, 3, NOON + seconds(1))
    assert agenda.take(3, NOON + seconds(1)) == WHOLE_FOLDER


def test_what_is_due_within_a_second_is_released_in_the_next(agenda: Agenda) -> None:
    due = NOON + seconds(0.5)
    agenda.done(WHOLE_FOLDER, due, 0, NOON)
    assert agenda.take(0.6, NOON + seconds(0.6)) is None
    assert agenda.take(1, NOON + seconds(1)) == WHOLE_FOLDER


def test_after_an_edition_the_next_scan_starts_in_the_next_second_with_all_that_has_settled(
    agenda: Agenda,
) -> None:
    agenda.changed(["a"], 0)
    agenda.changed(["b"], 0.5)
    assert agenda.take(2, NOON) == looking_at("a")
    agenda.done(looking_at("a"), None, 2.1, NOON + seconds(0.25), published=True)
    assert agenda.take(2.8, NOON + seconds(0.95)) is None
    assert agenda.seconds_left(2.1) == pytest.approx(0.75)
    agenda.changed(["c"], 0.6)
    assert agenda.take(2.85, NOON + seconds(1)) == looking_at("b", "c")


def test_an_article_that_cannot_be_released_does_not_keep_the_machine_busy(agenda: Agenda) -> None:
    monotonic, starts = 0.0, []
    agenda.look_at_everything(0)
    while monotonic < 60:
        if request := agenda.take(monotonic, NOON + seconds(monotonic)):
            starts.append(monotonic)
            agenda.done(request, NOON, monotonic, NOON + seconds(monotonic))
        monotonic += 0.5
    assert starts == [0, 2, 6, 14, 24, 34, 44, 54]
    agenda.changed(["a"], 60)
    assert agenda.take(62, NOON + seconds(62)) == looking_at("a"), "nor other paths waiting"


def test_the_last_moment_of_all_is_no_trouble(agenda: Agenda) -> None:
    agenda.done(WHOLE_FOLDER, datetime.max.replace(tzinfo=UTC), 0, NOON)
    assert agenda.take(1, NOON) is None


def test_a_file_that_never_settles_is_not_scanned_without_a_pause() -> None:
    agenda = Agenda(0)
    agenda.still_changing(["a"], 0)
    assert agenda.take(MIN_SETTLE_SECONDS / 2, NOON) is None
    assert agenda.take(MIN_SETTLE_SECONDS, NOON) == looking_at("a")


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
    """An agenda, and what is expected of it: from when on each change may be scanned."""

    def __init__(self) -> None:
        self.agenda, self.monotonic = Agenda(SETTLE), 0.0
        self.dues: dict[str, float] = {}

    def change(self, paths: set[str]) -> None:
        if WHOLE in paths:
            self.agenda.look_at_everything(self.monotonic)
            self.dues[WHOLE] = self.monotonic
        else:
            self.agenda.changed(paths, self.monotonic)
            self.dues |= dict.fromkeys(paths, self.monotonic + SETTLE)

    def scan(self, during: set[str], outcome: str) -> bool:
        """Do what is due; whether there was anything."""
        request = self.agenda.take(self.monotonic, NOON)
        if request is None:
            return False
        due = {path for path, moment in self.dues.items() if moment <= self.monotonic}
        seen = due if request == WHOLE_FOLDER else request.hints
        assert seen <= due, "a path was taken before it had settled"
        before = {path: self.dues.pop(path) for path in seen}
        self.change(during)
        if outcome == "failed":
            self.agenda.failed(request, self.monotonic)
            self.dues = before | self.dues
            return True
        if outcome == "still changing":
            again = dict.fromkeys(seen - {WHOLE}, self.monotonic + SETTLE)
            self.agenda.still_changing(again, self.monotonic)
            self.dues |= {path: min(due, self.dues.get(path, due)) for path, due in again.items()}
        self.agenda.done(request, None, self.monotonic, NOON)
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
    expected.monotonic += MAX_PAUSE + SETTLE
    while expected.scan(set(), "done"):
        pass
    assert not expected.dues
    assert expected.agenda.seconds_left(expected.monotonic) is None
