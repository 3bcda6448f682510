"""Pollers that take the difference (RFC 3229) get the entries that changed, and only they do."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import feedparser
import httpx
import pytest

from tests.site import CONFIG, Service, Site, eventually

pytestmark = pytest.mark.slow

FORMS = ["/feed.atom", "/feed.rss", "/feed"]
NO_FEEDS = ["/", "/feeds/", "/feeds.opml", "/changes.json"]


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Site:
    return made(tmp_path_factory.mktemp("site"))


def made(folder: Path) -> Site:
    """A site of five articles that sends differences."""
    config = CONFIG.replace("\n[http]\nport = 0\n", "\n[http]\nport = 0\ndelta = true\n")
    site = Site(folder, config)
    for number in range(5):
        site.write(f"{number}.txt", title=f"No {number}")
    return site


@pytest.fixture(scope="module")
def service(site: Site) -> Iterator[Service]:
    """A service that has published a first revision."""
    running = Service(site, "serve", {})
    running.ready()
    yield running
    running.stop()


@pytest.fixture(scope="module")
def before(site: Site, service: Service) -> dict[str, str]:
    """The tags of the first revision; when they are there, the second is served."""
    tags = {path: service.get(path).headers["etag"] for path in (*FORMS, *NO_FEEDS)}
    assert sorted(titles(service.get("/feed.rss"))) == [f"No {number}" for number in range(5)]
    site.write("5.txt", title="No 5", Author="**Ann**")
    site.write("2.txt", title="No 2, edited")
    eventually(lambda: {"No 2, edited", "No 5"} <= set(titles(service.get("/feed.atom"))))
    return tags


def titles(answer: httpx.Response) -> list[str]:
    return [str(entry.title) for entry in feedparser.parse(answer.content).entries]


@pytest.mark.parametrize("path", FORMS)
def test_a_poller_that_asks_gets_what_changed_and_no_more(
    service: Service, before: dict[str, str], path: str
) -> None:
    delta = service.get(path, if_none_match=before[path], a_im="feed")
    whole = service.get(path)
    assert (delta.status_code, delta.headers["im"]) == (226, "feed")
    assert sorted(titles(delta)) == ["No 2, edited", "No 5"]
    assert delta.headers["delta-base"] == before[path]
    assert delta.headers["etag"] == whole.headers["etag"]
    assert delta.headers["cache-control"] == "no-store, im"
    assert {"A-IM", "If-None-Match"} <= set(delta.headers["vary"].split(", "))
    assert len(titles(whole)) == 6
    again = service.get(path, if_none_match=delta.headers["etag"], a_im="feed")
    assert again.status_code == 304


@pytest.mark.parametrize(
    "fields",
    [
        {"if_none_match": "TAG"},
        {"a_im": "feed"},
        {"a_im": "vcdiff", "if_none_match": "TAG"},
        {"a_im": "feed;q=0", "if_none_match": "TAG"},
        {"a_im": "feed", "if_none_match": '"unknown"'},
        {"a_im": "feed", "if_none_match": "*x"},
    ],
)
def test_whoever_does_not_ask_or_has_another_tag_gets_the_whole(
    service: Service, before: dict[str, str], fields: dict[str, str]
) -> None:
    sent = {name: value.replace("TAG", before["/feed.atom"]) for name, value in fields.items()}
    answer = service.get("/feed.atom", **sent)
    assert (answer.status_code, len(titles(answer))) == (200, 6)
    assert "im" not in answer.headers


def test_a_difference_is_coded_as_the_poller_likes(
    service: Service, before: dict[str, str]
) -> None:
    listed = f'W/"x", {before["/feed.atom"][:-1]}-gzip"'
    fields = {"a_im": "gzip, feed", "if_none_match": listed, "accept_encoding": "gzip"}
    delta = service.get("/feed.atom", **fields)
    assert (delta.status_code, delta.headers["content-encoding"]) == (226, "gzip")
    assert delta.headers["etag"].endswith('-gzip"')
    assert sorted(titles(delta)) == ["No 2, edited", "No 5"]
    head = service.get("/feed.atom", method="HEAD", **fields)
    assert (head.status_code, head.content) == (226, b"")


@pytest.mark.parametrize("path", NO_FEEDS)
def test_what_is_no_feed_comes_whole(service: Service, before: dict[str, str], path: str) -> None:
    answer = service.get(path, if_none_match=before[path], a_im="feed")
    assert (answer.status_code, answer.content) == (200, service.get(path).content)


@pytest.fixture
def own(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Site, Service]]:
    """A site whose settings change, and its service."""
    site = made(tmp_path_factory.mktemp("own"))
    running = Service(site, "serve", {})
    running.ready()
    yield site, running
    running.stop()


def test_a_new_setting_changes_all_and_so_the_whole_is_sent(own: tuple[Site, Service]) -> None:
    site, service = own
    tag = service.get("/feed.atom").headers["etag"]
    other = site.file.read_text(encoding="utf-8").replace("Test & Trial", "Another title")
    site.file.write_text(other, encoding="utf-8")
    site.write("6.txt", title="No 6")
    assert site.command("scan").returncode == 0
    eventually(lambda: service.get("/feed.atom").headers["etag"] != tag)
    assert service.get("/feed.atom", if_none_match=tag, a_im="feed").status_code == 200
