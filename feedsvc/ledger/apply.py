"""Applies a change set to the ledger in one transaction."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from itertools import count
from typing import Any

from sqlalchemy import Connection, bindparam, delete, func, insert, select, update

from feedsvc.ledger import leases, pings, redirecting
from feedsvc.ledger.bulk import chunks, insert_rows
from feedsvc.ledger.known import all_problems, below
from feedsvc.ledger.positions import PositionWriter
from feedsvc.ledger.rows import decision_row, maybe_number, problem_row
from feedsvc.ledger.scans import close
from feedsvc.ledger.schema import changes, entries, facts, files, media, problems
from feedsvc.ledger.selecting import last_change
from feedsvc.ledger.status import first_release
from feedsvc.ledger.store import Store
from feedsvc.model import (
    SILENT,
    Article,
    ChangeKind,
    ChangeSet,
    Decision,
    FileChanges,
    FileRead,
    Problem,
    in_microseconds,
    urn,
)

TOGETHER = 200  # rows in one statement; each may take a megabyte

Changed = tuple[Decision, Article | None]  # a decision, and the new article of its entry


def apply(
    store: Store, lease: leases.Lease, change_set: ChangeSet, revision_time: int, finished: datetime
) -> None:
    """Write a change set, all of it or nothing, and close this scan's line in the history.

    `revision_time` is the time of the new revision, in whole seconds since 1970.

    Raises:
        LeaseLost: another process scans now, so nothing is written.
    """
    with store.write() as connection:
        leases.check(connection, lease)
        positions = PositionWriter(
            connection, change_set.collections_of, 0 if change_set.first_import else revision_time
        )
        touched = _write_changes(connection, change_set, positions, revision_time)
        _update_positions(positions, change_set, touched)
        _write_files(connection, change_set.files)
        _write_problems(connection, change_set.report.problems)
        redirecting.write(connection, change_set.redirects)
        _write_facts(connection, change_set.facts)
        if change_set.visible and change_set.pushes.of:
            pings.queue(connection, _pushed(connection, change_set, revision_time), finished)
        close(connection, lease, finished, "committed", str(change_set.report))


def _pushed(
    connection: Connection, change_set: ChangeSet, revision_time: int
) -> Iterator[tuple[str, str]]:
    """The pairs of the feeds whose documents change with this revision."""
    first = first_release(connection)
    every_feed = change_set.configured or (first is not None and first.at == revision_time)
    shown = change_set.pushes
    for chosen, pairs in shown.of.items():
        if every_feed or revision_time == last_change(
            connection, chosen, shown.entries, tombstones=shown.tombstones
        ):
            yield from pairs


def _write_changes(
    connection: Connection, change_set: ChangeSet, positions: PositionWriter, revision_time: int
) -> list[str]:
    """Write entries and change log; return the ids of the entries that change for subscribers.

    A first import, of perhaps a million entries, returns none: it assigns positions as it writes.
    """
    last = connection.scalar(select(func.max(changes.c.sequence))) or 0
    numbers = count(last + 1)
    if change_set.configured:
        line = {"sequence": next(numbers), "kind": ChangeKind.CONFIGURED.value, "at": revision_time}
        connection.execute(insert(changes), line)
    touched: list[str] = []
    for chunk in chunks(change_set.changes, TOGETHER):
        if change_set.first_import:
            positions.add(_released(chunk))
        else:
            touched += [decision.id for decision, _ in chunk if decision.kind not in SILENT]
        _write_entries(connection, chunk, revision_time)
        _write_media(connection, chunk, change_set.site_id)
        lines = [
            _change(decision, next(numbers), revision_time)
            for decision, _ in chunk
            if decision.kind
        ]
        insert_rows(connection, changes, lines)
    return touched


def _released(changed: Iterable[Changed]) -> Iterator[tuple[int, Article]]:
    """The released articles of a first import, in the order of release."""
    for decision, article in changed:
        if decision.released and article:
            yield in_microseconds(decision.released), article


def _update_positions(
    positions: PositionWriter, change_set: ChangeSet, touched: Sequence[str]
) -> None:
    """Update the positions of entries in the collections of the site."""
    if change_set.reclassified and not change_set.first_import:
        positions.update_all(frozenset(touched))
    else:
        positions.update(touched)
    positions.close()


def _change(decision: Decision, number: int, revision_time: int) -> dict[str, Any]:
    return {
        "sequence": number,
        "entry": decision.id,
        "kind": decision.kind.value if decision.kind else None,
        "released": maybe_number(decision.released),
        "at": revision_time,
    }


def _write_entries(connection: Connection, changed: Sequence[Changed], at: int) -> None:
    rows = [(decision, decision_row(decision, article, at)) for decision, article in changed]
    for with_content in (True, False):  # rows of one statement have the same columns
        known = [
            row | {"_id": row["id"]}
            for decision, row in rows
            if not decision.new and bool(decision.article) is with_content
        ]
        if known:
            connection.execute(update(entries).where(entries.c.id == bindparam("_id")), known)
    insert_rows(connection, entries, [row for decision, row in rows if decision.new])


def _write_media(connection: Connection, changed: Sequence[Changed], site_id: str) -> None:
    """Write the media files of each article."""
    published = [(decision, article) for decision, article in changed if article]
    if before := [decision.id for decision, _ in published if not decision.new]:
        connection.execute(delete(media).where(media.c.entry.in_(before)))
    rows = [
        {"id": urn(site_id, "media", path), "entry": decision.id, "path": path}
        for decision, article in published
        for path in dict.fromkeys(article.media)
    ]
    insert_rows(connection, media, rows)


def _write_files(connection: Connection, changed: FileChanges) -> None:
    again = update(files).values(size=-1, mtime_ns=0, ctime_ns=0)
    if changed.reread_all:
        connection.execute(again)
    for folder in changed.reread_below:
        connection.execute(again.where(below(folder)))
    for paths in chunks(sorted(changed.forgotten)):
        connection.execute(delete(files).where(files.c.path.in_(paths)))
    for read in chunks(changed.read, TOGETHER):
        if known := [file.path for file in read if file.known]:
            connection.execute(delete(files).where(files.c.path.in_(known)))
        insert_rows(connection, files, [_file_row(file) for file in read])


def _file_row(file: FileRead) -> dict[str, Any]:
    return {
        "path": file.path,
        "size": file.stat.size,
        "mtime_ns": file.stat.mtime_ns,
        "ctime_ns": file.stat.ctime_ns,
        "digest": file.digest,
    }


def _write_problems(connection: Connection, current: Collection[Problem]) -> None:
    before = all_problems(connection)
    for problem in set(before) - set(current):
        connection.execute(
            delete(problems).where(problems.c.path == problem.path, problems.c.code == problem.code)
        )
    if new := set(current) - set(before):
        connection.execute(insert(problems), [problem_row(problem) for problem in new])


def _write_facts(connection: Connection, current: Mapping[str, str]) -> None:
    for name, value in current.items():
        connection.execute(delete(facts).where(facts.c.name == name))
        connection.execute(insert(facts).values(name=name, value=value))
