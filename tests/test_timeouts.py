"""No lock, no frozen process and no silent server holds a process up without a limit."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack, closing
from pathlib import Path
from typing import Any

import psycopg
import pytest
from sqlalchemy import Connection, select, text

from feedsvc.errors import LedgerBusy, LedgerUnavailable
from feedsvc.ledger.migrating import migrate
from feedsvc.ledger.postgres import BoundedConnection
from feedsvc.ledger.schema import facts
from feedsvc.ledger.store import Store
from feedsvc.ledger.timeouts import Timeouts
from tests.databases import Server, new_database
from tests.site import PATIENCE, eventually

pytestmark = pytest.mark.slow

SHORT = Timeouts(lock=0.3, statement=1, idle=1)
PATIENT = Timeouts(lock=PATIENCE, statement=PATIENCE, idle=PATIENCE)
IMPATIENT = Timeouts(lock=0.3, statement=PATIENCE, idle=PATIENCE)
SETTINGS = ("lock_timeout", "statement_timeout", "idle_in_transaction_session_timeout")
WAIT_FOREVER = text("SELECT pg_sleep(3600)")


@pytest.fixture
def postgres_store(postgres: str, tmp_path: Path) -> Iterator[Store]:
    name = "t" + tmp_path.name.replace("-", "_").lower()[-40:]
    with closing(Store(new_database(postgres, name, "with_tables"))) as store:
        yield store


def settings(store: Store, timeouts: Timeouts | None = None, *, writing: bool) -> tuple[str, ...]:
    with (store.write if writing else store.read)(timeouts) as connection:
        query = "SELECT " + ", ".join(f"current_setting('{name}')" for name in SETTINGS)
        return tuple(connection.execute(text(query)).one())


def test_each_transaction_on_postgresql_has_limits_and_leaves_none_behind(
    postgres_store: Store,
) -> None:
    assert settings(postgres_store, writing=True) == ("5s", "5min", "20s")
    assert settings(postgres_store, writing=False) == ("5s", "5min", "10min")
    with postgres_store.engine.connect() as connection:  # the same session, past the store
        raw = connection.connection.cursor()
        raw.execute("SELECT current_setting('lock_timeout')")
        assert raw.fetchone() == ("0",)


def test_a_web_process_waits_less(postgres_store: Store) -> None:
    url = postgres_store.engine.url.render_as_string(hide_password=False)
    with closing(Store(url, reader=True)) as store:
        assert settings(store, writing=False) == ("1s", "10s", "10min")


def test_a_lock_of_another_process_is_waited_for_and_named_as_that(store: Store) -> None:
    with store.write() as first:
        first.execute(facts.insert().values(name="site", value="test"))
        with pytest.raises(LedgerBusy) as refused, store.write(IMPATIENT) as second:
            second.execute(facts.insert().values(name="site", value="test"))
    assert str(refused.value).endswith("another process has locked the ledger; try again later")


def test_a_statement_that_takes_too_long_ends(postgres_store: Store) -> None:
    with (
        pytest.raises(LedgerUnavailable, match="see that the database is not overloaded"),
        postgres_store.read(SHORT) as connection,
    ):
        connection.execute(WAIT_FOREVER)


def test_a_process_frozen_in_its_transaction_loses_its_locks_and_commits_nothing(
    postgres_store: Store,
) -> None:
    def insert(connection: Connection, owner: str) -> None:
        connection.execute(facts.insert().values(name="site", value=owner))

    def freeze() -> None:
        with postgres_store.write(SHORT) as connection:
            insert(connection, "frozen")
            with postgres_store.write(PATIENT) as other:
                insert(other, "standby")  # which waits for the first one's lock
            insert(connection, "thawed")

    with pytest.raises(
        LedgerUnavailable, match="has ended the connection, and nothing was written"
    ):
        freeze()
    with postgres_store.read() as connection:
        assert connection.scalars(select(facts.c.value)).all() == ["standby"]


def test_all_connections_in_use_is_told_instead_of_waited_for(store_url: str) -> None:
    with closing(Store(store_url, reader=True)) as store, ExitStack() as readers:
        for _ in range(20):
            readers.enter_context(store.read())
        with pytest.raises(LedgerBusy, match="all connections"):
            readers.enter_context(store.read())


def test_what_the_address_says_of_connections_goes_before_the_defaults(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    seen: dict[str, object] = {}

    def connect(**options: Any) -> None:
        seen.update(options)
        raise psycopg.OperationalError("there is no server")

    monkeypatch.setattr(BoundedConnection, "connect", connect)
    with (
        closing(Store("postgresql+psycopg://nowhere/feeds?connect_timeout=17")) as store,
        pytest.raises(LedgerUnavailable, match="there is no server"),
        store.read(),
    ):
        pass
    assert (seen["connect_timeout"], seen["tcp_user_timeout"]) == ("17", 20_000)


@pytest.fixture
def stoppable(server: Server) -> Iterator[Store]:
    """A ledger on a server that the test may freeze."""
    with closing(Store(server.url, reader=True)) as store:
        migrate(store)
        yield store


def is_back(store: Store) -> bool:
    with store.read() as connection:
        return connection.execute(facts.select()).all() == []


def test_a_server_that_stops_ends_what_waits_for_it_and_is_used_again_when_it_goes_on(
    server: Server, stoppable: Store
) -> None:
    with ExitStack() as idle:  # connections in the pool, all of which lead to the stopped server
        for _ in range(3):
            idle.enter_context(stoppable.read())
    with pytest.raises(LedgerUnavailable) as between, server.frozen():
        is_back(stoppable)
    with (
        pytest.raises(LedgerUnavailable) as within,
        stoppable.read(SHORT) as connection,
        server.frozen(),
    ):
        connection.execute(facts.select())
    for refused in (between, within):
        assert "the database is up" in str(refused.value)
    assert "has not answered" in str(within.value)
    eventually(lambda: is_back(stoppable))
