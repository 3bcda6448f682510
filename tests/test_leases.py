"""Leases on real databases: one holder at a time, a fencing number for what it writes."""

from __future__ import annotations

import multiprocessing
from datetime import UTC, datetime, timedelta

import pytest

from feedsvc.errors import LeaseHeld, LeaseLost
from feedsvc.ledger import leases
from feedsvc.ledger.commits import Commit, commit
from feedsvc.ledger.leases import SCAN, TERM, acquire, check, held, release, renew
from feedsvc.ledger.store import Store

NOW = datetime(2026, 6, 1, tzinfo=UTC)


def test_a_lease_that_is_held_is_refused_and_its_holder_named(store: Store) -> None:
    lease = acquire(store, SCAN, NOW)
    with pytest.raises(LeaseHeld) as refused:
        acquire(store, SCAN, NOW)
    assert refused.value.holder == lease.holder
    assert "process" in str(refused.value)


def test_every_holder_gets_a_greater_token(store: Store) -> None:
    tokens = []
    for _ in range(3):
        lease = acquire(store, SCAN, NOW)
        tokens.append(lease.token)
        release(store, lease)
    assert tokens == [1, 2, 3]


def test_a_lease_that_ran_out_can_be_taken_and_the_former_holder_is_fenced_off(
    store: Store,
) -> None:
    former = acquire(store, SCAN, NOW)
    acquire(store, SCAN, NOW + TERM + timedelta(seconds=1))
    with pytest.raises(LeaseLost):
        renew(store, former, NOW)
    with pytest.raises(LeaseLost), store.write() as connection:
        check(connection, former)
    with pytest.raises(LeaseLost):
        commit(store, former, Commit(), 0, NOW)
    release(store, former)  # takes nothing from the new holder
    with pytest.raises(LeaseHeld):
        acquire(store, SCAN, NOW + TERM)


def test_a_renewed_lease_does_not_run_out(store: Store) -> None:
    lease = acquire(store, SCAN, NOW)
    renew(store, lease, NOW + TERM)
    with pytest.raises(LeaseHeld):
        acquire(store, SCAN, NOW + TERM * 1.5)


def _hold_and_die(url: str) -> None:
    acquire(Store(url), SCAN, datetime.now(UTC))


def test_the_lease_of_a_dead_process_of_this_machine_is_free_at_once(
    store: Store, store_url: str
) -> None:
    process = multiprocessing.get_context("spawn").Process(target=_hold_and_die, args=(store_url,))
    process.start()
    process.join()
    assert process.exitcode == 0
    assert acquire(store, SCAN, datetime.now(UTC)).token == 2


def test_a_lease_is_let_go_at_the_end_of_the_block_even_after_an_error(store: Store) -> None:
    with pytest.raises(ZeroDivisionError), held(store, SCAN, lambda _held: False):
        raise ZeroDivisionError
    assert acquire(store, SCAN, datetime.now(UTC)).token == 2


def test_whoever_is_told_to_go_on_waiting_gets_the_lease_when_it_is_free(store: Store) -> None:
    first = acquire(store, SCAN, datetime.now(UTC))
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
    monkeypatch.setattr(leases, "TERM", timedelta(seconds=0.3))
    lost = multiprocessing.Event()
    with held(store, SCAN, lambda _held: False, lost.set):
        acquire(store, SCAN, datetime.now(UTC) + timedelta(minutes=1))
        assert lost.wait(30)
