"""Which entry an article is: the one that it was, the one that it claims to be, or a new one."""

from __future__ import annotations

from collections import defaultdict, deque
from collections.abc import Callable, Iterable, Set
from dataclasses import dataclass, field
from datetime import datetime
from itertools import chain, count

from feedsvc.model import BEGINNING, ArticleSummary, LedgerInput, Problem, StoredEntry, urn
from feedsvc.scan.plan.values import NewEntry, duplicate_id_problem, is_ahead

Pair = tuple[ArticleSummary, StoredEntry]


@dataclass(slots=True)
class Identified:
    """Every article of a scan beside the entry that it is.

    `edited` stand where they stood and say something else. `moved` stand elsewhere. `arrivals`
    are new, or come back. `vanished` are the living entries whose file is no more, by path.
    """

    edited: list[Pair] = field(default_factory=list)
    moved: list[Pair] = field(default_factory=list)
    arrivals: list[NewEntry] = field(default_factory=list)
    vanished: dict[str, StoredEntry] = field(default_factory=dict)
    problems: list[Problem] = field(default_factory=list)


def identify(
    articles: Iterable[ArticleSummary],
    gone: Iterable[str],
    view: LedgerInput,
    now: datetime,
    site_id: str,
) -> Identified:
    """Pair the articles, none of them withheld, in order of path with what the ledger knows."""
    living = {known.path: known for known in view.entries if not known.withdrawn}
    found = Identified(vanished={path: living[path] for path in gone if path in living})
    fresh = _at_home(articles, living, found)
    fresh = _without_duplicates(fresh, living, found)
    fresh = _without_moves(fresh, found)
    fresh = _without_renames(fresh, found, now)
    _arrive(fresh, view, now, site_id, found)
    return found


def _at_home(
    articles: Iterable[ArticleSummary], living: dict[str, StoredEntry], found: Identified
) -> list[ArticleSummary]:
    """Note the articles that are what stood at their path; what is left is new there.

    A file that claims another id than the entry at its path did is another article.
    """
    fresh = []
    for article in articles:
        known = living.get(article.path)
        if known is None:
            fresh.append(article)
        elif article.key and known.declared and article.key != known.key:
            found.vanished[article.path] = known
            fresh.append(article)
        elif article.digest != known.digest or article.expires != known.expires:
            found.edited.append((article, known))
    return fresh


def _without_duplicates(
    fresh: list[ArticleSummary], living: dict[str, StoredEntry], found: Identified
) -> list[ArticleSummary]:
    """The first to have an id keeps it; what was published at the path of the second stays."""
    while True:
        holders = {known.key: path for path, known in living.items() if path not in found.vanished}
        unique, problems, staying = [], [], False
        moved = {known.key: known.digest for known in found.vanished.values()}
        # what had the id and was moved goes before what only claims it
        for article in sorted(fresh, key=lambda one: (moved.get(one.key) != one.digest, one.path)):
            if article.key and article.key in holders:
                problems.append(duplicate_id_problem(article, holders[article.key]))
                staying |= found.vanished.pop(article.path, None) is not None
                continue
            unique.append(article)
            if article.key:
                holders[article.key] = article.path
        if not staying:  # else an id that was thought free is not, and the first may be another
            found.problems += problems
            return sorted(unique, key=lambda one: one.path)


def _without_moves(fresh: list[ArticleSummary], found: Identified) -> list[ArticleSummary]:
    """Pair fresh articles with vanished ones by id or, without one, by content."""
    by_key = {known.key: known for known in found.vanished.values()}
    claimed = {article.key for article in fresh if article.key}
    by_digest: defaultdict[str, deque[StoredEntry]] = defaultdict(deque)
    for _, one in sorted(found.vanished.items()):
        if one.key not in claimed:
            by_digest[one.digest].append(one)
    arrivals = []
    for article in fresh:
        same = by_digest[article.digest]
        known = by_key.get(article.key) if article.key else None
        if known is None and same and not _claims_another(article, same[0]):
            known = same.popleft()
        if known:
            del found.vanished[known.path]
            found.moved.append((article, known))
        else:
            arrivals.append(article)
    return arrivals


