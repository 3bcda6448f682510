"""Which words of a text have changed: told briefly, whatever the texts are."""

from __future__ import annotations

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from feedsvc.scan.word_diff import LONGEST, MOST, WIDEST, Kind, word_diff

MARKS = {Kind.SAME: "{}", Kind.OLD: "[-{}-]", Kind.NEW: "{{+{}+}}"}
TEXT = st.lists(st.sampled_from(["a", "b", "c", "日", "本", "d."]), max_size=30).map(" ".join)


def marked(old: str, new: str) -> str:
    return " ".join(MARKS[piece.kind].format(piece.text) for piece in word_diff(old, new))


@pytest.mark.parametrize(
    ("old", "new", "told"),
    [
        ("one two", "one two", ""),
        ("one  two\n", "one two", ""),
        ("one two", "one 2", "one [-two-] {+2+}"),
        ("", "one", "{+one+}"),
        ("one", "", "[-one-]"),
        ("1 2 3 4 5 6 x", "1 2 3 4 5 6 y", "… 3 4 5 6 [-x-] {+y+}"),
        ("x 1 2 3 4 5 6", "y 1 2 3 4 5 6", "[-x-] {+y+} 1 2 3 4 …"),
        ("a b x c d", "a b c d", "a b [-x-] c d"),
        ("x 1 2 3 4 5 6 7 8 9 x", "y 1 2 3 4 5 6 7 8 9 y",
         "[-x-] {+y+} 1 2 3 4 … 6 7 8 9 [-x-] {+y+}"),
        ("日本語の文章", "日本人の文章", "日本 [-語-] {+人+} の文章"),
    ],
)  # fmt: skip
def test_words_are_told_with_a_few_around_them(old: str, new: str, told: str) -> None:
    assert marked(old, new) == told


@given(TEXT, TEXT)
def test_something_is_told_exactly_where_the_words_differ(old: str, new: str) -> None:
    kinds = {piece.kind for piece in word_diff(old, new)}
    assert bool(kinds & {Kind.OLD, Kind.NEW}) is (old.split() != new.split())


@given(TEXT, TEXT)
def test_all_that_is_marked_as_new_is_in_the_new_text_and_so_for_the_old(
    old: str, new: str
) -> None:
    texts = {Kind.OLD: old, Kind.NEW: new}
    for piece in word_diff(old, new):
        if piece.kind in texts and "…" not in piece.text:
            assert piece.text in texts[piece.kind]


def test_a_long_change_is_told_by_its_ends() -> None:
    words = [f"w{number}" for number in range(1000)]
    (piece,) = word_diff("", " ".join(words))
    assert piece.text.startswith("w0 w1 ")
    assert f"… ({1000 - LONGEST:,} words) …" in piece.text
    assert piece.text.endswith(" w998 w999")


def test_a_word_without_end_is_told_by_its_ends() -> None:
    (piece,) = word_diff("", "x" * 100_000)
    assert len(piece.text) < WIDEST + 10


def test_of_many_changes_the_first_are_told() -> None:
    old = " ".join(f"{number} a{number} b{number}" for number in range(100))
    new = " ".join(f"{number}! a{number} b{number}" for number in range(100))
    pieces = word_diff(old, new)
    assert sum(piece.kind is Kind.NEW for piece in pieces) == MOST
    assert pieces[-1].text.endswith("…")


@pytest.mark.parametrize("word", ["x ", "{} "])
def test_texts_that_have_nothing_in_common_take_no_time(word: str) -> None:
    old = "".join(word.format(number) for number in range(200_000))
    began = time.process_time()
    assert {piece.kind for piece in word_diff(old, old.upper().replace("1", "y"))} > {Kind.OLD}
    assert time.process_time() - began < 5
