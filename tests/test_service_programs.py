"""What programs get from the real service: the list of feeds, sitemaps, the cursor, and OpenAPI."""

from __future__ import annotations

import gzip
import json
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx
import pytest
from jsonschema import Draft202012Validator
from lxml import etree

from tests.site import CONFIG, Service, Site, eventually

pytestmark = pytest.mark.slow

BASE = "http://feeds.example/news"
SETTINGS = CONFIG.replace("http://feeds.example", BASE) + '[[feeds]]\nname = "own"\ntitle = "Own"\n'
MEDIA_TYPES = {
    "/feeds.opml": "text/x-opml; charset=utf-8",
    "/sitemap.xml": "application/xml; charset=utf-8",
    "/robots.txt": "text/plain; charset=utf-8",
    "/changes.json": "application/json; charset=utf-8",
    "/openapi.json": "application/json; charset=utf-8",
}
CROSS_ORIGIN = ("/feeds.opml", "/changes.json", "/openapi.json")


@pytest.fixture(scope="module")
def desk(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Site, Service]]:
    """One service for all tests that only read, below a path of its host."""
    with _running(tmp_path_factory.mktemp("programs")) as running:
        yield running


@contextmanager
def _running(folder: Path) -> Iterator[tuple[Site, Service]]:
    site = Site(folder, SETTINGS)
    for day in range(1, 8):
        site.write(f"news/a{day}.txt", f"Day {day}", Author="**Ann**", date=f"2026-01-0{day}")
    service = Service(site, "serve", {})
    try:
        service.ready()
        yield site, service
    finally:
        service.stop()


@pytest.fixture(scope="module")
def service(desk: tuple[Site, Service]) -> Service:
    return desk[1]


@pytest.fixture(scope="module")
def site(desk: tuple[Site, Service]) -> Site:
    return desk[0]


@pytest.fixture(scope="module")
def described(service: Service) -> dict[str, Any]:
    told = service.get("/openapi.json").json()
    assert isinstance(told, dict)
    return told


@pytest.mark.parametrize("path", MEDIA_TYPES)
def test_each_is_polled_as_feeds_are(service: Service, path: str) -> None:
    first = service.get(path)
    assert (first.status_code, first.headers["content-type"]) == (200, MEDIA_TYPES[path])
    assert first.headers["cache-control"].startswith("max-age=300")
    tag, since = first.headers["etag"], first.headers["last-modified"]
    assert service.get(path, if_none_match=tag).status_code == 304
    assert service.get(path, if_modified_since=since).status_code == 304
    assert service.get(path + "?unknown=1", if_none_match=tag).status_code == 304
    assert service.get(path, "HEAD").headers["content-length"] == str(len(first.content))
    assert service.get(path, "POST").status_code == 405
    shared = first.headers.get("access-control-allow-origin")
    assert shared == ("*" if path in CROSS_ORIGIN else None)


@pytest.mark.parametrize("path", [path for path in MEDIA_TYPES if path != "/robots.txt"])
def test_each_comes_in_gzip_too(service: Service, path: str) -> None:
    plain = service.get(path)
    with httpx.stream("GET", service.address + path, headers={"accept-encoding": "gzip"}) as coded:
        assert coded.headers["content-encoding"] == "gzip"
        assert gzip.decompress(b"".join(coded.iter_raw())) == plain.content


def test_every_address_is_absolute_and_leads_somewhere(service: Service) -> None:
    outlines = etree.fromstring(service.get("/feeds.opml").content).iterfind(".//outline[@type]")
    found = {str(one.get(name)) for one in outlines for name in ("xmlUrl", "htmlUrl")}
    places = etree.fromstring(service.get("/sitemap.xml").content).iterfind(".//{*}loc")
    found |= {str(one.text) for one in places}
    found |= {change["page"] for change in service.get("/changes.json").json()["changes"]}
    assert len(found) > 15
    for address in found:
        assert address.startswith(f"{BASE}/")
        assert service.get(address.removeprefix(BASE)).status_code == 200, address


def test_the_journal_is_followed_while_the_folder_changes(tmp_path: Path) -> None:
    """A service that knows nothing but the address in `next`."""
    with _running(tmp_path) as (site, service):
        _follow(site, service)


