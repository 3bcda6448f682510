"""What `feedsvc plan` prints: what would become of every article, with the words that change."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import islice

from rich.text import Text

from feedsvc.cli.text import moment, more, printed
from feedsvc.scan.preview import Change, Fate, Preview
from feedsvc.scan.word_diff import Kind, Piece

Line = str | Text

_HEADS = {
    Fate.NEW: "New",
    Fate.DUE: "Held until now, released",
    Fate.EDITED: "Edited",
    Fate.MOVED: "Moved",
    Fate.WITHDRAWN: "Withdrawn",
    Fate.HELD: "Held",
}
_MARKS = {Kind.SAME: ("", ""), Kind.OLD: ("[-", "-]"), Kind.NEW: ("{+", "+}")}
_STYLES = {Kind.SAME: "", Kind.OLD: "red", Kind.NEW: "green"}


def as_lines(preview: Preview, limit: int | None) -> Iterator[Line]:
    """The summary, then the changes by kind, then at most `limit` problems."""
    yield preview.summary
    if preview.configured:
        yield "another version or configuration: every document is made anew"
    for fate, group in preview.groups.items():
        if group.number:
            yield from _head(_HEADS[fate], group.number)
            for change in group.changes:
                yield from _change(change)
            yield from more(group.number - len(group.changes))
        if fate is Fate.NEW and preview.filed:
            yield f"  {preview.filed}"
    yield from _some("Still being written", preview.unsettled, limit)
    yield from _some("Problems", [str(problem) for problem in preview.problems], limit)


def _head(title: str, count: int) -> Iterator[Line]:
    yield ""
    yield Text(f"{title}: {count:,}", style="bold")


def _some(title: str, told: Sequence[str], limit: int | None) -> Iterator[Line]:
    if told:
        yield from _head(title, len(told))
        yield from (f"  {printed(one)}" for one in islice(told, limit))
        yield from more(len(told) - (limit or len(told)))


def _change(change: Change) -> Iterator[Line]:
    path = printed(change.path)
    way = f"{printed(change.origin)} -> {path}" if change.origin else path
    until = f", until {moment(change.until)}" if change.until else ""
    yield f"  {printed(change.title)} ({way}){until}"
    for part, pieces in change.words.items():
        yield _marked(part, pieces)
    if change.beside:
        yield f"    changed too: {', '.join(change.beside)}"


def _marked(part: str, pieces: Sequence[Piece]) -> Text:
    """The words with `[-old-]{+new+}` between them, which need no colour to be told apart."""
    line = Text(f"    {part}:")
    last = None
    for piece in pieces:
        before, after = _MARKS[piece.kind]
        joined = "" if (last, piece.kind) == (Kind.OLD, Kind.NEW) else " "
        line.append(joined)
        line.append(f"{before}{printed(piece.text)}{after}", style=_STYLES[piece.kind])
        last = piece.kind
    return line
