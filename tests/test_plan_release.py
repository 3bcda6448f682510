"""Held articles are released on time, and too many at once are filed and not announced."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest

from feedsvc.model import ChangeKind, Counts
from tests.plans import HOUR, NOW, OLD, TICK, Ledger, Plan, article, make_plan, told

DAY = timedelta(days=1)
DUE = NOW + HOUR


def holding(**due: datetime) -> Ledger:
    """A ledger with one old article, and one held for each moment."""
    ledger = Ledger()
    ledger.scan(article("old.txt"), now=NOW - HOUR)
    ledger.scan(*(article(f"{name}.txt", text=name, published=at) for name, at in due.items()))
    return ledger


def test_what_is_due_is_released_at_the_very_moment_that_it_names() -> None:
    ledger = holding(a=DUE, b=DUE + HOUR)
    plan = ledger.release(DUE + TICK)
    known = ledger.living["a.txt"]
    assert (plan.counts, told(plan)) == (Counts(new=1), [("a.txt", ChangeKind.RELEASED)])
    assert (known.published, known.released, known.updated) == (DUE, DUE, DUE)
    assert ledger.living["b.txt"].released is None


def test_a_release_that_comes_late_is_stamped_behind_what_was_published_meanwhile() -> None:
    ledger = holding(a=DUE)
    late = DUE + HOUR
    plan = make_plan([article("b.txt")], ledger.view, late, pending=["a.txt"])
    ledger.apply(plan, late)
    ledger.release(DUE + 2 * HOUR)
    assert ledger.living["a.txt"].released == DUE + HOUR + TICK
    assert ledger.newest_first[:2] == ["a.txt", "b.txt"]


def test_what_fell_due_while_nobody_scanned_is_released_before_what_is_new() -> None:
    ledger = holding(a=DUE)
    ledger.scan(article("b.txt"), now=DUE + HOUR)
    assert ledger.living["a.txt"].released == DUE
    assert ledger.newest_first[:2] == ["b.txt", "a.txt"]


def test_several_that_are_due_are_released_in_order_of_date_and_path() -> None:
    ledger = holding(c=DUE, a=DUE + HOUR, b=DUE)
    ledger.release(DUE + HOUR)
    assert ledger.newest_first == ["a.txt", "c.txt", "b.txt", "old.txt"]
    assert ledger.living["c.txt"].released == DUE + TICK
    assert ledger.living["a.txt"].released == DUE + HOUR


def test_what_was_edited_removed_or_is_being_written_is_not_released_as_it_was() -> None:
    ledger = holding(a=DUE, b=DUE, c=DUE)
    later = article("a.txt", text="embargoed", published=DUE + DAY)
    plan = make_plan([later], ledger.view, DUE, gone=["b.txt"], pending=["c.txt"])
    assert told(plan) == []
    assert plan.counts == Counts(changed=1, withdrawn=1)


def test_a_held_article_that_names_no_date_any_more_is_released() -> None:
    ledger = holding(a=DUE + DAY)
    ledger.scan(article("a.txt", text="a", published=None), now=DUE)
    assert ledger.living["a.txt"].released == DUE


def test_what_was_held_and_released_can_still_be_moved() -> None:
    ledger = holding(a=DUE)
    ledger.release(DUE)
    before = ledger.living["a.txt"]
    moved = ledger.articles[before.id]._replace(path="b.txt")
    assert ledger.scan(moved, gone=["a.txt"]).counts == Counts(moved=1)
    assert ledger.living["b.txt"].id == before.id


def test_nothing_due_is_nothing_released() -> None:
    plan = holding().release(NOW)
    assert (plan.decisions, plan.counts) == ([], Counts())


def burst(number: int, limit: int, published: datetime | None = OLD - DAY) -> Ledger:
    """A ledger with one old article, and then `number` new ones in one scan."""
    ledger = Ledger()
    ledger.scan(article("old.txt"), now=NOW - HOUR)
    ledger.scan(
        *(
            article(f"{n:03}.txt", text=str(n), published=published and published + n * HOUR)
            for n in range(number)
        ),
        burst=limit,
    )
    return ledger


def test_a_burst_announces_the_newest_and_files_the_rest_under_their_own_dates() -> None:
    ledger = burst(5, 2)
    released = [ledger.living[f"{n:03}.txt"].released for n in range(5)]
    assert released[:3] == [OLD - DAY + n * HOUR for n in range(3)]
    assert released[3:] == [NOW, NOW + TICK]
    assert ledger.newest_first[:3] == ["004.txt", "003.txt", "old.txt"]


@pytest.mark.parametrize(("number", "filed"), [(1, 0), (2, 0), (3, 1), (10, 8)])
def test_a_burst_says_how_many_it_filed(number: int, filed: int) -> None:
    ledger = Ledger()
    ledger.scan(article("old.txt"), now=NOW - HOUR)
    plan = ledger.scan(*(article(f"{n}.txt", text=str(n)) for n in range(number)), burst=2)
    assert plan.counts == Counts(new=number, over_burst=filed)


def test_what_a_burst_files_ties_with_nothing_that_is_there() -> None:
    ledger = Ledger()
    ledger.scan(article("a.txt"), article("b.txt"), now=NOW - HOUR)  # at OLD and one tick later
    ledger.scan(*(article(f"{n}.txt", text=str(n)) for n in range(4)), burst=1)
    released = [ledger.living[f"{n}.txt"].released for n in range(4)]
    assert released[3] == NOW
    assert all(moment and abs(moment - OLD) <= 6 * TICK for moment in released[:3])
    assert len({known.released for known in ledger.living.values()}) == 6
    assert ledger.newest_first[:1] == ["3.txt"]
    filed = [path for path in ledger.newest_first if path in {"0.txt", "1.txt", "2.txt"}]
    assert filed == ["2.txt", "1.txt", "0.txt"]


def test_what_a_burst_files_undated_ties_with_nothing_that_it_announces() -> None:
    ledger = burst(5, 2, published=None)
    released = {known.released for known in ledger.living.values()}
    assert len(released) == 6
    assert ledger.newest_first[:2] == ["004.txt", "003.txt"]


def test_what_a_burst_files_ties_with_no_edit_of_the_same_scan() -> None:
    ledger = Ledger()
    ledger.scan(article("old.txt"), now=NOW - HOUR)
    new = [article(f"{n}.txt", text=str(n), published=NOW) for n in range(3)]
    ledger.scan(article("old.txt", text="other"), *new, burst=1)
    assert len({known.updated for known in ledger.living.values()}) == 4


def test_held_articles_are_no_part_of_a_burst() -> None:
    ledger = Ledger()
    ledger.scan(article("old.txt"), now=NOW - HOUR)
    held = [article(f"h{n}.txt", text=f"h{n}", published=DUE + n * HOUR) for n in range(5)]
    plan = ledger.scan(*held, article("a.txt", text="a"), article("b.txt", text="b"), burst=2)
    assert plan.counts == Counts(new=2, held=5)


@pytest.mark.parametrize("back", [TICK, HOUR, DAY])
def test_an_undated_article_is_corrected_at_once_after_the_clock_was_set_back(
    back: timedelta,
) -> None:
    ledger = holding()
    ledger.scan(article("a.txt", published=None), now=NOW)
    plan = ledger.scan(article("a.txt", text="fixed", published=None), now=NOW - back)
    assert (told(plan), plan.problems) == ([("a.txt", ChangeKind.EDITED)], [])
    known = ledger.living["a.txt"]
    assert (known.published, known.released, known.updated) == (NOW, NOW, NOW + TICK)


def test_an_undated_article_that_moves_and_changes_is_corrected_after_the_clock_was_set_back() -> (
    None
):
    ledger = holding()
    ledger.scan(article("a.txt", published=None, key="mine"), now=NOW)
    moved = article("b.txt", text="fixed", published=None, key="mine")
    plan = ledger.scan(moved, gone=["a.txt"], now=NOW - DAY)
    assert (told(plan), plan.problems) == ([("mine", ChangeKind.EDITED)], [])


def test_an_undated_article_returns_at_once_after_the_clock_was_set_back() -> None:
    ledger = holding()
    ledger.scan(article("a.txt", published=None), now=NOW)
    ledger.scan(gone=["a.txt"], now=NOW)
    plan = ledger.scan(article("a.txt", published=None), now=NOW - DAY)
    assert (told(plan), plan.counts) == ([("a.txt", ChangeKind.RELEASED)], Counts(new=1))
    assert ledger.living["a.txt"].released == NOW


def test_a_held_article_that_returns_without_its_date_is_released() -> None:
    ledger = holding(a=DUE)
    ledger.scan(gone=["a.txt"])
    plan = ledger.scan(article("a.txt", text="a", published=None), now=NOW)
    assert told(plan) == [("a.txt", ChangeKind.RELEASED)]
    known = ledger.living["a.txt"]
    assert (known.published, known.released) == (NOW, NOW)


def test_a_date_that_the_file_names_is_ahead_again_when_the_clock_is_set_back() -> None:
    ledger = holding()
    ledger.scan(article("a.txt", published=NOW), now=NOW)
    plan = ledger.scan(article("a.txt", text="edited", published=NOW), now=NOW - HOUR)
    assert [problem.code for problem in plan.problems] == ["date-ahead"]


def bulk(*ages: timedelta, burst: int = 100, others: int = 0) -> Plan:
    """The plan of a scan that brings one article of each age into a ledger that has one already."""
    ledger = Ledger()
    ledger.scan(article("old.txt"), now=NOW - HOUR)
    new = (article(f"{n}.txt", text=str(n), published=NOW - age) for n, age in enumerate(ages))
    return ledger.scan(*new, burst=burst, others=others)


def announced(plan: Plan) -> list[str]:
    """The keys of the articles that subscribers see as new."""
    return [one.key for one in plan.decisions if one.released and one.released >= NOW]


YEAR = 365 * DAY


@pytest.mark.parametrize(
    ("number", "others", "filed"),
    [(1, 0, 0), (10, 0, 0), (11, 0, 11), (150, 0, 150), (8, 2, 0), (8, 3, 8), (1, 10, 1)],
)
def test_of_more_than_ten_new_articles_the_old_ones_are_filed(
    number: int, others: int, filed: int
) -> None:
    plan = bulk(*([YEAR] * number), others=others)
    assert plan.counts == Counts(new=number, too_old=filed)
    assert len(announced(plan)) == number - filed


def test_a_bulk_arrival_announces_the_newest_of_its_young_articles() -> None:
    ages = [YEAR] * 20 + [30 * DAY, 30 * DAY - TICK] + [n * HOUR for n in range(8)]
    plan = bulk(*ages, burst=5)
    assert plan.counts == Counts(new=30, too_old=21, over_burst=4)
    assert announced(plan) == [f"{n}.txt" for n in (26, 25, 24, 23, 22)]


def test_undated_articles_are_young() -> None:
    ledger = Ledger()
    ledger.scan(article("old.txt"), now=NOW - HOUR)
    plan = ledger.scan(*(article(f"{n}.txt", text=str(n), published=None) for n in range(20)))
    assert plan.counts == Counts(new=20)


def test_edits_held_returning_and_due_articles_make_no_bulk() -> None:
    ledger = Ledger()
    known = [article(f"{n}.txt", text=str(n)) for n in range(20)]
    ledger.scan(*known, now=NOW - DAY)
    ledger.scan(article("due.txt", published=NOW), now=NOW - DAY)
    ledger.scan(gone=[f"{n}.txt" for n in range(10)], now=NOW - HOUR)
    edited = [article(f"{n}.txt", text=f"other {n}") for n in range(10, 20)]
    held = [article(f"h{n}.txt", text=f"h{n}", published=DUE) for n in range(10)]
    plan = ledger.scan(*known[:10], *edited, *held, article("new.txt", text="new"))
    assert plan.counts == Counts(new=12, changed=10, held=10)
    assert announced(plan)[-1] == "new.txt"
