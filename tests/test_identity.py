"""Which entry an article is: what it claims, what it was, and what two of them cannot both be."""

from __future__ import annotations

from datetime import datetime
from itertools import permutations
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from feedsvc.model import ArticleSummary, ChangeKind, Counts, urn
from tests.campaigns import examples
from tests.plans import HOUR, NOW, OLD, SITE, TICK, Ledger, Plan, article, told

WITHDRAWN, RELEASED, EDITED = ChangeKind.WITHDRAWN, ChangeKind.RELEASED, ChangeKind.EDITED


def own(path: str, key: str = "", **more: Any) -> ArticleSummary:
    """An article with a text of its own that claims an id."""
    return article(path, **{"text": path, "key": key, **more})


def first_import(*articles: ArticleSummary) -> Ledger:
    ledger = Ledger()
    ledger.scan(*articles, now=NOW - HOUR)
    return ledger


def ids(ledger: Ledger) -> dict[str, str]:
    return {path: known.id for path, known in ledger.living.items()}


def complaints(plan: Plan) -> list[tuple[str, str]]:
    return [(problem.path, problem.code) for problem in plan.problems]


# Declared ids


@pytest.mark.parametrize("later", [False, True], ids=["first import", "later scan"])
def test_an_article_that_claims_an_id_has_the_entry_that_the_id_makes(later: bool) -> None:
    ledger = first_import(own("z.md")) if later else Ledger()
    ledger.scan(own("a.md", "tag:example.org,2026:1"))
    known = ledger.living["a.md"]
    assert known.id == urn(SITE, "article", "tag:example.org,2026:1")
    assert (known.key, known.declared) == ("tag:example.org,2026:1", True)


def test_an_article_that_claims_none_has_the_entry_that_its_path_makes() -> None:
    ledger = first_import(own("a.md"))
    known = ledger.living["a.md"]
    assert (known.id, known.declared) == (urn(SITE, "article", "a.md"), False)


def test_a_file_that_is_moved_and_edited_at_once_keeps_its_entry_by_its_id() -> None:
    ledger = first_import(own("a.md", "x"), own("b.md"))
    before = ledger.living["a.md"]
    plan = ledger.scan(own("news/c.md", "x", text="other"), gone=["a.md"])
    after = ledger.living["news/c.md"]
    assert (plan.counts, told(plan)) == (Counts(changed=1), [("x", EDITED)])
    assert (after.id, after.released, after.updated) == (before.id, OLD, NOW)


def test_a_file_with_an_id_that_is_moved_and_edited_without_it_is_another_article() -> None:
    ledger = first_import(own("a.md", "x"))
    plan = ledger.scan(own("b.md", text="other"), gone=["a.md"])
    assert plan.counts == Counts(new=1, withdrawn=1)


def test_a_move_goes_to_the_file_with_the_id_and_not_to_a_twin_in_content() -> None:
    ledger = first_import(own("m.md", "x", text="twin"))
    before = ids(ledger)["m.md"]
    plan = ledger.scan(own("a.md", text="twin"), own("z.md", "x", text="twin"), gone=["m.md"])
    assert plan.counts == Counts(new=1, moved=1)
    assert ids(ledger)["z.md"] == before


def test_a_file_with_another_id_is_no_move_of_one_that_says_the_same() -> None:
    ledger = first_import(own("a.md", "x", text="twin"))
    plan = ledger.scan(own("b.md", "y", text="twin"), gone=["a.md"])
    assert told(plan) == [("x", WITHDRAWN), ("y", RELEASED)]


def test_two_files_with_ids_that_change_places_are_moved_by_their_ids() -> None:
    ledger = first_import(own("a.md", "x", text="of x"), own("b.md", "y", text="of y"))
    before = ids(ledger)
    plan = ledger.scan(own("a.md", "y", text="of y"), own("b.md", "x", text="of x"))
    assert (plan.problems, plan.counts) == ([], Counts(moved=2))
    assert ids(ledger) == {"a.md": before["b.md"], "b.md": before["a.md"]}


