"""The real service and the files beside articles, from their addresses in feeds to their bytes."""

from __future__ import annotations

import os
import re
import socket
from collections.abc import Iterator
from urllib.parse import urlsplit

import feedparser
import pytest

from feedsvc.ledger.store import Store
from tests.media import LARGE, SMALL, Desk, address
from tests.site import CONFIG, Service, Site, eventually

pytestmark = pytest.mark.slow

BASE = "http://feeds.example"
FANCY = "Bilder & mehr/Übersicht – größer.png"


@pytest.fixture(scope="module")
def service(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Service]:
    """One service for the tests below; each has articles of its own in its folder."""
    site = Site(tmp_path_factory.mktemp("site"))
    site.file.write_text(CONFIG.replace(BASE, BASE + "/blog"), encoding="utf-8")
    desk = Desk(site, Store(site.config().store.url))
    desk.write(f"news/{FANCY}", SMALL)
    desk.write("news/long.mp3", LARGE)
    fancy = "![](<Bilder & mehr/Übersicht – größer.png>)"
    desk.write(
        "news/a.md", f"---\ntitle: A\ndate: 2026-01-02\n---\n{fancy}\n\n[long](long.mp3) [b](#b)\n"
    )
    desk.write("b.png", b"b")
    desk.article("b.md", "b.png", "2026-01-03")
    desk.write("soon.png", b"soon")
    desk.article("soon.md", "soon.png", "2100-01-01")
    running = Service(site, "serve", {})
    try:
        running.ready()
        yield running
    finally:
        running.stop()


@pytest.mark.parametrize("path", ["/feed.atom", "/feed.rss"])
def test_a_picture_beside_an_article_is_shown_and_served(service: Service, path: str) -> None:
    polled = feedparser.parse(service.get(path).content, sanitize_html=False)
    content = next(e for e in polled.entries if e.title == "A").content[0].value
    base = f"{BASE}/blog"
    shown = re.findall(r'src="([^"]*)"', content)
    assert shown == [base + address(f"news/{FANCY}")]
    assert re.findall(r'href="([^"]*)#b"', content)[0].startswith(f"{base}/articles/")
    where = shown[0].removeprefix(base)
    given = service.get(where)
    assert (given.status_code, given.content) == (200, SMALL)
    assert given.headers["content-type"] == "image/png"
    tag = given.headers["etag"]
    assert service.get(where, if_none_match=tag).status_code == 304
    assert service.get(where, "HEAD").headers["content-length"] == str(len(SMALL))
    assert "site.invalid" not in service.get(path).text


def test_a_long_sound_is_served_whole_and_in_parts(service: Service) -> None:
    where = address("news/long.mp3")
    whole = service.get(where)
    assert (whole.status_code, whole.content) == (200, LARGE)
    assert "transfer-encoding" not in whole.headers
    part = service.get(where, range="bytes=1000-")
    assert (part.status_code, part.content) == (206, LARGE[1000:])
    tag = str(eventually(lambda: strong_tag(service, where), "it was never hashed"))
    last = service.get(where, range="bytes=-7", if_range=tag)
    assert (last.status_code, last.content) == (206, b"the end")
    assert service.get(where, range=f"bytes={len(LARGE)}-").status_code == 416
    assert service.get(where, range="bytes=0-1,3-4").content == LARGE


def _published(service: Service, where: str) -> str:
    """The entity tag of a file, once it is published."""
    answer = service.get(where, "HEAD")
    return str(answer.headers["etag"]) if answer.status_code == 200 else ""


def strong_tag(service: Service, where: str) -> str:
    """The strong entity tag of a long file, once it has been hashed."""
    tag = str(service.get(where, "HEAD").headers["etag"])
    return "" if tag.startswith("W/") else tag


