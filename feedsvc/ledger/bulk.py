"""Bulk inserts, inserts of missing rows, and batches of values."""

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
    """Insert rows with identical columns and values that the driver accepts.

    SQLAlchemy's own inserts take twice as long.
    """
    if not rows:
        return
    text, order = _statement(connection.dialect, table, tuple(rows[0]))
    values = itemgetter(*order) if order else dict
    parameters: Any = [values(row) for row in rows]
    connection.exec_driver_sql(text, parameters)


def insert_missing(connection: Connection, table: Table, **values: Any) -> bool:
    """Insert a row unless its key exists; return whether it was inserted.

    If several processes do so at once, one inserts it and none fails.
    """
    name = connection.dialect.name
    inserting = postgresql.insert(table) if name == "postgresql" else sqlite.insert(table)
    statement = inserting.values(**values).on_conflict_do_nothing()
    counted = statement.execution_options(preserve_rowcount=True)
    return connection.execute(counted).rowcount == 1


def chunks(values: Iterable[T], size: int = CHUNK) -> Iterator[list[T]]:
    """The values in lists of at most `size`."""
    rest = iter(values)
    while some := list(islice(rest, size)):
        yield some


@lru_cache(maxsize=64)
def _statement(dialect: Dialect, table: Table, columns: tuple[str, ...]) -> tuple[str, list[str]]:
    """The INSERT statement, and the order of its values if the driver takes them by position."""
    compiled = insert(table).compile(dialect=dialect, column_keys=list(columns))
    return str(compiled), list(compiled.positiontup or ())
