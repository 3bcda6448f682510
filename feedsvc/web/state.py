"""What everyone may know of how the ledger stands: no name of a file, of a machine, of a draft."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from typing import Any

from feedsvc import __version__
from feedsvc.ledger.overview import Overview, Scan
from feedsvc.model import Problem

Fields = dict[str, Any]


def public(now: Overview, *, ready: bool) -> Fields:
    """The state as nested fields, whose names are those of `feedsvc status --format json`."""
    return {
        "version": __version__,
        "ready": ready,
        "last_scan": _scan(now.last),
        "failed_scan": _scan(now.failed),
        "running_scan": _scan(now.running),
        "edition": {"sequence": now.sequence, "moment": now.edition},
        "entries": {"released": now.released, "held": now.held, "withdrawn": now.withdrawn},
        "next_due": now.next_due,
        "problems": by_code(now.problems),
        "scheduled": now.scheduled,
        "pings": now.pings,
    }


def by_code(problems: Iterable[Problem]) -> dict[str, int]:
    """How many problems of each kind there are."""
    return dict(sorted(Counter(problem.code for problem in problems).items()))


def _scan(scan: Scan | None) -> Fields | None:
    """A scan without its summary, which may say why it failed, and where."""
    if scan is None:
        return None
    return {
        "started": scan.started,
        "finished": scan.finished,
        "seconds": scan.seconds,
        "outcome": scan.outcome,
    }
