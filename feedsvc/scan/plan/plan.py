"""What becomes of every new, changed and vanished file, and of what is due."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator
from dataclasses import replace
from datetime import datetime

from feedsvc.model import ArticleSummary, ChangeKind, Decision, LedgerInput, Problem, StoredEntry
from feedsvc.scan.plan.identity import Identified, identify
from feedsvc.scan.plan.originals import shared_originals
from feedsvc.scan.plan.release import Announcing, release
from feedsvc.scan.plan.values import FolderInput, Plan, Stamps, is_ahead


def make_plan(
    seen: FolderInput, view: LedgerInput, now: datetime, *, site_id: str, announcing: Announcing
) -> Plan:
    """Decide what becomes of every new, changed and vanished file, and of what is due.

    Args:
        seen: what the folder says.
        view: what the ledger knows of it.
        now: the moment of the scan, aware and in UTC.
        site_id: makes the ids of this site's entries its own.
        announcing: which new articles are announced.
    """
    stamps = Stamps(view.last_stamp)
    entries = sorted(view.entries, key=lambda known: known.id)
    articles = sorted(seen.articles, key=lambda article: article.path)
    withheld = {article.path for article in articles if article.withheld_at(now)}
    shown = [article for article in articles if article.path not in withheld]
    view = replace(view, entries=tuple(entries))
    found = identify(shown, sorted({*seen.gone, *withheld}), view, now, site_id)
    busy = {*seen.gone, *seen.pending, *(article.path for article in articles)}
    busy |= {known.path for _, known in found.moved}
    # the order in which unique timestamps are taken
    due = [_release(known, stamps) for known in _due(entries, busy, now)]
    revised = list(_revised(found, now, stamps))
    withdrawn = [_withdraw(known) for known in found.vanished.values()]
    arrived, counts = release(found.arrivals, view.taken, now, stamps, announcing)
    edits = [one for one in revised if isinstance(one, Decision)]
    decisions = [*due, *edits, *withdrawn, *arrived]
    expired = [_withdraw(known) for known in _expired(entries, decisions, now)]
    counts.new += len(due)
    counts.moved = _number_moved(found)
    counts.changed = len(edits) - counts.moved
    counts.withdrawn = len(withdrawn) + len(expired)
    problems = [one for one in revised if isinstance(one, Problem)]
    decisions += expired
    warnings = shared_originals(_originals(decisions, view))
    return Plan(decisions, [*found.problems, *problems], list(warnings), counts)


def _due(entries: Iterable[StoredEntry], busy: Collection[str], now: datetime) -> list[StoredEntry]:
    """The held entries whose date has come, in its order, unless their files say more."""
    due = (
        known
        for known in entries
        if known.path not in busy and known.is_held and known.published <= now
    )
    shown = [known for known in due if not known.is_over(now)]
    return sorted(shown, key=lambda known: (known.published, known.path))


def _release(known: StoredEntry, stamps: Stamps) -> Decision:
    """Release a held entry at the very moment it names, where the order allows."""
    stamp = stamps.take(known.published)
    return _decision(known, ChangeKind.RELEASED, None, stamp, stamp)


def _expired(
    entries: Iterable[StoredEntry], decisions: Iterable[Decision], now: datetime
) -> list[StoredEntry]:
    """The entries whose time is over and of which no file that was read says something else."""
    decided = {decision.id for decision in decisions}
    return [known for known in entries if known.is_over(now) and known.id not in decided]


def _decision(
    known: StoredEntry,
    kind: ChangeKind | None,
    article: ArticleSummary | None,
    released: datetime | None,
    updated: datetime | None,
) -> Decision:
    return Decision(
        known.id,
        known.key,
        kind,
        article,
        known.published,
        released,
        updated,
        declared=known.declared,
    )


def _number_moved(found: Identified) -> int:
    return sum(article.digest == known.digest for article, known in found.moved)


def _revised(found: Identified, now: datetime, stamps: Stamps) -> Iterator[Decision | Problem]:
    """What becomes of articles that say something else than before, or are at another path."""
    for article, known in found.edited:
        yield _revise(article, known, now, stamps)
    for article, known in found.moved:
        same = article.digest == known.digest
        yield (_move if same else _revise)(article, known, now, stamps)


def _revise(
    article: ArticleSummary, known: StoredEntry, now: datetime, stamps: Stamps
) -> Decision | Problem:
    """A file that says something else than before: edited, still held, or held no more.

    Another moment of expiry alone is nothing that subscribers see.
    """
    published = article.published or (known.published if known.released else now)
    ahead = is_ahead(article, now)
    if ahead and known.released:
        message = (
            f"its date {published.isoformat()} is ahead, but it is published already; "
            "the last version stays until then"
        )
        return Problem(article.path, "date-ahead", message)
    kind, released, updated = ChangeKind.EDITED, known.released, None
    if ahead or (known.released and article.digest == known.digest):
        kind, updated = ChangeKind.HELD, known.updated
    elif known.released:
        updated = stamps.take(now)
    else:
        kind, released = ChangeKind.RELEASED, stamps.take(now)
        updated = released
    dated = replace(known, published=published)
    return _decision(dated, kind, article, released, updated)


def _move(article: ArticleSummary, known: StoredEntry, now: datetime, stamps: Stamps) -> Decision:
    """A known entry at a new path, of which subscribers see the section, or its release if due."""
    kind = None if article.expires == known.expires else ChangeKind.HELD
    released, updated = known.released, known.updated
    if known.released is None and known.published <= now:
        kind, released = ChangeKind.RELEASED, stamps.take(known.published)
        updated = released
    elif known.released and article.path.rpartition("/")[0] != known.path.rpartition("/")[0]:
        kind = ChangeKind.MOVED  # its section, or the addresses of what lies beside it
    return _decision(known, kind, article, released, updated)


def _withdraw(known: StoredEntry) -> Decision:
    kind = ChangeKind.WITHDRAWN if known.released else ChangeKind.HELD
    gone = _decision(known, kind, None, known.released, known.updated)
    return replace(gone, withdrawn=True)


def _originals(decisions: Iterable[Decision], view: LedgerInput) -> Iterator[tuple[str, str]]:
    """URL and path of each article that names an Original, as it stands after these decisions."""
    decided = {one.id for one in decisions if one.article or one.withdrawn}
    yield from ((url, path) for url, path, entry in view.originals if entry not in decided)
    for one in decisions:
        if one.article and one.article.original and not one.withdrawn:
            yield one.article.original, one.article.path