def test_a_file_whose_id_changes_is_another_article() -> None:
    ledger = first_import(own("a.md", "x"))
    plan = ledger.scan(own("a.md", "y"))
    assert told(plan) == [("x", WITHDRAWN), ("y", RELEASED)]
    assert ids(ledger) == {"a.md": urn(SITE, "article", "y")}


def test_a_file_that_gets_back_the_id_it_had_is_the_article_that_it_was() -> None:
    ledger = first_import(own("a.md", "x"))
    before = ids(ledger)
    ledger.scan(own("a.md", "y"))
    plan = ledger.scan(own("a.md", "x"), now=NOW + HOUR)
    assert told(plan) == [("y", WITHDRAWN), ("x", RELEASED)]
    assert ids(ledger) == before


def test_a_file_that_loses_its_id_stays_the_article_that_it_was() -> None:
    ledger = first_import(own("a.md", "x"))
    before = ids(ledger)
    assert told(ledger.scan(own("a.md", text="other"))) == [("x", EDITED)]
    assert ids(ledger) == before


def test_an_id_that_is_given_to_a_published_file_later_makes_no_other_article_of_it() -> None:
    ledger = first_import(own("a.md"))
    before = ids(ledger)
    assert told(ledger.scan(own("a.md", "x", text="other"))) == [("a.md", EDITED)]
    assert ids(ledger) == before


# Two that claim one id


@pytest.mark.parametrize("later", [False, True], ids=["first import", "later scan"])
def test_of_two_files_with_one_id_the_first_keeps_it_and_the_problem_names_both(
    later: bool,
) -> None:
    ledger = first_import(own("z.md")) if later else Ledger()
    plan = ledger.scan(own("b.md", "x"), own("a.md", "x"), own("c.md", "x"))
    assert complaints(plan) == [("b.md", "duplicate-id"), ("c.md", "duplicate-id")]
    assert all("'x'" in one.message and "a.md" in one.message for one in plan.problems)
    assert ids(ledger)["a.md"] == urn(SITE, "article", "x")
    assert {"b.md", "c.md"}.isdisjoint(ledger.living)


def test_the_file_that_was_published_with_an_id_is_the_first_though_its_path_is_not() -> None:
    ledger = first_import(own("m.md", "x"))
    plan = ledger.scan(own("a.md", "x"))
    assert (complaints(plan), list(ledger.living)) == ([("a.md", "duplicate-id")], ["m.md"])
    assert "m.md" in plan.problems[0].message


def test_a_published_file_that_claims_the_id_of_another_stays_as_it_was() -> None:
    ledger = first_import(own("a.md", "x"), own("b.md", "y"))
    before = dict(ledger.living)
    plan = ledger.scan(own("b.md", "x", text="other"))
    assert (complaints(plan), plan.decisions) == ([("b.md", "duplicate-id")], [])
    assert ledger.living == before


def test_the_id_of_a_file_that_vanishes_in_the_same_scan_is_free() -> None:
    ledger = first_import(own("a.md", "x"))
    before = ids(ledger)["a.md"]
    plan = ledger.scan(own("b.md", "x"), own("c.md", "x"), gone=["a.md"])
    assert complaints(plan) == [("c.md", "duplicate-id")]
    assert ids(ledger) == {"b.md": before}


@pytest.mark.parametrize("path", ["0.md", "c.md"])
def test_an_id_is_not_free_while_its_file_claims_that_of_another_in_vain(path: str) -> None:
    """`a.md` stays published as `x`, so nobody else can be `x`."""
    ledger = first_import(own("a.md", "x"), own("b.md", "y"))
    plan = ledger.scan(own("a.md", "y"), own(path, "x"))
    assert sorted(complaints(plan)) == sorted([("a.md", "duplicate-id"), (path, "duplicate-id")])
    assert list(ledger.living) == ["a.md", "b.md"]


# Drafts


@pytest.mark.parametrize("later", [False, True], ids=["first import", "later scan"])
def test_a_draft_is_nobodys_business(later: bool) -> None:
    ledger = first_import(own("z.md")) if later else Ledger()
    plan = ledger.scan(own("a.md", withheld="draft"), own("b.md", "x", withheld="draft"))
    assert (plan.decisions, plan.problems, plan.counts) == ([], [], Counts())


