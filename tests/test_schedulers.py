"""Many processes on one ledger: however many are started, one scans at a time."""

from __future__ import annotations

import signal
import time
from collections.abc import Callable
from contextlib import closing
from itertools import pairwise

import pytest
from sqlalchemy import NullPool, create_engine, select, text, update

from feedsvc.ledger.leases import SCHEDULER, TERM, attempt
from feedsvc.ledger.process import Process, this_process
from feedsvc.ledger.scans import claim
from feedsvc.ledger.schema import leases, scans
from feedsvc.ledger.store import Store
from feedsvc.ledger.timeouts import Timeouts
from tests.databases import new_database
from tests.site import PATIENCE, Service, Site, eventually

pytestmark = pytest.mark.slow

COMMITTING = """\
SELECT count(*) FROM pg_stat_activity WHERE datname = 'outage' AND wait_event_type = 'Lock'
AND query ILIKE 'INSERT INTO changes%'"""
CUT_OFF = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = 'outage'"


def test_of_several_schedulers_one_scans_and_the_others_say_who_and_wait(
    site: Site, serve: Callable[..., Service], store: Store, store_url: str
) -> None:
    site.write("a.txt", title="First")
    service = serve(STORE__URL=store_url, HTTP__WORKERS=4)
    service.ready()
    waiting = [serve("scheduler", STORE__URL=store_url) for _ in range(2)]
    for scheduler in waiting:
        holder = scheduler.logged(r"standing by: the scheduler lease is held by \S+ process (\d+)")
        assert int(holder[1]) not in [service.process.pid, scheduler.process.pid]
    site.write("b.txt", title="Second")
    by_hand = site.command("scan", variables={"STORE__URL": store_url})
    assert by_hand.returncode == 0, by_hand.stderr
    eventually(lambda: "Second" in service.get("/feed.atom").text)
    assert service.stop() == 0
    site.write("c.txt", title="Third")
    eventually(lambda: any("1 new" in scheduler.log for scheduler in waiting))
    for scheduler in waiting:
        assert scheduler.stop() == 0
    with store.read() as connection:
        history = connection.execute(select(scans).order_by(scans.c.token)).all()
    assert len(history) > 3
    ended = {row.summary for row in history if row.outcome != "committed"}
    assert ended <= {"the scan was stopped before it had published anything"}
    assert all(before.finished <= after.started for before, after in pairwise(history))


def test_a_scheduler_that_is_killed_is_followed_at_once_by_one_that_stands_by(
    site: Site, serve: Callable[..., Service]
) -> None:
    site.write("a.txt")
    first = serve("scheduler")
    first.logged("1 new")
    second = serve("scheduler")
    second.logged("standing by")
    first.stop(signal.SIGKILL)
    second.logged("scanning ")
    site.write("b.txt")
    second.logged("1 new")


def test_a_standby_that_meets_a_lock_ends_when_it_is_told_to(
    site: Site, serve: Callable[..., Service], store: Store, store_url: str
) -> None:
    claim(store, site.config().site.id)
    dead = this_process().instance.rsplit("/", 1)[0] + "/0"  # whose lease is anybody's
    attempt(store, SCHEDULER, None, Process("the former process 1", dead))
    with store.write(Timeouts(lock=1, statement=PATIENCE, idle=2 * PATIENCE)) as connection:
        connection.execute(update(leases).values(renewals=leases.c.renewals))
        scheduler = serve("scheduler", STORE__URL=store_url)
        scheduler.logged("standing by: the scheduler lease is held by the former process 1")
        scheduler.logged("the scheduler lease of the former process 1 is not renewed, and ")
        began = time.monotonic()
        assert scheduler.stop() == 0
        assert time.monotonic() - began < PATIENCE / 2


def test_a_scheduler_that_loses_the_database_in_its_commit_goes_on_when_it_is_back(
    site: Site, serve: Callable[..., Service], postgres: str
) -> None:
    url = new_database(postgres, "outage", "template1")
    site.write("a.txt", title="First")
    service = serve(STORE__URL=url)
    service.ready()
    outside = create_engine(postgres, poolclass=NullPool, isolation_level="AUTOCOMMIT")
    with closing(outside.connect()) as server:
        with closing(create_engine(url, poolclass=NullPool).connect()) as blocking:
            blocking.execute(text("LOCK TABLE changes IN SHARE MODE"))
            site.write("b.txt", title="Second")
            eventually(lambda: server.scalar(text(COMMITTING)), "it does not commit")
            server.execute(text("ALTER DATABASE outage ALLOW_CONNECTIONS false"))
            server.execute(text(CUT_OFF))
            blocking.invalidate()
        service.logged("the scan failed: ")
        back = time.monotonic()
        server.execute(text("ALTER DATABASE outage ALLOW_CONNECTIONS true"))
        eventually(lambda: "Second" in service.get("/feed.atom").text)
    assert time.monotonic() - back < TERM * 2 / 3  # it did not wait for its own lease
