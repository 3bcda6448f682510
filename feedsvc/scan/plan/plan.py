"""What becomes of every new, changed and vanished article, and of what is due."""

from __future__ import annotations

from array import array
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from itertools import groupby
from typing import NamedTuple

from feedsvc.model import (
    MICROSECOND,
    SILENT,
    Announcing,
    ArticleSummary,
    ChangeKind,
    Counts,
    Decision,
    LedgerInput,
    Problem,
    StoredEntry,
    is_ahead,
)
from feedsvc.scan.plan.decisions import Decisions
from feedsvc.scan.plan.identity import Identified, identify
from feedsvc.scan.plan.release import release
from feedsvc.scan.plan.values import Arrivals, Articles, FolderInput, Plan

SAME_ORIGINAL = "same-original"

Numbered = Mapping[int, ArticleSummary]


def make_plan(
    folder: FolderInput, view: LedgerInput, now: datetime, *, site_id: str, announcing: Announcing
) -> Plan:
    """Decide what becomes of every new, changed and vanished article, and of what is due.

    In memory are the articles that the ledger may know, and a few numbers of each that is new. A
    first import differs only in the moments at which its articles are released.

    Args:
        folder: the new and changed articles.
        view: the ledger's entries that these may concern.
        now: the moment of the scan, aware and in UTC.
        site_id: every id is derived from it.
        announcing: which new articles are announced.
    """
    view = replace(view, entries=tuple(sorted(view.entries, key=lambda known: known.id)))
    candidates = _candidates(folder.articles, view)
    withheld = {one.path for one in candidates.values() if one.withheld_at(now)}
    shown = [one for one in candidates.values() if one.path not in withheld]
    found = identify(shown, sorted({*folder.gone, *withheld}), view.entries, now)
    known = _known(_busy(folder, candidates, found, view), found, view, now)
    arrivals = _arrivals(folder.articles, candidates, found, view)
    releases, counts = release(arrivals, view, known.timestamps, now, announcing)
    kinds = {one.kind for one in (*known.decisions, *known.expired)}
    kinds |= {one.kind for one in releases if one.numbers}
    decisions = Decisions(
        folder.articles, known.decisions, releases, arrivals, known.expired, now, site_id
    )
    return Plan(
        decisions,
        problems=[*found.problems, *known.problems],
        warnings=list(_same_originals(folder.articles, arrivals, known, view)),
        counts=known.counted(counts, sum(one.digest == was.digest for one, was in found.moved)),
        visible=any(kind not in SILENT for kind in kinds),
        logged=any(kinds),
    )


def _candidates(articles: Articles, view: LedgerInput) -> dict[int, ArticleSummary]:
    """The articles that the ledger may know, that are withheld or that claim an id, by number.

    Of an article that the ledger does not know, only the path, the id and the expiry are kept:
    there may be a million that claim an id.
    """
    special = frozenset(articles.special)
    traits = {trait for known in view.entries for trait in (known.path, known.key, known.digest)}
    of_bytes = {known.file_digest for known in view.entries if known.file_digest}
    # without entries, no other article need be read
    numbers = range(len(articles.dates)) if view.entries else sorted(special)
    candidates = {}
    for number, one in zip(numbers, map(articles.summary, numbers), strict=True):
        known = not traits.isdisjoint((one.path, one.key, one.digest))
        if known or one.file_digest in of_bytes:
            candidates[number] = one
        elif number in special:
            candidates[number] = ArticleSummary(
                one.path, "", key=one.key, withheld=one.withheld, expires=one.expires
            )
    return candidates


def _busy(
    folder: FolderInput, candidates: Numbered, found: Identified, view: LedgerInput
) -> set[str]:
    """The paths whose entries are not released as they are: their files say more."""
    paths = {known.path for known in view.entries}
    moved = (known.path for _, known in found.moved)
    read = (one.path for one in candidates.values() if one.path in paths)
    return {*folder.gone, *folder.pending, *read, *moved}


def _arrivals(
    articles: Articles, candidates: Numbered, found: Identified, view: LedgerInput
) -> Arrivals:
    """All articles but those that are withheld, claim the id of another or are known."""
    arriving = {article.path for article in found.arrivals}
    others = {number for number, one in candidates.items() if one.path not in arriving}
    return Arrivals(
        array("q", (number for number in range(len(articles.dates)) if number not in others)),
        articles.dates,
        {
            number: found.returning[one.path]
            for number, one in candidates.items()
            if one.path in found.returning
        },
        {known.key for known in view.entries} | {one.key for one in found.arrivals if one.key},
    )


@dataclass(frozen=True, slots=True)
class _Known:
    """What becomes of entries that the ledger has.

    `timestamps` are those that the decisions have taken, each later than the last.
    """

    due: Sequence[Decision]
    revised: Sequence[Decision]
    withdrawn: Sequence[Decision]
    expired: Sequence[Decision]
    timestamps: Sequence[datetime]
    problems: Sequence[Problem]

    @property
    def decisions(self) -> list[Decision]:
        return [*self.due, *self.revised, *self.withdrawn]

    def counted(self, counts: Counts, moved: int) -> Counts:
        """These numbers of new articles, with those of entries that the ledger has."""
        return replace(
            counts,
            new=counts.new + len(self.due),
            changed=len(self.revised) - moved,
            moved=moved,
            withdrawn=len(self.withdrawn) + len(self.expired),
        )


