"""Many processes that start at the same moment on an empty database."""

from __future__ import annotations

import multiprocessing
from collections import Counter
from collections.abc import Iterator
from contextlib import closing
from multiprocessing.pool import Pool
from multiprocessing.synchronize import Barrier
from pathlib import Path

import pytest
from sqlalchemy import func, select

from feedsvc.errors import ConfigError, FeedsvcError, LeaseHeld
from feedsvc.ledger.leases import SCAN
from feedsvc.ledger.migrating import is_made, migrate
from feedsvc.ledger.scans import claim
from feedsvc.ledger.schema import facts
from feedsvc.ledger.store import Store
from tests.campaigns import LONG
from tests.databases import new_database
from tests.ledgers import acquire
from tests.site import PATIENCE

pytestmark = pytest.mark.slow

PROCESSES = 8
ROUNDS = 20 if LONG else 4

_together: list[Barrier] = []


@pytest.fixture(scope="module")
def starters() -> Iterator[Pool]:
    """Processes that begin a piece of work at the same moment."""
    context = multiprocessing.get_context("spawn")
    barrier = context.Barrier(PROCESSES)
    with context.Pool(PROCESSES, _use, (barrier,)) as pool:
        yield pool


@pytest.fixture(params=["sqlite", "postgresql"])
def empty_ledgers(request: pytest.FixtureRequest, tmp_path: Path) -> list[str]:
    """The URLs of databases that have nothing in them, not even tables."""
    if request.param == "sqlite":
        return [f"sqlite:///{tmp_path}/{number}/ledger.db" for number in range(ROUNDS)]
    server = request.getfixturevalue("postgres")
    return [new_database(server, f"empty{number}", "template1") for number in range(ROUNDS)]


def _use(barrier: Barrier) -> None:
    _together.append(barrier)


def _start(work: tuple[str, str]) -> str:
    """Start as every command does, then reach for the lease; what came of it."""
    url, site = work
    store = Store(url)
    _together[0].wait(PATIENCE)
    try:
        migrate(store)
        claim(store, site)
        acquire(store, SCAN)
    except (LeaseHeld, ConfigError) as error:
        return type(error).__name__
    except FeedsvcError as error:
        return str(error)
    finally:
        _together[0].wait(PATIENCE)  # whoever ended before would give its lease to the others
        store.close()
    return "holds the lease"


def test_they_make_one_ledger_and_one_of_them_gets_the_lease(
    starters: Pool, empty_ledgers: list[str]
) -> None:
    for url in empty_ledgers:
        results = starters.map(_start, [(url, "test")] * PROCESSES, chunksize=1)
        assert Counter(results) == {"holds the lease": 1, "LeaseHeld": PROCESSES - 1}
        with closing(Store(url)) as store:
            assert is_made(store, "test")


def test_a_ledger_belongs_to_one_of_the_sites_that_claim_it_at_once(
    starters: Pool, empty_ledgers: list[str]
) -> None:
    sites = [f"site{number}" for number in range(PROCESSES)]
    results = starters.map(_start, [(empty_ledgers[0], site) for site in sites], chunksize=1)
    assert Counter(results) == {"holds the lease": 1, "ConfigError": PROCESSES - 1}
    with closing(Store(empty_ledgers[0])) as store, store.read() as connection:
        owner = connection.scalar(select(facts.c.value))
        assert connection.scalar(select(func.count()).select_from(facts)) == 1
    assert owner == sites[results.index("holds the lease")]


def test_a_ledger_that_is_up_to_date_is_found_so_while_another_process_has_it_locked(
    store: Store,
) -> None:
    claim(store, "test")
    with store.write() as connection:
        connection.execute(facts.update().values(value=facts.c.value))
        migrate(store)
        claim(store, "test")
        assert is_made(store, "test")
