"""Leases: what one process at a time may do, with a fencing number for what it writes."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from typing import Any

from sqlalchemy import BigInteger, Connection, Row, cast, func, select, update

from feedsvc.errors import LeaseHeld, LeaseLost, LedgerBusy, LedgerUnavailable
from feedsvc.ledger.bulk import insert_missing
from feedsvc.ledger.process import Process, is_dead, this_process
from feedsvc.ledger.schema import leases
from feedsvc.ledger.store import Store
from feedsvc.ledger.timeouts import LEASE

SCAN = "scan"
SCHEDULER = "scheduler"
TERM = 30.0  # seconds without a renewal after which others take a lease over
RENEWAL = TERM / 3  # seconds between two renewals
RETRY = 1.0  # seconds after a renewal that the database did not take
FAREWELL = 2.0  # seconds that giving a lease back may hold up the end of its holder

Waiting = Callable[[LeaseHeld], bool]
Monotonic = Callable[[], float]

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Lease:
    """A lease in hand; `token` is greater than that of every earlier holder."""

    name: str
    holder: str
    token: int


@dataclass(frozen=True, slots=True)
class Observation:
    """A lease in the hands of another, as this process sees it.

    `since` is the moment of this process's monotonic clock since when the holder has not been seen
    to renew it. `locked` says that a transaction kept this process from taking it over.
    """

    holder: str
    token: int
    renewals: int
    since: float
    locked: bool = False


def attempt(
    store: Store,
    name: str,
    last: Observation | None,
    me: Process | None = None,
    monotonic: Monotonic = time.monotonic,
) -> Lease | Observation:
    """Take the lease where it is free, this process's own, or its holder has stopped renewing it.

    The holder has stopped when it is a dead process of this machine, or when it has not renewed
    the lease for a term. No wall clock decides: a host's may be wrong, or set. The holder counts
    its renewals, and a contender goes by how long the count has stood still since `last`, which is
    what its last attempt saw.
    """
    me = me or this_process()
    row = _row(store, name)
    seen = _observe(row, last, monotonic())
    if row and not _may_take(row, me, monotonic() - seen.since):
        return seen
    try:
        lease = _take(store, name, row, me)
    except LedgerBusy:
        # a commit that takes long keeps its own process from renewing too, which it does as soon
        # as it can: so a lock is no sign of death, nor does it start the term afresh
        return replace(seen, since=max(seen.since, monotonic() - TERM + RENEWAL), locked=True)
    return lease or _observe(_row(store, name), last, monotonic())


def _row(store: Store, name: str) -> Row[Any] | None:
    """The lease, read without a lock."""
    with store.read(LEASE) as connection:
        return connection.execute(select(leases).where(leases.c.name == name)).one_or_none()


def _observe(row: Row[Any] | None, last: Observation | None, now: float) -> Observation:
    if row is None:
        return Observation("", 0, 0, now)
    same = last and (last.token, last.renewals) == (row.token, row.renewals)
    return Observation(row.holder, row.token, row.renewals, last.since if last and same else now)


def _may_take(row: Row[Any], me: Process, unchanged: float) -> bool:
    if not row.holder or unchanged >= TERM:
        return True
    return bool(me.instance and row.instance == me.instance) or is_dead(row.instance)


def _take(store: Store, name: str, row: Row[Any] | None, me: Process) -> Lease | None:
    """Take the lease as it was in this row; None where it has changed since."""
    lease = Lease(name, me.name, row.token + 1 if row else 1)
    values = {"token": lease.token, "holder": me.name, "instance": me.instance}
    with store.write(LEASE) as connection:
        values["renewed"] = database_clock(connection)
        if row is None:
            return lease if insert_missing(connection, leases, name=name, **values) else None
        as_it_was = (
            (leases.c.name == name)
            & (leases.c.token == row.token)
            & (leases.c.renewals == row.renewals)
        )
        if not connection.execute(update(leases).where(as_it_was).values(**values)).rowcount:
            return None
        if row.instance not in ("", me.instance):
            _take_all_from(connection, row.instance)
    return lease


def _take_all_from(connection: Connection, instance: str) -> None:
    """Free the other leases of a process that has lost one, or each would cost a term."""
    connection.execute(
        update(leases)
        .where(leases.c.instance == instance)
        .values(token=leases.c.token + 1, holder="", instance="")
    )


def database_clock(connection: Connection) -> Any:
    """The moment by the database's clock, in microseconds since 1970; SQLite's is the host's."""
    if connection.dialect.name == "postgresql":
        return cast(func.extract("epoch", func.clock_timestamp()) * 1_000_000, BigInteger)
    return time.time_ns() // 1000