def _without_renames(
    fresh: list[ArticleSummary], found: Identified, now: datetime
) -> list[ArticleSummary]:
    """Pair what is left by the bytes of the files: a name may give a date, a slug or a title.

    What is published and would be dated ahead is left alone, for it can only be withdrawn.
    """
    by_bytes: defaultdict[bytes, deque[StoredEntry]] = defaultdict(deque)
    for _, known in sorted(found.vanished.items()):
        if known.file_digest:
            by_bytes[known.file_digest].append(known)
    arrivals = []
    for article in fresh:
        same = by_bytes.get(article.file_digest)
        if not same or (same[0].released and is_ahead(article, now)):
            arrivals.append(article)
            continue
        known = same.popleft()
        del found.vanished[known.path]
        found.moved.append((article, known))
    return arrivals


def _arrive(
    arrivals: list[ArticleSummary],
    view: LedgerInput,
    now: datetime,
    site_id: str,
    found: Identified,
) -> None:
    """Give each arrival the id it had before it was withdrawn, or one of its own."""
    keys = {known.key for known in view.entries}
    keys |= {article.key for article in arrivals if article.key}
    returning = _returning(arrivals, [known for known in view.entries if known.withdrawn])
    for article in arrivals:
        if known := returning.get(article.path):
            published = article.published or (known.published if known.released else now)
            found.arrivals.append(
                NewEntry(
                    article,
                    known.id,
                    known.key,
                    published,
                    declared=known.declared,
                    before=known.released,
                )
            )
            continue
        key = article.key or unused(article.path, keys)
        found.arrivals.append(arrival(article, key, now, site_id))


def arrival(article: ArticleSummary, key: str, now: datetime, site_id: str) -> NewEntry:
    """An article that the ledger has never known, under its key."""
    return NewEntry(
        article,
        urn(site_id, "article", key),
        key,
        article.published or now,
        new=True,
        declared=bool(article.key),
    )


def unused(path: str, keys: Set[str]) -> str:
    """The path, or with a number where what was first seen there has moved and lives on.

    No path holds `//`, so no other file can come to have that key.
    """
    numbered = (f"{path}//{number}" for number in count(2))
    return next(key for key in chain([path], numbered) if key not in keys)


def _returning(
    arrivals: list[ArticleSummary], withdrawn: list[StoredEntry]
) -> dict[str, StoredEntry]:
    """Which withdrawn entry comes back at which path, the latest to go first.

    By the id that the file claims; then by path and content, by last path, by first path, and by
    content alone.
    """
    back: dict[str, StoredEntry] = {}
    free = {known.id: known for known in sorted(withdrawn, key=_latest_first)}
    for of_known, of_article in _TRAITS:
        there: dict[object, StoredEntry] = {}
        for known in free.values():
            there.setdefault(of_known(known), known)
        for article in arrivals:
            known_there = there.get(of_article(article))
            if article.path in back or not known_there or known_there.id not in free:
                continue
            if not _claims_another(article, known_there):
                back[article.path] = free.pop(known_there.id)
    return back


def _claims_another(article: ArticleSummary, known: StoredEntry) -> bool:
    return bool(article.key) and known.declared and article.key != known.key


def _latest_first(known: StoredEntry) -> tuple[float, str]:
    return -(known.withdrawn or BEGINNING).timestamp(), known.id


_TRAITS: tuple[tuple[Callable[[StoredEntry], object], Callable[[ArticleSummary], object]], ...] = (
    (lambda known: known.key, lambda article: article.key),
    (lambda known: (known.path, known.digest), lambda article: (article.path, article.digest)),
    (lambda known: known.path, lambda article: article.path),
    (lambda known: known.key, lambda article: article.path),
    (lambda known: known.digest, lambda article: article.digest),
)
