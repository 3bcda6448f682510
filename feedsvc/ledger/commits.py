"""What a scan commits, in one transaction."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from sqlalchemy import Connection, bindparam, delete, func, insert, select, update

from feedsvc.ledger import leases, pings
from feedsvc.ledger.rows import decision_row, maybe_number, problem_row
from feedsvc.ledger.scans import all_in, chunks, close
from feedsvc.ledger.schema import changes, entries, facts, files, problems
from feedsvc.ledger.store import Store
from feedsvc.model import ChangeKind, Decision, Problem, Stat


@dataclass(frozen=True, slots=True)
class Commit:
    """All that one scan writes.

    `read` are the files as they were when read, `forgotten` the paths that are no more, `problems`
    all that there are now. `facts` are the settings' digests where they moved; `configured` says
    that a setting changed every document. `pings` are (hub, topic) pairs, queued where
    subscribers see a change.
    """

    decisions: Sequence[Decision] = ()
    read: Mapping[str, Stat] = field(default_factory=dict)
    forgotten: Collection[str] = ()
    problems: Sequence[Problem] = ()
    facts: Mapping[str, str] = field(default_factory=dict)
    configured: bool = False
    pings: Sequence[tuple[str, str]] = ()
    summary: str = ""

    @property
    def visible(self) -> bool:
        """Whether subscribers will see anything of it."""
        silent = (None, ChangeKind.HELD)
        return self.configured or any(d.kind not in silent for d in self.decisions)


def commit(
    store: Store, lease: leases.Lease, work: Commit, edition: int, finished: datetime
) -> None:
    """Write everything or nothing, and close this scan's line in the history.

    `edition` is the moment of the edition that this makes, in whole seconds since 1970.

    Raises:
        LeaseLost: another process scans now, so nothing is written.
    """
    with store.write() as connection:
        leases.check(connection, lease)
        _write_entries(connection, work.decisions, edition)
        _write_journal(connection, work, edition)
        _write_files(connection, work)
        _write_problems(connection, work.problems)
        _write_facts(connection, work.facts)
        if work.visible:
            pings.queue(connection, work.pings, finished)
        close(connection, lease, finished, "committed", work.summary)


def _write_entries(connection: Connection, decisions: Sequence[Decision], edition: int) -> None:
    rows = [(decision, decision_row(decision, edition)) for decision in decisions]
    for with_content in (True, False):  # rows of one statement have the same columns
        changed = [
            row | {"_id": row["id"]}
            for decision, row in rows
            if not decision.new and bool(decision.article) is with_content
        ]
        if changed:
            connection.execute(update(entries).where(entries.c.id == bindparam("_id")), changed)
    if new := [row for decision, row in rows if decision.new]:
        connection.execute(insert(entries), new)


def _write_journal(connection: Connection, work: Commit, edition: int) -> None:
    last = connection.scalar(select(func.max(changes.c.sequence))) or 0
    lines: list[dict[str, object]] = [
        {"entry": d.id, "kind": d.kind.value, "released": maybe_number(d.released)}
        for d in work.decisions
        if d.kind
    ]
    if work.configured:
        lines.insert(0, {"entry": None, "kind": ChangeKind.CONFIGURED.value, "released": None})
    if lines:
        numbered = enumerate(lines, start=last + 1)
        rows = [line | {"sequence": number, "at": edition} for number, line in numbered]
        connection.execute(insert(changes), rows)


def _write_files(connection: Connection, work: Commit) -> None:
    replaced = {*work.read, *work.forgotten}
    for some in chunks(sorted(replaced)):
        connection.execute(delete(files).where(files.c.path.in_(some)))
    rows = [
        {"path": path, "size": stat.size, "mtime_ns": stat.mtime_ns, "ctime_ns": stat.ctime_ns}
        for path, stat in sorted(work.read.items())
    ]
    if rows:
        connection.execute(insert(files), rows)


def _write_problems(connection: Connection, current: Sequence[Problem]) -> None:
    before, now = set(all_in(connection)), set(current)
    for problem in before - now:
        connection.execute(
            delete(problems).where(problems.c.path == problem.path, problems.c.code == problem.code)
        )
    if new := now - before:
        connection.execute(insert(problems), [problem_row(problem) for problem in new])


def _write_facts(connection: Connection, current: Mapping[str, str]) -> None:
    for name, value in current.items():
        connection.execute(delete(facts).where(facts.c.name == name))
        connection.execute(insert(facts).values(name=name, value=value))
