"""What the next scan would do to subscribers: looked at, decided and told; nothing is changed."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from itertools import islice
from pathlib import Path
from tempfile import TemporaryDirectory

from feedsvc import __version__
from feedsvc.config import Config
from feedsvc.files import see_temporary_folder
from feedsvc.ledger import previews
from feedsvc.ledger.commits import SAME_ORIGINAL, of_one_origin
from feedsvc.ledger.migrating import is_made, migrate
from feedsvc.ledger.previews import Before
from feedsvc.ledger.store import Store
from feedsvc.model import Article, ChangeKind, Decision, Problem
from feedsvc.reading.markup import content
from feedsvc.scan import run
from feedsvc.scan.run import Prepared, Publisher, Request
from feedsvc.scan.word_diff import Piece, word_diff

TOGETHER = 500  # decisions for which the ledger is asked at once

# What an edit may change beside the words, by the names of Article, and how it is told.
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
    """What becomes of an article, in the order in which it is told."""

    NEW = "new"
    DUE = "released now"
    EDITED = "edited"
    MOVED = "moved"
    WITHDRAWN = "withdrawn"
    HELD = "held"


@dataclass(frozen=True, slots=True)
class Change:
    """What becomes of one article.

    `origin` is the path that it had, where that was another. `until` is when a held one is due.
    `words` are the words that changed, by the part of the article; `beside` names what else did.
    """

    path: str
    title: str
    origin: str = ""
    until: datetime | None = None
    words: Mapping[str, tuple[Piece, ...]] = field(default_factory=dict)
    beside: tuple[str, ...] = ()


@dataclass(slots=True)
class Group:
    """The first few changes of one kind, and how many there are in all."""

    changes: list[Change] = field(default_factory=list)
    number: int = 0


@dataclass(frozen=True, slots=True)
class Preview:
    """What the next scan would do.

    `summary` is what it would say. `filed` says how many of the new articles would not be
    announced, and why; it is empty where all are.
    `configured` says that another version or configuration makes every document anew.
    """

    summary: str
    groups: Mapping[Fate, Group]
    filed: str
    configured: bool
    problems: tuple[Problem, ...]
    unsettled: tuple[str, ...]


@contextmanager
def ledger_or_empty(config: Config) -> Iterator[Store]:
    """The ledger as it stands; an empty one that is soon gone where there is none yet.

    Raises:
        LedgerUnavailable: it cannot be reached, or another version made it.
        ConfigError: it is another site's.
        NoRoom: there is no temporary folder.
    """
    store = Store(config.store.url)
    try:
        if is_made(store, config.site.id):
            yield store
            return
    finally:
        store.close()
    see_temporary_folder()
    with TemporaryDirectory(prefix="feedsvc-") as folder:
        empty = Store(f"sqlite:///{Path(folder) / 'ledger.db'}")
        migrate(empty)
        try:
            yield empty
        finally:
            empty.close()


def preview(publisher: Publisher, limit: int | None = None) -> Preview:
    """What `feedsvc scan` would do now; of each kind of change, at most `limit` are told.

    Raises:
        LedgerUnavailable: the ledger cannot be reached.
        NoRoom: there is no room for what was read.
    """
    ready = run.prepare(publisher, Request(at_rest=True))
    teller = _Teller(publisher.store, ready, limit)
    for decision, before in _decisions(publisher.store, ready):
        teller.take(decision, before)
    problems = _problems(publisher.store, ready, teller)
    counts, unsettled = ready.plan.counts, tuple(ready.intake.unsettled)
    return Preview(
        summary=str(run.Report(counts, problems, unsettled)),
        groups=teller.groups,
        filed=f"{counts.filed:,} of these {run.filing(counts)}" if counts.filed else "",
        configured=_is_configured(publisher.config, ready),
        problems=problems,
        unsettled=unsettled,
    )


def _is_configured(config: Config, ready: Prepared) -> bool:
    last = ready.state.facts.get("documents")
    return last is not None and last != config.document_digest(__version__)


def _decisions(store: Store, ready: Prepared) -> Iterator[tuple[Decision, Before | None]]:
    """Each decision, read once, with how its entry stands."""
    decisions = iter(ready.plan.decisions)
    while some := list(islice(decisions, TOGETHER)):
        before = previews.before(store, [one.id for one in some if not one.new])
        for decision in some:
            yield decision, before.get(decision.id)


class _Teller:
    """Takes decisions one by one, and keeps of most of them no more than that they were."""

    def __init__(self, store: Store, ready: Prepared, limit: int | None) -> None:
        self.groups = {fate: Group() for fate in Fate}
        self.originals: list[tuple[str, str]] = []  # URL and path of what names one
        self.touched: set[str] = set()  # ids of entries that are not what they were
        self._store, self._intake, self._limit = store, ready.intake, limit

    def take(self, decision: Decision, before: Before | None) -> None:
        """Count it, and tell of it where there is room."""
        article = self._intake.article(decision.article) if decision.article else None
        if article and article.original:
            self.originals.append((article.original.url, article.path))
        if not decision.new and (article or decision.withdrawn):
            self.touched.add(decision.id)
        group = self.groups[_fate(decision, before)]
        group.number += 1
        if self._limit is None or len(group.changes) < self._limit:
            group.changes.append(self._change(decision, before, article))

    def _change(self, decision: Decision, before: Before | None, article: Article | None) -> Change:
        path = article.path if article else before.path if before else ""
        title = article.title if article else before.title if before else ""
        words, beside = self._edits(decision, article)
        return Change(
            path,
            title,
            origin=before.path if before and before.path != path else "",
            until=decision.published if _is_held(decision) else None,
            words=words,
            beside=beside,
        )

    def _edits(
        self, decision: Decision, article: Article | None
    ) -> tuple[dict[str, tuple[Piece, ...]], tuple[str, ...]]:
        if decision.kind is ChangeKind.HELD and decision.released:
            return {}, ("date of expiry",)
        if decision.kind is not ChangeKind.EDITED or not article:
            return {}, ()
        old = previews.article(self._store, decision.id)
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
    if all(map(_begins, texts, pairs["summary"])):  # it only says again what the text says
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
    if key == "published" and value is None:  # it keeps the date that it was given
        return False
    return bool(value != getattr(old, key))


def _problems(store: Store, ready: Prepared, teller: _Teller) -> tuple[Problem, ...]:
    """Every problem that would stand after the scan, as the scan would tell them."""
    before, intake = ready.state.problems, ready.intake
    standing = [p for p in before if p.code != SAME_ORIGINAL and intake.leaves(p)]
    warned = [problem.path for problem in before if problem.code == SAME_ORIGINAL]
    seen = (
        *standing,
        *intake.problems,
        *ready.plan.problems,
        *_of_one_origin(store, warned, teller),
    )
    told = {(problem.path, problem.code): problem for problem in seen}
    return tuple(told[key] for key in sorted(told))


def _of_one_origin(store: Store, warned: Iterable[str], teller: _Teller) -> Iterator[Problem]:
    """The warnings of one Original that would stand: only these URLs can be named twice."""
    urls = {url for url, _ in teller.originals} | previews.originals_at(store, set(warned))
    there = previews.of_originals(store, urls)
    stay = [(url, path) for url, path, entry in there if entry not in teller.touched]
    return of_one_origin(sorted([*stay, *teller.originals]))
