"""The database behind the ledger: connections and transactions."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, Engine, create_engine, event
from sqlalchemy.engine import URL, make_url
from sqlalchemy.exc import DBAPIError

from feedsvc.errors import LedgerUnavailable

BUSY_SECONDS = 30


class Store:
    """One database, SQLite or PostgreSQL, by its SQLAlchemy URL.

    Readers see one consistent snapshot; there is one writer at a time.
    """

    def __init__(self, url: str) -> None:
        self._url = make_url(url)
        self.sqlite = self._url.get_backend_name() == "sqlite"
        self.file = Path(str(self._url.database)) if self.sqlite else None
        self._inode: tuple[int, int] | None = None
        self.engine = _sqlite_engine(url) if self.sqlite else _postgres_engine(url)

    def __str__(self) -> str:
        return redacted(self._url)

    @contextmanager
    def read(self) -> Iterator[Connection]:
        """A transaction that sees one snapshot and changes nothing.

        Raises:
            LedgerUnavailable: the database cannot be reached or has no tables yet.
        """
        if self.file and not self.file.exists():
            raise LedgerUnavailable(f"{self}: no scan has made this ledger yet")
        with self._transaction(writing=False) as connection:
            yield connection

    @contextmanager
    def write(self) -> Iterator[Connection]:
        """A transaction that is alone in writing, committed at the end of the block.

        Raises:
            LedgerUnavailable: the database cannot be reached.
        """
        with self._transaction(writing=True) as connection:
            yield connection

    @contextmanager
    def _transaction(self, *, writing: bool) -> Iterator[Connection]:
        options: dict[str, Any] = {"feedsvc_writing": writing}
        if not self.sqlite:
            options["isolation_level"] = "READ COMMITTED" if writing else "REPEATABLE READ"
        self._same_file()
        try:
            with (
                self.engine.connect().execution_options(**options) as connection,
                connection.begin(),
            ):
                yield connection
        except DBAPIError as error:
            raise LedgerUnavailable(
                f"{self}: {_first_line(error)}; see that store.url is right, that the database is "
                "up and that it may be written"
            ) from error

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


def redacted(address: str | URL) -> str:
    """The database's address as it may be shown and logged."""
    url = make_url(address)
    if "password" in url.query:
        url = url.update_query_dict({"password": "***"})
    return url.render_as_string(hide_password=True)


def _first_line(error: DBAPIError) -> str:
    return str(error.orig).strip().splitlines()[0] if str(error.orig).strip() else "unreachable"


def _sqlite_engine(url: str) -> Engine:
    engine = create_engine(url, connect_args={"timeout": BUSY_SECONDS, "check_same_thread": False})

    @event.listens_for(engine, "connect")
    def _on_connect(connection: Any, _record: Any) -> None:
        connection.isolation_level = None  # we say BEGIN ourselves, below
        connection.execute("PRAGMA journal_mode=WAL")
        connection.execute("PRAGMA synchronous=FULL")  # an edition once served survives a crash

    @event.listens_for(engine, "begin")
    def _on_begin(connection: Connection) -> None:
        writing = connection.get_execution_options().get("feedsvc_writing")
        connection.exec_driver_sql("BEGIN IMMEDIATE" if writing else "BEGIN")

    return engine


def _postgres_engine(url: str) -> Engine:
    try:
        return create_engine(
            url, pool_pre_ping=True, connect_args={"connect_timeout": 5}, pool_recycle=3600
        )
    except ModuleNotFoundError:
        raise LedgerUnavailable(
            "store.url names a PostgreSQL database, which needs the package psycopg; "
            "install feedsvc with its extra `postgres`"
        ) from None
