"""Leases on real databases: one holder at a time, a fencing number for what it writes."""

from __future__ import annotations

import multiprocessing
import threading
from datetime import UTC, datetime

import pytest

from feedsvc.errors import LeaseHeld, LeaseLost
from feedsvc.ledger import leases
from feedsvc.ledger.apply import apply
from feedsvc.ledger.leases import (
    RENEWAL,
    SCAN,
    SCHEDULER,
    TERM,
    Lease,
    Observation,
    attempt,
    check,
    held,
    release,
    renew,
)
from feedsvc.ledger.process import Process
from feedsvc.ledger.schema import leases as rows
from feedsvc.ledger.store import Store
from feedsvc.model import ChangeSet
from tests.ledgers import acquire
from tests.site import PATIENCE

NOW = datetime(2026, 6, 1, tzinfo=UTC)
ANOTHER = Process("elsewhere process 1", "another boot/1/1/1")


class Rival:
    """Another process that wants the lease, its monotonic clock in our hands."""

    def __init__(self, store: Store, process: Process = ANOTHER) -> None:
        self.store, self.process = store, process
        self.moment = 1000.0
        self.seen: Observation | None = None

    def tries(self, name: str = SCAN, after: float = 0) -> Lease | None:
        """Try for the lease, `after` seconds later; None where it is refused."""
        self.moment += after
        result = attempt(self.store, name, self.seen, self.process, lambda: self.moment)
        self.seen = result if isinstance(result, Observation) else None
        return result if isinstance(result, Lease) else None

    def takes(self, name: str = SCAN) -> Lease:
        """Take the lease, which must be free."""
        lease = self.tries(name)
        assert lease
        return lease


def test_a_lease_that_is_held_is_refused_and_its_holder_named(store: Store) -> None:
    Rival(store).takes()
    with pytest.raises(LeaseHeld) as refused:
        acquire(store, SCAN)
    assert refused.value.holder == ANOTHER.name
    assert "process" in str(refused.value)


def test_every_holder_gets_a_greater_token(store: Store) -> None:
    tokens = []
    for _ in range(3):
        lease = acquire(store, SCAN)
        tokens.append(lease.token)
        release(store, lease)
    assert tokens == [1, 2, 3]


def test_a_lease_that_is_not_renewed_is_taken_over_and_the_former_holder_fenced_off(
    store: Store,
) -> None:
    former, rival = acquire(store, SCAN), Rival(store)
    assert rival.tries() is None
    assert rival.tries(after=TERM - 1) is None
    assert rival.tries(after=2)
    with pytest.raises(LeaseLost):
        renew(store, former)
    with pytest.raises(LeaseLost), store.write() as connection:
        check(connection, former)
    with pytest.raises(LeaseLost):
        apply(store, former, ChangeSet(), 0, NOW)
    release(store, former)  # takes nothing from the new holder
    with pytest.raises(LeaseHeld):
        acquire(store, SCAN)


def test_a_lease_that_is_renewed_is_never_taken_over(store: Store) -> None:
    lease, rival = acquire(store, SCAN), Rival(store)
    for _ in range(5):
        assert rival.tries(after=TERM - 1) is None
        renew(store, lease)


def test_a_commit_renews_the_lease(store: Store) -> None:
    lease, rival = acquire(store, SCAN), Rival(store)
    assert rival.tries() is None
    apply(store, lease, ChangeSet(), 0, NOW)
    assert rival.tries(after=TERM + 1) is None


def test_no_clock_of_a_host_takes_part_in_who_has_the_lease(store: Store) -> None:
    lease = acquire(store, SCAN)
    for hours in (-1, 1):  # a host whose clock was wrong when it renewed
        with store.write() as connection:
            wrong = {"renewed": rows.c.renewed + hours * 3_600_000_000}
            connection.execute(rows.update().values(wrong))
        rival = Rival(store)
        assert rival.tries() is None
        assert rival.tries(after=TERM - 1) is None
    assert rival.tries(after=2)
    with pytest.raises(LeaseLost):
        renew(store, lease)


