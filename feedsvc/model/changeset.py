"""All that one scan changes: the scan decides it, `plan` shows it, the ledger applies it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple, Protocol

from feedsvc.model.article import Article
from feedsvc.model.change import Decision, Problem
from feedsvc.model.feed import Collection, CollectionKind
from feedsvc.model.moments import Stat


@dataclass(frozen=True, slots=True)
class Counts:
    """The numbers in a scan's summary.

    `too_old` and `over_burst` are new articles too, filed under their own dates instead of
    announced.
    """

    new: int = 0
    changed: int = 0
    moved: int = 0
    withdrawn: int = 0
    held: int = 0
    too_old: int = 0
    over_burst: int = 0

    @property
    def filed(self) -> int:
        """The number of new articles that are not announced."""
        return self.too_old + self.over_burst

    @property
    def filing(self) -> str:
        """A sentence about the new articles that are not announced, with the reasons."""
        reasons = (
            (self.too_old, "older than publish.announce_days"),
            (self.over_burst, "over publish.burst"),
        )
        why = ", ".join(f"{number} {reason}" for number, reason in reasons if number)
        return f"filed under their own dates, unannounced ({why})"


@dataclass(frozen=True, slots=True)
class Report:
    """The result of a scan for people: counts, all current problems, files still being written.

    `passed_over` describes files that are not articles, if that differs from the last scan.
    """

    counts: Counts
    problems: tuple[Problem, ...] = ()
    unsettled: tuple[str, ...] = ()
    passed_over: str = ""

    def __str__(self) -> str:
        counts, number = self.counts, len(self.problems)
        parts = [
            f"{counts.new} new",
            f"{counts.changed} changed",
            f"{counts.moved} moved",
            f"{counts.withdrawn} withdrawn",
            f"{counts.held} held",
            f"{number} problem" + ("" if number == 1 else "s"),
        ]
        if counts.filed:
            parts.append(f"{counts.filed} of the new {counts.filing}")
        if self.unsettled:
            parts.append(f"{len(self.unsettled)} still being written")
        return ", ".join(parts)


class FileRead(NamedTuple):
    """A file that was read: its stat, the digest of its bytes, and whether the ledger knew it."""

    path: str
    stat: Stat
    digest: bytes | None
    known: bool


@dataclass(frozen=True, slots=True)
class FileChanges:
    """What the ledger is to remember of the files in the folder.

    Attributes:
        read: the files that were read.
        reread_all: the next scan reads all other files again.
        reread_below: folders whose files the next scan reads again.
        forgotten: paths that no longer exist.
    """

    read: Iterable[FileRead] = ()
    reread_all: bool = False
    reread_below: Iterable[str] = ()
    forgotten: Iterable[str] = ()


class CollectionsOf(Protocol):
    """Returns an article's collections; `reads_text` if they depend on the article's text."""

    @property
    def reads_text(self) -> bool: ...

    def __call__(self, article: Article) -> Sequence[Collection]: ...


class NoCollections:
    """The rule of a change set without entries."""

    @property
    def reads_text(self) -> bool:
        """No article is read."""
        return False

    def __call__(self, article: Article) -> tuple[Collection, ...]:
        return ()


@dataclass(frozen=True, slots=True)
class Pushes:
    """The (hub, topic) pairs of each collection whose feed is announced to hubs.

    Its subscription document has at most `entries` entries, with or without `tombstones`.
    """

    of: Mapping[tuple[CollectionKind, str], Sequence[tuple[str, str]]] = field(default_factory=dict)
    entries: int = 1
    tombstones: bool = False


@dataclass(frozen=True, slots=True)
class ChangeSet:
    """All that one scan changes in the ledger; applying it decides nothing.

    Attributes:
        changes: each decision with the article's text if that changes, read once and in order, so
            that a million articles need not fit into memory.
        report: counts, and all problems after this scan, each with the moment it appeared.
        visible: subscribers see some of the changes.
        logged: the change log gets an entry.
        configured: a setting changed, and with it every document.
        files: what was read, and what the next scan reads again.
        redirects: all files that only redirect, with the addresses they lead to.
        facts: digests of settings that changed.
        collections_of: the rule that assigns articles to collections; `reclassified` if it changed.
        first_import: the ledger has never had an entry.
        last_revision_time: the time of the revision before this one, in whole seconds since 1970.
    """

    changes: Iterable[tuple[Decision, Article | None]] = ()
    report: Report = field(default_factory=lambda: Report(Counts()))
    visible: bool = False
    logged: bool = False
    configured: bool = False
    files: FileChanges = field(default_factory=FileChanges)
    redirects: Mapping[str, str] = field(default_factory=dict)
    facts: Mapping[str, str] = field(default_factory=dict)
    pushes: Pushes = field(default_factory=Pushes)
    site_id: str = ""
    collections_of: CollectionsOf = field(default_factory=NoCollections)
    reclassified: bool = False
    first_import: bool = False
    last_revision_time: int = 0