def test_a_published_article_that_becomes_a_draft_is_withdrawn_and_returns_as_it_was() -> None:
    ledger = first_import(own("a.md"))
    before = ids(ledger)
    plan = ledger.scan(own("a.md", withheld="draft"))
    assert (told(plan), plan.counts) == ([("a.md", WITHDRAWN)], Counts(withdrawn=1))
    plan = ledger.scan(own("a.md"), now=NOW + HOUR)
    assert (told(plan), ids(ledger)) == ([("a.md", RELEASED)], before)


@pytest.mark.parametrize("later", [False, True], ids=["first import", "later scan"])
def test_a_draft_holds_no_id_against_an_article(later: bool) -> None:
    ledger = first_import(own("z.md")) if later else Ledger()
    plan = ledger.scan(own("a.md", "x", withheld="draft"), own("b.md", "x"))
    assert (plan.problems, ids(ledger)["b.md"]) == ([], urn(SITE, "article", "x"))


def test_an_article_moves_away_from_a_path_where_a_draft_of_it_stays() -> None:
    ledger = first_import(own("a.md", "x"))
    before = ids(ledger)["a.md"]
    plan = ledger.scan(own("a.md", "x", withheld="draft"), own("b.md", "x"))
    assert (plan.problems, ids(ledger)) == ([], {"b.md": before})


# The same key, as a path and as an id


@pytest.mark.parametrize("later", [False, True], ids=["first import", "later scan"])
def test_a_claimed_id_that_is_anothers_path_goes_to_who_claims_it(later: bool) -> None:
    ledger = first_import(own("z.md")) if later else Ledger()
    plan = ledger.scan(own("a.md", "b.md"), own("b.md"))
    assert plan.problems == []
    assert {path: known.key for path, known in ledger.living.items() if path != "z.md"} == {
        "a.md": "b.md",
        "b.md": "b.md//2",
    }


def test_a_claimed_id_that_is_the_path_of_what_is_published_is_a_duplicate() -> None:
    ledger = first_import(own("b.md"))
    plan = ledger.scan(own("a.md", "b.md"))
    assert (complaints(plan), list(ledger.living)) == ([("a.md", "duplicate-id")], ["b.md"])


def test_a_path_whose_first_article_lives_elsewhere_gets_a_number_each_time() -> None:
    ledger = first_import(own("a.md", text="1"))
    for number in (2, 3, 4):
        ledger.scan(own(f"{number - 1}.md", text=f"{number - 1}"), gone=["a.md"])
        ledger.scan(own("a.md", text=f"{number}"))
        assert ledger.living["a.md"].key == f"a.md//{number}"


@pytest.mark.parametrize("later", [False, True], ids=["first import", "later scan"])
def test_a_number_behind_a_path_is_not_one_that_a_file_has_in_its_name(later: bool) -> None:
    """Where `include` lets such names in; the ledger would refuse every scan from then on."""
    ledger = first_import(own("z.md")) if later else Ledger()
    ledger.scan(own("a.md", "b.md"), own("b.md"), own("b.md#2"))
    assert len(ledger.living) == 3 + later


# Returning


def test_a_returning_article_is_known_by_its_id_wherever_and_whatever_it_is() -> None:
    ledger = first_import(own("a.md", "x"))
    before, released = ids(ledger)["a.md"], ledger.living["a.md"].released
    ledger.scan(gone=["a.md"])
    plan = ledger.scan(own("other/b.md", "x", text="other", published=None), now=NOW + HOUR)
    known = ledger.living["other/b.md"]
    assert told(plan) == [("x", RELEASED)]
    assert (known.id, known.published, known.released) == (before, OLD, released)
    assert known.updated == NOW + HOUR
    assert known.declared


def test_a_file_with_an_id_of_its_own_is_no_return_of_one_that_had_another() -> None:
    ledger = first_import(own("a.md", "x"))
    ledger.scan(gone=["a.md"])
    ledger.scan(own("a.md", "y"))
    assert ids(ledger) == {"a.md": urn(SITE, "article", "y")}