def test_whoever_takes_over_from_a_process_takes_all_that_it_held(store: Store) -> None:
    frozen = Rival(store)
    frozen.takes(SCHEDULER)
    scanning = frozen.takes(SCAN)
    rival = Rival(store, Process("here process 2", "this boot/1/2/1"))
    assert rival.tries(SCHEDULER) is None
    assert rival.tries(SCHEDULER, after=TERM)
    assert rival.tries(SCAN)
    with pytest.raises(LeaseLost):
        renew(store, scanning)


def test_a_process_has_its_own_lease_back_at_once_under_a_new_number(store: Store) -> None:
    former = acquire(store, SCAN)  # and the connection is lost before it is given back
    assert acquire(store, SCAN).token == former.token + 1
    with pytest.raises(LeaseLost):
        renew(store, former)


def _hold_and_die(url: str) -> None:
    acquire(Store(url), SCAN)


def test_the_lease_of_a_dead_process_of_this_machine_is_free_at_once(
    store: Store, store_url: str
) -> None:
    process = multiprocessing.get_context("spawn").Process(target=_hold_and_die, args=(store_url,))
    process.start()
    process.join()
    assert process.exitcode == 0
    assert acquire(store, SCAN).token == 2


def test_a_lease_is_let_go_at_the_end_of_the_block_even_after_an_error(store: Store) -> None:
    with pytest.raises(ZeroDivisionError), held(store, SCAN, lambda _held: False):
        raise ZeroDivisionError
    assert Rival(store).takes().token == 2


def test_whoever_is_told_to_go_on_waiting_gets_the_lease_when_it_is_free(store: Store) -> None:
    first = Rival(store).takes()
    told = []

    def waiting(refused: LeaseHeld) -> bool:
        told.append(refused.holder)
        release(store, first)
        return True

    with held(store, SCAN, waiting) as lease:
        assert lease.token == 2
    assert told == [first.holder]


def test_the_keeper_says_when_the_lease_is_lost(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(leases, "RENEWAL", 0.1)
    lost = threading.Event()
    with held(store, SCAN, lambda _held: False, lost.set):
        rival = Rival(store)
        while not (rival.seen and rival.tries(after=TERM)):
            rival.tries()  # until it comes between two renewals
        assert lost.wait(PATIENCE)


def test_a_commit_longer_than_a_term_costs_nobody_the_lease(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, seconds in (("TERM", 0.6), ("RENEWAL", 0.2), ("RETRY", 0.1)):
        monkeypatch.setattr(leases, name, seconds)
    lost, rival = threading.Event(), Rival(store)
    with held(store, SCAN, lambda _held: False, lost.set) as lease:
        assert rival.tries() is None
        with store.write() as connection:
            check(connection, lease)
            for _ in range(2):  # each waits for the lock, longer than the term
                assert rival.tries(after=leases.TERM) is None
                assert rival.seen
                assert rival.seen.locked
        renew(store, lease)
    assert not lost.is_set()


def test_a_holder_that_ends_behind_a_lock_is_followed_when_it_would_have_renewed(
    store: Store,
) -> None:
    lease, rival = acquire(store, SCAN), Rival(store)
    rival.tries()
    with store.write() as connection:
        check(connection, lease)
        rival.tries(after=2 * TERM)
        connection.rollback()
    assert rival.tries(after=RENEWAL - 1) is None
    assert rival.tries(after=2)


def test_one_sentence_of_the_log_names_the_holder_behind_a_lock(
    store: Store, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    lease = Rival(store).takes()
    monkeypatch.setattr(leases, "TERM", 0)
    tries = iter((True, True, False))
    with store.write() as connection:
        check(connection, lease)
        with pytest.raises(LeaseHeld), held(store, SCAN, lambda _held: next(tries)):
            pass
    (sentence,) = (record.getMessage() for record in caplog.records)
    assert sentence.startswith(f"the scan lease of {ANOTHER.name} is not renewed, and ")
