"""The queries with which a scan reads the ledger before it decides."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass, replace
from datetime import datetime
from itertools import count
from typing import Any, cast

from sqlalchemy import Column, ColumnElement, Connection, exists, func, select

from feedsvc.ledger import redirecting, timestamps
from feedsvc.ledger.bulk import chunks
from feedsvc.ledger.rows import KNOWN, to_known, to_problem
from feedsvc.ledger.schema import changes, entries, facts, files, problems
from feedsvc.ledger.status import newest_change
from feedsvc.ledger.store import Store
from feedsvc.model import (
    ArticleSummary,
    ChangeKind,
    FileRow,
    LedgerInput,
    Problem,
    StoredEntry,
    in_microseconds,
)

ROWS = 10_000  # that are fetched at once
NUMBERS = 10  # that are asked for at once
OF_ROW = [files.c[name] for name in ("path", "size", "mtime_ns", "ctime_ns")]
RECENT = 1000  # changes among which new articles are counted


@dataclass(frozen=True, slots=True)
class State:
    """The ledger's state when a scan begins.

    Attributes:
        problems: all current problems.
        redirects: the target of each file that only redirects.
        facts: digests of the settings of the last scan.
        revision_time: the time of the last revision, in seconds since 1970; 0 if none.
        first_import: there has never been an entry.
    """

    problems: tuple[Problem, ...]
    redirects: Mapping[str, str]
    facts: Mapping[str, str]
    revision_time: int
    first_import: bool


def state(store: Store) -> State:
    """The problems, redirects and settings in the ledger."""
    with store.read() as connection:
        return State(
            problems=all_problems(connection),
            redirects=redirecting.all_in(connection),
            facts={row.name: row.value for row in connection.execute(select(facts))},
            revision_time=_revision_time(connection),
            first_import=_first_import(connection),
        )


@contextmanager
def known_files(store: Store) -> Iterator[Iterator[FileRow]]:
    """Every file as it was when last read, in the order of paths, a few at a time."""
    query = select(*OF_ROW).order_by(files.c.path)
    with store.read() as connection:
        if store.sqlite:  # its own cursor: SQLAlchemy doubles the time for each row
            plain = str(query.compile(dialect=connection.dialect))
            with closing(cast("Any", connection.connection.cursor())) as cursor:
                yield cast("Iterator[FileRow]", cursor.execute(plain))
            return
        streamed = query.execution_options(yield_per=ROWS)
        with connection.execute(streamed) as result:
            yield cast("Iterator[FileRow]", iter(result))


def below(folder: str) -> ColumnElement[bool]:
    """The files below a folder: `0` follows `/`.

    PostgreSQL has no BETWEEN for a column with a collation of its own.
    """
    return (files.c.path > f"{folder}/") & (files.c.path < f"{folder}0")


def files_at(store: Store, paths: Collection[str]) -> dict[str, FileRow]:
    """The file at each path; if the path was a folder, a file below it."""
    found = {}
    with store.read() as connection:
        for path in paths:
            there = (files.c.path == path) | below(path)
            row = connection.execute(select(*OF_ROW).where(there).limit(1)).one_or_none()
            if row:
                found[path] = (row.path, row.size, row.mtime_ns, row.ctime_ns)
    return found


def any_elsewhere(store: Store, articles: Collection[ArticleSummary]) -> bool:
    """Whether one of these articles, by its content or its id, is published from another path."""
    living = entries.c.withdrawn.is_(None)
    with store.read() as connection:
        for article in articles:
            same = entries.c.digest == article.digest
            if article.key:
                same |= entries.c.key == article.key
            query = select(entries.c.id).where(living, same, entries.c.path != article.path)
            if connection.scalar(query.limit(1)) is not None:
                return True
    return False


def published(store: Store, paths: Collection[str]) -> dict[str, tuple[str, str]]:
    """The digest of the entry at each of these paths, and the id that its file claims, if any.

    The digest of an entry that expires is empty, because it does not cover the expiry.
    """
    columns = (entries.c[name] for name in ("path", "digest", "key", "declared", "expires"))
    with store.read() as connection:
        query = select(*columns).where(entries.c.withdrawn.is_(None))
        return {
            path: (digest if expires is None else "", key if declared else "")
            for some in chunks(sorted(paths))
            for path, digest, key, declared, expires in connection.execute(
                query.where(entries.c.path.in_(some))
            )
        }


def _revision_time(connection: Connection) -> int:
    """The time of the last revision; `at` never decreases in the change log."""
    last = newest_change(connection)
    return last.at if last else 0


def _first_import(connection: Connection) -> bool:
    return connection.scalar(select(entries.c.id).limit(1)) is None


def all_problems(connection: Connection) -> tuple[Problem, ...]:
    """All current problems, by path, as this transaction sees them."""
    rows = connection.execute(select(problems).order_by(problems.c.path, problems.c.code))
    return tuple(to_problem(row) for row in rows)


@dataclass(frozen=True, slots=True)
class Wanted:
    """Selects the entries that the `articles` of a scan, or the paths `gone`, may concern.

    Attributes:
        articles: read once, some at a time; there may be a million.
        gone: the paths of files that no longer exist.
        filing: the dates under which articles may be filed, in microseconds since 1970, oldest
            first.
        due: include the entries to be released or withdrawn by their date.
        warned: the paths of articles that name the Original of another.
    """

    articles: Iterable[ArticleSummary]
    gone: Collection[str]
    filing: Sequence[int] = ()
    due: bool = True
    warned: Collection[str] = ()


def view(store: Store, wanted: Wanted, now: datetime) -> LedgerInput:
    """The ledger's input to a plan."""
    with store.read() as connection:
        if _first_import(connection):
            return LedgerInput()
        met = {known.id: known for known in (_due(connection, now) if wanted.due else ())}
        met |= {known.id: known for known in _known_by(connection, entries.c.path, wanted.gone)}
        met |= {known.id: known for known in _known_by(connection, entries.c.key, wanted.gone)}
        originals = set(_sharing_originals(connection, wanted.warned))
        for articles in chunks(wanted.articles):
            met |= {known.id: known for known in _concerned(connection, articles)}
            urls = {article.original for article in articles if article.original}
            originals.update(_named(connection, entries.c.original, urls))
        bytes_of = _digests(connection, wanted.gone)
        return LedgerInput(
            entries=tuple(
                replace(known, file_digest=bytes_of.get(known.path, b"")) for known in met.values()
            ),
            last_timestamp=timestamps.last(connection),
            taken=frozenset(timestamps.near(connection, wanted.filing, now)),
            originals=tuple(sorted(originals)),
            first_import=False,
        )