def _known(busy: Collection[str], found: Identified, view: LedgerInput, now: datetime) -> _Known:
    """Decide what becomes of entries that the ledger has."""
    drafts = list(_revised(found, now))
    revised = [draft for draft in drafts if isinstance(draft, _Draft)]
    due = [_release(known) for known in _due(view.entries, busy, now)]
    decisions, timestamps = _with_timestamps([*due, *revised], view.last_timestamp)
    withdrawn = [_withdraw(known) for known in found.vanished]
    decided = {decision.id for decision in (*decisions, *withdrawn)}
    return _Known(
        decisions[: len(due)],
        decisions[len(due) :],
        withdrawn,
        [_withdraw(one) for one in view.entries if one.is_over(now) and one.id not in decided],
        timestamps,
        [draft for draft in drafts if isinstance(draft, Problem)],
    )


class _Draft(NamedTuple):
    """A decision; with `at_least`, it takes a timestamp from that moment on."""

    decision: Decision
    at_least: datetime | None = None


def _with_timestamps(
    drafts: Iterable[_Draft], last: datetime
) -> tuple[list[Decision], list[datetime]]:
    """The decisions with timestamps of their own, each later than `last` and all before it."""
    decisions, timestamps = [], []
    for decision, at_least in drafts:
        if at_least is None:
            decisions.append(decision)
            continue
        last = max(last + MICROSECOND, at_least)
        timestamps.append(last)
        decisions.append(replace(decision, released=decision.released or last, updated=last))
    return decisions, timestamps


def _due(entries: Iterable[StoredEntry], busy: Collection[str], now: datetime) -> list[StoredEntry]:
    """The held entries whose date has come, in its order, unless their files say more."""
    due = (
        known
        for known in entries
        if known.path not in busy and known.is_held and known.published <= now
    )
    shown = [known for known in due if not known.is_over(now)]
    return sorted(shown, key=lambda known: (known.published, known.path))


def _release(known: StoredEntry) -> _Draft:
    """Release a held entry at the very moment it names, where the order allows."""
    return _Draft(_decision(known, ChangeKind.RELEASED, None), known.published)


def _decision(
    known: StoredEntry, kind: ChangeKind | None, article: ArticleSummary | None
) -> Decision:
    return Decision(
        known.id,
        known.key,
        kind,
        article,
        known.published,
        known.released,
        known.updated,
        declared=known.declared,
    )


def _revised(found: Identified, now: datetime) -> Iterator[_Draft | Problem]:
    """What becomes of articles that say something else than before, or are at another path."""
    for article, known in found.edited:
        yield _revise(article, known, now)
    for article, known in found.moved:
        same = article.digest == known.digest
        yield (_move if same else _revise)(article, known, now)


def _revise(article: ArticleSummary, known: StoredEntry, now: datetime) -> _Draft | Problem:
    """A file that says something else than before: edited, still held, or held no more.

    Another moment of expiry alone is nothing that subscribers see.
    """
    published = article.published or (known.published if known.released else now)
    dated = replace(known, published=published)
    ahead = is_ahead(article, now)
    if ahead and known.released:
        message = (
            f"its date {published.isoformat()} is ahead, but it is published already; "
            "the last version stays until then"
        )
        return Problem(article.path, "date-ahead", message)
    if ahead or (known.released and article.digest == known.digest):
        return _Draft(_decision(dated, ChangeKind.HELD, article))
    kind = ChangeKind.EDITED if known.released else ChangeKind.RELEASED
    return _Draft(_decision(dated, kind, article), now)


def _move(article: ArticleSummary, known: StoredEntry, now: datetime) -> _Draft:
    """A known entry at a new path, of which subscribers see the section, or its release if due."""
    if known.released is None and known.published <= now:
        return _Draft(_decision(known, ChangeKind.RELEASED, article), known.published)
    kind = None if article.expires == known.expires else ChangeKind.HELD
    if known.released and article.path.rpartition("/")[0] != known.path.rpartition("/")[0]:
        kind = ChangeKind.MOVED  # its section, or the addresses of what lies beside it
    return _Draft(_decision(known, kind, article))


def _withdraw(known: StoredEntry) -> Decision:
    kind = ChangeKind.WITHDRAWN if known.released else ChangeKind.HELD
    return replace(_decision(known, kind, None), withdrawn=True)


def _same_originals(
    articles: Articles, arrivals: Arrivals, known: _Known, view: LedgerInput
) -> Iterator[Problem]:
    """A warning for each article but the first of those that name the same Original."""
    first: dict[str, str] = {}
    for url, path in sorted(_originals(articles, arrivals, known, view)):
        if first.setdefault(url, path) != path:
            message = (
                f"its Original is that of {first[url]}; remove one if they are the same article"
            )
            yield Problem(path, SAME_ORIGINAL, message)


def _originals(
    articles: Articles, arrivals: Arrivals, known: _Known, view: LedgerInput
) -> Iterator[tuple[str, str]]:
    """URL and path of each article with an Original, but for new ones with one of their own."""
    decisions = (*known.decisions, *known.expired)
    decided = {one.id for one in decisions if one.article or one.withdrawn}
    named = [(url, path) for url, path, entry in view.originals if entry not in decided]
    named += [(one.article.original, one.article.path) for one in decisions if one.article]
    named = [(url, path) for url, path in named if url]
    yield from named
    hashes, taken = articles.originals, {hash(url) for url, _ in named}
    hashed = sorted((n for n in arrivals.numbers if hashes[n]), key=hashes.__getitem__)
    for value, group in groupby(hashed, hashes.__getitem__):
        same = list(group)
        for article in map(articles.summary, same if len(same) > 1 or value in taken else ()):
            yield article.original, article.path
