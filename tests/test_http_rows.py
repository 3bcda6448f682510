"""The two tables of what a poller gets, row by row, from a real service.

The first table says what each header is worth, the second how each kind of request is answered.
"""

from __future__ import annotations

import re
import time
from collections.abc import Callable, Iterator
from email.utils import formatdate, parsedate_to_datetime
from functools import partial

import pytest

from tests.header_rows import CODINGS, HEADERS, HUB, TYPES, get
from tests.raw import HOST, connected
from tests.site import CONFIG, Service, Site, eventually

MORE = f"""
[feed]
entries = 5
[websub]
hubs = ["{HUB}"]
[[redirects]]
from = "/old.xml"
to = "/feed.rss"
"""
FEEDS = tuple(TYPES)
LONG_AGO = 784111777
NEVER = "/articles/00000000-0000-5000-8000-000000000000"

Row = Callable[[Service, str], None]


@pytest.fixture(scope="module")
def service(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Service]:
    """One service for the whole file; an article was withdrawn before its first test."""
    site = Site(tmp_path_factory.mktemp("rows"), CONFIG + MORE)
    for number in range(7):
        site.write(f"{number}.txt", f"No {number}", "A paragraph. " * 50)
    site.scan()
    (site.folder / "6.txt").unlink()
    site.scan()
    service = Service(site, "web", {"SCHEDULE__RESCAN_SECONDS": 86400})
    try:
        for path in FEEDS:
            service.ready(path)
            eventually(partial(is_coded, service, path), f"{path} is not there in all codings")
        yield service
    finally:
        service.stop()


def is_coded(service: Service, path: str) -> bool:
    """Whether a feed is served in every coding; some are made a moment after the feed."""
    wished = [get(service, path, f"Accept-Encoding: {coding}") for coding in CODINGS]
    return [reply.fields.get("content-encoding", "identity") for reply in wished] == [*CODINGS]


@pytest.mark.parametrize("path", FEEDS)
@pytest.mark.parametrize("row", HEADERS.values(), ids=HEADERS.keys())
def test_each_header_is_worth_what_is_said_of_it(service: Service, row: Row, path: str) -> None:
    row(service, path)


def statuses(service: Service, path: str, *fields: str) -> set[int]:
    """The statuses of answers to requests with one of these fields each."""
    return {get(service, path, field).status for field in fields}


def known_tag(service: Service, path: str) -> None:
    """In each coding, for a tag of each coding: they all name the state that the poller has."""
    whole = get(service, path)
    plain = whole.fields["etag"]
    tags = [plain] + [f'{plain[:-1]}-{coding}"' for coding in CODINGS[1:]]
    for tag in tags:
        for value in (tag, f"W/{tag}", f'"x", W/"y" ,{tag}', "*"):
            same = get(service, path, f"If-None-Match: {value}")
            assert (same.status, same.body) == (304, b""), value
            for name in ("etag", "cache-control", "vary", "last-modified"):
                assert same.fields[name] == whole.fields[name]


def unknown_tag(service: Service, path: str) -> None:
    modified = get(service, path).fields["last-modified"]
    for since in (modified, formatdate(time.time(), usegmt=True), "0"):
        fields = ('If-None-Match: "x"', f"If-Modified-Since: {since}")
        assert get(service, path, *fields).status == 200


def malformed_tag(service: Service, path: str) -> None:
    tag = get(service, path).fields["etag"]
    values = ("", tag.strip('"'), "x", '"', f"{tag} {tag}", f"{tag};", "**")
    assert statuses(service, path, *(f"If-None-Match: {one}" for one in values)) == {200}
    same_date = f"If-Modified-Since: {formatdate(time.time(), usegmt=True)}"
    assert get(service, path, "If-None-Match:", same_date).status == 200


def modified_since(service: Service, path: str) -> None:
    modified = get(service, path).fields["last-modified"]
    moment = parsedate_to_datetime(modified)
    fixed = (modified, formatdate(moment.timestamp() + 1, usegmt=True))
    old = (moment.strftime("%A, %d-%b-%y %H:%M:%S GMT"), moment.strftime("%a %b %e %H:%M:%S %Y"))
    values = [f"If-Modified-Since: {value}" for value in (*fixed, *old)]
    assert statuses(service, path, *values) == {304}
    earlier = formatdate(moment.timestamp() - 1, usegmt=True)
    bad = (earlier, "", "0", "x", "Sun, 06 Nov 99999 08:49:37 GMT", modified[:-4])
    assert statuses(service, path, *(f"If-Modified-Since: {value}" for value in bad)) == {200}


