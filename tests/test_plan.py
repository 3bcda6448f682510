"""The effect of a scan on subscribers: imports, edits, schedules and unique timestamps."""

from __future__ import annotations

import random
from dataclasses import replace
from datetime import timedelta

import pytest

from feedsvc.model import Announcing, ArticleSummary, ChangeKind, Counts, LedgerInput, urn
from tests.plans import HOUR, NOW, OLD, SITE, TICK, Ledger, article, logged_changes, make_plan, told

RELEASED, EDITED = ChangeKind.RELEASED, ChangeKind.EDITED


def first_import(*articles: ArticleSummary) -> Ledger:
    ledger = Ledger()
    ledger.scan(*articles, now=NOW - HOUR)
    return ledger


def test_the_first_import_takes_the_articles_own_dates() -> None:
    ledger = Ledger()
    plan = ledger.scan(article("b.txt", published=OLD), article("a.txt", published=OLD + HOUR))
    assert plan.counts == Counts(new=2)
    assert told(plan) == [("b.txt", ChangeKind.IMPORTED), ("a.txt", ChangeKind.IMPORTED)]
    for path, moment in (("b.txt", OLD), ("a.txt", OLD + HOUR)):
        known = ledger.living[path]
        assert (known.published, known.released, known.updated) == (moment, moment, moment)


def test_the_first_import_breaks_ties_by_path_and_no_stamp_overtakes_another() -> None:
    ledger = first_import(
        article("c.txt"), article("a.txt"), article("b.txt"), article("d.txt", published=OLD + TICK)
    )
    released = {path: known.released for path, known in ledger.living.items()}
    assert released == {
        "a.txt": OLD,
        "b.txt": OLD + TICK,
        "c.txt": OLD + 2 * TICK,
        "d.txt": OLD + 3 * TICK,
    }
    assert {known.published for known in ledger.entries.values()} == {OLD, OLD + TICK}


def test_the_first_import_is_never_too_much_to_announce() -> None:
    ledger = Ledger()
    plan = ledger.scan(*(article(f"{n}.txt", published=OLD + n * HOUR) for n in range(5)), burst=2)
    assert plan.counts == Counts(new=5)
    assert ledger.newest_first == ["4.txt", "3.txt", "2.txt", "1.txt", "0.txt"]


def test_a_later_import_is_released_at_the_scans_moment_so_that_nobody_misses_it() -> None:
    ledger = first_import(article("a.txt"))
    plan = ledger.scan(article("b.txt", published=OLD - 1000 * HOUR))
    known = ledger.living["b.txt"]
    assert plan.counts == Counts(new=1)
    assert (known.published, known.released, known.updated) == (OLD - 1000 * HOUR, NOW, NOW)
    assert ledger.newest_first == ["b.txt", "a.txt"]


def test_several_articles_of_a_later_import_are_in_the_order_of_their_dates() -> None:
    ledger = first_import(article("z.txt"))
    dates = {"a": OLD + 2 * HOUR, "b": OLD, "c": OLD + HOUR, "d": OLD}
    ledger.scan(*(article(f"{name}.txt", published=date) for name, date in dates.items()))
    assert ledger.newest_first == ["a.txt", "c.txt", "d.txt", "b.txt", "z.txt"]
    timestamps = [ledger.living[path].released for path in ("b.txt", "d.txt", "c.txt", "a.txt")]
    assert timestamps == [NOW + n * TICK for n in range(4)]


@pytest.mark.parametrize(
    "again",
    [
        article(text="some  text"),
        article(text="some\ttext"),
        article(text="some text", title=" Title "),
        article(text="some text"),
    ],
    ids=["two spaces", "a tab", "around the title", "only touched"],
)
def test_a_change_of_white_space_or_of_file_times_alone_changes_nothing(
    again: ArticleSummary,
) -> None:
    ledger = first_import(article(text="some text"))
    plan = ledger.scan(again)
    assert (plan.decisions, plan.problems, plan.counts) == ([], [], Counts())