def test_an_id_returns_to_who_claims_it_and_not_to_the_path_it_had() -> None:
    ledger = first_import(own("a.md", "x"))
    before = ids(ledger)["a.md"]
    ledger.scan(gone=["a.md"])
    ledger.scan(own("a.md"), own("b.md", "x"))
    assert ids(ledger)["b.md"] == before
    assert ids(ledger)["a.md"] != before


def test_of_several_that_were_withdrawn_from_a_path_the_latest_returns() -> None:
    ledger = first_import(own("a.md", "x"))
    ledger.scan(own("a.md", "y"))
    ledger.scan(gone=["a.md"], now=NOW + HOUR)
    ledger.scan(own("a.md", text="other"), now=NOW + 2 * HOUR)
    assert ids(ledger) == {"a.md": urn(SITE, "article", "y")}


# The first import


def test_the_same_folder_gives_the_same_ids_in_whatever_order_it_is_read() -> None:
    folder = [own("a.md", "b.md"), own("b.md"), own("c.md", "x"), own("d.md", "x")]
    outcomes = set()
    for order in permutations(folder):
        outcomes.add(frozenset(ids(first_import(*order)).items()))
    assert len(outcomes) == 1


def test_an_update_that_the_file_names_is_kept_unless_it_is_before_the_release() -> None:
    ledger = first_import(
        own("a.md", updated=OLD + HOUR), own("b.md", updated=OLD - HOUR), own("c.md")
    )
    updated = {path: known.updated for path, known in ledger.living.items()}
    assert updated == {"a.md": OLD + HOUR, "b.md": OLD + TICK, "c.md": OLD + 2 * TICK}


def test_an_update_ahead_of_now_is_now() -> None:
    ledger = first_import(own("a.md", updated=NOW + 1000 * HOUR))
    assert ledger.living["a.md"].updated == NOW - HOUR


def test_a_held_article_has_no_update_yet() -> None:
    ledger = first_import(own("a.md"), own("b.md", published=NOW, updated=OLD))
    known = ledger.living["b.md"]
    assert (known.released, known.updated) == (None, None)


MOMENTS = st.integers(-4, 2).map(lambda number: NOW + number * TICK)


@examples(200, 5000)
@given(st.lists(st.tuples(st.none() | MOMENTS, st.none() | MOMENTS), max_size=12))
def test_no_two_moments_of_a_first_import_tie_and_none_is_far_ahead(
    dates: list[tuple[datetime | None, datetime | None]],
) -> None:
    ledger = Ledger()
    ledger.scan(
        *(
            own(f"{number:02}.md", published=published, updated=updated)
            for number, (published, updated) in enumerate(dates)
        ),
        now=NOW,
    )
    living = [known for known in ledger.living.values() if known.released and known.updated]
    held = [known for known in ledger.living.values() if not known.released]
    assert len(living) + len(held) == len(dates)
    assert all(known.published > NOW for known in held)
    released = [known.released for known in living]
    edits = [known.updated for known in living if known.updated != known.released]
    assert len({*released, *edits}) == len(released) + len(edits)
    most = NOW + 2 * len(dates) * TICK  # nothing but a tick for each that would tie
    for known in living:
        assert known.released
        assert known.updated
        assert known.released <= known.updated <= most


def test_many_articles_with_one_date_of_update_have_a_tick_each() -> None:
    number = 500
    ledger = first_import(
        *(
            own(f"{n:03}.md", published=OLD + n * HOUR, updated=OLD + 1000 * HOUR)
            for n in range(number)
        )
    )
    updated = sorted(known.updated for known in ledger.living.values() if known.updated)
    assert updated == [OLD + 1000 * HOUR + n * TICK for n in range(number)]


def test_the_decisions_of_a_first_import_come_oldest_first() -> None:
    ledger = Ledger()
    dates = {"a.md": 3, "b.md": 1, "c.md": 2}
    plan = ledger.scan(*(own(path, published=OLD + n * HOUR) for path, n in dates.items()))
    assert [decision.key for decision in plan.decisions] == ["b.md", "c.md", "a.md"]


def test_a_first_import_of_nothing_is_nothing_to_see() -> None:
    plan = Ledger().scan()
    assert (plan.decisions, plan.problems, plan.counts, plan.visible) == ([], [], Counts(), False)
