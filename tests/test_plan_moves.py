"""Moves, withdrawals and returns: what becomes of an entry's id."""

from __future__ import annotations

import random
from datetime import datetime

import pytest

from feedsvc.model import ChangeKind, Counts, StoredEntry, urn
from tests.plans import HOUR, NOW, OLD, SITE, Ledger, article, told

RELEASED, MOVED, WITHDRAWN = ChangeKind.RELEASED, ChangeKind.MOVED, ChangeKind.WITHDRAWN


def first_import(*paths: str) -> Ledger:
    """A ledger in which each path has a text of its own."""
    ledger = Ledger()
    ledger.scan(*(article(path, text=path) for path in paths), now=NOW - HOUR)
    return ledger


def test_a_move_keeps_id_key_and_every_date() -> None:
    ledger = first_import("a.txt")
    before = ledger.living["a.txt"]
    plan = ledger.scan(article("b.txt", text="a.txt"), gone=["a.txt"])
    after = ledger.living["b.txt"]
    assert plan.counts == Counts(moved=1)
    assert after == StoredEntry(
        before.id, before.key, "b.txt", before.digest, before.published, before.released,
        before.updated,
    )  # fmt: skip
    assert list(ledger.entries) == [before.id]


@pytest.mark.parametrize(
    ("old", "new", "seen"),
    [
        ("a.txt", "b.txt", []),
        ("news/a.txt", "news/b.txt", []),
        ("a.txt", "news/a.txt", [MOVED]),
        ("news/a.txt", "a.txt", [MOVED]),
        ("news/a.txt", "news/world/a.txt", [MOVED]),
    ],
)
def test_a_move_is_told_where_it_changes_the_section(
    old: str, new: str, seen: list[ChangeKind]
) -> None:
    ledger = first_import(old)
    plan = ledger.scan(article(new, text=old), gone=[old])
    assert [kind for _, kind in told(plan)] == seen
    assert ledger.living[new].path == new


def test_a_held_article_that_moves_stays_held_and_nobody_is_told() -> None:
    ledger = Ledger()
    ledger.scan(article("a.txt", published=NOW + HOUR))
    plan = ledger.scan(article("news/a.txt", published=NOW + HOUR), gone=["a.txt"])
    known = ledger.living["news/a.txt"]
    assert (plan.counts, told(plan)) == (Counts(moved=1), [])
    assert (known.published, known.released, known.key) == (NOW + HOUR, None, "a.txt")


def test_a_move_of_an_undated_article_keeps_the_moment_it_was_first_seen() -> None:
    ledger = Ledger()
    ledger.scan(article("a.txt", published=None), now=NOW - HOUR)
    ledger.scan(article("b.txt", published=None), gone=["a.txt"])
    assert ledger.living["b.txt"].published == NOW - HOUR


def test_a_file_edited_while_it_moves_is_another_article() -> None:
    ledger = first_import("a.txt")
    plan = ledger.scan(article("b.txt", text="other"), gone=["a.txt"])
    assert plan.counts == Counts(new=1, withdrawn=1)
    assert told(plan) == [("a.txt", WITHDRAWN), ("b.txt", RELEASED)]


def test_two_moves_with_equal_content_are_paired_in_order_of_path() -> None:
    ledger = Ledger()
    ledger.scan(article("a.txt"), article("b.txt"))
    ids = [ledger.living[path].id for path in ("a.txt", "b.txt")]
    plan = ledger.scan(article("d.txt"), article("c.txt"), gone=["b.txt", "a.txt"])
    assert plan.counts == Counts(moved=2)
    assert [ledger.living[path].id for path in ("c.txt", "d.txt")] == ids


def test_a_copy_is_an_article_of_its_own() -> None:
    ledger = first_import("a.txt")
    plan = ledger.scan(article("b.txt", text="a.txt"))
    assert plan.counts == Counts(new=1)
    assert ledger.living["a.txt"].id != ledger.living["b.txt"].id


def test_of_two_copies_of_a_vanished_file_the_first_is_its_new_self() -> None:
    ledger = first_import("a.txt")
    before = ledger.living["a.txt"].id
    plan = ledger.scan(
        article("c.txt", text="a.txt"), article("b.txt", text="a.txt"), gone=["a.txt"]
    )
    assert plan.counts == Counts(new=1, moved=1)
    assert ledger.living["b.txt"].id == before


def test_two_files_that_change_places_are_edits() -> None:
    ledger = first_import("a.txt", "b.txt")
    plan = ledger.scan(article("a.txt", text="b.txt"), article("b.txt", text="a.txt"))
    assert plan.counts == Counts(changed=2)


def test_a_vanished_file_is_withdrawn() -> None:
    ledger = first_import("a.txt", "b.txt")
    plan = ledger.scan(gone=["a.txt"])
    assert (plan.counts, told(plan)) == (Counts(withdrawn=1), [("a.txt", WITHDRAWN)])
    assert list(ledger.living) == ["b.txt"]


