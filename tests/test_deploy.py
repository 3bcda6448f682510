"""The service behind a real nginx and a real Varnish, each with its file of deploy/."""

from __future__ import annotations

import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from tests.fronts import Front, Nginx, Origin, Varnish, free_port, nginx_conf, program
from tests.media import SMALL, address
from tests.site import CONFIG, Site, eventually

pytestmark = pytest.mark.slow

FRESH, BEHIND = 2, 1  # seconds: max-age and stale-while-revalidate
TOO_OLD = FRESH + BEHIND + 1.2  # nginx counts whole seconds
LONG = bytes(range(251)) * 8000
ROOT = "http://feeds.example"
BASE = f"{ROOT}/news"
HTTP = f"""\
[http]
max_age = {FRESH}
stale_while_revalidate = {BEHIND}
delta = true
"""
TYPES = {
    "application/rss+xml": "application/rss+xml; charset=utf-8",
    "application/feed+json": "application/feed+json; charset=utf-8",
    "application/atom+xml": "application/atom+xml; charset=utf-8",
}


@pytest.fixture(scope="module")
def origin(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Origin]:
    """One service for all tests, with a picture and a sound file beside its article."""
    site = Site(
        tmp_path_factory.mktemp("site"), CONFIG.replace("[http]\n", HTTP).replace(ROOT, BASE)
    )
    (site.folder / "p.png").write_bytes(SMALL)
    (site.folder / "long.mp3").write_bytes(LONG)
    text = "---\ntitle: Shown\ndate: 2026-01-02\n---\n![p](p.png) [long](long.mp3)\n"
    (site.folder / "a.md").write_text(text, encoding="utf-8")
    origin = Origin(site)
    yield origin
    origin.kill()


@pytest.fixture(scope="module")
def nginx(origin: Origin, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Front]:
    front = Nginx(tmp_path_factory.mktemp("nginx"), origin.port)
    yield front
    front.stop()


@pytest.fixture(scope="module")
def varnish(origin: Origin, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Front]:
    front = Varnish(tmp_path_factory.mktemp("varnish"), origin.port)
    yield front
    front.stop()


@pytest.fixture(params=["nginx", "varnish"])
def front(request: pytest.FixtureRequest, origin: Origin) -> Front:
    """Each of the two, with the service behind it running."""
    origin.running()
    front: Front = request.getfixturevalue(request.param)
    return front


@pytest.fixture
def both(origin: Origin, nginx: Front, varnish: Front) -> tuple[Front, Front]:
    """The two side by side, for what takes its time."""
    origin.running()
    return nginx, varnish


def test_nginx_takes_its_file_as_it_is(tmp_path: Path) -> None:
    file = tmp_path / "nginx.conf"
    file.write_text(nginx_conf(tmp_path, free_port(), free_port()), encoding="utf-8")
    call = [program("nginx", "nginx"), "-t", "-q", "-e", "stderr", "-c", str(file)]
    told = subprocess.run(call, capture_output=True, text=True, check=False)
    assert (told.returncode, told.stderr) == (0, "")


def test_a_second_poller_is_answered_from_the_cache(front: Front, origin: Origin) -> None:
    ours = origin.running().get("/feed.atom")
    kept = front.kept("/feed.atom")
    assert kept.content == ours.content
    for name in ("etag", "last-modified", "cache-control", "content-type", "link", "vary"):
        assert kept.headers[name] == ours.headers[name]


def test_the_cache_itself_answers_304(front: Front) -> None:
    tag = front.get("/feed.atom").headers["etag"]
    kept = front.kept("/feed.atom", if_none_match=f"W/{tag}")
    assert (kept.status_code, kept.content, kept.headers["etag"]) == (304, b"", tag)


@pytest.mark.parametrize(
    "accepted",
    ["gzip", "identity", "gzip, deflate", "gzip, deflate, br, zstd", "br", "", "*", "gzip;q=0"],
)
def test_each_client_gets_a_coding_that_it_takes(
    front: Front, origin: Origin, accepted: str
) -> None:
    def same() -> bool:  # a coding may still be on its way when a revision is young
        ours = origin.running().get("/feed.atom", accept_encoding=accepted)
        kept = front.kept("/feed.atom", accept_encoding=accepted)
        names = ("etag", "content-encoding")
        return kept.content == ours.content and all(
            kept.headers.get(name) == ours.headers.get(name) for name in names
        )

    eventually(same, f"another answer to Accept-Encoding: {accepted}")


def test_a_format_is_chosen_by_accept(front: Front) -> None:
    for accepted, told in TYPES.items():
        assert front.kept("/feed", accept=accepted).headers["content-type"] == told


def test_only_the_cursor_of_a_query_counts(front: Front) -> None:
    whole = front.kept("/feed.atom?utm_source=a")
    assert whole.content == front.kept("/feed.atom?utm_source=b", cookie="a=b").content
    assert front.kept("/changes.json?x=1&after=1").json()["after"] == 1
    assert front.kept("/changes.json").json()["after"] == 0


