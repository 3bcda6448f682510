"""A ledger of plain values, for tests of what a plan does to it scan by scan."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Any

from feedsvc.model import (
    BEGINNING,
    NO_DATE,
    Announcing,
    Article,
    ArticleSummary,
    ChangeKind,
    Decision,
    LedgerInput,
    StoredEntry,
    in_microseconds,
)
from feedsvc.scan import plan as planning
from feedsvc.scan.plan import FolderInput

SITE = "test"
NOW = datetime(2026, 5, 1, 12, tzinfo=UTC)
OLD = datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)
HOUR = timedelta(hours=1)
TICK = timedelta(microseconds=1)


def article(
    path: str = "a.txt",
    text: str = "text",
    published: datetime | None = OLD,
    title: str = "Title",
    file: str = "",
    **more: Any,
) -> ArticleSummary:
    """An article at a path; `file` are its bytes; `key`, `withheld`, `expires`, `updated` too."""
    said = Article(path, title, f"<p>{text}</p>", text, published, **more)
    return ArticleSummary.of(said, file_digest=file.encode())


@dataclass(frozen=True)
class Plan(planning.Plan):
    """A plan that is read as often as a test likes."""

    decisions: list[Decision]


class Listed:
    """Articles in the order of paths, as a scan has them on disk."""

    def __init__(self, articles: Iterable[ArticleSummary]) -> None:
        self._all = sorted(articles, key=lambda article: article.path)
        self.dates = [
            in_microseconds(one.published) if one.published else NO_DATE for one in self._all
        ]
        self.special = [
            number for number, one in enumerate(self._all) if one.withheld or one.expires or one.key
        ]
        self.originals = [hash(one.original) if one.original else 0 for one in self._all]

    def summary(self, number: int) -> ArticleSummary:
        return self._all[number]


def make_plan(
    articles: Iterable[ArticleSummary],
    view: LedgerInput,
    now: datetime = NOW,
    *,
    site_id: str = SITE,
    announcing: Announcing | None = None,
    **paths: Iterable[str],
) -> Plan:
    """The plan of a scan, with all its decisions; `gone` and `pending` are paths."""
    folder = FolderInput(Listed(articles), **paths)
    rules = announcing or Announcing()
    plan = planning.make_plan(folder, view, now, site_id=site_id, announcing=rules)
    return Plan(
        list(plan.decisions), plan.problems, plan.warnings, plan.counts, plan.visible, plan.logged
    )


class Ledger:
    """Entries by id, as plans leave them; it refuses what the real tables would refuse."""

    def __init__(self) -> None:
        self.entries: dict[str, StoredEntry] = {}
        self.articles: dict[str, ArticleSummary] = {}

    @property
    def view(self) -> LedgerInput:
        known = tuple(
            replace(one, file_digest=self.articles[one.id].file_digest)
            for one in self.entries.values()
        )
        released = [entry.released for entry in known if entry.released]
        updated = [entry.updated for entry in known if entry.updated]
        return LedgerInput(
            entries=known,
            last_timestamp=max([*released, *updated], default=BEGINNING),
            taken=frozenset(map(in_microseconds, (*released, *updated))),
            first_import=not known,
        )

    @property
    def living(self) -> dict[str, StoredEntry]:
        """The entries that are not withdrawn, by path."""
        return {known.path: known for known in self.entries.values() if not known.withdrawn}

    @property
    def newest_first(self) -> list[str]:
        """The paths in the order in which a feed shows them."""
        shown = [(known.released, known.path) for known in self.living.values() if known.released]
        return [path for _, path in sorted(shown, reverse=True)]

    def scan(
        self,
        *articles: ArticleSummary,
        gone: Collection[str] = (),
        now: datetime = NOW,
        burst: int = 100,
        others: int = 0,
    ) -> Plan:
        """Plan what these articles and vanished paths do, and do it."""
        announcing = Announcing(burst, others=others)
        plan = make_plan(articles, self.view, now, gone=gone, announcing=announcing)
        self.apply(plan, now)
        return plan

    def release(self, now: datetime) -> Plan:
        """Scan a folder in which nothing has changed."""
        return self.scan(now=now)

    def apply(self, plan: Plan, now: datetime) -> None:
        """Do what the plan says."""
        for decision in plan.decisions:
            self._take(decision, now)
        for timestamps in (
            [known.released for known in self.entries.values() if known.released],
            [known.updated for known in self.entries.values() if known.updated],
            [known.key for known in self.entries.values()],
            list(self.living),
        ):
            assert len(set(timestamps)) == len(timestamps), "the ledger holds each of these once"

    def _take(self, decision: Decision, now: datetime) -> None:
        known = decision.id in self.entries
        assert decision.new is not known, "an entry is inserted once, and updated from then on"
        if decision.article:
            self.articles[decision.id] = decision.article
        told = self.articles[decision.id]
        self.entries[decision.id] = StoredEntry(
            id=decision.id,
            key=decision.key,
            path=told.path,
            digest=told.digest,
            published=decision.published,
            released=decision.released,
            updated=decision.updated,
            withdrawn=now if decision.withdrawn else None,
            declared=decision.declared,
            expires=told.expires,
        )


def told(plan: Plan) -> list[tuple[str, ChangeKind]]:
    """What subscribers see of a plan: keys and kinds."""
    return [(key, kind) for key, kind in logged_changes(plan) if kind != ChangeKind.HELD]


def logged_changes(plan: Plan) -> list[tuple[str, ChangeKind]]:
    """Every change that a plan writes into the change log: keys and kinds."""
    return [(decision.key, decision.kind) for decision in plan.decisions if decision.kind]
