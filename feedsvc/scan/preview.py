"""What the next scan would change for subscribers; nothing is written."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from itertools import islice
from pathlib import Path
from tempfile import TemporaryDirectory

from feedsvc.config import Config
from feedsvc.files import require_temporary_folder
from feedsvc.ledger import previews
from feedsvc.ledger.migrating import is_made, migrate
from feedsvc.ledger.previews import Before
from feedsvc.ledger.store import Store
from feedsvc.model import Article, ChangeKind, ChangeSet, Decision, Problem
from feedsvc.reading.markup import content
from feedsvc.scan import run
from feedsvc.scan.run import Publisher, Request
from feedsvc.scan.word_diff import Piece, word_diff

TOGETHER = 500  # decisions for which the ledger is asked at once

# What an edit may change apart from the words: attributes of Article, and their names in output.
_BESIDE = {
    "published": "date",
    "authors": "authors",
    "tags": "tags",
    "original": "Original",
    "updated": "date of the update",
    "language": "language",
    "image": "image",
    "image_length": "size of the image",
    "enclosures": "enclosures",
}


class Fate(StrEnum):
    """What becomes of an article, in the order of the output."""

    NEW = "new"
    DUE = "released now"
    EDITED = "edited"
    MOVED = "moved"
    WITHDRAWN = "withdrawn"
    HELD = "held"


@dataclass(frozen=True, slots=True)
class Change:
    """What becomes of one article.

    Attributes:
        origin: its path before, if it has moved.
        until: the date of a scheduled article.
        words: the words that changed, by the part of the article.
        beside: the names of what else changed.
    """

    path: str
    title: str
    origin: str = ""
    until: datetime | None = None
    words: Mapping[str, tuple[Piece, ...]] = field(default_factory=dict)
    beside: tuple[str, ...] = ()


@dataclass(slots=True)
class Group:
    """The first few changes of one kind, and the number of all of them."""

    changes: list[Change] = field(default_factory=list)
    number: int = 0


@dataclass(frozen=True, slots=True)
class Preview:
    """What the next scan would do.

    Attributes:
        summary: that of the scan.
        filed: how many of the new articles would not be announced, and why; empty if all would.
        configured: another version or configuration changes every document.
    """

    summary: str
    groups: Mapping[Fate, Group]
    filed: str
    configured: bool
    problems: tuple[Problem, ...]
    unsettled: tuple[str, ...]


@contextmanager
def ledger_or_empty(config: Config) -> Iterator[Store]:
    """The ledger; a temporary empty one if there is none yet.

    Raises:
        LedgerUnavailable: it cannot be reached, or belongs to another version.
        ConfigError: it belongs to another site.
        NoRoom: there is no temporary folder.
    """
    store = Store(config.store.url)
    try:
        if is_made(store, config.site.id):
            yield store
            return
    finally:
        store.close()
    require_temporary_folder()
    with TemporaryDirectory(prefix="feedsvc-") as folder:
        empty = Store(f"sqlite:///{Path(folder) / 'ledger.db'}")
        migrate(empty)
        try:
            yield empty
        finally:
            empty.close()


def preview(publisher: Publisher, limit: int | None = None) -> Preview:
    """What `feedsvc scan` would do now; with at most `limit` changes of each kind.

    Raises:
        LedgerUnavailable: the ledger cannot be reached.
        NoRoom: there is no room for what was read.
    """
    change_set, store = run.prepare(publisher, Request(at_rest=True)), publisher.store
    groups = {fate: Group() for fate in Fate}
    for decision, article, before in _changes(store, change_set):
        group = groups[_fate(decision, before)]
        group.number += 1
        if limit is None or len(group.changes) < limit:
            group.changes.append(_change(store, decision, article, before))
    report, counts = change_set.report, change_set.report.counts
    return Preview(
        summary=str(report),
        groups=groups,
        filed=f"{counts.filed:,} of these {counts.filing}" if counts.filed else "",
        configured=change_set.configured and change_set.last_revision_time > 0,
        problems=report.problems,
        unsettled=report.unsettled,
    )


def _changes(
    store: Store, change_set: ChangeSet
) -> Iterator[tuple[Decision, Article | None, Before | None]]:
    """Each change, read once, with the entry before it."""
    changes = iter(change_set.changes)
    while batch := list(islice(changes, TOGETHER)):
        before = previews.before(store, [decision.id for decision, _ in batch if not decision.new])
        for decision, article in batch:
            yield decision, article, before.get(decision.id)


def _change(
    store: Store, decision: Decision, article: Article | None, before: Before | None
) -> Change:
    path = article.path if article else before.path if before else ""
    title = article.title if article else before.title if before else ""
    words, beside = _edits(store, decision, article)
    return Change(
        path,
        title,
        origin=before.path if before and before.path != path else "",
        until=decision.published if _is_held(decision) else None,
        words=words,
        beside=beside,
    )


def _edits(
    store: Store, decision: Decision, article: Article | None
) -> tuple[dict[str, tuple[Piece, ...]], tuple[str, ...]]:
    if decision.kind is ChangeKind.HELD and decision.released:
        return {}, ("date of expiry",)
    if decision.kind is not ChangeKind.EDITED or not article:
        return {}, ()
    old = previews.article(store, decision.id)
    return edits(old, article) if old else ({}, ())


def _is_held(decision: Decision) -> bool:
    return decision.released is None and not decision.withdrawn


def _fate(decision: Decision, before: Before | None) -> Fate:
    """What becomes of an article in the eyes of its author."""
    if decision.withdrawn:
        return Fate.WITHDRAWN
    if decision.kind is ChangeKind.HELD and decision.released is None:
        return Fate.HELD
    if decision.kind in (ChangeKind.EDITED, ChangeKind.HELD):
        return Fate.EDITED
    if decision.kind in (None, ChangeKind.MOVED):
        return Fate.MOVED
    back = before is None or before.withdrawn
    return Fate.NEW if decision.new or back else Fate.DUE


def edits(old: Article, new: Article) -> tuple[dict[str, tuple[Piece, ...]], tuple[str, ...]]:
    """The words that an edit changes, by the part of the article, and what else it changes."""
    texts = content.plain(old.content), content.plain(new.content)
    pairs = {"title": (old.title, new.title), "summary": (old.summary, new.summary), "text": texts}
    if all(map(_begins, texts, pairs["summary"])):  # it only repeats the text
        del pairs["summary"]
    words = {part: pieces for part, pair in pairs.items() if (pieces := word_diff(*pair))}
    beside = [name for key, name in _BESIDE.items() if _differs(key, old, new)]
    if texts[0] == texts[1] and old.content != new.content:
        beside.append("markup or links of the text")
    return words, tuple(beside)


def _begins(text: str, summary: str) -> bool:
    return text.startswith(summary.rstrip("…"))


def _differs(key: str, old: Article, new: Article) -> bool:
    value = getattr(new, key)
    if key == "published" and value is None:  # it keeps its date
        return False
    return bool(value != getattr(old, key))
