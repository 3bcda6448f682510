"""The scheduler while things go wrong around it: nothing put in the folder is lost."""

from __future__ import annotations

import shutil
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select

from feedsvc.errors import LedgerUnavailable
from feedsvc.ledger import leases, scans
from feedsvc.ledger.schema import entries
from feedsvc.ledger.store import Store
from feedsvc.scan import run
from feedsvc.service import events, scheduler
from tests.clock import Clock
from tests.site import PATIENCE, Service, Site, eventually

pytestmark = pytest.mark.slow

HOUR = 3600
RARELY = {"SCHEDULE__RESCAN_SECONDS": HOUR, "ARTICLES__SETTLE_SECONDS": 0.2}

Serve = Callable[..., Service]


def published(store: Store) -> set[str]:
    """The titles that subscribers see."""
    shown = entries.c.released.is_not(None) & entries.c.withdrawn.is_(None)
    with store.read() as connection:
        return set(connection.scalars(select(entries.c.title).where(shown)))


def appears(store: Store, *titles: str) -> None:
    eventually(lambda: published(store) >= {*titles}, f"{titles} were not published")


@pytest.fixture
def store(site: Site, sqlite: Path) -> Iterator[Store]:
    """The site's own ledger."""
    shutil.copy(sqlite, site.base / "ledger.db")
    store = Store(site.config().store.url)
    yield store
    store.close()


