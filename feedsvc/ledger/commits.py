"""What a scan commits, in one transaction."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from itertools import count
from typing import Any

from sqlalchemy import Connection, bindparam, delete, func, insert, select, update

from feedsvc.ledger import leases, pings, redirecting
from feedsvc.ledger.bulk import chunks, insert_rows
from feedsvc.ledger.placing import Placing, SlicesOf
from feedsvc.ledger.rows import decision_row, maybe_number, problem_row
from feedsvc.ledger.scans import all_in, below, close
from feedsvc.ledger.schema import changes, entries, facts, files, media, problems
from feedsvc.ledger.selecting import last_change
from feedsvc.ledger.standing import first_line
from feedsvc.ledger.store import Store
from feedsvc.model import (
    SILENT,
    Article,
    ChangeKind,
    Decision,
    Problem,
    Sighting,
    Slice,
    SliceKind,
    Stat,
    in_microseconds,
    urn,
)

TOGETHER = 200  # rows that are written by one statement, each perhaps a megabyte

SAME_ORIGINAL = "same-original"
Taken = tuple[Decision, Article | None]  # a decision, and what its entry says from now on
# Path, the file as it is to be remembered, the digest of its bytes, and whether it was known.
Reading = tuple[str, Stat, bytes | None, bool]


def _no_article(sighting: Sighting) -> Article:
    raise LookupError(sighting.path)


class _NoSlices:
    """Of a commit that changes no entry."""

    @property
    def reads_text(self) -> bool:
        return False

    def __call__(self, article: Article) -> tuple[Slice, ...]:
        return ()


@dataclass(frozen=True, slots=True)
class Pushes:
    """The (hub, topic) pairs of each slice whose feed hubs are told of.

    Its subscription document shows so many `entries`, and `tombstones` or none.
    """

    of: Mapping[tuple[SliceKind, str], Sequence[tuple[str, str]]] = field(default_factory=dict)
    entries: int = 1
    tombstones: bool = False


@dataclass(frozen=True, slots=True)
class Commit:
    """All that one scan writes.

    `decisions` are read once, `article` gives each of them its content, which need not be in memory
    with that of the others. `visible` says whether subscribers see anything of it. `read` are the
    files that were read, `unread` says that all others are to be read again, and `stirred` are the
    folders below which they are. `forgotten` are the paths that are no more, `problems` all that
    there are now, `redirects` where all files lead that do no more. `facts` are the settings'
    digests where they moved; `configured` says that a setting changed every document. `pushes` are
    queued for the feeds that change.
    """

    decisions: Iterable[Decision] = ()
    article: Callable[[Sighting], Article] = _no_article
    visible: bool = False
    read: Iterable[Reading] = ()
    unread: bool = False
    stirred: Iterable[str] = ()
    forgotten: Collection[str] = ()
    problems: Sequence[Problem] = ()
    redirects: Mapping[str, str] = field(default_factory=dict)
    facts: Mapping[str, str] = field(default_factory=dict)
    configured: bool = False
    pushes: Pushes = field(default_factory=Pushes)
    site_id: str = ""
    slices_of: SlicesOf = field(default_factory=_NoSlices)
    sliced_anew: bool = False
    first: bool = False
    summary: Callable[[tuple[Problem, ...]], str] = lambda _problems: ""


def commit(
    store: Store, lease: leases.Lease, work: Commit, edition: int, finished: datetime
) -> tuple[Problem, ...]:
    """Write everything or nothing, and close this scan's line in the history.

    `edition` is the moment of the edition that this makes, in whole seconds since 1970. Returns
    every problem that stands, those among them that only the ledger can see.

    Raises:
        LeaseLost: another process scans now, so nothing is written.
    """
    with store.write() as connection:
        leases.check(connection, lease)
        placing = Placing(connection, work.slices_of, 0 if work.first else edition)
        touched = _write_decisions(connection, work, placing, edition)
        _place(placing, work, touched)
        _write_files(connection, work)
        before = all_in(connection)
        standing = _standing(connection, before, work.problems, finished, changed=touched.any)
        _write_problems(connection, before, standing)
        redirecting.write(connection, work.redirects)
        _write_facts(connection, work.facts)
        if work.visible and work.pushes.of:
            pings.queue(connection, _pushed(connection, work, edition), finished)
        close(connection, lease, finished, "committed", work.summary(standing))
    return standing


def _pushed(connection: Connection, work: Commit, edition: int) -> Iterator[tuple[str, str]]:
    """The pairs of the feeds whose documents change with this edition."""
    first = first_line(connection)
    all_of_them = work.configured or (first is not None and first.at == edition)
    shown = work.pushes
    for chosen, pairs in shown.of.items():
        if all_of_them or edition == last_change(
            connection, chosen, shown.entries, tombstones=shown.tombstones
        ):
            yield from pairs


@dataclass(slots=True)
class _Touched:
    """The entries that subscribers see differently now.

    Nothing is noted of a first import, which may be of a million; `any` says that there was one.
    """

    ids: list[str] = field(default_factory=list)
    any: bool = False


def _write_decisions(
    connection: Connection, work: Commit, placing: Placing, edition: int
) -> _Touched:
    """Write them with their lines in the journal."""
    last = connection.scalar(select(func.max(changes.c.sequence))) or 0
    numbers = count(last + 1)
    if work.configured:
        line = {"sequence": next(numbers), "kind": ChangeKind.CONFIGURED.value, "at": edition}
        connection.execute(insert(changes), line)
    taken = ((d, work.article(d.article) if d.article else None) for d in work.decisions)
    touched = _Touched()
    for some in chunks(taken, TOGETHER):
        touched.any = True
        if work.first:
            placing.add(_released(some))
        else:
            touched.ids += [decision.id for decision, _ in some if decision.kind not in SILENT]
        _write_entries(connection, some, edition)
        _write_media(connection, some, work.site_id)
        lines = [_line(decision, next(numbers), edition) for decision, _ in some if decision.kind]
        insert_rows(connection, changes, lines)
    return touched


def _released(taken: Iterable[Taken]) -> Iterator[tuple[int, Article]]:
    """The articles of a first import that subscribers see, which come in the order of release."""
    for decision, article in taken:
        if decision.released and article:
            yield in_microseconds(decision.released), article


def _place(placing: Placing, work: Commit, touched: _Touched) -> None:
    """Give the entries their places in the slices of the site."""
    if work.sliced_anew and not work.first:
        placing.place_all(frozenset(touched.ids))
    else:
        placing.place(touched.ids)
    placing.close()


def _line(decision: Decision, number: int, edition: int) -> dict[str, Any]:
    return {
        "sequence": number,
        "entry": decision.id,
        "kind": decision.kind.value if decision.kind else None,
        "released": maybe_number(decision.released),
        "at": edition,
    }


def _write_entries(connection: Connection, taken: Sequence[Taken], edition: int) -> None:
    rows = [(decision, decision_row(decision, article, edition)) for decision, article in taken]
    for with_content in (True, False):  # rows of one statement have the same columns
        changed = [
            row | {"_id": row["id"]}
            for decision, row in rows
            if not decision.new and bool(decision.article) is with_content
        ]
        if changed:
            connection.execute(update(entries).where(entries.c.id == bindparam("_id")), changed)
    insert_rows(connection, entries, [row for decision, row in rows if decision.new])


def _write_media(connection: Connection, taken: Sequence[Taken], site_id: str) -> None:
    """Keep which files beside an article it shows now."""
    told = [(decision, article) for decision, article in taken if article]
    if before := [d.id for d, _ in told if not d.new]:
        connection.execute(delete(media).where(media.c.entry.in_(before)))
    rows = [
        {"id": urn(site_id, "media", path), "entry": decision.id, "path": path}
        for decision, article in told
        for path in dict.fromkeys(article.media)
    ]
    insert_rows(connection, media, rows)


def _write_files(connection: Connection, work: Commit) -> None:
    again = update(files).values(size=-1, mtime_ns=0, ctime_ns=0)
    if work.unread:
        connection.execute(again)
    for folder in work.stirred:
        connection.execute(again.where(below(folder)))
    for some in chunks(sorted(work.forgotten)):
        connection.execute(delete(files).where(files.c.path.in_(some)))
    for read in chunks(work.read, TOGETHER):
        if known := [path for path, *_, was_known in read if was_known]:
            connection.execute(delete(files).where(files.c.path.in_(known)))
        insert_rows(connection, files, [_file_row(*one) for one in read])


def _file_row(path: str, stat: Stat, digest: bytes | None, _known: bool) -> dict[str, Any]:
    return {
        "path": path,
        "size": stat.size,
        "mtime_ns": stat.mtime_ns,
        "ctime_ns": stat.ctime_ns,
        "digest": digest,
    }


def _standing(
    connection: Connection,
    before: Collection[Problem],
    found: Iterable[Problem],
    now: datetime,
    *,
    changed: bool,
) -> tuple[Problem, ...]:
    """Every problem there is now, with the moment since when; `changed` says that entries were."""
    warned = [problem for problem in before if problem.code == SAME_ORIGINAL]
    seen = (*found, *(_of_one_origin(connection) if changed else warned))
    since = {(problem.path, problem.code): problem.since for problem in before}
    standing: dict[tuple[str, str], list[Problem]] = {}
    for problem in seen:
        standing.setdefault((problem.path, problem.code), []).append(problem)
    return tuple(
        replace(_as_one(standing[key]), since=since.get(key, now)) for key in sorted(standing)
    )


def _as_one(several: Sequence[Problem]) -> Problem:
    """The first of the problems of one kind that a file has, and how many follow."""
    first, more = several[0], len(several) - 1
    if not more:
        return first
    return replace(first, message=f"{first.message} (and {more} more; see `feedsvc check`)")


def _write_problems(
    connection: Connection, before: Collection[Problem], standing: Collection[Problem]
) -> None:
    for problem in set(before) - set(standing):
        connection.execute(
            delete(problems).where(problems.c.path == problem.path, problems.c.code == problem.code)
        )
    if new := set(standing) - set(before):
        connection.execute(insert(problems), [problem_row(problem) for problem in new])


def _of_one_origin(connection: Connection) -> Iterator[Problem]:
    """A warning for each article but the first that names the same Original as another."""
    named = (entries.c.original != "") & entries.c.withdrawn.is_(None)
    several = (
        select(entries.c.original)
        .where(named)
        .group_by(entries.c.original)
        .having(func.count() > 1)
    )
    query = (
        select(entries.c.original, entries.c.path)
        .where(named, entries.c.original.in_(several))
        .order_by(entries.c.original, entries.c.path)
    )
    return of_one_origin((row.original, row.path) for row in connection.execute(query))


def of_one_origin(originals: Iterable[tuple[str, str]]) -> Iterator[Problem]:
    """The same of these (URL of the Original, path of the article) pairs, in order."""
    first: dict[str, str] = {}
    for url, path in originals:
        if first.setdefault(url, path) != path:
            message = (
                f"its Original is that of {first[url]}; both are published; "
                "remove one if they are the same article"
            )
            yield Problem(path, SAME_ORIGINAL, message)


def _write_facts(connection: Connection, current: Mapping[str, str]) -> None:
    for name, value in current.items():
        connection.execute(delete(facts).where(facts.c.name == name))
        connection.execute(insert(facts).values(name=name, value=value))
