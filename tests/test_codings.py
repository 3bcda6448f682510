"""Content codings of a feed at each revision; the slow ones follow a moment later."""

from __future__ import annotations

from dataclasses import replace

import pytest

from feedsvc.config import Config
from feedsvc.feeds.document import BROTLI, coded, document
from feedsvc.ledger.store import Store
from feedsvc.web.app import create_app
from feedsvc.web.representation import Representation, respond
from tests.site import Site, eventually
from tests.test_publish import Desk

LONG = "A paragraph. " * 50


def test_a_feed_that_a_revision_leaves_as_it_was_keeps_its_codings(
    site: Site, store: Store
) -> None:
    """So no poller with Brotli gets it whole again, and uncompressed."""
    desk = Desk(site, store)
    desk.site.write("news/a.txt", "A", LONG)
    desk.scan()
    client = create_app(desk.site.config(), desk.store).test_client()
    path, asks = "/sections/news/feed.atom", {"Accept-Encoding": "br"}
    eventually(lambda: client.get(path, headers=asks).headers.get("Content-Encoding") == "br")
    tag = client.get(path, headers=asks).headers["ETag"]
    assert tag.endswith('-br"')
    desk.site.write("other/b.txt", "B", LONG)
    desk.scan()
    sequence = client.get("/status.json").get_json()["edition"]["sequence"]
    eventually(lambda: client.get("/changes.json").get_json()["last"] == sequence)
    assert client.get(path, headers=asks).headers["Content-Encoding"] == "br"
    assert client.get(path, headers=asks | {"If-None-Match": tag}).status_code == 304


@pytest.mark.parametrize("suffix", ["", "-gzip", "-br", "-zstd"])
def test_the_tag_of_a_coding_that_is_still_being_made_is_known(config: Config, suffix: str) -> None:
    """As after a start: the pollers have the tags of the process before."""
    young = document(LONG.encode(), "application/atom+xml", 1)
    asks = {"REQUEST_METHOD": "GET", "HTTP_IF_NONE_MATCH": f'"{young.tag}{suffix}"'}
    assert respond(young, asks, config.http, 2).status == 304
    given = Representation(young, config.http, 2).prepared_response(asks, 2)
    assert given is not None
    assert given.status == 304
    asks["HTTP_IF_MATCH"] = asks.pop("HTTP_IF_NONE_MATCH")
    assert respond(young, asks, config.http, 2).status == 200


def test_who_takes_nothing_but_what_is_still_being_made_gets_it(config: Config) -> None:
    young = replace(document(LONG.encode(), "application/atom+xml", 1), shared=True)
    asks = {"REQUEST_METHOD": "GET", "HTTP_ACCEPT_ENCODING": "br, *;q=0"}
    given = respond(young, asks, config.http, 2)
    assert (given.status, given.body) == (200, coded(young).bodies[BROTLI])
    refused = respond(young, asks | {"HTTP_ACCEPT_ENCODING": "*;q=0"}, config.http, 2)
    assert refused.status == 406
