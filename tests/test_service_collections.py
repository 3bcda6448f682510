"""Collections, negotiation, moves and withdrawals as a client meets them: one real service."""

from __future__ import annotations

import json
import os
import re
from collections.abc import Iterator
from pathlib import Path

import feedparser
import pytest

from tests.raw import ask, connected
from tests.site import CONFIG, Service, Site, eventually

pytestmark = pytest.mark.slow

MORE = """
[feed]
entries = 5
[[feeds]]
name = "rust"
title = "All about Rust"
tag = "rust"
[[redirects]]
from = "/blog/rss.xml"
to = "/feed.rss"
[[redirects]]
from = "/alt/straße"
to = "https://elsewhere.example/feed"
[[redirects]]
from = "/old%20feed"
to = "/tags/köln/feed"
"""
BASE = "http://feeds.example"
ATOM, RSS, JSON = "application/atom+xml", "application/rss+xml", "application/feed+json"


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Site:
    site = Site(tmp_path_factory.mktemp("site"), CONFIG + MORE)
    for number in range(12):
        folder = "nachrichten/köln" if number % 2 else "nachrichten"
        site.write(f"{folder}/{number}.txt", title=f"No {number}", Author="**Zoë Müller**")
    (site.folder / "r.md").write_text("---\ntitle: R\ntags: [Rust, C++]\n---\nText.\n")
    (site.folder / "old").mkdir()
    site.write("old/o.txt", title="In a folder to be renamed")
    return site


@pytest.fixture(scope="module")
def service(site: Site) -> Iterator[Service]:
    running = Service(site, "serve", {})
    running.ready()
    yield running
    running.stop()


@pytest.mark.parametrize(
    ("accept", "media_type"),
    [
        (None, ATOM),
        ("*/*", ATOM),
        ("application/rss+xml", RSS),
        ("application/feed+json, */*;q=0.1", JSON),
        ("application/json", JSON),
        ("application/rss+xml;q=0.5, application/atom+xml;q=0.4", RSS),
        ("application/atom+xml;q=0, application/*", RSS),
        ("text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8", ATOM),
        ("text/html", ATOM),
        ("", ATOM),
        ("application/rss+xml;q=nonsense, application/feed+json;q=0.2", JSON),
        (",;=,application/RSS+XML ; q=1.000,", RSS),
    ],
)
def test_the_client_chooses_the_format(
    service: Service, accept: str | None, media_type: str
) -> None:
    fields = {} if accept is None else {"accept": accept}
    answer = service.get("/feed", **fields)
    assert answer.headers["content-type"] == f"{media_type}; charset=utf-8"
    assert answer.headers["vary"] == "Accept, Accept-Encoding"
    assert f'<{BASE}/feed>; rel="self"; type="{media_type}"' in answer.headers["link"]
    again = service.get("/feed", if_none_match=answer.headers["etag"], **fields)
    assert (again.status_code, again.headers["vary"]) == (304, "Accept, Accept-Encoding")


def test_a_tag_of_one_format_does_not_stand_for_another(service: Service) -> None:
    tag = service.get("/feed", accept=RSS).headers["etag"]
    assert service.get("/feed", accept=ATOM, if_none_match=tag).status_code == 200


@pytest.mark.parametrize(
    ("path", "title"),
    [
        ("/sections/nachrichten/k%C3%B6ln/feed.atom", "Test & Trial – Section: nachrichten/köln"),
        ("/sections/nachrichten/köln/feed.rss", "Test & Trial – Section: nachrichten/köln"),
        ("/authors/zo%c3%ab-m%c3%bcller/feed.atom", "Test & Trial – Author: Zoë Müller"),
        ("/tags/c++/feed.rss", "Test & Trial – Tag: C++"),
        ("/tags/c%2B%2B/feed.atom", "Test & Trial – Tag: C++"),
        ("/feeds/rust/feed", "All about Rust"),
    ],
)
def test_a_collection_is_served_like_the_feed_of_the_site(
    service: Service, path: str, title: str
) -> None:
    answer = service.get(path)
    assert feedparser.parse(answer.content).feed.title == title
    assert service.get(path, if_none_match=answer.headers["etag"]).status_code == 304
    since = answer.headers["last-modified"]
    assert service.get(path, if_modified_since=since).status_code == 304
    assert service.get(path, method="HEAD").headers["etag"] == answer.headers["etag"]
    assert answer.headers["access-control-allow-origin"] == "*"
    gzipped = service.get(path, accept_encoding="gzip")
    assert gzipped.headers["content-encoding"] == "gzip"
    assert gzipped.content == answer.content


def test_archives_are_found_by_header_and_link_alike(service: Service) -> None:
    answer = service.get("/feed.json")
    older = json.loads(answer.content)["next_url"]
    assert f'<{older}>; rel="prev-archive"' in answer.headers["link"]
    archive = service.get(older.removeprefix(BASE))
    assert archive.status_code == 200
    assert f'<{BASE}/feed.json>; rel="current"' in archive.headers["link"]


