"""Which entry an article is: the one that it was, the one that it claims to be, or a new one."""

from __future__ import annotations

from collections import defaultdict, deque
from collections.abc import Callable, Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from feedsvc.model import BEGINNING, ArticleSummary, Problem, StoredEntry, is_ahead

Pair = tuple[ArticleSummary, StoredEntry]
ByPath = Mapping[str, StoredEntry]


@dataclass(frozen=True, slots=True)
class Identified:
    """Articles paired with the entries that they are.

    Attributes:
        edited: articles at the path of their entry that differ from it.
        moved: articles at another path than their entry.
        arrivals: all other articles; those that do not come back are new.
        returning: the withdrawn entries that come back, by the path of the article.
        vanished: living entries that have no file any more.
        problems: articles that claim the id of another.
    """

    edited: Sequence[Pair]
    moved: Sequence[Pair]
    arrivals: Sequence[ArticleSummary]
    returning: ByPath
    vanished: Sequence[StoredEntry]
    problems: Sequence[Problem]


def identify(
    articles: Iterable[ArticleSummary],
    gone: Iterable[str],
    entries: Sequence[StoredEntry],
    now: datetime,
) -> Identified:
    """Pair articles, none of them withheld and in the order of paths, with the ledger's entries."""
    living = {known.path: known for known in entries if not known.withdrawn}
    vanished = {path: living[path] for path in gone if path in living}
    edited, displaced, fresh = _at_home(articles, living)
    fresh, vanished, problems = _without_duplicates(fresh, living, vanished | displaced)
    moved = _moves(fresh, vanished)
    fresh, vanished = _without(moved, fresh, vanished)
    renamed = _renames(fresh, vanished, now)
    fresh, vanished = _without(renamed, fresh, vanished)
    returning = _returning(fresh, [known for known in entries if known.withdrawn])
    return Identified(
        edited, [*moved, *renamed], fresh, returning, list(vanished.values()), problems
    )


def _at_home(
    articles: Iterable[ArticleSummary], living: ByPath
) -> tuple[list[Pair], dict[str, StoredEntry], list[ArticleSummary]]:
    """The edited articles, the entries displaced from their paths, and the fresh articles.

    A file that claims another id than the entry at its path did is another article.
    """
    edited, displaced, fresh = [], {}, []
    for article in articles:
        known = living.get(article.path)
        if known is None:
            fresh.append(article)
        elif article.key and known.declared and article.key != known.key:
            displaced[article.path] = known
            fresh.append(article)
        elif article.digest != known.digest or article.expires != known.expires:
            edited.append((article, known))
    return edited, displaced, fresh


def _without_duplicates(
    fresh: list[ArticleSummary], living: ByPath, vanished: dict[str, StoredEntry]
) -> tuple[list[ArticleSummary], dict[str, StoredEntry], list[Problem]]:
    """The fresh articles whose id no other has, and what vanished; a problem for each of the rest.

    The first to have an id keeps it. What was published at the path of the second stays, so an id
    that seemed free may not be, and the search starts again.
    """
    while True:
        duplicates = _duplicates(fresh, living, vanished)
        staying = duplicates.keys() & vanished.keys()
        vanished = {path: known for path, known in vanished.items() if path not in staying}
        if not staying:
            unique = [article for article in fresh if article.path not in duplicates]
            return unique, vanished, list(duplicates.values())


def _duplicates(
    fresh: Iterable[ArticleSummary], living: ByPath, vanished: ByPath
) -> dict[str, Problem]:
    """A problem for each article that claims the id of another, by path."""
    holders = {known.key: path for path, known in living.items() if path not in vanished}
    moved = {known.key: known.digest for known in vanished.values()}
    claiming = [article for article in fresh if article.key]
    found = {}
    # an article that had the id and was moved comes before one that only claims it
    for article in sorted(claiming, key=lambda one: moved.get(one.key) != one.digest):
        if holders.setdefault(article.key, article.path) != article.path:
            found[article.path] = _duplicate_id(article, holders[article.key])
    return found