def test_a_vanished_file_that_never_was_an_article_changes_nothing() -> None:
    ledger = first_import("a.txt")
    assert ledger.scan(gone=["bad.txt"]).decisions == []


def test_an_article_withdrawn_already_is_not_withdrawn_again() -> None:
    ledger = first_import("a.txt")
    ledger.scan(gone=["a.txt"])
    assert ledger.scan(gone=["a.txt"]).decisions == []


@pytest.mark.parametrize(
    ("path", "text", "published"),
    [
        ("b.txt", "a.txt", OLD),
        ("b.txt", "new", None),
        ("a.txt", "new", None),
        ("c.txt", "a.txt", OLD),
    ],
    ids=["as it was", "by its last path", "by its first path", "by its content"],
)
def test_a_returning_article_keeps_its_id_and_its_moment(
    path: str, text: str, published: datetime | None
) -> None:
    ledger = first_import("a.txt")
    before, released = ledger.living["a.txt"].id, ledger.living["a.txt"].released
    ledger.scan(article("b.txt", text="a.txt"), gone=["a.txt"])
    ledger.scan(gone=["b.txt"])
    plan = ledger.scan(article(path, text=text, published=published), now=NOW + HOUR)
    known = ledger.living[path]
    assert (plan.counts, told(plan)) == (Counts(new=1), [("a.txt", RELEASED)])
    assert (known.id, known.key) == (before, "a.txt")
    assert (known.published, known.released, known.updated) == (OLD, released, NOW + HOUR)


def test_a_returning_article_with_a_date_ahead_is_held() -> None:
    ledger = first_import("a.txt")
    ledger.scan(gone=["a.txt"])
    plan = ledger.scan(article("a.txt", published=NOW + HOUR))
    assert (plan.counts, told(plan)) == (Counts(held=1), [])
    assert ledger.living["a.txt"].id == urn(SITE, "article", "a.txt")


def test_the_file_at_the_old_path_returns_and_not_a_copy_that_comes_with_it() -> None:
    ledger = first_import("z.txt")
    before = ledger.living["z.txt"].id
    ledger.scan(gone=["z.txt"])
    ledger.scan(article("a.txt", text="z.txt"), article("z.txt", text="z.txt"))
    assert ledger.living["z.txt"].id == before
    assert ledger.living["a.txt"].id != before


def test_one_withdrawn_entry_returns_once() -> None:
    ledger = first_import("a.txt")
    ledger.scan(gone=["a.txt"])
    plan = ledger.scan(article("b.txt", text="a.txt"), article("c.txt", text="a.txt"))
    assert len({decision.id for decision in plan.decisions}) == 2


def test_a_new_file_at_a_path_whose_first_entry_moved_away_has_another_id() -> None:
    ledger = first_import("a.txt")
    before = ledger.living["a.txt"].id
    ledger.scan(article("b.txt", text="a.txt"), gone=["a.txt"])
    ledger.scan(article("a.txt", text="new"), now=NOW + HOUR)
    assert ledger.living["b.txt"].id == before
    assert ledger.living["a.txt"].id != before


def test_a_new_file_may_take_the_path_in_the_very_scan_in_which_another_left_it() -> None:
    ledger = first_import("a.txt", "b.txt")
    ids = {path: known.id for path, known in ledger.living.items()}
    ledger.scan(article("a.txt", text="new"), article("c.txt", text="b.txt"), gone=["b.txt"])
    assert ledger.living["a.txt"].id == ids["a.txt"]
    assert ledger.living["c.txt"].id == ids["b.txt"]


@pytest.mark.parametrize("seed", range(8))
def test_whatever_comes_and_goes_each_living_path_keeps_its_id_and_no_stamp_ties(seed: int) -> None:
    """Many scans of a small folder, with a clock that stumbles; the ledger refuses every tie."""
    chance = random.Random(seed)
    ledger, folder, now = Ledger(), dict[str, str](), NOW
    names = [f"{section}{name}.txt" for section in ("", "news/") for name in "abcdefgh"]
    for _ in range(100):
        now += chance.choice([0, 1, 3600, -60]) * HOUR / 3600
        before, ids = dict(folder), {path: known.id for path, known in ledger.living.items()}
        for path in chance.sample(names, chance.randrange(6)):
            match chance.choice(["write", "remove", "move"]):
                case "write":
                    folder[path] = chance.choice("uvwxyz")
                case "remove":
                    folder.pop(path, None)
                case _ if path in folder:
                    folder[chance.choice(names)] = folder.pop(path)
        changed = [
            article(path, text=text, published=chance.choice([None, OLD]))
            for path, text in folder.items()
            if before.get(path) != text
        ]
        gone = before.keys() - folder.keys()
        ledger.scan(*changed, gone=gone, now=now, burst=chance.choice([1, 100]))
        assert ledger.living.keys() == folder.keys()
        stayed = ids.keys() & folder.keys()
        assert {path: ledger.living[path].id for path in stayed} == {p: ids[p] for p in stayed}