def _follow(site: Site, service: Service) -> None:
    here = _end(service)
    file = site.write("followed.txt", "Followed")
    released, here = _next(service, here)
    site.write("followed.txt", "Followed, and edited")
    edited, here = _next(service, here)
    file.unlink()
    withdrawn, here = _next(service, here)
    assert [one["kind"] for one in (released, edited, withdrawn)] == [
        "released",
        "edited",
        "withdrawn",
    ]
    assert released["title"] == "Followed"
    assert edited["title"] == "Followed, and edited"
    assert {one["id"] for one in (released, edited)} == {withdrawn["id"]}
    assert service.get(released["page"].removeprefix(BASE)).status_code == 410


def _page(service: Service, address: str) -> dict[str, Any]:
    assert address.startswith(f"{BASE}/changes.json?after=")
    told = service.get(address.removeprefix(BASE)).json()
    assert isinstance(told, dict)
    return told


def _end(service: Service) -> str:
    address = f"{BASE}/changes.json?after=0"
    while (told := _page(service, address))["next"] != address:
        address = told["next"]
    return address


def _next(service: Service, address: str) -> tuple[dict[str, Any], str]:
    """The next change, waited for, and the address behind it."""
    told = eventually(lambda: (one := _page(service, address))["changes"] and one)
    (change,) = told["changes"]
    return change, told["next"]


def test_the_beginning_has_one_document_however_it_is_asked_for(service: Service) -> None:
    first = service.get("/changes.json")
    for query in ("?after=0", "?after=000&x=y"):
        again = service.get(f"/changes.json{query}")
        assert (again.content, again.headers["etag"]) == (first.content, first.headers["etag"])
    assert f'<{BASE}/changes.json?after=0>; rel="self"' in first.headers["link"]


def test_behind_the_end_there_is_nothing_yet(service: Service) -> None:
    told = service.get("/changes.json?after=999999999999999").json()
    assert told["changes"] == []
    assert told["next"] == f"{BASE}/changes.json?after=999999999999999"
    assert 0 < told["last"] < told["after"]


@pytest.mark.parametrize("after", ["", "x", "-1", "1e3", "9" * 16, "1&after=2", "%00", "%ff"])
def test_what_is_no_cursor_is_refused_in_one_sentence(service: Service, after: str) -> None:
    answer = service.get(f"/changes.json?after={after}")
    assert (answer.status_code, answer.headers["content-type"]) == (
        400,
        "text/plain; charset=utf-8",
    )
    assert answer.text.startswith("after takes one whole number")
    assert answer.text.count("\n") == 1


def test_a_query_in_the_path_is_no_query(service: Service) -> None:
    assert service.get("/changes.json%3Fafter=1").status_code == 404


def operations(described: dict[str, Any]) -> Iterator[tuple[str, dict[str, Any]]]:
    """Every address of the description, a real one for its pattern, with its responses."""
    sample = {
        "format": "atom",
        "kind": "authors",
        "slug": "ann",
        "first": "1",
        "last": "2",
        "part": "1",
    }
    for path, methods in described["paths"].items():
        real = path
        for name, value in sample.items():
            real = real.replace(f"{{{name}}}", value)
        yield real, methods["get"]["responses"]


def test_every_described_address_answers_as_described(
    service: Service, described: dict[str, Any]
) -> None:
    for path, responses in operations(described):
        if "{id}" in path or "feed-1-2" in path:
            continue  # whose addresses are told by other documents
        answer = service.get(path)
        assert answer.status_code == 200, path
        assert answer.headers["content-type"].split(";")[0] in responses["200"]["content"], path


def test_changes_are_as_their_schema_says(service: Service, described: dict[str, Any]) -> None:
    schema = {"$ref": "#/components/schemas/ChangesPage", "components": described["components"]}
    checker = Draft202012Validator(schema, format_checker=Draft202012Validator.FORMAT_CHECKER)
    for after in (0, 3, 999):
        checker.validate(service.get(f"/changes.json?after={after}").json())
    broken = service.get("/changes.json").json()
    broken["changes"][0]["kind"] = "held"
    assert not checker.is_valid(broken), "the schema tells right from wrong"
    assert not checker.is_valid(json.loads(json.dumps(broken).replace("Z", "")))


def test_the_description_names_this_service(service: Service, described: dict[str, Any]) -> None:
    assert described["servers"] == [{"url": BASE}]
    assert f"feedsvc {described['info']['version']}" in service.get("/feed.rss").text.replace(
        "/", " "
    )