def no_match_without_answer(service: Service, path: str) -> None:
    tag = get(service, path).fields["etag"]
    fields = [f"{name}: {one}" for name in ("If-None-Match", "If-Match") for one in ("*", tag)]
    for where in (f"{path}x", NEVER, "/readyz/"):
        assert statuses(service, where, *fields) == {404}


def preconditions(service: Service, path: str) -> None:
    whole = get(service, path)
    tag, long_ago = whole.fields["etag"], formatdate(LONG_AGO, usegmt=True)
    failing = ('If-Match: "x"', f"If-Match: W/{tag}", f"If-Unmodified-Since: {long_ago}")
    assert statuses(service, path, *failing) == {412}
    modified = whole.fields["last-modified"]
    holding = ("If-Match: *", f'If-Match: "x", {tag}', f"If-Unmodified-Since: {modified}")
    assert statuses(service, path, *holding, "If-Unmodified-Since: x") == {200}


def whole_for_a_range(service: Service, path: str) -> None:
    whole = get(service, path)
    for value in ("bytes=0-1", "bytes=-1", "bytes=99999999-", "x"):
        reply = get(service, path, f"Range: {value}", f"If-Range: {whole.fields['etag']}")
        assert (reply.status, reply.body) == (200, whole.body)
        assert reply.fields["accept-ranges"] == "none"


def head(service: Service, path: str) -> None:
    for coding in CODINGS:
        accept = f"Accept-Encoding: {coding}"
        told = [get(service, path, accept, method=method) for method in ("GET", "HEAD")]
        dates = [reply.fields.pop("date") for reply in told]
        assert dates
        assert told[0].fields == told[1].fields
        assert told[1].body == b""


def refused(service: Service, path: str) -> None:
    head = f"GET {path} HTTP/1.1\r\n".encode() + HOST
    for end in (
        b"X: a\r\n b\r\n\r\n",
        b"X: a\rb\r\n\r\n",
        b"Host: x\r\n\r\n",
        b"Content-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
        b"Transfer-Encoding: chunked\r\n\r\nx\r\n",
        b"Transfer-Encoding: chunked\r\n\r\n5\r\nab",
    ):
        with connected(service.address) as connection:
            connection.send(head + end + head + b"\r\n")
            answer = connection.rest()
        assert answer.startswith(b"HTTP/1.1 400 "), end
        assert answer.count(b"HTTP/1.1 ") == 1, end


def expectation(service: Service, path: str) -> None:
    assert get(service, path, "Expect: 100-continue").status == 200


def other_methods(service: Service, path: str) -> None:
    for method in ("POST", "PUT", "DELETE", "PATCH", "BREW"):
        reply = get(service, path, "Content-Length: 0", method=method)
        assert (reply.status, reply.fields["allow"]) == (405, "GET, HEAD, OPTIONS")
    asked = ("Origin: http://reader.example", "Access-Control-Request-Method: GET")
    preflight = get(service, path, *asked, method="OPTIONS")
    assert preflight.status == 204
    assert preflight.fields["access-control-allow-origin"] == "*"
    assert "If-None-Match" in preflight.fields["access-control-allow-headers"]


def codings(service: Service, path: str) -> None:
    smallest = min(CODINGS, key=lambda one: len(get(service, path, f"Accept-Encoding: {one}").body))
    for wish, coding in {
        "gzip;q=0.5, br;q=0.4, zstd;q=0.3": "gzip",
        "gzip;q=0.3, br;q=0.4, zstd;q=0.5": "zstd",
        "identity;q=0, br": "br",
        "gzip;q=0": "identity",
        "X-GZIP": "gzip",
        "*": smallest,
        "identity;q=0": None,
        "*;q=0": None,
    }.items():
        reply = get(service, path, f"Accept-Encoding: {wish}")
        if coding is None:
            assert reply.status == 406, wish
        else:
            assert reply.fields.get("content-encoding", "identity") == coding, wish