def test_an_edit_moves_updated_and_keeps_released_and_id() -> None:
    ledger = first_import(article())
    before = ledger.living["a.txt"]
    plan = ledger.scan(article(text="other text"))
    after = ledger.living["a.txt"]
    assert (plan.counts, told(plan)) == (Counts(changed=1), [("a.txt", EDITED)])
    assert (after.id, after.released, after.published) == (before.id, OLD, OLD)
    assert after.updated == NOW


def test_an_edit_of_the_date_moves_published_alone() -> None:
    ledger = first_import(article())
    ledger.scan(article(published=OLD - HOUR))
    after = ledger.living["a.txt"]
    assert (after.published, after.released, after.updated) == (OLD - HOUR, OLD, NOW)


def test_an_edit_and_a_new_article_of_one_scan_have_stamps_of_their_own() -> None:
    ledger = first_import(article("a.txt"))
    ledger.scan(article("a.txt", text="other"), article("b.txt"))
    assert ledger.living["a.txt"].updated == NOW
    assert ledger.living["b.txt"].released == NOW + TICK


def test_an_undated_article_takes_the_moment_it_was_first_seen_and_keeps_it() -> None:
    ledger = first_import(article("z.txt"))
    ledger.scan(article(published=None), now=NOW)
    assert ledger.living["a.txt"].published == NOW
    ledger.scan(article(published=None, text="other"), now=NOW + HOUR)
    after = ledger.living["a.txt"]
    assert (after.published, after.released, after.updated) == (NOW, NOW, NOW + HOUR)


def test_an_undated_article_of_the_first_import_takes_the_scans_moment() -> None:
    ledger = first_import(article("a.txt", published=None), article("b.txt", published=None))
    moment = NOW - HOUR
    assert {known.published for known in ledger.entries.values()} == {moment}
    assert ledger.living["b.txt"].released == moment + TICK


def test_a_date_ahead_is_held_and_nobody_is_told() -> None:
    ledger = first_import(article("z.txt"))
    plan = ledger.scan(article(published=NOW + HOUR))
    known = ledger.living["a.txt"]
    assert (plan.counts, told(plan)) == (Counts(held=1), [])
    assert (known.published, known.released, known.updated) == (NOW + HOUR, None, None)


def test_the_journal_is_told_of_all_that_becomes_of_a_held_article() -> None:
    """A document says until when it is fresh, so what is to come is a change of it."""
    ledger = first_import(article("z.txt"))
    held = [("a.txt", ChangeKind.HELD)]
    assert logged_changes(ledger.scan(article(published=NOW + HOUR))) == held
    assert logged_changes(ledger.scan(article(published=NOW + 2 * HOUR))) == held
    assert logged_changes(ledger.scan(gone=["a.txt"])) == held


def test_a_date_of_this_very_moment_is_not_ahead() -> None:
    ledger = first_import(article("z.txt"))
    assert ledger.scan(article(published=NOW)).counts == Counts(new=1)
    assert ledger.living["a.txt"].released == NOW


def test_the_first_import_holds_what_is_ahead_too() -> None:
    ledger = Ledger()
    plan = ledger.scan(article("a.txt", published=NOW + HOUR), article("b.txt"))
    assert plan.counts == Counts(new=1, held=1)
    assert ledger.newest_first == ["b.txt"]


def test_a_held_article_may_be_edited_and_stays_held() -> None:
    ledger = first_import(article(published=NOW + HOUR))
    plan = ledger.scan(article(published=NOW + 2 * HOUR, text="other"))
    known = ledger.living["a.txt"]
    assert (plan.counts, told(plan)) == (Counts(changed=1), [])
    assert (known.published, known.released) == (NOW + 2 * HOUR, None)
    assert known.digest == article(published=NOW + 2 * HOUR, text="other").digest


