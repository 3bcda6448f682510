"""The output of `feedsvc status`: the ledger's status on one screen."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import asdict
from datetime import datetime, timedelta
from itertools import islice
from typing import Any

from feedsvc.cli.text import moment, more, printed, problem_fields, span
from feedsvc.ledger.overview import Holder, Overview, Scan
from feedsvc.model import Problem

MAX_PROBLEMS = 10  # shown as text; the JSON has all


def as_text(overview: Overview, now: datetime) -> Iterator[str]:
    """One line for each property, which begins with its name."""
    yield f"last scan  {_scan(overview.last, now)}"
    if overview.failed:
        yield f"failed     {_scan(overview.failed, now)}"
    if overview.running:
        yield f"scanning   since {moment(overview.running.started)}, {overview.running.holder}"
    yield f"revision   {_revision(overview, now)}"
    yield (
        f"entries    {overview.released:,} released, {overview.held:,} held, "
        f"{overview.withdrawn:,} withdrawn"
    )
    yield f"next due   {_when(overview.next_due, now) if overview.next_due else 'none is held'}"
    for lease in overview.leases:
        yield f"lease      {lease.lease}: {printed(lease.holder)}, {_renewed(lease)}"
    if not overview.leases:
        yield "lease      none: no scan is running and no scheduler is active"
    yield f"pings      {overview.pings:,} waiting"
    yield f"problems   {len(overview.problems):,}"
    yield from (_problem(problem) for problem in islice(overview.problems, MAX_PROBLEMS))
    yield from more(len(overview.problems) - MAX_PROBLEMS)


def _renewed(lease: Holder) -> str:
    age = span(max(lease.age, timedelta()))
    return f"renewed {age} ago" if lease.is_alive else f"not renewed for {age}"


def _scan(scan: Scan | None, now: datetime) -> str:
    if scan is None:
        return "none yet"
    took = f", took {span(scan.finished - scan.started)}" if scan.finished else ""
    summary = f": {printed(scan.summary)}" if scan.summary else ""
    return f"{_when(scan.started, now)}{took}, {scan.outcome}{summary}"


def _revision(overview: Overview, now: datetime) -> str:
    if overview.last_changed is None:
        return "none yet"
    return f"{overview.sequence:,}, of {_when(overview.last_changed, now)}"


def _when(then: datetime, now: datetime) -> str:
    relative = f"{span(now - then)} ago" if then <= now else f"in {span(then - now)}"
    return f"{moment(then)} ({relative})"


def _problem(problem: Problem) -> str:
    since = f", since {moment(problem.since)}" if problem.since else ""
    return f"  {printed(str(problem))}{since}"


def as_json(overview: Overview) -> Iterator[str]:
    """The ledger's status as JSON: times in ISO 8601, and all problems."""
    status = {
        "last_scan": _scan_fields(overview.last),
        "failed_scan": _scan_fields(overview.failed),
        "running_scan": _scan_fields(overview.running),
        "edition": {"sequence": overview.sequence, "moment": overview.last_changed},
        "entries": {
            "released": overview.released,
            "held": overview.held,
            "withdrawn": overview.withdrawn,
        },
        "next_due": overview.next_due,
        "problems": [_problem_fields(problem) for problem in overview.problems],
        "leases": [_lease_fields(lease) for lease in overview.leases],
        "pings": overview.pings,
    }
    yield json.dumps(status, indent=2, default=datetime.isoformat)


def _problem_fields(problem: Problem) -> dict[str, Any]:
    return problem_fields(problem) | {"since": problem.since}


def _lease_fields(lease: Holder) -> dict[str, Any]:
    return {
        "lease": lease.lease,
        "holder": lease.holder,
        "renewed_seconds_ago": lease.age.total_seconds(),
        "alive": lease.is_alive,
    }


def _scan_fields(scan: Scan | None) -> dict[str, Any] | None:
    return asdict(scan) | {"seconds": scan.seconds} if scan else None
