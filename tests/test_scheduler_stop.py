"""A scheduler that is told to stop does so within seconds, whatever it is at, and loses nothing."""

from __future__ import annotations

import os
import signal
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import func, select

from feedsvc.ledger import leases
from feedsvc.ledger.migrating import migrate
from feedsvc.ledger.process import Process
from feedsvc.ledger.schema import entries, pings
from feedsvc.ledger.store import Store
from feedsvc.scan import run
from feedsvc.service import scheduler
from tests.hubs import silent_hub
from tests.site import PATIENCE, Service, Site, eventually

pytestmark = pytest.mark.slow

STOP_SECONDS = 5
BUSY_SECONDS = 5  # allowed on top, for a machine that runs other tests meanwhile
RARELY = {"SCHEDULE__RESCAN_SECONDS": 3600, "ARTICLES__SETTLE_SECONDS": 0.2}

Serve = Callable[..., Service]


def stops_in_time(service: Service) -> None:
    """End it with SIGTERM; it must say nothing odd."""
    began = time.monotonic()
    service.process.send_signal(signal.SIGTERM)
    status = service.process.wait(PATIENCE)
    took = time.monotonic() - began
    assert took < STOP_SECONDS + BUSY_SECONDS, f"it took {took:.1f} s"
    assert status == 0, service.log
    for word in ("Traceback", "forkserver", "leaked", "ERROR"):
        assert word not in service.log, service.log


def count(site: Site) -> int:
    """The number of entries."""
    store = Store(site.config().store.url)
    with store.read() as connection:
        number = connection.scalar(select(func.count()).select_from(entries))
    store.close()
    return number or 0


def test_when_it_has_nothing_to_do(site: Site, serve: Serve) -> None:
    site.write("a.txt")
    service = serve("scheduler", **RARELY)
    service.logged("1 new")
    stops_in_time(service)


@pytest.mark.parametrize("moment", [0.3, 1.0])
def test_while_it_imports_ten_thousand_files(site: Site, serve: Serve, moment: float) -> None:
    files = 10_000
    for number in range(files):
        (site.folder / f"n{number}.txt").write_text(f"# Number {number}\n\nA paragraph.\n")
    service = serve("scheduler", **RARELY | {"ARTICLES__SETTLE_SECONDS": 0})
    service.logged("scanning ")
    time.sleep(moment)
    stops_in_time(service)
    site.scan()
    assert count(site) == files


@pytest.mark.parametrize("moment", [0.0, 0.2, 0.5])
@pytest.mark.parametrize("command", ["serve", "scheduler"])
def test_ctrl_c_in_a_terminal_reaches_every_process_and_none_complains(
    site: Site, serve: Serve, command: str, moment: float
) -> None:
    for number in range(2_000):
        (site.folder / f"n{number}.txt").write_text(f"# Number {number}\n\nA paragraph.\n")
    service = serve(command, **RARELY | {"ARTICLES__SETTLE_SECONDS": 0})
    service.logged("scanning ")
    time.sleep(moment)
    os.killpg(service.process.pid, signal.SIGINT)
    assert service.process.wait(PATIENCE) == 0, service.log
    assert "Traceback" not in service.log
    assert "KeyboardInterrupt" not in service.log


def test_while_a_hub_does_not_answer(site: Site, serve: Serve) -> None:
    site.write("a.txt")
    with silent_hub() as hub:
        service = serve("scheduler", **RARELY, WEBSUB__HUBS=f'["{hub.address}"]')
        eventually(lambda: hub.connections, "the hub is not asked")
        site.write("b.txt")
        eventually(lambda: count(site) == 2, "the second was not published")
        stops_in_time(service)
    store = Store(site.config().store.url)
    with store.read() as connection:
        assert connection.scalar(select(func.count()).select_from(pings)) == 4
    store.close()


def test_while_it_is_on_standby(site: Site, serve: Serve) -> None:
    site.write("a.txt")
    serve("scheduler", **RARELY).logged("1 new")
    service = serve("scheduler", **RARELY)
    service.logged("standing by")
    stops_in_time(service)


# In one process, where a lease or a moment can be kept from it


@contextmanager
def stopped_within_a_moment(site: Site, store: Store) -> Iterator[threading.Event]:
    """A scheduler that is stopped at the end of the block."""
    stop = threading.Event()
    thread = threading.Thread(target=scheduler.scan_until, args=(site.config(), store, stop))
    thread.start()
    try:
        yield stop
    finally:
        began = time.monotonic()
        stop.set()
        thread.join(PATIENCE)
        took = time.monotonic() - began
    assert took < 1 + BUSY_SECONDS, f"it took {took:.1f} s"


@pytest.fixture
def store(site: Site) -> Iterator[Store]:
    """The site's own ledger."""
    store = Store(site.config().store.url)
    migrate(store)
    yield store
    store.close()


@pytest.mark.parametrize("name", [leases.SCHEDULER, leases.SCAN])
def test_while_another_holds_the_lease(
    site: Site, store: Store, name: str, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("INFO")
    site.write("a.txt")
    leases.attempt(store, name, None, Process("elsewhere process 1", "an instance elsewhere"))
    with stopped_within_a_moment(site, store):
        eventually(lambda: f"the {name} lease is held" in caplog.text)


def test_while_it_waits_for_the_second_of_its_revision(
    site: Site, store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It must not publish ahead of the second either, as if it had waited."""
    ahead = run.Clock(now=lambda: datetime.now(UTC) + timedelta(minutes=10))
    site.write("a.txt")
    run.scan(run.Publisher(store, site.config(), ahead))
    site.write("b.txt")
    monkeypatch.setattr(run, "LONGEST_PAUSE", 3600.0)
    with stopped_within_a_moment(site, store):
        time.sleep(1)
    assert count(site) == 1
