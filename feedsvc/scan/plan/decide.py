"""What becomes of every new, changed and vanished file, and of what is due."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime

from feedsvc.model import ChangeKind, Decision, Known, Problem, Sighting, View
from feedsvc.scan.plan.identity import identify
from feedsvc.scan.plan.release import Announcing, release
from feedsvc.scan.plan.values import Plan, Seen, Stamps, is_ahead


def make_plan(
    seen: Seen, view: View, now: datetime, *, site_id: str, announcing: Announcing
) -> Plan:
    """Decide what becomes of every new, changed and vanished file, and of what is due.

    Args:
        seen: what the folder says.
        view: what the ledger knows of it.
        now: the moment of the scan, aware and in UTC.
        site_id: makes the ids of this site's entries its own.
        announcing: which new articles are announced.
    """
    plan = Plan()
    stamps = Stamps(view.last_stamp)
    view = replace(view, entries=tuple(sorted(view.entries, key=lambda known: known.id)))
    articles = sorted(seen.articles, key=lambda article: article.path)
    withheld = [article.path for article in articles if article.withheld_at(now)]
    told = [article for article in articles if not article.withheld_at(now)]
    found = identify(told, sorted({*seen.gone, *withheld}), view, now, site_id)
    plan.problems += found.problems
    busy = {*seen.gone, *seen.pending, *(article.path for article in articles)}
    busy |= {known.path for _, known in found.moved}
    _release_due(plan, [known for known in view.entries if known.path not in busy], now, stamps)
    for article, known in found.edited:
        _revisit(plan, article, known, now, stamps)
    for article, known in found.moved:
        _move(plan, article, known, now, stamps)
    _withdraw(plan, found.vanished.values())
    release(plan, found.arrivals, view, now, stamps, announcing)
    _withdraw(plan, _expired(plan, view, now))
    return plan


def _expired(plan: Plan, view: View, now: datetime) -> list[Known]:
    """The entries whose time is over and of which no file that was read says something else."""
    decided = {decision.id for decision in plan.decisions}
    return [known for known in view.entries if known.is_over(now) and known.id not in decided]


def _release_due(plan: Plan, entries: list[Known], now: datetime, stamps: Stamps) -> None:
    """Release each held entry at the very moment it names, where the order allows."""
    held = [known for known in entries if known.released is None and not known.withdrawn]
    due = [known for known in held if known.published <= now and not known.is_over(now)]
    for known in sorted(due, key=lambda known: (known.published, known.path)):
        stamp = stamps.take(known.published)
        plan.counts.new += 1
        plan.decisions.append(_decision(known, ChangeKind.RELEASED, None, stamp, stamp))


def _decision(
    known: Known,
    kind: ChangeKind | None,
    article: Sighting | None,
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


def _revisit(plan: Plan, article: Sighting, known: Known, now: datetime, stamps: Stamps) -> None:
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
        plan.problems.append(Problem(article.path, "date-ahead", message))
        return
    plan.counts.changed += 1
    kind, released, updated = ChangeKind.EDITED, known.released, None
    if ahead or (known.released and article.digest == known.digest):
        kind, updated = ChangeKind.HELD, known.updated
    elif known.released:
        updated = stamps.take(now)
    else:
        kind, released = ChangeKind.RELEASED, stamps.take(now)
        updated = released
    dated = replace(known, published=published)
    plan.decisions.append(_decision(dated, kind, article, released, updated))


def _move(plan: Plan, article: Sighting, known: Known, now: datetime, stamps: Stamps) -> None:
    """A known entry at a new path, of which subscribers see the section, or its release if due."""
    if article.digest != known.digest:
        _revisit(plan, article, known, now, stamps)
        return
    plan.counts.moved += 1
    kind = None if article.expires == known.expires else ChangeKind.HELD
    released, updated = known.released, known.updated
    if known.released is None and known.published <= now:
        kind, released = ChangeKind.RELEASED, stamps.take(known.published)
        updated = released
    elif known.released and article.path.rpartition("/")[0] != known.path.rpartition("/")[0]:
        kind = ChangeKind.MOVED  # its section, or the addresses of what lies beside it
    plan.decisions.append(_decision(known, kind, article, released, updated))


def _withdraw(plan: Plan, vanished: Iterable[Known]) -> None:
    for known in vanished:
        plan.counts.withdrawn += 1
        kind = ChangeKind.WITHDRAWN if known.released else ChangeKind.HELD
        gone = _decision(known, kind, None, known.released, known.updated)
        plan.decisions.append(replace(gone, withdrawn=True))