def test_a_file_of_a_gigabyte_is_answered_before_it_is_hashed(service: Service) -> None:
    folder = service.log_file.parent / "articles/news"
    with (folder / "huge.mp3").open("wb") as file:
        file.truncate(1 << 30)
    os.utime(folder / "huge.mp3", (1, 1))
    (folder / "huge.md").write_text("---\ntitle: Huge\n---\n[huge](huge.mp3)\n")
    where = address("news/huge.mp3")
    first = eventually(lambda: _published(service, where), "it is not published")
    assert first.startswith("W/"), "it was hashed before it was answered"
    feed = service.ready().headers["etag"]
    for _ in range(12):
        assert service.get(where, "HEAD").headers["content-length"] == str(1 << 30)
        assert service.get(where, range="bytes=-3").content == bytes(3)
        assert (
            service.get(where, if_modified_since="Fri, 02 Jan 1970 03:04:05 GMT").status_code == 304
        )
        assert service.get("/feed.atom", if_none_match=feed).status_code == 304
    assert eventually(lambda: strong_tag(service, where), "it is never hashed")


def test_until_a_long_file_is_hashed_it_has_a_weak_tag_and_parts(service: Service) -> None:
    (service.log_file.parent / "articles/news/long.mp3").touch()
    where = address("news/long.mp3")
    tag = service.get(where, "HEAD").headers["etag"]
    assert tag.startswith('W/"')
    assert service.get(where, if_none_match=tag).status_code == 304
    assert service.get(where, range="bytes=0-9").status_code == 206
    assert service.get(where, range="bytes=0-9", if_range=tag).status_code == 200
    strong = eventually(lambda: strong_tag(service, where), "it was never hashed")
    for known in (tag, strong):
        assert service.get(where, if_none_match=known).status_code == 304


@pytest.mark.parametrize(
    "path",
    [
        "/media/",
        "/media/../config.toml",
        "/media/..%2fconfig.toml",
        "/media/%2e%2e/%2e%2e/etc/passwd",
        "/media/%00.png",
        "/media/%ff%fe.png",
        "/media/" + "a" * 5000 + ".png",
        "/media/00000000-0000-5000-8000-000000000000.png",
        address("b.png").replace(".png", ".jpg"),
        address("b.png") + "%00",
        address("soon.png"),
    ],
)
def test_nothing_else_below_media_is_found(service: Service, path: str) -> None:
    where = urlsplit(service.address)
    with socket.create_connection((where.hostname, where.port), timeout=10) as connection:
        connection.sendall(f"GET {path} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n".encode())
        status = connection.recv(65536).split(b" ")[1]
    assert status in (b"404", b"400")
    assert status == b"404" or "%" in path


def test_a_file_that_shrinks_while_it_is_sent_ends_the_connection(service: Service) -> None:
    folder = service.log_file.parent / "articles"
    with (folder / "huge.mp3").open("wb") as file:
        file.truncate(64 << 20)  # more than all buffers between hold
    (folder / "huge.md").write_text("---\ntitle: Huge\ndate: 2026-01-01\n---\n[x](huge.mp3)\n")
    path = address("huge.mp3")
    eventually(lambda: service.get(path, "HEAD").status_code == 200, "it was not published")
    where = urlsplit(service.address)
    got = 0
    with socket.create_connection((where.hostname, where.port), timeout=10) as connection:
        connection.sendall(f"GET {path} HTTP/1.1\r\nHost: x\r\n\r\n".encode())
        got += len(connection.recv(65536))
        os.truncate(folder / "huge.mp3", 1000)
        while part := connection.recv(1 << 20):
            got += len(part)
    assert got < 64 << 20
    assert service.get("/feed.atom").status_code == 200


def test_the_file_of_a_withdrawn_article_is_gone(service: Service) -> None:
    folder = service.log_file.parent / "articles"
    given = service.get(address("b.png"))
    assert (given.status_code, given.content) == (200, b"b")
    (folder / "b.md").unlink()
    eventually(lambda: service.get(address("b.png")).status_code == 410, "it is still there")
    assert service.get(address("b.png"), if_none_match="*").status_code == 410
