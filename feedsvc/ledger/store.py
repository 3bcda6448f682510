"""The database behind the ledger: connections, transactions and migrations."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from alembic import command
from alembic.config import Config as AlembicConfig
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, Engine, create_engine, event, text
from sqlalchemy.engine import URL, make_url
from sqlalchemy.exc import DBAPIError

from feedsvc.errors import LedgerUnavailable

BUSY_SECONDS = 30
MIGRATION_LOCK = 0x66656564  # any number that all our processes share
MIGRATIONS = Path(__file__).parent / "migrations"


class Store:
    """One database, SQLite or PostgreSQL, by its SQLAlchemy URL.

    Readers see one consistent snapshot; there is one writer at a time.
    """

    def __init__(self, url: str) -> None:
        self._url = make_url(url)
        self.sqlite = self._url.get_backend_name() == "sqlite"
        self.engine = _sqlite_engine(url) if self.sqlite else _postgres_engine(url)

    def __str__(self) -> str:
        return redacted(self._url)

    @contextmanager
    def read(self) -> Iterator[Connection]:
        """A transaction that sees one snapshot and changes nothing.

        Raises:
            LedgerUnavailable: the database cannot be reached or has no tables yet.
        """
        if self.sqlite and not Path(str(self._url.database)).exists():
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
        try:
            with (
                self.engine.connect().execution_options(**options) as connection,
                connection.begin(),
            ):
                yield connection
        except DBAPIError as error:
            raise LedgerUnavailable(f"{self}: {_first_line(error)}") from error

    def migrate(self) -> None:
        """Bring the tables up to this version's schema; safe from several processes at once.

        Raises:
            LedgerUnavailable: the database cannot be reached, or a newer version made it.
        """
        if self.sqlite:
            _make_folder(Path(str(self._url.database)).parent)
        config = AlembicConfig()
        config.set_main_option("script_location", str(MIGRATIONS))
        scripts = ScriptDirectory.from_config(config)
        with self.write() as connection:
            if not self.sqlite:
                connection.execute(text(f"SELECT pg_advisory_xact_lock({MIGRATION_LOCK})"))
            current = MigrationContext.configure(connection).get_current_revision()
            if current == scripts.get_current_head():
                return
            if current and current not in {s.revision for s in scripts.walk_revisions()}:
                raise LedgerUnavailable(f"{self}: a newer feedsvc made this ledger; update feedsvc")
            config.attributes["connection"] = connection
            command.upgrade(config, "head")

    def close(self) -> None:
        """Let all connections go."""
        self.engine.dispose()


def redacted(address: str | URL) -> str:
    """The database's address as it may be shown and logged."""
    url = make_url(address)
    if "password" in url.query:
        url = url.update_query_dict({"password": "***"})
    return url.render_as_string(hide_password=True)


def _make_folder(folder: Path) -> None:
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise LedgerUnavailable(
            f"{folder}: the folder for the ledger cannot be made ({error.strerror}); mend store.url"
        ) from None


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
