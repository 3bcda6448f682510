"""Hubs are told of every new edition: a real hub on a real port takes the pings."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs

import pytest

from feedsvc import publish, websub
from feedsvc.feeds.catalogue import Format, site_feed
from feedsvc.feeds.publication import feed_document
from feedsvc.ledger import editions, pings
from feedsvc.ledger.store import Store
from feedsvc.publish import Publisher
from feedsvc.websub import ATTEMPTS
from tests.site import Site


class Hub(ThreadingHTTPServer):
    """Takes pings, or refuses them with `status`."""

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Ping)
        self.topics: list[str] = []
        self.status = 204

    @property
    def address(self) -> str:
        return f"http://127.0.0.1:{self.server_port}/hub"


class _Ping(BaseHTTPRequestHandler):
    def do_POST(self) -> None:
        hub = self.server
        assert isinstance(hub, Hub)
        form = parse_qs(self.rfile.read(int(self.headers["Content-Length"])).decode())
        if form["hub.mode"] == ["publish"]:
            hub.topics += form["hub.url"]
        self.send_response(hub.status)
        self.end_headers()

    def log_message(self, *_: object) -> None:
        """Keep quiet."""


@pytest.fixture
def hub() -> Iterator[Hub]:
    with Hub() as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield server
        server.shutdown()
        thread.join()


@pytest.fixture
def publisher(site: Site, store: Store, hub: Hub) -> Publisher:
    site.file.write_text(site.file.read_text() + f'[websub]\nhubs = ["{hub.address}"]\n')
    return Publisher(store, site.config())


def deliver(store: Store, now: datetime) -> int:
    """Send every ping that is due."""
    return websub.deliver(store, pings.waiting(store, now), threading.Event(), lambda: now)


TOPICS = [f"http://feeds.example/feed{suffix}" for suffix in ("", ".atom", ".json", ".rss")]


def test_a_hub_is_told_of_each_feed_once_an_edition(
    site: Site, publisher: Publisher, hub: Hub
) -> None:
    site.write("a.txt")
    publish.scan(publisher)
    assert deliver(publisher.store, datetime.now(UTC)) == len(TOPICS)
    assert sorted(hub.topics) == TOPICS
    publish.scan(publisher)
    assert deliver(publisher.store, datetime.now(UTC)) == 0


def test_a_hub_that_fails_is_asked_again_later_and_given_up_in_the_end(
    site: Site, publisher: Publisher, hub: Hub
) -> None:
    site.write("a.txt")
    publish.scan(publisher)
    hub.status = 500
    now = datetime.now(UTC)
    assert deliver(publisher.store, now) == 0
    assert pings.waiting(publisher.store, now) == []
    hub.status = 204
    hub.topics.clear()
    now += timedelta(minutes=1)
    assert deliver(publisher.store, now) == len(TOPICS)
    assert sorted(hub.topics) == TOPICS


def test_a_hub_that_never_answers_is_given_up(site: Site, publisher: Publisher, hub: Hub) -> None:
    site.write("a.txt")
    publish.scan(publisher)
    hub.status = 500
    now = datetime.now(UTC)
    for _ in range(ATTEMPTS):
        assert pings.waiting(publisher.store, now)
        deliver(publisher.store, now)
        now += timedelta(days=1)
    assert pings.waiting(publisher.store, now) == []


def test_a_ping_that_is_queued_anew_meanwhile_is_not_struck_off(
    site: Site, publisher: Publisher
) -> None:
    site.write("a.txt")
    publish.scan(publisher)
    before = pings.waiting(publisher.store, datetime.now(UTC))
    site.write("b.txt")
    publish.scan(publisher)
    pings.settle(publisher.store, before[0], None)
    assert len(pings.waiting(publisher.store, datetime.now(UTC))) == len(TOPICS)


@pytest.mark.parametrize("form", Format)
def test_a_feed_names_its_hub_in_the_document_and_in_the_link_header(
    site: Site, publisher: Publisher, hub: Hub, form: Format
) -> None:
    site.write("a.txt")
    publish.scan(publisher)
    feed = site_feed(publisher.config)
    edition = editions.newest(publisher.store, 10)
    document = feed_document(publisher.config, feed, form, edition)
    assert hub.address.encode() in document.bodies["identity"]
    assert f'<{hub.address}>; rel="hub"' in document.links
