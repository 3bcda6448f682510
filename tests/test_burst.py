"""Scans that bring too much at once, again and again, on a real ledger with a clock of our own."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta

import pytest

from feedsvc.config import Config
from feedsvc.ledger import feed_content
from feedsvc.ledger.migrating import migrate
from feedsvc.ledger.store import Store
from feedsvc.scan.run import Clock, Publisher, scan
from tests.site import CONFIG, Site

pytestmark = pytest.mark.slow

Bring = Callable[[float, int], str]


@pytest.fixture
def store(config: Config) -> Iterator[Store]:
    """An empty ledger on SQLite."""
    store = Store(config.store.url)
    migrate(store)
    yield store
    store.close()


@pytest.fixture
def bring(site: Site, store: Store, request: pytest.FixtureRequest) -> Bring:
    """Lets so many seconds pass, writes so many new articles, and scans with a burst of one."""
    site.file.write_text(f"{CONFIG}[publish]\nburst = 1\n")
    moment = [datetime(2027, 1, 1, tzinfo=UTC)]
    clock = Clock(now=lambda: moment[0], sleep=lambda _: None)
    publisher = Publisher(store, site.config(), clock)
    names = iter(range(1000))
    date: str | None = request.param

    def scanned(seconds: float, number: int) -> str:
        moment[0] += timedelta(seconds=seconds)
        for name in (next(names) for _ in range(number)):
            site.write(f"{name}.txt", body=f"Text {name}.", date=date)
        return str(scan(publisher))

    return scanned


@pytest.mark.parametrize("bring", ["2026-12-31T00:00:00+00:00", None], indirect=True)
def test_bursts_may_follow_one_another_whatever_the_clock_does(bring: Bring, store: Store) -> None:
    assert bring(0, 1).startswith("1 new")
    for seconds in (10, 10, 0, -10, -100):
        assert bring(seconds, 3).endswith("unannounced (2 over publish.burst)")
    shown = feed_content.newest(store, 100).entries
    assert len({entry.updated for entry in shown}) == 16
