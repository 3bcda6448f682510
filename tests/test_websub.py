"""Hubs are told of every new revision: a real hub on a real port takes the pings."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest

from feedsvc.feeds.publication import feed_document
from feedsvc.feeds.registry import Format, site_feed
from feedsvc.ledger import feed_content, pings
from feedsvc.ledger.store import Store
from feedsvc.scan import run
from feedsvc.scan.run import Publisher
from feedsvc.service import websub
from feedsvc.service.websub import ATTEMPTS
from tests.hubs import Hub, running_hub, silent_hub
from tests.site import Site, eventually

pytestmark = pytest.mark.slow


@pytest.fixture
def hub() -> Iterator[Hub]:
    with running_hub() as hub:
        yield hub


@pytest.fixture
def publisher(site: Site, store: Store, hub: Hub) -> Publisher:
    site.file.write_text(site.file.read_text() + f'[websub]\nhubs = ["{hub.address}"]\n')
    return Publisher(store, site.config())


def deliver(store: Store, now: datetime) -> int:
    """Send every ping that is due."""
    return websub.deliver(store, pings.waiting(store, now), threading.Event(), lambda: now)


TOPICS = [f"http://feeds.example/feed{suffix}" for suffix in ("", ".atom", ".json", ".rss")]


def test_a_hub_is_notified_of_each_feed_once_per_revision(
    site: Site, publisher: Publisher, hub: Hub
) -> None:
    site.write("a.txt")
    run.scan(publisher)
    assert deliver(publisher.store, datetime.now(UTC)) == len(TOPICS)
    assert sorted(hub.topics) == TOPICS
    run.scan(publisher)
    assert deliver(publisher.store, datetime.now(UTC)) == 0


MORE = """
[[feeds]]
name = "news"
title = "News"
section = "news"
[[feeds]]
name = "sports"
title = "Sports"
section = "sports"
[feed]
entries = 3
"""


def feeds_of(hub: Hub, publisher: Publisher) -> set[str]:
    """The feeds that a hub is told of by one delivery, in Atom."""
    hub.topics.clear()
    deliver(publisher.store, datetime.now(UTC))
    return {one for one in hub.topics if one.endswith(".atom")}


def test_a_hub_is_notified_only_of_feeds_whose_bytes_changed(
    site: Site, store: Store, hub: Hub
) -> None:
    hubs = f'[websub]\nhubs = ["{hub.address}"]\n'
    site.file.write_text(site.file.read_text() + hubs + MORE)
    publisher = Publisher(store, site.config())
    site_feed, news, sports = (
        f"http://feeds.example{path}/feed.atom" for path in ("", "/feeds/news", "/feeds/sports")
    )
    for number in range(5):
        site.write(f"news/{number}.txt", title=f"News {number}", date=f"2026-01-0{number + 1}")
    run.scan(publisher)
    assert feeds_of(hub, publisher) == {site_feed, news, sports}
    site.write("sports/a.txt", title="Match")
    run.scan(publisher)
    assert feeds_of(hub, publisher) == {site_feed, sports}
    site.write("news/0.txt", title="An edit that no feed shows", date="2026-01-01")
    run.scan(publisher)
    assert feeds_of(hub, publisher) == set()
    (site.folder / "news/4.txt").unlink()
    run.scan(publisher)
    assert feeds_of(hub, publisher) == {site_feed, news}
    site.file.write_text(site.file.read_text().replace('"Sports"', '"Sport"'))
    publisher = Publisher(store, site.config())
    run.scan(publisher)
    assert feeds_of(hub, publisher) == {site_feed, news, sports}


def test_a_ping_to_a_hub_that_fails_is_retried_later(
    site: Site, publisher: Publisher, hub: Hub
) -> None:
    site.write("a.txt")
    run.scan(publisher)
    hub.status = 500
    now = datetime.now(UTC)
    assert deliver(publisher.store, now) == 0
    assert pings.waiting(publisher.store, now) == []
    hub.status = 204
    hub.topics.clear()
    now += timedelta(minutes=1)
    assert deliver(publisher.store, now) == len(TOPICS)
    assert sorted(hub.topics) == TOPICS


def test_pings_to_a_hub_that_always_fails_are_dropped_in_the_end(
    site: Site, publisher: Publisher, hub: Hub
) -> None:
    site.write("a.txt")
    run.scan(publisher)
    hub.status = 500
    now = datetime.now(UTC)
    for _ in range(ATTEMPTS):
        assert pings.waiting(publisher.store, now)
        deliver(publisher.store, now)
        now += timedelta(days=1)
    assert pings.waiting(publisher.store, now) == []


def test_a_ping_that_is_queued_again_during_delivery_stays_queued(
    site: Site, publisher: Publisher
) -> None:
    site.write("a.txt")
    run.scan(publisher)
    before = pings.waiting(publisher.store, datetime.now(UTC))
    site.write("b.txt")
    run.scan(publisher)
    pings.settle(publisher.store, before[0], None)
    assert len(pings.waiting(publisher.store, datetime.now(UTC))) == len(TOPICS)


def test_a_ping_that_is_queued_again_at_the_same_time_stays_queued(store: Store) -> None:
    """As after the clock was set back: times repeat."""
    now = datetime(2026, 1, 2, tzinfo=UTC)
    pair = [("http://hub.example/", TOPICS[0])]
    with store.write() as connection:
        pings.queue(connection, pair, now)
    [before] = pings.waiting(store, now)
    for queued in (now, now - timedelta(hours=1), now):
        with store.write() as connection:
            pings.queue(connection, pair, queued)
        pings.settle(store, before, None)
        [before] = pings.waiting(store, now)


@pytest.mark.parametrize("attempts", range(ATTEMPTS))
def test_a_ping_waits_no_longer_than_its_attempts_call_for_whatever_the_clock_says(
    store: Store, attempts: int
) -> None:
    now = datetime(2026, 1, 2, tzinfo=UTC)
    with store.write() as connection:
        pings.queue(connection, [("http://hub.example/", TOPICS[0])], now + timedelta(days=365))
    for _ in range(attempts):
        [ping] = pings.waiting(store, now)
        pings.settle(store, ping, now + timedelta(days=365))
    assert pings.waiting(store, now), "it was queued before the clock was set back"


def test_a_rejected_ping_waits_out_its_pause_and_is_sent_after_the_clock_was_set_back(
    site: Site, publisher: Publisher, hub: Hub
) -> None:
    site.write("a.txt")
    run.scan(publisher)
    hub.status = 500
    now = datetime.now(UTC)
    deliver(publisher.store, now)
    assert pings.waiting(publisher.store, now + timedelta(seconds=29)) == []
    hub.status = 204
    assert deliver(publisher.store, now - timedelta(hours=1)) == len(TOPICS)


def test_pings_stay_queued_when_the_service_stops(
    site: Site, publisher: Publisher, hub: Hub
) -> None:
    site.write("a.txt")
    run.scan(publisher)
    stop = threading.Event()
    stop.set()
    now = datetime.now(UTC)
    waiting = pings.waiting(publisher.store, now)
    assert websub.deliver(publisher.store, waiting, stop) == 0
    assert hub.topics == []
    assert pings.waiting(publisher.store, now) == waiting


@pytest.mark.parametrize("dripping", [False, True], ids=["silent", "dripping"])
def test_delivery_to_a_hub_that_never_finishes_answering_is_cut_off(
    store: Store, monkeypatch: pytest.MonkeyPatch, dripping: bool
) -> None:
    monkeypatch.setattr(websub, "TIMEOUT_SECONDS", 0.5)
    monkeypatch.setattr(websub, "ROUND_SECONDS", 1)
    now = datetime.now(UTC)
    with silent_hub(dripping=dripping) as hub:
        with store.write() as connection:
            pings.queue(connection, [(hub.address, topic) for topic in TOPICS], now)
        assert deliver(store, now) == 0
        assert len(pings.waiting(store, now + timedelta(minutes=1))) == len(TOPICS)


def test_a_hub_that_never_answers_does_not_delay_others(
    site: Site, publisher: Publisher, hub: Hub
) -> None:
    stop = threading.Event()
    delivery = websub.PingDelivery(publisher.store, stop)
    delivery.start()
    with silent_hub() as silent:
        pairs = [(address, TOPICS[0]) for address in (silent.address, hub.address)]
        for _ in range(2):
            hub.topics.clear()
            with publisher.store.write() as connection:
                pings.queue(connection, pairs, datetime.now(UTC))
            delivery.deliver_soon()
            eventually(lambda: hub.topics == TOPICS[:1], "the other was not notified")
        assert silent.connections == 1, "it is asked again although it has not answered"
        stop.set()


@pytest.mark.parametrize("form", Format)
def test_a_feed_names_its_hub_in_the_document_and_in_the_link_header(
    site: Site, publisher: Publisher, hub: Hub, form: Format
) -> None:
    site.write("a.txt")
    run.scan(publisher)
    feed = site_feed(publisher.config)
    content = feed_content.newest(publisher.store, 10)
    document = feed_document(publisher.config, feed, form, content)
    assert hub.address.encode() in document.bodies["identity"]
    assert f'<{hub.address}>; rel="hub"' in document.links
