"""Pollers that take the difference (RFC 3229) get the entries that changed, and only they do."""

from __future__ import annotations

from collections.abc import Callable

import feedparser
import httpx
import pytest

from tests.site import Service, Site, eventually

FORMS = ["/feed.atom", "/feed.rss", "/feed"]
DELTA = "\n[http]\nport = 0\ndelta = true\n"


@pytest.fixture
def told(site: Site) -> Site:
    words = site.file.read_text(encoding="utf-8").replace("\n[http]\nport = 0\n", DELTA)
    site.file.write_text(words, encoding="utf-8")
    for number in range(5):
        site.write(f"{number}.txt", title=f"No {number}")
    return site


@pytest.fixture
def service(told: Site, serve: Callable[..., Service]) -> Service:
    return serve("serve")


def titles(answer: httpx.Response) -> list[str]:
    return [str(entry.title) for entry in feedparser.parse(answer.content).entries]


def another(service: Service, path: str, tag: str) -> None:
    eventually(lambda: service.get(path).headers["etag"] != tag, "no new edition came")


def test_a_poller_that_asks_gets_what_changed_and_no_more(told: Site, service: Service) -> None:
    service.ready()
    tags = {path: service.get(path).headers["etag"] for path in FORMS}
    assert sorted(titles(service.get("/feed.rss"))) == [f"No {number}" for number in range(5)]
    told.write("5.txt", title="No 5")
    told.write("2.txt", title="No 2, edited")
    eventually(lambda: "No 2, edited" in titles(service.get("/feed.atom")))
    for path, tag in tags.items():
        delta = service.get(path, if_none_match=tag, a_im="feed")
        whole = service.get(path)
        assert (delta.status_code, delta.headers["im"]) == (226, "feed")
        assert sorted(titles(delta)) == ["No 2, edited", "No 5"]
        assert delta.headers["delta-base"] == tag
        assert delta.headers["etag"] == whole.headers["etag"]
        assert delta.headers["cache-control"] == "no-store, im"
        assert {"A-IM", "If-None-Match"} <= set(delta.headers["vary"].split(", "))
        assert len(titles(whole)) == 6
        again = service.get(path, if_none_match=delta.headers["etag"], a_im="feed")
        assert again.status_code == 304


def test_whoever_does_not_ask_or_has_another_tag_gets_the_whole(
    told: Site, service: Service
) -> None:
    tag = service.ready().headers["etag"]
    told.write("5.txt", title="No 5")
    another(service, "/feed.atom", tag)
    for fields in (
        {"if_none_match": tag},
        {"a_im": "feed"},
        {"a_im": "vcdiff", "if_none_match": tag},
        {"a_im": "feed;q=0", "if_none_match": tag},
        {"a_im": "feed", "if_none_match": '"unknown"'},
        {"a_im": "feed", "if_none_match": "*x"},
    ):
        answer = service.get("/feed.atom", **fields)
        assert (answer.status_code, len(titles(answer))) == (200, 6), fields
        assert "im" not in answer.headers


def test_a_difference_is_coded_as_the_poller_likes(told: Site, service: Service) -> None:
    tag = service.ready().headers["etag"]
    told.write("5.txt", title="No 5")
    another(service, "/feed.atom", tag)
    fields = {"a_im": "gzip, feed", "if_none_match": f'W/"x", {tag[:-1]}-gzip"'}
    delta = service.get("/feed.atom", accept_encoding="gzip", **fields)
    assert (delta.status_code, delta.headers["content-encoding"]) == (226, "gzip")
    assert delta.headers["etag"].endswith('-gzip"')
    assert titles(delta) == ["No 5"]
    head = service.get("/feed.atom", method="HEAD", accept_encoding="gzip", **fields)
    assert (head.status_code, head.content) == (226, b"")


def test_a_new_setting_changes_all_and_so_the_whole_is_sent(told: Site, service: Service) -> None:
    tag = service.ready().headers["etag"]
    other = told.file.read_text(encoding="utf-8").replace("Test & Trial", "Another title")
    told.file.write_text(other, encoding="utf-8")
    told.write("5.txt", title="No 5")
    assert told.command("scan").returncode == 0
    another(service, "/feed.atom", tag)
    assert service.get("/feed.atom", if_none_match=tag, a_im="feed").status_code == 200


@pytest.mark.parametrize("path", ["/", "/feeds/", "/feeds.opml", "/changes.json"])
def test_what_is_no_feed_comes_whole(told: Site, service: Service, path: str) -> None:
    service.ready()
    before = service.get(path)
    told.write("5.txt", title="No 5", Author="**Ann**")
    another(service, path, before.headers["etag"])
    answer = service.get(path, if_none_match=before.headers["etag"], a_im="feed")
    assert (answer.status_code, answer.content) == (200, service.get(path).content)
