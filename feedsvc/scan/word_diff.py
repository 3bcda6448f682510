"""The words that differ between two texts, with a few words of context."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from enum import StrEnum

CONTEXT = 4  # words that are shown before and after a change
LONGEST = 40  # words of one change
WIDEST = 600  # characters of one change that are shown
MOST = 12  # changes of one text that are shown
COMPARED = 5_000  # words; a comparison of more takes seconds, so the whole text counts as changed
ELLIPSIS = "…"

# Chinese and Japanese have no spaces between words, so each character counts as a word.
_UNSPACED = r"\u2e80-\u30ff\u3400-\u9fff\uf900-\ufaff\U00020000-\U0003ffff"
_WORD = re.compile(rf"[{_UNSPACED}]\s*|[^\s{_UNSPACED}]+\s*")

Span = tuple[int, int, int, int]  # from and to in the old words, from and to in the new ones


class Kind(StrEnum):
    """Whether a piece is in both texts, in the old or in the new one."""

    SAME = "same"
    OLD = "old"
    NEW = "new"


@dataclass(frozen=True, slots=True)
class Piece:
    """Some words of a text."""

    kind: Kind
    text: str


def word_diff(old: str, new: str) -> tuple[Piece, ...]:
    """The deletions and insertions in the order of the text; empty if all words are equal.

    `…` stands for most of the equal words, for the middle of a long change, and for all but the
    first few changes.
    """
    before, after = _words(old), _words(new)
    spans = list(_changed(before, after))
    pieces: list[Piece] = []
    end = 0  # of the new words that are in a piece
    for number, (a, b, c, d) in enumerate(spans[:MOST]):
        pieces += _between(after[end:c], first=not number)
        pieces += _piece(Kind.OLD, before[a:b])
        pieces += _piece(Kind.NEW, after[c:d])
        end = d
    if not spans:
        return ()
    more = after[end : end + CONTEXT] + ([ELLIPSIS] if end + CONTEXT < len(after) else [])
    return (*pieces, *_piece(Kind.SAME, more))


def _words(text: str) -> list[str]:
    """Each word, followed by a space if there is white space after it."""
    spaced = " ".join(text.split()) + " "
    return _WORD.findall(spaced)


def _changed(before: Sequence[str], after: Sequence[str]) -> Iterator[Span]:
    start = _common(before, after)
    end = _common(before[start:][::-1], after[start:][::-1])
    old, new = before[start : len(before) - end], after[start : len(after) - end]
    if max(len(old), len(new)) > COMPARED:
        yield start, start + len(old), start, start + len(new)
        return
    for what, a, b, c, d in SequenceMatcher(None, old, new).get_opcodes():
        if what != "equal":
            yield start + a, start + b, start + c, start + d


def _common(one: Sequence[str], other: Sequence[str]) -> int:
    """The number of words at the start that are equal."""
    pairs = enumerate(zip(one, other, strict=False))
    shorter = min(len(one), len(other))
    return next((place for place, (a, b) in pairs if a != b), shorter)


def _between(words: list[str], *, first: bool) -> tuple[Piece, ...]:
    """Equal words before a change: the last few, and the first few after another change."""
    head = [] if first else words[:CONTEXT]
    if len(words) > len(head) + CONTEXT:
        words = [*head, f"{ELLIPSIS} ", *words[-CONTEXT:]]
    return _piece(Kind.SAME, words)


def _piece(kind: Kind, words: list[str]) -> tuple[Piece, ...]:
    if len(words) > LONGEST:
        half = LONGEST // 2
        hidden = f"{ELLIPSIS} ({len(words) - 2 * half:,} words) {ELLIPSIS} "
        words = [*words[:half], hidden, *words[-half:]]
    return (Piece(kind, _cut("".join(words).strip())),) if words else ()


def _cut(text: str) -> str:
    """A piece of at most WIDEST characters: words may be long, as URLs and data are."""
    if len(text) <= WIDEST:
        return text
    return f"{text[: WIDEST // 2]} {ELLIPSIS} {text[-WIDEST // 2 :]}"
