"""The input and the result of a plan."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence, Set
from dataclasses import dataclass, field
from typing import Protocol

from feedsvc.model import ArticleSummary, ChangeKind, Counts, Decision, Problem, StoredEntry


class Articles(Protocol):
    """The new and changed articles in the order of paths, numbered from 0.

    There may be a million, on disk, so what a plan needs of all of them at once is in columns.
    """

    @property
    def dates(self) -> Sequence[int]:
        """The date that each names, in microseconds since 1970, or NO_DATE."""

    @property
    def special(self) -> Iterable[int]:
        """The numbers of those that are withheld, expire or claim an id."""

    @property
    def originals(self) -> Sequence[int]:
        """A hash of the URL of each one's Original, 0 if it has none."""

    def summary(self, number: int) -> ArticleSummary:
        """The article with this number."""


@dataclass(frozen=True, slots=True)
class FolderInput:
    """The folder's side of a plan.

    Attributes:
        articles: those that differ from what is published from their paths.
        gone: paths that the ledger knows and the folder no longer has.
        pending: paths of files that are still being written; a scheduled entry is not released
            meanwhile.
    """

    articles: Articles
    gone: Iterable[str] = ()
    pending: Iterable[str] = ()


@dataclass(frozen=True, slots=True)
class Arrivals:
    """The new articles of a scan, and those that come back.

    Attributes:
        numbers: the numbers of the articles, in the order of paths.
        dates: the date that each article of the scan names, in microseconds since 1970, or NO_DATE.
        returning: the withdrawn entries that come back, by the number of the article.
        keys: the keys that are taken.
    """

    numbers: Sequence[int]
    dates: Sequence[int]
    returning: Mapping[int, StoredEntry]
    keys: Set[str]


@dataclass(frozen=True, slots=True)
class Releases:
    """New articles with one kind of change, in the order in which the change log names them.

    Attributes:
        kind: HELD for articles whose date is ahead.
        numbers: the numbers of the articles.
        timestamps: the moment of each, in microseconds since 1970; empty for HELD.
    """

    kind: ChangeKind
    numbers: Sequence[int]
    timestamps: Sequence[int] = ()


@dataclass(frozen=True, slots=True)
class Plan:
    """What one scan changes about entries.

    Attributes:
        decisions: may be read several times, and is made anew each time, so that a million need
            not fit into memory.
        problems: articles whose last published version stays.
        warnings: problems of articles that are published all the same.
        counts: the numbers in the scan's summary.
        visible: subscribers see some of the decisions.
        logged: the change log gets an entry.
    """

    decisions: Iterable[Decision] = ()
    problems: Sequence[Problem] = ()
    warnings: Sequence[Problem] = ()
    counts: Counts = field(default_factory=Counts)
    visible: bool = False
    logged: bool = False