def _duplicate_id(article: ArticleSummary, other: str) -> Problem:
    message = (
        f"it claims the id {article.key!r}, which is that of {other}; "
        "give it an id of its own, or none"
    )
    return Problem(article.path, "duplicate-id", message)


def _moves(fresh: Sequence[ArticleSummary], vanished: ByPath) -> list[Pair]:
    """Pair fresh articles with vanished entries by id or, without one, by content."""
    by_key = {known.key: known for known in vanished.values()}
    claimed = {article.key for article in fresh if article.key}
    by_digest = _queues(
        (known for known in vanished.values() if known.key not in claimed),
        lambda known: known.digest,
    )
    moved = []
    for article in fresh:
        same = by_digest[article.digest]
        known = by_key.get(article.key) if article.key else None
        if known is None and same and not _claims_another(article, same[0]):
            known = same.popleft()
        if known:
            moved.append((article, known))
    return moved


def _renames(fresh: Sequence[ArticleSummary], vanished: ByPath, now: datetime) -> list[Pair]:
    """Pair what is left by the bytes of the files: a name may give a date, a slug or a title.

    What is published and would be dated ahead is left alone, for it can only be withdrawn.
    """
    by_bytes = _queues(
        (known for known in vanished.values() if known.file_digest),
        lambda known: known.file_digest,
    )
    renamed = []
    for article in fresh:
        same = by_bytes[article.file_digest]
        if same and not (same[0].released and is_ahead(article, now)):
            renamed.append((article, same.popleft()))
    return renamed


def _queues(
    entries: Iterable[StoredEntry], trait: Callable[[StoredEntry], Hashable]
) -> defaultdict[Hashable, deque[StoredEntry]]:
    """The entries with the same trait, in the order of paths."""
    queues: defaultdict[Hashable, deque[StoredEntry]] = defaultdict(deque)
    for known in sorted(entries, key=lambda known: known.path):
        queues[trait(known)].append(known)
    return queues


def _without(
    pairs: Iterable[Pair], fresh: Iterable[ArticleSummary], vanished: ByPath
) -> tuple[list[ArticleSummary], dict[str, StoredEntry]]:
    """The articles and entries that are in none of these pairs."""
    new = {article.path for article, _ in pairs}
    old = {known.path for _, known in pairs}
    return (
        [article for article in fresh if article.path not in new],
        {path: known for path, known in vanished.items() if path not in old},
    )


def _returning(
    arrivals: Sequence[ArticleSummary], withdrawn: Iterable[StoredEntry]
) -> dict[str, StoredEntry]:
    """The withdrawn entries that come back, by the new path; the latest to go comes back first.

    They are known by the id that the file claims; then by path and content, by last path, by first
    path, and by content alone.
    """
    back: dict[str, StoredEntry] = {}
    free = {known.id: known for known in sorted(withdrawn, key=_latest_first)}
    for of_known, of_article in _TRAITS:
        there: dict[Hashable, StoredEntry] = {}
        for known in free.values():
            there.setdefault(of_known(known), known)
        for article in arrivals:
            candidate = there.get(of_article(article))
            if article.path in back or not candidate or candidate.id not in free:
                continue
            if not _claims_another(article, candidate):
                back[article.path] = free.pop(candidate.id)
    return back


def _claims_another(article: ArticleSummary, known: StoredEntry) -> bool:
    return bool(article.key) and known.declared and article.key != known.key


def _latest_first(known: StoredEntry) -> tuple[float, str]:
    return -(known.withdrawn or BEGINNING).timestamp(), known.id


_TRAITS: tuple[
    tuple[Callable[[StoredEntry], Hashable], Callable[[ArticleSummary], Hashable]], ...
] = (
    (lambda known: known.key, lambda article: article.key),
    (lambda known: (known.path, known.digest), lambda article: (article.path, article.digest)),
    (lambda known: known.path, lambda article: article.path),
    (lambda known: known.key, lambda article: article.path),
    (lambda known: known.digest, lambda article: article.digest),
)
