"""Who takes the same document whole again and again is asked to wait; nobody else is."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from feedsvc.config import Http
from feedsvc.ledger.store import Store
from feedsvc.model import Document
from feedsvc.scan import run
from feedsvc.web import limits
from feedsvc.web.app import create_app
from feedsvc.web.builder import DocumentBuilder
from feedsvc.web.limits import BURST, Limits, address_of, first_seen
from feedsvc.web.routes import Route
from tests.site import CONFIG, Service, Site

pytestmark = pytest.mark.slow


def environ(address: str = "192.0.2.7", agent: str = "reader", **fields: str) -> dict[str, str]:
    return {"REMOTE_ADDR": address, "HTTP_USER_AGENT": agent} | fields


def taken(some: Limits, path: str = "/feed.atom", **client: str) -> int:
    """How many whole answers a client gets at once, of a hundred."""
    return sum(some.refusal(path, environ(**client)) is None for _ in range(100))


def test_a_client_gets_so_many_a_minute_and_ten_more() -> None:
    some = Limits(Http(full_answers_per_minute=5))
    assert taken(some) == 5 + BURST
    refused = some.refusal("/feed.atom", environ())
    assert refused is not None
    assert refused.status == 429
    wait = dict(refused.headers)["Retry-After"]
    assert wait.isdigit()
    assert 1 <= int(wait) <= 60


def test_who_must_wait_is_known_before_anything_is_built() -> None:
    some = Limits(Http(full_answers_per_minute=5))
    for _ in range(5 + BURST):
        assert some.is_over("/feed.atom", environ()) is None
        assert some.refusal("/feed.atom", environ()) is None
    refused = some.is_over("/feed.atom", environ())
    assert refused is not None
    assert refused.status == 429
    assert some.is_over("/feed.rss", environ()) is None
    assert some.is_over("/feed.atom", environ("198.51.100.1")) is None


def test_nothing_is_built_for_a_client_that_must_wait(
    site: Site, store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    site.file.write_text(CONFIG.replace("full_answers_per_minute = 0\n", ""))
    site.write("a.txt")
    run.scan(run.Publisher(store, site.config()))
    built: list[Route] = []
    build = DocumentBuilder.build

    def counted(builder: DocumentBuilder, route: Route) -> Document | None:
        built.append(route)
        return build(builder, route)

    monkeypatch.setattr(DocumentBuilder, "build", counted)
    client = create_app(site.config(), store).test_client()
    asks = {"REMOTE_ADDR": "192.0.2.7"}
    pages = [f"/changes.json?after={number}" for number in range(60)]
    answers = [client.get(page, environ_base=asks).status_code for page in pages]
    assert answers == [200] * 40 + [429] * 20
    assert len(built) == 40


def test_other_clients_and_other_documents_are_counted_by_themselves() -> None:
    some = Limits(Http(full_answers_per_minute=5))
    assert taken(some) == 15
    assert taken(some, address="198.51.100.1") == 15
    assert taken(some, agent="another") == 15
    assert taken(some, path="/feed.rss") == 15
    assert taken(some, address="192.0.2.99") == 0  # the same network
    assert taken(some, address="2001:db8::1") == 15
    assert taken(some, address="2001:db8::ffff") == 0
    assert taken(some, address="::ffff:192.0.2.7") == 0  # IPv4 by another name


def test_a_client_that_is_named_is_not_limited() -> None:
    some = Limits(Http(full_answers_per_minute=1, unlimited=("10.0.0.0/8", "192.0.2.7")))
    assert taken(some) == 100
    assert taken(some, address="10.9.8.7") == 100
    assert taken(some, address="192.0.2.8") == 11


def test_memory_is_bounded_whatever_clients_call_themselves(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(limits, "MAX_CLIENTS", 50)
    some = Limits(Http(full_answers_per_minute=1))
    for number in range(500):
        assert some.refusal("/feed.atom", environ(agent=f"agent {number}")) is None
    assert len(some._seen) <= 50


@pytest.mark.parametrize(
    ("proxies", "forwarded", "expected"),
    [
        (0, "", "192.0.2.7"),
        (0, "203.0.113.9", "192.0.2.7"),
        (1, "203.0.113.9", "203.0.113.9"),
        (1, "198.51.100.66, 203.0.113.9", "203.0.113.9"),
        (2, "198.51.100.66, 203.0.113.9", "198.51.100.66"),
        (2, "198.51.100.66,, 203.0.113.9 ,", "198.51.100.66"),
        (5, "203.0.113.9", "203.0.113.9"),
        (1, "", "192.0.2.7"),
        (1, "unknown", "None"),
        (1, "2001:db8::1", "2001:db8::1"),
        (1, "[2001:db8::1]:8080", "2001:db8::1"),
        (1, "[2001:db8::1]", "2001:db8::1"),
        (1, "203.0.113.9:8080", "203.0.113.9"),
        (1, "[203.0.113.9", "None"),
        (1, "x" * 60_000 + "203.0.113.9", "None"),
    ],
)
def test_the_client_is_whom_the_first_proxy_of_ours_saw(
    proxies: int, forwarded: str, expected: str
) -> None:
    assert str(address_of(first_seen("192.0.2.7", forwarded, proxies))) == expected


def test_clients_without_an_address_are_not_taken_for_one() -> None:
    """As behind a Unix socket."""
    assert taken(Limits(Http(full_answers_per_minute=1)), address="") == 100


def test_only_whole_answers_count(site: Site, serve: Callable[..., Service]) -> None:
    site.write("a.txt", title="A")
    variables: dict[str, Any] = {"HTTP__FULL_ANSWERS_PER_MINUTE": 5}
    service = serve("serve", **variables)
    tag = service.ready().headers["etag"]
    for _ in range(30):
        assert service.get("/feed.atom", if_none_match=tag).status_code == 304
        assert service.get("/feed.atom", method="HEAD").status_code == 200
        assert service.get("/").status_code == 200
    answers = [service.get("/feed.atom", user_agent="greedy") for _ in range(20)]
    assert [one.status_code for one in answers] == [200] * 15 + [429] * 5
    assert int(answers[-1].headers["retry-after"]) >= 1
    assert "etag" not in answers[-1].headers
    again = service.get("/feed.atom", user_agent="greedy", if_none_match=tag)
    assert again.status_code == 304


@pytest.mark.parametrize("asking", [{"method": "HEAD"}, {"headers": {"If-None-Match": '"x"'}}])
def test_a_walk_through_the_changes_counts_however_it_asks(
    site: Site, store: Store, asking: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    site.file.write_text(CONFIG.replace("full_answers_per_minute = 0\n", ""))
    for number in range(3):
        site.write(f"{number}.txt")
    run.scan(run.Publisher(store, site.config()))
    built: list[Route] = []
    document = DocumentBuilder.document

    def counted(self: DocumentBuilder, route: Route, *rest: Any) -> Document | None:
        built.append(route)
        return document(self, route, *rest)

    monkeypatch.setattr(DocumentBuilder, "document", counted)
    client = create_app(site.config(), store).test_client()
    statuses = [
        client.open(f"/changes.json?after={number}", **{"method": "GET", **asking}).status_code
        for number in range(200)
    ]
    assert statuses[-1] == 429
    assert len(built) < 100
