"""The output of `feedsvc plan`: the changes to each article, with edits word by word."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import islice

from rich.text import Text

from feedsvc.cli.text import moment, more, printed
from feedsvc.scan.preview import Change, Fate, Preview
from feedsvc.scan.word_diff import Kind, Piece

Line = str | Text

_HEADINGS = {
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
        yield "new version or configuration: every document gets a new revision"
    for fate, group in preview.groups.items():
        if group.number:
            yield from _heading(_HEADINGS[fate], group.number)
            for change in group.changes:
                yield from _change(change)
            yield from more(group.number - len(group.changes))
        if fate is Fate.NEW and preview.filed:
            yield f"  {preview.filed}"
    yield from _listed("Still being written", preview.unsettled, limit)
    yield from _listed("Problems", [str(problem) for problem in preview.problems], limit)


def _heading(title: str, count: int) -> Iterator[Line]:
    yield ""
    yield Text(f"{title}: {count:,}", style="bold")


def _listed(title: str, items: Sequence[str], limit: int | None) -> Iterator[Line]:
    if items:
        yield from _heading(title, len(items))
        yield from (f"  {printed(item)}" for item in islice(items, limit))
        yield from more(len(items) - (limit or len(items)))


def _change(change: Change) -> Iterator[Line]:
    path = printed(change.path)
    location = f"{printed(change.origin)} -> {path}" if change.origin else path
    until = f", until {moment(change.until)}" if change.until else ""
    yield f"  {printed(change.title)} ({location}){until}"
    for part, pieces in change.words.items():
        yield _marked(part, pieces)
    if change.beside:
        yield f"    also changed: {', '.join(change.beside)}"


def _marked(part: str, pieces: Sequence[Piece]) -> Text:
    """The words, with edits as `[-old-]{+new+}`, which are legible without colour."""
    line = Text(f"    {part}:")
    last = None
    for piece in pieces:
        before, after = _MARKS[piece.kind]
        separator = "" if (last, piece.kind) == (Kind.OLD, Kind.NEW) else " "
        line.append(separator)
        line.append(f"{before}{printed(piece.text)}{after}", style=_STYLES[piece.kind])
        last = piece.kind
    return line
