"""What a database refuses, in one sentence for the operator."""

from __future__ import annotations

import sqlite3

from sqlalchemy.engine import URL
from sqlalchemy.exc import DBAPIError, InterfaceError, OperationalError, ProgrammingError

from feedsvc.errors import LedgerBusy, LedgerUnavailable
from feedsvc.ledger.redaction import redacted, without_secrets

SQLITE_LOCKED = {sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED}
# lock_not_available, deadlock_detected, serialization_failure
# (https://www.postgresql.org/docs/current/errcodes-appendix.html)
POSTGRES_LOCKED = {"55P03", "40P01", "40001"}
POSTGRES_SLOW = "57014"  # query_canceled: by statement_timeout, for nobody else cancels ours


def fault(url: URL, error: DBAPIError | sqlite3.Error) -> LedgerUnavailable:
    """What to tell of an error of the database behind the ledger with this address."""
    ledger = redacted(url)
    original = error.orig if isinstance(error, DBAPIError) else error
    if is_locked(original):
        return LedgerBusy(f"{ledger}: another process has locked the ledger; try again later")
    why = without_secrets(_first_line(original), url)
    return LedgerUnavailable(f"{ledger}: {why}; {_remedy(error)}")


def is_locked(error: BaseException | None) -> bool:
    """Whether the driver's error says that another process has a lock."""
    if isinstance(error, sqlite3.Error):  # which has no code where Python itself refuses
        return getattr(error, "sqlite_errorcode", 0) & 0xFF in SQLITE_LOCKED
    return getattr(error, "sqlstate", None) in POSTGRES_LOCKED


def _remedy(error: DBAPIError | sqlite3.Error) -> str:
    """What to do; only where the database could not be reached, it may be down."""
    if isinstance(error, DBAPIError) and getattr(error.orig, "sqlstate", "") == POSTGRES_SLOW:
        return "nothing was written; see that the database is not overloaded"
    if isinstance(error, (OperationalError, InterfaceError, sqlite3.OperationalError)):
        return "see that store.url is right, that the database is up and that it may be written"
    if isinstance(error, DBAPIError) and error.connection_invalidated:
        return "the database has ended the connection, and nothing was written"
    if isinstance(error, ProgrammingError):
        return (
            "see that the user in store.url may do this, and that nothing else has changed the "
            "tables of feedsvc"
        )
    return "nothing was written; see that the database is whole and that only feedsvc writes to it"


def _first_line(error: BaseException | None) -> str:
    return next(iter(str(error).strip().splitlines()), "") or "unreachable"
