"""Leases: what one process at a time may do, with a fencing number for what it writes."""

from __future__ import annotations

import os
import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from sqlalchemy import Connection, select, update

from feedsvc.errors import LeaseHeld, LeaseLost, LedgerUnavailable
from feedsvc.ledger.schema import leases
from feedsvc.ledger.store import Store
from feedsvc.model import in_microseconds

SCAN = "scan"
SCHEDULER = "scheduler"
TERM = timedelta(seconds=30)

Waiting = Callable[[LeaseHeld], bool]


@dataclass(frozen=True, slots=True)
class Lease:
    """A lease in hand; `token` is greater than that of every earlier holder."""

    name: str
    holder: str
    token: int


def _this_process() -> str:
    return f"{_machine()} process {os.getpid()}"


def _machine() -> str:
    """The host's name, and on Linux the process-id namespace: containers may share a name."""
    try:
        return f"{socket.gethostname()}/{Path('/proc/self/ns/pid').stat().st_ino}"
    except OSError:
        return socket.gethostname()


def _is_dead(holder: str) -> bool:
    """Whether `holder` was a process of this machine that runs no more, killed perhaps."""
    machine, _, number = holder.rpartition(" process ")
    if machine != _machine():
        return False
    try:
        os.kill(int(number), 0)
    except ProcessLookupError:
        return True
    except (PermissionError, ValueError):
        return False
    return False


def acquire(store: Store, name: str, now: datetime) -> Lease:
    """Take the lease where it is free, has run out, or its holder's process is dead.

    Raises:
        LeaseHeld: another process has it.
    """
    me = _this_process()
    with store.write() as connection:
        row = connection.execute(
            select(leases).where(leases.c.name == name).with_for_update()
        ).one_or_none()
        if row is None:
            lease = Lease(name, me, 1)
            connection.execute(leases.insert().values(**_values(lease, now)))
            return lease
        if row.holder and row.expires > in_microseconds(now) and not _is_dead(row.holder):
            raise LeaseHeld(name, row.holder)
        lease = Lease(name, me, row.token + 1)
        connection.execute(
            update(leases).where(leases.c.name == name).values(**_values(lease, now))
        )
        return lease


def _values(lease: Lease, now: datetime) -> dict[str, object]:
    return {
        "name": lease.name,
        "token": lease.token,
        "holder": lease.holder,
        "expires": in_microseconds(now + TERM),
    }


def renew(store: Store, lease: Lease, now: datetime) -> None:
    """Keep the lease for another term.

    Raises:
        LeaseLost: another process has taken it over.
    """
    with store.write() as connection:
        check(connection, lease)
        connection.execute(
            update(leases).where(leases.c.name == lease.name).values(**_values(lease, now))
        )


def check(connection: Connection, lease: Lease) -> None:
    """Make sure, until the transaction ends, that `lease` is the latest of its name.

    Raises:
        LeaseLost: it is not; nothing may be committed on its strength.
    """
    token = connection.scalar(
        select(leases.c.token).where(leases.c.name == lease.name).with_for_update()
    )
    if token != lease.token:
        raise LeaseLost(f"another process has taken over the {lease.name} lease")


def release(store: Store, lease: Lease) -> None:
    """Let the lease go, so that the next need not wait for its end."""
    with store.write() as connection:
        connection.execute(
            update(leases)
            .where(leases.c.name == lease.name, leases.c.token == lease.token)
            .values(holder="", expires=0)
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
        keeper.join()
        release(store, lease)


def _patiently(store: Store, name: str, waiting: Waiting) -> Lease:
    while True:
        try:
            return acquire(store, name, datetime.now(UTC))
        except LeaseHeld as error:
            if not waiting(error):
                raise


def _keep(store: Store, lease: Lease, done: threading.Event, lost: Callable[[], None]) -> None:
    renewed = time.monotonic()
    while not done.wait(TERM.total_seconds() / 3):
        try:
            renew(store, lease, datetime.now(UTC))
            renewed = time.monotonic()
        except LeaseLost:
            lost()
            return
        except LedgerUnavailable:
            if time.monotonic() - renewed > TERM.total_seconds():
                lost()
                return