def renew(store: Store, lease: Lease) -> None:
    """Keep the lease for another term.

    Raises:
        LeaseLost: another process has taken it over.
    """
    with store.write(LEASE) as connection:
        check(connection, lease)


def check(connection: Connection, lease: Lease) -> None:
    """Make sure, until the transaction ends, that `lease` is the latest of its name.

    It counts as a renewal when the transaction is committed, for the row is locked until then.

    Raises:
        LeaseLost: it is not; nothing may be committed on its strength.
    """
    mine = (leases.c.name == lease.name) & (leases.c.token == lease.token)
    renewal = {"renewals": leases.c.renewals + 1, "renewed": database_clock(connection)}
    if not connection.execute(update(leases).where(mine).values(renewal)).rowcount:
        raise LeaseLost(f"another process has taken over the {lease.name} lease")


def release(store: Store, lease: Lease) -> None:
    """Let the lease go, so that the next need not wait for its end."""
    with store.write(LEASE) as connection:
        connection.execute(
            update(leases)
            .where(leases.c.name == lease.name, leases.c.token == lease.token)
            .values(holder="", instance="")
        )


@contextmanager
def held(
    store: Store,
    name: str,
    waiting: Waiting,
    lost: Callable[[], None] = lambda: None,
) -> Iterator[Lease]:
    """Hold the lease for the block, renewing it all the while.

    `waiting` is called each time that another process has it: it waits as it sees fit and says
    whether to go on trying. `lost` is called, on another thread, when the lease is taken away.

    Raises:
        LeaseHeld: `waiting` gave up.
    """
    lease = _patiently(store, name, waiting)
    done = threading.Event()
    keeper = threading.Thread(
        target=_keep, args=(store, lease, done, lost), name=f"{name} lease", daemon=True
    )
    keeper.start()
    try:
        yield lease
    finally:
        done.set()
        # the database may not answer; then the lease ends without us, or is ours again at once
        keeper.join(FAREWELL)


def _patiently(store: Store, name: str, waiting: Waiting) -> Lease:
    seen, warned = None, False
    while True:
        result = attempt(store, name, seen)
        if isinstance(result, Lease):
            return result
        if result.locked and not warned:
            log.warning(
                "the %s lease of %s is not renewed, and a transaction has locked the ledger: that "
                "process is in a long commit, or it is frozen and must be killed",
                name,
                result.holder or "another process",
            )
            warned = True
        seen = result
        refusal = LeaseHeld(name, result.holder or "another process")
        if not waiting(refusal):
            raise refusal


def _keep(store: Store, lease: Lease, done: threading.Event, lost: Callable[[], None]) -> None:
    """Renew the lease until `done` or lost; then give it back."""
    renewed, pause = time.monotonic(), RENEWAL
    while not done.wait(pause):
        try:
            renew(store, lease)
            renewed, pause = time.monotonic(), RENEWAL
        except LeaseLost:
            lost()
            return
        except LedgerBusy:
            # perhaps our own commit; nobody else can have taken the lease behind the lock
            renewed, pause = time.monotonic(), RETRY
        except LedgerUnavailable:
            pause = RETRY
            if time.monotonic() - renewed > TERM:
                lost()
                return
    _give_back(store, lease)


def _give_back(store: Store, lease: Lease) -> None:
    try:
        release(store, lease)
    except LedgerUnavailable as error:
        log.debug("the %s lease was not given back: %s", lease.name, error)