@pytest.mark.parametrize(
    ("path", "address"),
    [
        ("/blog/rss.xml", f"{BASE}/feed.rss"),
        ("/blog/rss.xml?utm=1", f"{BASE}/feed.rss"),
        ("/alt/straße", "https://elsewhere.example/feed"),
        ("/old%20feed", f"{BASE}/tags/k%C3%B6ln/feed"),
        ("/tags/rust", f"{BASE}/tags/rust/"),
        ("/feeds", f"{BASE}/feeds/"),
    ],
)
def test_what_has_moved_leads_to_where_it_is_for_good(
    service: Service, path: str, address: str
) -> None:
    answer = service.get(path)
    assert (answer.status_code, answer.headers["location"]) == (301, address)
    assert answer.headers["cache-control"] == "max-age=300"
    assert service.get(path, method="HEAD").status_code == 301


@pytest.mark.parametrize(
    "path", ["/tags/none/feed.atom", "/tags/", "/tags//feed", "/sections/%ff/feed", "/feeds/none/"]
)
def test_what_never_was_is_not_found(service: Service, path: str) -> None:
    assert service.get(path).status_code == 404


@pytest.mark.parametrize("path", ["/", "/feeds/", "/tags/c++/", "/sections/nachrichten/köln/"])
def test_a_page_leads_to_its_feeds(service: Service, path: str) -> None:
    page = service.get(path)
    assert page.headers["content-type"] == "text/html; charset=utf-8"
    for kind in (ATOM, RSS, JSON):
        assert f'<link rel="alternate" type="{kind}"' in page.text


def test_a_renamed_folder_leads_from_the_old_feed_to_the_new(site: Site, service: Service) -> None:
    assert service.get("/sections/old/feed.atom").status_code == 200
    os.rename(site.folder / "old", site.folder / "new")  # noqa: PTH104 - of folders
    answer = eventually(lambda: _moved(service, "/sections/old/feed.atom"))
    assert answer == f"{BASE}/sections/new/feed.atom"
    assert _moved(service, "/sections/old/") == f"{BASE}/sections/new/"


def _moved(service: Service, path: str) -> str | None:
    answer = service.get(path)
    return answer.headers["location"] if answer.status_code == 301 else None


def test_a_tag_of_withdrawn_articles_alone_is_gone(site: Site, service: Service) -> None:
    file = site.folder / "last.md"
    file.write_text("---\ntitle: Last\ntags: [last]\n---\nText.\n")
    eventually(lambda: service.get("/tags/last/feed.atom").status_code == 200)
    file.unlink()
    eventually(lambda: service.get("/tags/last/feed.atom").status_code == 410)
    paths = ("/tags/last/feed", "/tags/last/feed.rss", "/tags/last/feed.json", "/tags/last/")
    assert [service.get(path).status_code for path in paths] == [410] * len(paths)


def test_a_withdrawn_article_is_gone_and_leaves_a_tombstone(site: Site, service: Service) -> None:
    feed = feedparser.parse(service.get("/sections/nachrichten/feed.atom").content)
    entry_id = feed.entries[0].id
    page = "/articles/" + entry_id.removeprefix("urn:uuid:")
    assert service.get(page).status_code == 200
    file = next(Path(site.folder).rglob(f"{feed.entries[0].title.split()[1]}.txt"))
    file.unlink()
    eventually(lambda: service.get(page).status_code == 410)
    atom = service.get("/sections/nachrichten/feed.atom").text
    assert f'<at:deleted-entry ref="{entry_id}"' in atom
    assert f"<id>{entry_id}</id>" not in atom


@pytest.mark.parametrize(
    "path", ["/blog/rss.xml", "/sections/nachrichten", "/alt/straße", "/feeds"]
)
@pytest.mark.parametrize(
    ("method", "status"),
    [("HEAD", 301), ("POST", 405), ("PUT", 405), ("DELETE", 405), ("TRACE", 405), ("OPTIONS", 204)],
)
def test_what_has_moved_answers_a_method_as_what_is_there_does(
    service: Service, path: str, method: str, status: int
) -> None:
    answer = service.get(path, method)
    assert answer.status_code == status
    assert ("location" in answer.headers) == (status == 301)
    if status != 301:
        assert answer.headers["allow"] == "GET, HEAD, OPTIONS"


def test_the_list_of_feeds_has_its_slash(service: Service) -> None:
    answer = service.get("/feeds")
    assert (answer.status_code, answer.headers["location"]) == (301, f"{BASE}/feeds/")


def test_a_section_and_a_tag_of_one_name_have_two_titles(site: Site, service: Service) -> None:
    (site.folder / "nachrichten/t.md").write_text("---\ntitle: T\ntags: [nachrichten]\n---\nx\n")
    eventually(lambda: service.get("/tags/nachrichten/feed.atom").status_code == 200)
    titles = re.findall('title="(.*?)"', service.get("/feeds.opml").text)
    assert len(titles) == len(set(titles))


@pytest.mark.parametrize("target", ["/blog/rss.xml", "feeds.example:443", "/feed.atom"])
def test_nobody_connects_through_us(service: Service, target: str) -> None:
    with connected(service.address) as client:
        client.send(f"CONNECT {target} HTTP/1.1\r\nHost: feeds.example\r\n\r\n".encode())
        answer = client.rest()
    assert answer == b"" or answer.startswith(b"HTTP/1.1 405 ")


def test_the_server_as_a_whole_says_what_it_allows(service: Service) -> None:
    answer = ask(service.address, "*", method="OPTIONS")
    assert (answer.status, answer.fields["allow"], answer.body) == (204, "GET, HEAD, OPTIONS", b"")
    assert ask(service.address, "*").status == 400