@pytest.fixture
def clock(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Clock:
    """The clock of every service of this test."""
    clock = Clock(tmp_path)
    for name, value in clock.environment().items():
        monkeypatch.setenv(name, value)
    return clock


def test_saves_in_quick_succession_are_all_published(
    site: Site, store: Store, serve: Serve
) -> None:
    site.write("first.txt", title="First")
    serve("scheduler", **RARELY)
    appears(store, "First")
    for number in range(12):
        site.write(f"{number}.txt", title=f"Save {number}")
        time.sleep(0.35 if number % 3 else 0.21)
    appears(store, *(f"Save {number}" for number in range(12)))


def test_saves_while_a_scan_by_hand_takes_long_are_published_after_it(
    site: Site, store: Store, serve: Serve
) -> None:
    site.write("first.txt", title="First")
    service = serve("scheduler", **RARELY)
    appears(store, "First")
    with leases.held(store, leases.SCAN, run.give_up):
        site.write("second.txt", title="Second")
        service.logged("standing by: the scan lease is held")
        site.write("third.txt", title="Third")
        time.sleep(1)
    appears(store, "Second", "Third")
    site.write("fourth.txt", title="Fourth")
    appears(store, "Fourth")


# A clock that is set


def test_after_the_clock_was_set_back_the_folder_is_rescanned_as_before(
    site: Site, store: Store, serve: Serve, clock: Clock
) -> None:
    site.write("first.txt", title="First")
    service = serve("scheduler", ARTICLES__WATCH="false", SCHEDULE__RESCAN_SECONDS=0.5)
    appears(store, "First")
    clock.step(-HOUR)
    site.write("second.txt", title="Second")
    appears(store, "Second")
    assert "the clock was set back by 3600 s" in service.log
    site.write("third.txt", title="Third")
    appears(store, "Third")


def test_saves_before_and_after_the_clock_is_set_are_published(
    site: Site, store: Store, serve: Serve, clock: Clock
) -> None:
    site.write("first.txt", title="First")
    serve("scheduler", **RARELY | {"ARTICLES__SETTLE_SECONDS": 1})
    appears(store, "First")
    for number, step in enumerate((-HOUR, HOUR, HOUR, -HOUR)):
        site.write(f"{number}.txt", title=f"Before {number}")
        time.sleep(0.5)  # it is seen, and not yet stable
        clock.step(step)
        site.write(f"{number}-after.txt", title=f"After {number}")
        appears(store, f"Before {number}", f"After {number}")


def test_a_scheduled_article_is_published_when_the_clock_is_set_past_its_date(
    site: Site, store: Store, serve: Serve, clock: Clock
) -> None:
    soon = datetime.now(UTC) + timedelta(minutes=30)
    site.write("first.txt", title="First")
    site.write("scheduled.txt", title="Scheduled", date=soon.isoformat())
    service = serve("scheduler", **RARELY)
    appears(store, "First")
    clock.step(HOUR)
    appears(store, "Scheduled")
    assert "the clock was set forward by 3600 s" in service.log


def test_a_scheduled_article_is_published_at_its_date(
    site: Site, store: Store, serve: Serve
) -> None:
    soon = datetime.now(UTC) + timedelta(seconds=4)
    site.write("first.txt", title="First")
    site.write("scheduled.txt", title="Scheduled", date=soon.isoformat())
    serve("scheduler", **RARELY)
    appears(store, "First")
    appears(store, "Scheduled")
    with store.read() as connection:
        released = connection.scalar(
            select(entries.c.released).where(entries.c.title == "Scheduled")
        )
    assert released is not None
    assert released / 1e6 >= int(soon.timestamp())


# A scan that fails


@contextmanager
def running(site: Site, store: Store) -> Iterator[threading.Event]:
    """A scheduler in this process, and the event that stops it."""
    stop = threading.Event()
    thread = threading.Thread(target=scheduler.scan_until, args=(site.config(), store, stop))
    thread.start()
    try:
        yield stop
    finally:
        stop.set()
        thread.join(PATIENCE)
        assert not thread.is_alive(), "it does not stop"


@pytest.fixture
def rarely(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    """The periodic scan is an hour away, and a failed one tried again soon."""
    text = site.file.read_text().replace("rescan_seconds = 0.3", f"rescan_seconds = {HOUR}")
    site.file.write_text(text)
    monkeypatch.setattr(events, "FIRST_PAUSE", 0.3)


FAILURES = [LedgerUnavailable("it is away"), OSError("no more processes"), KeyError("a defect")]


def failing(real: Callable[..., Any], failures: list[Exception]) -> Callable[..., Any]:
    """`real`, after it has failed in all these ways."""

    def call(*arguments: Any) -> Any:
        if failures:
            raise failures.pop()
        return real(*arguments)

    return call


@pytest.mark.usefixtures("rarely")
def test_a_save_whose_scan_fails_in_any_way_is_published_by_the_next(
    site: Site, store: Store, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    site.write("first.txt", title="First")
    failures: list[Exception] = []
    monkeypatch.setattr(run, "scan", failing(run.scan, failures))
    with running(site, store):
        appears(store, "First")
        failures += FAILURES
        site.write("second.txt", title="Second")
        appears(store, "Second")
    assert not failures
    for failure in FAILURES:
        assert f"the scan failed: {failure}; trying again" in caplog.text


@pytest.mark.usefixtures("rarely")
def test_a_scheduled_article_whose_scan_fails_is_published_by_the_next(
    site: Site, store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    soon = datetime.now(UTC) + timedelta(seconds=3)
    site.write("first.txt", title="First")
    site.write("scheduled.txt", title="Scheduled", date=soon.isoformat())
    failures: list[Exception] = []
    monkeypatch.setattr(run, "scan", failing(run.scan, failures))
    with running(site, store):
        appears(store, "First")
        eventually(lambda: scans.next_due(store), "it is not scheduled")
        time.sleep(0.5)  # for the scan that follows the start of watching
        failures += FAILURES
        appears(store, "Scheduled")
    assert not failures


@pytest.mark.usefixtures("rarely")
def test_a_deadline_is_not_lost_when_the_ledger_goes_away_after_the_commit(
    site: Site, store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    soon = datetime.now(UTC) + timedelta(seconds=3)
    site.write("first.txt", title="First")
    site.write("scheduled.txt", title="Scheduled", date=soon.isoformat())
    failures = [*FAILURES, *FAILURES]
    monkeypatch.setattr(scans, "next_due", failing(scans.next_due, failures))
    with running(site, store):
        appears(store, "First", "Scheduled")


@pytest.mark.usefixtures("rarely")
def test_the_loop_recovers_from_a_failure_of_its_own(
    site: Site, store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(scheduler, "RETRY_SECONDS", 0.1)
    site.write("first.txt", title="First")
    failures: list[Exception] = []
    monkeypatch.setattr(events.PendingScans, "take", failing(events.PendingScans.take, failures))
    with running(site, store):
        appears(store, "First")
        failures += FAILURES
        site.write("second.txt", title="Second")
        appears(store, "Second")


# A folder that comes and goes


@pytest.mark.usefixtures("rarely")
def test_a_folder_that_is_removed_and_put_back_is_watched_again(site: Site, store: Store) -> None:
    site.write("first.txt", title="First")
    with running(site, store):
        appears(store, "First")
        for number in range(2):
            shutil.rmtree(site.folder)
            time.sleep(number)  # at once, so that it may get the same inode, and later
            site.folder.mkdir()
            site.write(f"{number}.txt", title=f"Number {number}")
            appears(store, f"Number {number}")
            time.sleep(1.5)
            site.write(f"{number}-later.txt", title=f"Later than {number}")
            appears(store, f"Later than {number}")


@pytest.mark.usefixtures("rarely")
def test_it_can_be_run_again_in_one_process_with_another_configuration(
    site: Site, store: Store
) -> None:
    site.write("first.txt", title="First")
    with running(site, store):
        appears(store, "First")
    site.write("first.md", title="From Markdown")
    site.write("second.txt", title="Second")
    text = site.file.read_text()
    site.file.write_text(text.replace("[articles]", '[articles]\ninclude = ["*.md"]'))
    with running(site, store):
        appears(store, "From Markdown")
        eventually(lambda: published(store) == {"From Markdown"}, "it is scanned as before")