def unknown_parameters(service: Service, path: str) -> None:
    plain = get(service, path)
    for query in ("?", "?utm_source=x", "?page=2&after=x", "?%ff=%00"):
        reply = get(service, path + query)
        assert (reply.body, reply.fields["etag"]) == (plain.body, plain.fields["etag"])


def host_is_never_repeated(service: Service, path: str) -> None:
    evil = [f"X-Forwarded-{name}: evil.example" for name in ("Host", "Server", "Prefix", "For")]
    lines = "".join(f"{one}\r\n" for one in ("Host: evil.example", *evil, "Connection: close"))
    for where in (path, "/", "/old.xml", "/tags/x", "/nowhere", "//x", "/changes.json"):
        with connected(service.address) as connection:
            connection.send(f"GET {where} HTTP/1.1\r\n{lines}\r\n".encode())
            assert b"evil.example" not in connection.rest()


def weird_paths(service: Service, path: str) -> None:
    for more in ("/..", "/%2e%2e/x", "%00", "/%ff", "/" + "a" * 50_000, "/%ED%A0%80", "\\..\\"):
        assert statuses(service, path + more, "If-None-Match: *") <= {404, 400}


def gone(service: Service, path: str) -> None:
    changes = get(service, "/changes.json").body
    (name,) = re.findall(rb'"withdrawn", "at": "[^"]*", "id": "urn:uuid:([^"]*)"', changes)
    assert get(service, f"/articles/{name.decode()}", "If-None-Match: *").status == 410
    moved = get(service, "/old.xml")
    assert (moved.status, moved.fields["location"]) == (301, "http://feeds.example/feed.rss")


REQUESTS = {
    "If-None-Match: the tag, weak, in a list, with another coding's suffix, or *": known_tag,
    "If-None-Match that does not match, with any If-Modified-Since": unknown_tag,
    "empty or malformed If-None-Match": malformed_tag,
    "If-Modified-Since equal or later, any of the three date forms": modified_since,
    "matching tag on an unknown path": no_match_without_answer,
    "If-Match / If-Unmodified-Since": preconditions,
    "Range": whole_for_a_range,
    "HEAD": head,
    "Content-Length with Transfer-Encoding, folding, bare CR, bad chunk, two Hosts": refused,
    "Expect: 100-continue on a GET": expectation,
    "other methods": other_methods,
    "Accept-Encoding with q-values, identity;q=0, *": codings,
    "unknown query parameters": unknown_parameters,
    "no byte of any answer is ever built from Host or X-Forwarded-*": host_is_never_repeated,
    ".., %2e%2e, %00, overlong, non-UTF-8 paths": weird_paths,
    "withdrawn feed or article; a configured move": gone,
}


@pytest.mark.parametrize("path", FEEDS)
@pytest.mark.parametrize("row", REQUESTS.values(), ids=REQUESTS.keys())
def test_each_request_is_answered_as_is_said(service: Service, row: Row, path: str) -> None:
    row(service, path)


def test_a_host_of_others_and_a_ledger_out_of_reach(
    tmp_path_factory: pytest.TempPathFactory,
) -> None:
    """The two rows that need a service of their own; a feed that was built is served on."""
    site = Site(tmp_path_factory.mktemp("rows"), CONFIG)
    service = Service(site, "web", {"HTTP__TRUSTED_HOSTS": '["feeds.example", "127.0.0.1"]'})
    try:
        service.ready("/healthz")
        for field in ("If-None-Match: *", 'If-Match: "x"', "Range: bytes=0-1"):
            reply = get(service, "/feed.atom", field)
            assert reply.status == 503
            assert int(reply.fields["retry-after"]) > 0
        assert service.get("/feed.atom", host="evil.example").status_code == 400
        site.write("one.txt", "One")
        site.scan()
        before = service.ready()
        (site.base / "ledger.db").unlink()
        eventually(lambda: get(service, "/readyz").status == 503, "the loss was not noticed")
        reply = get(service, "/feed.atom")
        assert (reply.status, reply.body) == (200, before.content)
        assert get(service, "/feed.rss", "If-None-Match: *").status == 503
    finally:
        service.stop()
