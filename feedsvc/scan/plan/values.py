"""What a plan is made of."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime

from feedsvc.model import MICROSECOND, SILENT, ArticleSummary, ChangeKind, Counts, Decision, Problem


@dataclass(slots=True)
class Plan:
    """Everything that one scan changes.

    `problems` are those of articles that stay as they were published, `warnings` those of articles
    that are published all the same; neither can be seen in one file alone.
    """

    decisions: list[Decision] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)
    warnings: list[Problem] = field(default_factory=list)
    counts: Counts = field(default_factory=Counts)

    @property
    def visible(self) -> bool:
        """Whether subscribers will see anything of it."""
        return any(decision.kind not in SILENT for decision in self.decisions)

    @property
    def logged(self) -> bool:
        """Whether the change log gets an entry."""
        return any(decision.kind for decision in self.decisions)


@dataclass(frozen=True, slots=True)
class FolderInput:
    """The folder's side of the question.

    `articles` are what the new and changed files say, one for each path, `gone` the paths that
    the ledger knows and the folder has no more. `pending` are those whose file is being written:
    what it held is not released meanwhile.
    """

    articles: Iterable[ArticleSummary] = ()
    gone: Iterable[str] = ()
    pending: Iterable[str] = ()


@dataclass(frozen=True, slots=True)
class NewEntry:
    """An article on its way to its first release, or back from withdrawal.

    `before` is when it was released, if it was: it comes back to where it stood.
    """

    article: ArticleSummary
    id: str
    key: str
    published: datetime
    new: bool = False
    declared: bool = False
    before: datetime | None = None

    @property
    def order(self) -> tuple[datetime, str]:
        """Articles are released in the order of their dates."""
        return self.published, self.article.path

    def decide(
        self, kind: ChangeKind, stamp: datetime | None, updated: datetime | None = None
    ) -> Decision:
        """Release it at `stamp`, or hold it where there is none."""
        return Decision(
            self.id,
            self.key,
            kind,
            self.article,
            self.published,
            stamp,
            updated or stamp,
            new=self.new,
            declared=self.declared,
        )


def is_ahead(article: ArticleSummary, now: datetime) -> bool:
    """Whether the file itself names a date in the future.

    The ledger's date of an article whose file names none came from this machine's clock, which may
    have been ahead then. It holds nothing back.
    """
    return article.published is not None and article.published > now


class Stamps:
    """Moments that are given out once, each later than all before."""

    def __init__(self, after: datetime) -> None:
        self._last = after
        self.given: set[datetime] = set()

    def take(self, at_least: datetime) -> datetime:
        """The first free moment from `at_least` on."""
        self._last = max(self._last + MICROSECOND, at_least)
        self.given.add(self._last)
        return self._last


def duplicate_id_problem(article: ArticleSummary, other: str) -> Problem:
    """The problem of an article that claims the id of another, whose path is given."""
    message = (
        f"it claims the id {article.key!r}, which is that of {other}; "
        "give it an id of its own, or none"
    )
    return Problem(article.path, "duplicate-id", message)
