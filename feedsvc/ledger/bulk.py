"""Rows as SQLAlchemy alone does not insert them: many by one statement, or only where missing."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import lru_cache
from itertools import islice
from operator import itemgetter
from typing import Any, TypeVar

from sqlalchemy import Connection, Dialect, Table, insert
from sqlalchemy.dialects import postgresql, sqlite

CHUNK = 500  # values in one IN (…)

T = TypeVar("T")


def insert_rows(connection: Connection, table: Table, rows: Sequence[Mapping[str, Any]]) -> None:
    """Insert rows, all of which have the same columns; their values are what the driver takes.

    SQLAlchemy's own way takes as long for a row as the database does.
    """
    if not rows:
        return
    text, order = _statement(connection.dialect, table, tuple(rows[0]))
    values = itemgetter(*order) if order else dict
    parameters: Any = [values(row) for row in rows]
    connection.exec_driver_sql(text, parameters)


def insert_missing(connection: Connection, table: Table, **values: Any) -> bool:
    """Insert a row where none has its key; whether it did.

    Of several processes that do so at once, one inserts it and none fails.
    """
    name = connection.dialect.name
    inserting = postgresql.insert(table) if name == "postgresql" else sqlite.insert(table)
    statement = inserting.values(**values).on_conflict_do_nothing()
    counted = statement.execution_options(preserve_rowcount=True)
    return connection.execute(counted).rowcount == 1


def chunks(values: Iterable[T], size: int = CHUNK) -> Iterator[list[T]]:
    """The values, some at a time."""
    rest = iter(values)
    while some := list(islice(rest, size)):
        yield some


@lru_cache(maxsize=64)
def _statement(dialect: Dialect, table: Table, columns: tuple[str, ...]) -> tuple[str, list[str]]:
    """The INSERT for a database, and the order of its values where it takes them by position."""
    compiled = insert(table).compile(dialect=dialect, column_keys=list(columns))
    return str(compiled), list(compiled.positiontup or ())