def test_a_held_article_whose_date_is_brought_forward_is_released_at_once() -> None:
    ledger = first_import(article(published=NOW + HOUR))
    plan = ledger.scan(article(published=OLD))
    known = ledger.living["a.txt"]
    assert told(plan) == [("a.txt", RELEASED)]
    assert (known.published, known.released, known.updated) == (OLD, NOW, NOW)


def test_a_held_article_that_vanishes_is_withdrawn_without_a_word() -> None:
    ledger = first_import(article(published=NOW + HOUR))
    plan = ledger.scan(gone=["a.txt"])
    assert (plan.counts, told(plan), ledger.living) == (Counts(withdrawn=1), [], {})


def test_a_published_article_edited_to_a_date_ahead_is_a_problem_and_stays_as_it_was() -> None:
    ledger = first_import(article())
    plan = ledger.scan(article(published=NOW + HOUR, text="other"))
    assert (plan.decisions, plan.counts) == ([], Counts())
    assert [(p.path, p.code) for p in plan.problems] == [("a.txt", "date-ahead")]
    assert (NOW + HOUR).isoformat() in plan.problems[0].message
    later = ledger.scan(article(published=NOW + HOUR, text="other"), now=NOW + HOUR)
    assert (told(later), later.problems) == ([("a.txt", EDITED)], [])


@pytest.mark.parametrize("back", [timedelta(0), TICK, HOUR, 1000 * HOUR])
def test_stamps_never_go_backwards_when_the_clock_does(back: timedelta) -> None:
    ledger = first_import(article("z.txt"))
    ledger.scan(article("a.txt"), article("b.txt", published=OLD + HOUR), now=NOW)
    last = NOW + TICK
    ledger.scan(article("a.txt", text="other"), article("c.txt"), now=NOW - back)
    assert ledger.living["a.txt"].updated == last + TICK
    assert ledger.living["c.txt"].released == last + 2 * TICK


def test_ids_depend_on_the_sites_id_and_the_path_alone() -> None:
    told = [
        make_plan([one], view, now, site_id=site, announcing=rules).decisions[0].id
        for one, view, now, site, rules in (
            (article(), LedgerInput(), NOW, SITE, Announcing()),
            (
                article(text="other", title="Other", published=None),
                LedgerInput(),
                NOW,
                SITE,
                Announcing(),
            ),
            (article(), LedgerInput(first_import=False), NOW + HOUR, SITE, Announcing(1)),
            (article("b.txt"), LedgerInput(), NOW, SITE, Announcing()),
            (article(), LedgerInput(), NOW, "other", Announcing()),
        )
    ]
    assert told[0] == told[1] == told[2] == urn(SITE, "article", "a.txt")
    assert len({told[0], told[3], told[4]}) == 3


def test_an_id_is_the_same_for_ever() -> None:
    """A change here would make every reader of every site see every article anew."""
    assert urn("test", "article", "news/a.txt") == "urn:uuid:ff2ee84f-1937-52b9-9dde-80a06bd67ca7"


def test_a_plan_does_not_depend_on_the_order_of_its_input() -> None:
    twins = [article(f"{n}.txt", text="twin") for n in range(4)]
    ledger = first_import(*twins, article("e.txt"), article("h.txt", published=NOW + HOUR))
    ledger.scan(gone=["2.txt", "3.txt"])
    articles = [
        article("e.txt", text="other"),
        *(article(f"new/{n}.txt", text="twin") for n in range(5)),
        *(article(f"{name}.txt", text=name, published=OLD) for name in "pqr"),
        article("held.txt", published=NOW + HOUR),
    ]
    gone, view = ["0.txt", "1.txt", "h.txt"], ledger.view
    expected = make_plan(articles, view, gone=gone, announcing=Announcing(3))
    chance = random.Random(4287)
    for _ in range(50):
        entries = chance.sample(view.entries, len(view.entries))
        assert expected == make_plan(
            iter(chance.sample(articles, len(articles))),
            replace(view, entries=tuple(entries)),
            gone=iter(chance.sample(gone, len(gone))),
            announcing=Announcing(3),
        )
