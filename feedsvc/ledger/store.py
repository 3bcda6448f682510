"""The database behind the ledger: connections and transactions."""

from __future__ import annotations

import sqlite3
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, Engine, create_engine, event
from sqlalchemy.engine import URL, make_url
from sqlalchemy.exc import DBAPIError
from sqlalchemy.exc import TimeoutError as PoolTimeoutError

from feedsvc.errors import LedgerBusy, LedgerGone, LedgerUnavailable
from feedsvc.ledger.faults import fault, is_locked
from feedsvc.ledger.redaction import redacted
from feedsvc.ledger.timeouts import READ, WEB_READ, WEB_WRITE, WRITE, Timeouts

POOL = {"pool_timeout": 2}  # seconds to wait for a connection that others have
WEB_POOL = {"pool_timeout": 2, "pool_size": 15, "max_overflow": 5}  # one for each thread

WAL_PAUSE = 0.02  # seconds between two tries


class Store:
    """One database, SQLite or PostgreSQL, by its SQLAlchemy URL.

    Readers see one consistent snapshot; there is one writer at a time. `reader` makes it one for
    web processes, which rather answer without the ledger than wait for it.
    """

    def __init__(self, url: str, *, reader: bool = False) -> None:
        self._url = make_url(url)
        self._reading, self._writing = (WEB_READ, WEB_WRITE) if reader else (READ, WRITE)
        self.sqlite = self._url.get_backend_name() == "sqlite"
        self.file = Path(str(self._url.database)) if self.sqlite else None
        self._inode: tuple[int, int] | None = None
        pool = WEB_POOL if reader else POOL
        make = _sqlite_engine if self.sqlite else _postgres_engine
        self.engine = make(self._url, self._reading, pool)

    def __str__(self) -> str:
        return redacted(self._url)

    @contextmanager
    def read(self, timeouts: Timeouts | None = None) -> Iterator[Connection]:
        """A transaction that sees one snapshot and changes nothing.

        Raises:
            LedgerGone: the file is not there.
            LedgerUnavailable: the database cannot be reached or has no tables yet.
            LedgerBusy: a lock or all of the store's connections are taken for too long.
        """
        self._see_file()
        with self._transaction(timeouts or self._reading, writing=False) as connection:
            yield connection

    @contextmanager
    def write(
        self, timeouts: Timeouts | None = None, *, create: bool = False
    ) -> Iterator[Connection]:
        """A transaction that is alone in writing, committed at the end of the block.

        Where `create`, the file of the ledger is made if it is not there.

        Raises:
            LedgerGone: it is not there.
            LedgerUnavailable: the database cannot be reached.
            LedgerBusy: a lock or all of the store's connections are taken for too long.
        """
        if not create:
            self._see_file()
        with self._transaction(timeouts or self._writing, writing=True) as connection:
            yield connection

    @contextmanager
    def _transaction(self, timeouts: Timeouts, *, writing: bool) -> Iterator[Connection]:
        options: dict[str, Any] = {"feedsvc_writing": writing, "feedsvc_timeouts": timeouts}
        if not self.sqlite:
            options["isolation_level"] = "READ COMMITTED" if writing else "REPEATABLE READ"
        self._same_file()
        try:
            with (
                self.engine.connect().execution_options(**options) as connection,
                connection.begin(),
            ):
                yield connection
        except (DBAPIError, sqlite3.Error) as error:  # `scans.known_files` has a cursor of SQLite's
            raise fault(self._url, error) from error
        except PoolTimeoutError as error:
            raise LedgerBusy(
                f"{self}: all connections to the ledger are in use; see that the database answers"
            ) from error

    def _see_file(self) -> None:
        if self.file and not self.file.exists():
            raise LedgerGone(f"{self}: no scan has made this ledger yet")

    def _same_file(self) -> None:
        """Let connections go that lead to a file which somebody has removed or replaced."""
        if not self.file:
            return
        try:
            result = self.file.stat()
            inode = result.st_dev, result.st_ino
        except OSError:
            inode = None
        if self._inode != inode:
            self.engine.dispose()
        self._inode = inode

    def close(self) -> None:
        """Let all connections go."""
        self.engine.dispose()


def _sqlite_engine(url: URL, timeouts: Timeouts, pool: dict[str, Any]) -> Engine:
    options = {"timeout": timeouts.lock, "check_same_thread": False}
    engine = create_engine(url, connect_args=options, **pool)

    @event.listens_for(engine, "connect")
    def _on_connect(connection: Any, _record: Any) -> None:
        connection.isolation_level = None  # we say BEGIN ourselves, below
        _use_wal(connection, timeouts.lock)
        connection.execute("PRAGMA synchronous=FULL")  # a revision once served survives a crash

    @event.listens_for(engine, "begin")
    def _on_begin(connection: Connection) -> None:
        options = connection.get_execution_options()
        patience = int(options["feedsvc_timeouts"].lock * 1000)
        connection.exec_driver_sql(f"PRAGMA busy_timeout={patience}")
        connection.exec_driver_sql("BEGIN IMMEDIATE" if options["feedsvc_writing"] else "BEGIN")

    return engine


def _use_wal(connection: sqlite3.Connection, patience: float) -> None:
    """Switch to the write-ahead log; only the first connection to a new file has to.

    SQLite does not wait for a lock here, whatever its timeout: of processes that make the file at
    the same moment, all but one would fail.
    """
    deadline = time.monotonic() + patience
    while True:
        try:
            connection.execute("PRAGMA journal_mode=WAL")
        except sqlite3.OperationalError as error:
            if not is_locked(error) or time.monotonic() > deadline:
                raise
            time.sleep(WAL_PAUSE)
        else:
            return


def _postgres_engine(url: URL, _timeouts: Timeouts, pool: dict[str, Any]) -> Engine:
    try:
        # SQLite is used without the driver
        from feedsvc.ledger.postgres import postgres_engine  # noqa: PLC0415
    except ModuleNotFoundError:
        raise LedgerUnavailable(
            "store.url names a PostgreSQL database, which needs the package psycopg; "
            "install feedsvc with its extra `postgres`"
        ) from None
    return postgres_engine(url, **pool)