def _concerned(connection: Connection, articles: Sequence[ArticleSummary]) -> Iterator[StoredEntry]:
    """The entries that these articles may be, and those whose keys theirs must differ from."""
    paths = {article.path for article in articles}
    keys = paths | {article.key for article in articles if article.key}
    digests = {article.digest for article in articles}
    found = [
        *_known_by(connection, entries.c.path, paths),
        *_known_by(connection, entries.c.key, keys),
        *_known_by(connection, entries.c.digest, digests),
    ]
    yield from found
    taken = {known.key for known in found}
    taken -= {known.path for known in found if not known.withdrawn}
    for path in taken & paths:
        yield from _numbered(connection, path)


def _digests(connection: Connection, paths: Collection[str]) -> dict[str, bytes]:
    """The digests of the bytes of these files that have one."""
    query = select(files.c.path, files.c.digest).where(files.c.digest.is_not(None))
    return {
        row.path: row.digest
        for some in chunks(sorted(paths))
        for row in connection.execute(query.where(files.c.path.in_(some)))
    }


def recent(store: Store, since: datetime, until: datetime) -> int:
    """The number of new articles that were released between two moments.

    Only the latest RECENT lines of the change log count. `until` excludes articles that were
    published while the clock was ahead.
    """
    earlier = changes.alias()
    newest = (
        select(changes.c.sequence, changes.c.entry, changes.c.kind, changes.c.at)
        .order_by(changes.c.sequence.desc())
        .limit(RECENT)
        .subquery()
    )
    known_before = exists().where(
        earlier.c.entry == newest.c.entry, earlier.c.sequence < newest.c.sequence
    )
    lately = newest.c.at.between(int(since.timestamp()) + 1, int(until.timestamp()))
    released = newest.c.kind.in_([ChangeKind.IMPORTED, ChangeKind.RELEASED])
    with store.read() as connection:
        query = select(func.count()).select_from(newest).where(lately, released, ~known_before)
        return connection.scalar(query) or 0


def _known_by(
    connection: Connection, column: Column[str], values: Iterable[str]
) -> Iterator[StoredEntry]:
    for chunk in chunks(sorted(values)):
        for row in connection.execute(select(*KNOWN).where(column.in_(chunk))):
            yield to_known(row)


def _numbered(connection: Connection, path: str) -> Iterator[StoredEntry]:
    """The entries whose key is this path with a number, up to the first number that is free.

    See `Decisions` for such keys.
    """
    for first in count(2, NUMBERS):
        keys = [f"{path}//{number}" for number in range(first, first + NUMBERS)]
        found = list(_known_by(connection, entries.c.key, keys))
        yield from found
        if len(found) < NUMBERS:
            return


def _sharing_originals(
    connection: Connection, paths: Collection[str]
) -> Iterator[tuple[str, str, str]]:
    """URL, path and id of the entries with an Original that an entry at one of these paths has."""
    urls = {url for url, *_ in _named(connection, entries.c.path, paths)}
    return _named(connection, entries.c.original, urls)


def _named(
    connection: Connection, column: Column[str], values: Collection[str]
) -> Iterator[tuple[str, str, str]]:
    query = select(entries.c.original, entries.c.path, entries.c.id)
    named = (entries.c.original != "") & entries.c.withdrawn.is_(None)
    for some in chunks(sorted(values)):
        for row in connection.execute(query.where(named, column.in_(some))):
            yield row.original, row.path, row.id


_HELD = entries.c.released.is_(None) & entries.c.withdrawn.is_(None)


_EXPIRING = entries.c.expires.is_not(None) & entries.c.withdrawn.is_(None)


def _due(connection: Connection, now: datetime) -> Iterator[StoredEntry]:
    present = in_microseconds(now)
    for due in _HELD & (entries.c.published <= present), _EXPIRING & (entries.c.expires <= present):
        for row in connection.execute(select(*KNOWN).where(due)):
            yield to_known(row)
