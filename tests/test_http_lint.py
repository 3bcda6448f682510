"""What httplint and REDbot say of the answers of a real service."""

from __future__ import annotations

import json
import subprocess
import sys
import time
from collections.abc import Iterator
from urllib.parse import quote

import pytest
from httplint import HttpRequestLinter, HttpResponseLinter
from httplint.note import levels

from tests.media import address
from tests.raw import HOST, Response, ask
from tests.site import CONFIG, PATIENCE, Service, Site, eventually

pytestmark = pytest.mark.slow

BASE = "http://feeds.example"
MORE = """
[feed]
entries = 5
[websub]
hubs = ["http://127.0.0.1:9/hub"]
[[redirects]]
from = "/old.xml"
to = "/feed.atom"
[[feeds]]
name = "own"
title = "Own"
"""
PICTURE = address("news/p.png")
FEEDS = (
    *("/feed.atom", "/feed.rss", "/feed.json", "/feed", "/feed-1-5.atom", "/feeds/own/feed.json"),
    *("/sections/news/feed.atom", "/authors/ann/feed.rss", quote("/tags/köln/feed")),
)
DOCUMENTS = (
    *("/", "/feeds/", "/sections/news/", "/feeds.opml", "/sitemap.xml", "/robots.txt"),
    *("/changes.json", "/openapi.json", PICTURE),
)
OTHERS = ("/healthz", "/readyz", "/nowhere", "/old.xml", "/changes.json?after=x")
CODINGS = ("identity", "gzip", "br", "zstd")
WRONG = (levels.WARN, levels.BAD)
ACCEPTED = ("STATUS_BAD_REQUEST",)  # it warns of every 400, whatever the request was
PNG = b"\x89PNG\r\n\x1a\n" + bytes(100)


@pytest.fixture(scope="module")
def service(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Service]:
    """One service for the whole file, in which nothing changes."""
    site = Site(tmp_path_factory.mktemp("lint"), CONFIG + MORE)
    for number in range(8):
        site.write(f"news/{number}.txt", f"No {number}", "Some text. " * 50, Author="**Ann**")
    (site.folder / "news" / "p.png").write_bytes(PNG)
    text = "---\ntitle: P\ntags: [Köln]\n---\n![](p.png)\n"
    (site.folder / "news" / "p.md").write_text(text, encoding="utf-8")
    running = Service(site, "serve", {})
    try:
        running.ready(FEEDS[-1])
        yield running
    finally:
        running.stop()


def lint(path: str, reply: Response, *fields: str, method: str = "GET") -> list[str]:
    """What httplint finds wrong with the answer to a request."""
    asked = HttpRequestLinter()
    asked.process_request_topline(method.encode(), (BASE + path).encode(), b"HTTP/1.1")
    lines = [field.encode().partition(b": ") for field in (HOST.decode().strip(), *fields)]
    asked.process_headers([(name, value) for name, _, value in lines])
    asked.finish_content(complete=True)
    given = HttpResponseLinter(start_time=time.time(), _related=asked, no_content=method == "HEAD")
    given.base_uri = BASE + path
    given.process_response_topline(b"HTTP/1.1", str(reply.status).encode(), b"")
    given.process_headers(reply.lines)
    given.feed_content(reply.body)
    given.finish_content(complete=True)
    notes = [one for note in given.notes for one in (note, *note.subnotes)]
    wrong = [f"{type(note).__name__}: {note}" for note in notes if note.level in WRONG]
    return [one for one in wrong if not one.startswith(ACCEPTED)]


def wrongs(service: Service, path: str, *fields: str, method: str = "GET") -> tuple[int, list[str]]:
    """The status of the answer, and what is wrong with it."""
    reply = ask(service.address, path, *fields, method=method)
    return reply.status, lint(path, reply, *fields, method=method)


@pytest.mark.parametrize("path", [*FEEDS, *DOCUMENTS])
def test_nothing_is_wrong_with_an_answer_in_any_coding_nor_with_its_304(
    service: Service, path: str
) -> None:
    for coding in CODINGS:
        accept = f"Accept-Encoding: {coding}"
        reply = ask(service.address, path, accept)
        assert (reply.status, lint(path, reply, accept)) == (200, []), coding
        for known in (
            f"If-None-Match: {reply.fields['etag']}",
            f"If-Modified-Since: {reply.fields['last-modified']}",
        ):
            assert wrongs(service, path, accept, known) == (304, []), known


@pytest.mark.parametrize("path", ["/feed.atom", "/feed.rss", "/feed.json", "/feed"])
@pytest.mark.parametrize("coding", CODINGS)
def test_a_feed_of_the_site_is_there_in_each_coding(
    service: Service, path: str, coding: str
) -> None:
    def coded() -> Response | None:
        reply = ask(service.address, path, f"Accept-Encoding: {coding}")
        return reply if reply.fields.get("content-encoding", "identity") == coding else None

    reply = eventually(coded, f"{path} is not served in {coding}")
    assert lint(path, reply, f"Accept-Encoding: {coding}") == []


@pytest.mark.parametrize(
    ("method", "fields", "status"),
    [
        pytest.param("HEAD", (), 200, id="HEAD"),
        pytest.param("GET", ("Range: bytes=0-1",), 200, id="a range"),
        pytest.param("GET", ('If-Match: "x"',), 412, id="a failed precondition"),
        pytest.param("GET", ("Accept-Encoding: *;q=0",), 406, id="no coding will do"),
        pytest.param("POST", ("Content-Length: 0",), 405, id="another method"),
        pytest.param(
            "OPTIONS",
            ("Origin: http://reader.example", "Access-Control-Request-Method: GET"),
            204,
            id="preflight",
        ),
    ],
)
@pytest.mark.parametrize("path", ["/feed.atom", "/feed"])
def test_nothing_is_wrong_with_the_rarer_answers(
    service: Service, path: str, method: str, fields: tuple[str, ...], status: int
) -> None:
    assert wrongs(service, path, *fields, method=method) == (status, [])


@pytest.mark.parametrize("path", OTHERS)
def test_nothing_is_wrong_with_what_is_no_document(service: Service, path: str) -> None:
    assert wrongs(service, path)[1] == []


def test_redbot_finds_nothing_wrong(service: Service) -> None:
    """It asks with and without codings, with tags, dates and ranges, and compares the answers."""
    paths = (*FEEDS, *DOCUMENTS)
    command = [sys.executable, "-W", "ignore", "-m", "tests.redbot_notes"]
    command += [service.address + path for path in paths]
    result = subprocess.run(command, stdout=subprocess.PIPE, timeout=PATIENCE * 2, check=True)
    told: dict[str, list[list[str]]] = json.loads(result.stdout)
    assert len(told) == len(paths)
    for url, notes in told.items():
        assert len(notes) > 8, url
        assert [note for note in notes if note[0] in ("WARN", "BAD")] == [], url
