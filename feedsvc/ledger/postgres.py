"""Connections to PostgreSQL that a lock or a silent server holds up for a limited time only."""

from __future__ import annotations

import time
from typing import Any, TypeVar

import psycopg
from psycopg.abc import PQGen
from sqlalchemy import Connection, Engine, create_engine, event
from sqlalchemy.engine import URL

from feedsvc.ledger.timeouts import Timeouts

# A process that is told to end while the server is stopped waits for both, one after the other.
PING_SECONDS = 2  # for what a connection asks between two transactions
CONNECT_SECONDS = 3
GRACE_SECONDS = 2  # for a server to say itself that a statement takes too long

# Without these, the end of a host or of the way to it is noticed after two hours (tcp(7)).
SOCKET = {
    "connect_timeout": CONNECT_SECONDS,
    "keepalives_idle": 10,
    "keepalives_interval": 5,
    "keepalives_count": 3,
    "tcp_user_timeout": 20_000,  # milliseconds
}
# In the transaction alone: pgbouncer refuses options at the start of a session, and hands the
# session to others between two transactions.
SET_TIMEOUTS = """\
SELECT set_config('lock_timeout', %s, true), set_config('statement_timeout', %s, true),
set_config('idle_in_transaction_session_timeout', %s, true)"""

T = TypeVar("T")


class ServerSilent(psycopg.OperationalError):
    """The server has sent nothing for longer than it may take."""


class BoundedConnection(psycopg.Connection[Any]):
    """A connection that is closed when the server has been silent for `patience` seconds.

    The kernel of a server that is stopped acknowledges what it is sent, so no option of the socket
    notices; neither do the server's own time-outs.
    """

    patience: float = PING_SECONDS

    def wait(self, gen: PQGen[T], *arguments: Any, **options: Any) -> T:
        """Carry on an exchange with the server to its end.

        Raises:
            ServerSilent: it did not end in time; the connection is closed.
        """
        try:
            return super().wait(_bounded(gen, self.patience), *arguments, **options)
        except ServerSilent:
            self.pgconn.finish()
            raise


def _bounded(exchange: PQGen[T], patience: float) -> PQGen[T]:
    """The exchange, ended when the socket has not been ready for `patience` seconds."""
    deadline = time.monotonic() + patience
    try:
        awaited = next(exchange)
        while True:
            ready = yield awaited
            if ready:
                deadline = time.monotonic() + patience
            elif time.monotonic() > deadline:
                raise ServerSilent(f"the server has not answered for {patience:g} s")
            awaited = exchange.send(ready)
    except StopIteration as end:
        result: T = end.value
        return result


def postgres_engine(url: URL, **pool: Any) -> Engine:
    """An engine for this database; what the URL says of its connections goes before ours."""
    ours = {name: value for name, value in SOCKET.items() if name not in url.query}
    engine = create_engine(
        url,
        pool_pre_ping=True,
        pool_recycle=3600,
        # prepared statements stay with a session, which pgbouncer hands to others
        connect_args={**ours, "prepare_threshold": None},
        **pool,
    )
    event.listen(engine, "do_connect", _connect)
    event.listen(engine, "begin", _limit)
    event.listen(engine, "rollback", _wait_no_longer)
    event.listen(engine, "checkin", _rest)
    return engine


def _connect(
    _dialect: Any, _record: Any, arguments: tuple[Any, ...], options: dict[str, Any]
) -> BoundedConnection:
    return BoundedConnection.connect(*arguments, **options)


def _limit(connection: Connection) -> None:
    timeouts: Timeouts = connection.get_execution_options()["feedsvc_timeouts"]
    seconds = (timeouts.lock, timeouts.statement, timeouts.idle)
    connection.exec_driver_sql(SET_TIMEOUTS, tuple(str(int(one * 1000)) for one in seconds))
    _driver(connection).patience = timeouts.statement + GRACE_SECONDS


def _wait_no_longer(connection: Connection) -> None:
    """A rollback takes no time where the server answers at all."""
    if not connection.invalidated:
        _driver(connection).patience = PING_SECONDS


def _driver(connection: Connection) -> Any:
    return connection.connection.driver_connection


def _rest(connection: BoundedConnection | None, _record: Any) -> None:
    if connection:
        connection.patience = PING_SECONDS
