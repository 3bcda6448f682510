"""What a scan asks of the ledger, and what it commits in one transaction."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from itertools import islice

from sqlalchemy import Column, Connection, bindparam, delete, func, insert, select, update

from feedsvc.ledger import leases, pings
from feedsvc.ledger.rows import (
    decision_row,
    problem_row,
    to_article,
    to_known,
    to_moment,
    to_number,
    to_problem,
)
from feedsvc.ledger.schema import changes, entries, facts, files, problems, scans
from feedsvc.ledger.store import Store
from feedsvc.model import (
    Article,
    ChangeKind,
    Decision,
    Known,
    Problem,
    Stat,
    View,
)

CHUNK = 500  # values in one IN (…)
HISTORY = 1000  # scans that are remembered


@dataclass(frozen=True, slots=True)
class State:
    """What the ledger knew when the scan began.

    `facts` are the digests of the settings it was last brought up to date with, `edition` is the
    moment of the last edition in whole seconds since 1970, 0 where there was none.
    """

    files: Mapping[str, Stat]
    problems: tuple[Problem, ...]
    facts: Mapping[str, str]
    edition: int


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


def begin(store: Store, lease: leases.Lease, now: datetime) -> None:
    """Open this scan's line in the history, closing those that a killed scan left open."""
    with store.write() as connection:
        leases.check(connection, lease)
        connection.execute(
            update(scans)
            .where(scans.c.finished.is_(None))
            .values(finished=to_number(now), outcome="abandoned")
        )
        connection.execute(
            insert(scans).values(
                token=lease.token,
                holder=lease.holder,
                started=to_number(now),
                outcome="running",
                summary="",
            )
        )
        connection.execute(delete(scans).where(scans.c.token <= lease.token - HISTORY))


def state(store: Store) -> State:
    """What the ledger knows of files, problems and settings."""
    with store.read() as connection:
        return State(
            files={
                path: Stat(size, mtime, ctime)
                for path, size, mtime, ctime in connection.execute(select(files))
            },
            problems=_problems(connection),
            facts={row.name: row.value for row in connection.execute(select(facts))},
            edition=connection.scalar(select(func.max(changes.c.at))) or 0,
        )


def all_problems(store: Store) -> tuple[Problem, ...]:
    """Every problem that stands, by path."""
    with store.read() as connection:
        return _problems(connection)


def _problems(connection: Connection) -> tuple[Problem, ...]:
    rows = connection.execute(select(problems).order_by(problems.c.path, problems.c.code))
    return tuple(to_problem(row) for row in rows)


def view(store: Store, articles: Sequence[Article], gone: Collection[str], *, filing: bool) -> View:
    """What a plan needs to know of the entries that these articles and paths may meet.

    `filing` says that there are so many that some will be filed under dates of their own.
    """
    paths = {article.path for article in articles} | set(gone)
    digests = {article.digest for article in articles}
    with store.read() as connection:
        first_import = connection.scalar(select(entries.c.id).limit(1)) is None
        if first_import:
            return View()
        met: dict[str, Known] = {}
        for column, values in (
            (entries.c.path, paths),
            (entries.c.key, paths),
            (entries.c.digest, digests),
        ):
            for known in _known_by(connection, column, values):
                met[known.id] = known
        return View(
            entries=tuple(sorted(met.values(), key=lambda known: known.id)),
            last_stamp=_last_stamp(connection),
            taken=_taken(connection) if filing else frozenset(),
            first_import=False,
        )


def _known_by(
    connection: Connection, column: Column[str], values: Iterable[str]
) -> Iterator[Known]:
    for some in _chunks(sorted(values)):
        for row in connection.execute(select(entries).where(column.in_(some))):
            yield to_known(row)


def _chunks(values: Sequence[str]) -> Iterator[list[str]]:
    rest = iter(values)
    while some := list(islice(rest, CHUNK)):
        yield some


def _last_stamp(connection: Connection) -> datetime:
    row = connection.execute(
        select(func.max(entries.c.released), func.max(entries.c.updated))
    ).one()
    return to_moment(max(row[0] or 0, row[1] or 0))


def _taken(connection: Connection) -> frozenset[datetime]:
    values: set[int | None] = set()
    for column in (entries.c.released, entries.c.updated):
        values.update(connection.scalars(select(column)))
    return frozenset(to_moment(value) for value in values if value is not None)


def due(store: Store, now: datetime) -> tuple[list[tuple[Known, Article]], View]:
    """Held entries whose moment has come, and the view that their release needs."""
    with store.read() as connection:
        rows = connection.execute(
            select(entries).where(
                entries.c.released.is_(None),
                entries.c.withdrawn.is_(None),
                entries.c.published <= to_number(now),
            )
        ).all()
        known = [(to_known(row), to_article(row)) for row in rows]
        return known, View(last_stamp=_last_stamp(connection), first_import=False)


def next_due(store: Store) -> datetime | None:
    """When the next held entry is to be released."""
    with store.read() as connection:
        value = connection.scalar(
            select(func.min(entries.c.published)).where(
                entries.c.released.is_(None), entries.c.withdrawn.is_(None)
            )
        )
    return None if value is None else to_moment(value)


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
        _close(connection, lease, finished, "committed", work.summary)


def fail(store: Store, lease: leases.Lease, now: datetime, why: str) -> None:
    """Close this scan's line in the history without having committed anything."""
    with store.write() as connection:
        _close(connection, lease, now, "failed", why)


def _close(
    connection: Connection, lease: leases.Lease, now: datetime, outcome: str, summary: str
) -> None:
    connection.execute(
        update(scans)
        .where(scans.c.token == lease.token, scans.c.finished.is_(None))
        .values(finished=to_number(now), outcome=outcome, summary=summary)
    )


def _write_entries(connection: Connection, decisions: Sequence[Decision], at: int) -> None:
    gone = [{"_id": d.id, "withdrawn": at} for d in decisions if not d.article]
    if gone:
        connection.execute(update(entries).where(entries.c.id == bindparam("_id")), gone)
    rows = [decision_row(decision) for decision in decisions if decision.article]
    there: set[str] = set()
    for some in _chunks([row["id"] for row in rows]):
        there.update(connection.scalars(select(entries.c.id).where(entries.c.id.in_(some))))
    changed = [row | {"_id": row["id"]} for row in rows if row["id"] in there]
    if changed:
        connection.execute(update(entries).where(entries.c.id == bindparam("_id")), changed)
    if new := [row for row in rows if row["id"] not in there]:
        connection.execute(insert(entries), new)


def _write_journal(connection: Connection, work: Commit, at: int) -> None:
    last = connection.scalar(select(func.max(changes.c.sequence))) or 0
    told = [(None, ChangeKind.CONFIGURED)] if work.configured else []
    lines = told + [(d.id, d.kind) for d in work.decisions if d.kind]
    if lines:
        connection.execute(
            insert(changes),
            [
                {"sequence": number, "entry": entry, "kind": kind.value, "at": at}
                for number, (entry, kind) in enumerate(lines, start=last + 1)
            ],
        )


def _write_files(connection: Connection, work: Commit) -> None:
    replaced = {*work.read, *work.forgotten}
    for some in _chunks(sorted(replaced)):
        connection.execute(delete(files).where(files.c.path.in_(some)))
    rows = [
        {"path": path, "size": stat.size, "mtime_ns": stat.mtime_ns, "ctime_ns": stat.ctime_ns}
        for path, stat in sorted(work.read.items())
    ]
    if rows:
        connection.execute(insert(files), rows)


def _write_problems(connection: Connection, current: Sequence[Problem]) -> None:
    before, now = set(_problems(connection)), set(current)
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