def test_a_file_beside_an_article_is_served_in_ranges(front: Front) -> None:
    where = address("long.mp3")
    part = front.get(where, range="bytes=1000000-1000099")
    assert (part.status_code, part.content) == (206, LONG[1000000:1000100])
    assert part.headers["content-range"] == f"bytes 1000000-1000099/{len(LONG)}"
    assert front.kept(where).content == LONG
    assert front.kept(where, range="bytes=-7").content == LONG[-7:]
    assert front.get(where, range=f"bytes={len(LONG)}-").status_code == 416
    assert front.kept(address("p.png")).content == SMALL


def test_below_the_path_of_the_site_all_is_as_at_the_root(front: Front) -> None:
    assert front.kept("/news/feed.atom").content == front.kept("/feed.atom").content
    part = front.get("/news" + address("long.mp3"), range="bytes=5-9")
    assert (part.status_code, part.content) == (206, LONG[5:10])
    assert front.kept("/news/changes.json?after=1").json()["after"] == 1
    assert front.get("/news/readyz").status_code == 200


@pytest.mark.parametrize(
    "path",
    [
        *("/status", "/status.json", "/metrics", "/readyz", "/news/status", "/status?after=1"),
        *("/%73tatus", "/metric%73?after=0", "/status%2ejson", "/news%2Fmetrics", "/readyz?after="),
    ],
)
def test_how_the_service_is_doing_is_told_to_its_own_machine_alone(front: Front, path: str) -> None:
    elsewhere = httpx.HTTPTransport(local_address="127.0.0.2")
    with httpx.Client(transport=elsewhere, base_url=f"http://127.0.0.1:{front.port}") as client:
        assert client.get("/feed.atom").status_code == 200
        assert client.get(path).status_code in (403, 404)


def test_a_feed_is_served_whole(front: Front) -> None:
    assert front.kept("/feed.atom", range="bytes=0-9").status_code == 200


def test_what_is_stale_is_asked_for_by_its_tag(both: tuple[Front, Front]) -> None:
    first = [front.get("/feed.rss").content for front in both]
    before = [front.revalidated() for front in both]
    time.sleep(TOO_OLD)
    for front, content, count in zip(both, first, before, strict=True):
        again = front.get("/feed.rss")
        assert (again.status_code, again.content) == (200, content)
        asked_by_tag(front, count)


def test_what_is_stale_for_a_moment_is_asked_for_behind_the_clients_back(front: Front) -> None:
    front.kept("/feed.json")
    before = front.revalidated()

    def stale() -> bool:
        told = front.get("/feed.json").headers
        return told["x-cache-status"] == "STALE" or int(told.get("age", 0)) >= FRESH

    eventually(stale, "nothing stale is ever served")
    asked_by_tag(front, before)


def test_whoever_takes_differences_gets_the_whole_feed(front: Front, origin: Origin) -> None:
    old = front.get("/feed.atom")
    origin.site.write(f"{type(front).__name__}.txt", f"News by {type(front).__name__}")
    eventually(lambda: front.get("/feed.atom").content != old.content, "nothing new comes")
    asked = {"a_im": "feed", "if_none_match": old.headers["etag"]}
    eventually(lambda: origin.running().get("/feed.atom", **asked).status_code == 226)
    for headers in (asked, {}):
        whole = front.get("/feed.atom", **headers)
        assert (whole.status_code, b"Shown" in whole.content) == (200, True)


def test_the_feed_is_served_while_the_service_is_down_and_after(
    both: tuple[Front, Front], origin: Origin
) -> None:
    tags = [front.get("/feed.atom").headers["etag"] for front in both]
    last = [front.get("/feed.atom", accept_encoding="gzip") for front in both]
    origin.kill()
    time.sleep(TOO_OLD)
    for front, tag, answer in zip(both, tags, last, strict=True):
        serves_stale(front, tag, answer)
    origin.site.write("back.txt", "Back again")
    origin.running()
    for front in both:
        shows(front, b"Back again")


def asked_by_tag(front: Front, before: int) -> None:
    """The origin answers 304 once more."""
    eventually(lambda: front.revalidated() > before, "the origin was not asked with the tag")


def shows(front: Front, title: bytes) -> None:
    """A new revision comes through."""
    eventually(lambda: title in front.get("/feed.atom").content, "nothing new comes")


def serves_stale(front: Front, tag: str, last: httpx.Response) -> None:
    """What it has, again and again, and an error for what it does not have."""
    for _ in range(3):
        stale = front.get("/feed.atom", accept_encoding="gzip")
        assert (stale.status_code, stale.content) == (200, last.content)
        assert stale.headers["etag"] == last.headers["etag"]
        assert front.get("/feed.atom", if_none_match=tag).status_code == 304
    assert front.get("/never-asked-before").status_code in (502, 503)
