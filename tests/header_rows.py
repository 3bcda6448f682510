"""The table of headers that a poller gets, row by row: each a check of one feed of a service."""

from __future__ import annotations

import re
from email.utils import parsedate_to_datetime
from hashlib import sha256

from tests.raw import Response, ask
from tests.site import Service

ATOM, RSS, JSON = "application/atom+xml", "application/rss+xml", "application/feed+json"
TYPES = {"/feed.atom": ATOM, "/feed.rss": RSS, "/feed.json": JSON, "/feed": ATOM}
CODINGS = ("identity", "gzip", "br", "zstd")
HUB = "http://127.0.0.1:9/hub"


def get(service: Service, path: str, *fields: str, method: str = "GET") -> Response:
    return ask(service.address, path, *fields, method=method)


def both(service: Service, path: str, *fields: str) -> tuple[Response, Response]:
    """The whole answer, and the answer to a poller that has it."""
    whole = get(service, path, *fields)
    same = get(service, path, *fields, f"If-None-Match: {whole.fields['etag']}")
    assert (whole.status, same.status) == (200, 304)
    return whole, same


def content_type(service: Service, path: str) -> None:
    assert get(service, path).fields["content-type"] == f"{TYPES[path]}; charset=utf-8"


def etag(service: Service, path: str) -> None:
    digest = sha256(get(service, path).body).hexdigest()
    for coding in CODINGS:
        reply = get(service, path, f"Accept-Encoding: {coding}")
        suffix = "" if coding == "identity" else f"-{coding}"
        assert reply.fields["etag"] == f'"{digest}{suffix}"'
        assert sha256(reply.text).hexdigest() == digest
        assert reply.fields.get("content-encoding", "identity") == coding


def last_modified(service: Service, path: str) -> None:
    reply = get(service, path)
    modified, date = (parsedate_to_datetime(reply.fields[f]) for f in ("last-modified", "date"))
    assert modified <= date
    assert modified.year > 2025  # the entries are of January 2026, the scan is of now
    assert date.timestamp() - modified.timestamp() < 3600


def cache_control(service: Service, path: str) -> None:
    expected = "max-age=300, stale-while-revalidate=60, stale-if-error=86400"
    assert {reply.fields["cache-control"] for reply in both(service, path)} == {expected}


def vary(service: Service, path: str) -> None:
    expected = {"Accept-Encoding"} | ({"Accept"} if path == "/feed" else set())
    for coding in CODINGS:
        for reply in both(service, path, f"Accept-Encoding: {coding}"):
            assert set(reply.fields["vary"].split(", ")) == expected


def link(service: Service, path: str) -> None:
    told = get(service, path).fields["link"]
    links = re.findall(r'<([^>]*)>; rel="([a-z-]+)"(?:; type="([^"]*)")?', told)
    assert told.count("rel=") == len(links), "a rel value is not quoted"
    assert [where for where, rel, _ in links if rel == "self"] == [f"http://feeds.example{path}"]
    assert [where for where, rel, _ in links if rel == "hub"] == [HUB]
    formats = {kind for _, rel, kind in links if rel == "alternate"}
    assert formats >= {ATOM, RSS, JSON} - {TYPES[path]}


def cross_origin(service: Service, path: str) -> None:
    for reply in both(service, path):
        assert reply.fields["access-control-allow-origin"] == "*"
        exposed = set(reply.fields["access-control-expose-headers"].split(", "))
        assert exposed >= {"ETag", "Last-Modified", "Link"}


def security(service: Service, path: str) -> None:
    assert get(service, path).fields["x-content-type-options"] == "nosniff"
    page = get(service, "/")
    assert page.fields["x-content-type-options"] == "nosniff"
    assert page.fields["content-security-policy"].startswith("default-src 'none'")


def no_cookie(service: Service, path: str) -> None:
    for reply in (*both(service, path), *both(service, "/"), get(service, "/healthz")):
        assert "set-cookie" not in reply.fields


HEADERS = {
    "Content-Type": content_type,
    "ETag": etag,
    "Last-Modified": last_modified,
    "Cache-Control": cache_control,
    "Vary": vary,
    "Link": link,
    "Access-Control-Allow-Origin": cross_origin,
    "X-Content-Type-Options, Content-Security-Policy on pages": security,
    "Set-Cookie": no_cookie,
}
