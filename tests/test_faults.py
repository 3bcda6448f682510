"""What the operator is told of an error of the database: what to do about this one."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path

import pytest
from sqlalchemy import select, text

from feedsvc.errors import LedgerUnavailable
from feedsvc.ledger.known import known_files
from feedsvc.ledger.schema import facts
from feedsvc.ledger.store import Store

UP = "the database is up"


def told(store: Store, *statements: str) -> str:
    """What the statements, the last of which fails, are answered with."""

    def execute() -> None:
        with store.write() as connection:
            for statement in statements:
                connection.execute(text(statement))

    with pytest.raises(LedgerUnavailable) as refused:
        execute()
    assert "\n" not in str(refused.value)
    return str(refused.value)


def test_a_database_that_cannot_be_reached_may_be_down(tmp_path: Path) -> None:
    with closing(Store(f"postgresql+psycopg:///feeds?host={tmp_path}")) as store:
        assert UP in told(store, "SELECT 1")


def test_a_row_that_is_there_twice_does_not_send_anybody_to_a_server_that_works(
    store: Store,
) -> None:
    insert = "INSERT INTO facts VALUES ('site', 'test')"
    sentence = told(store, insert, insert)
    assert UP not in sentence
    assert "nothing was written" in sentence
    with store.read() as connection:
        assert connection.execute(select(facts)).all() == []


@pytest.mark.parametrize(
    "statement", ["SELECT * FROM nowhere", "CREATE TABLE pg_catalog.t (i int)"]
)
def test_what_the_user_may_not_do_is_told_as_that(postgres: str, statement: str) -> None:
    with closing(Store(postgres)) as store:
        sentence = told(store, "CREATE ROLE guest", "SET ROLE guest", statement)
    assert UP not in sentence
    assert "see that the user in store.url may do this" in sentence


def test_a_value_that_the_database_does_not_take_is_no_outage(postgres: str) -> None:
    with closing(Store(postgres)) as store:
        sentence = told(store, "SELECT 'x'::int")
    assert UP not in sentence


def test_a_file_that_is_no_database_is_told_as_that(tmp_path: Path) -> None:
    file = tmp_path / "ledger.db"
    file.write_text("This is not a database, however long it is.\n" * 100, encoding="utf-8")
    with closing(Store(f"sqlite:///{file}")) as store:
        sentence = told(store, "SELECT 1")
    assert "file is not a database" in sentence
    assert UP not in sentence


def test_an_error_while_rows_are_read_one_by_one_is_a_sentence_too(
    sqlite: Path, tmp_path: Path
) -> None:
    file = tmp_path / "ledger.db"
    with closing(sqlite3.connect(sqlite)) as source, closing(sqlite3.connect(file)) as target:
        source.backup(target)
        target.execute("DROP TABLE files")
        target.commit()
    with (
        closing(Store(f"sqlite:///{file}")) as store,
        pytest.raises(LedgerUnavailable, match="no such table"),
        known_files(store),
    ):
        pass
