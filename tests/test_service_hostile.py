"""The real service and requests that no reader should send, but somebody does."""

from __future__ import annotations

import socket
from collections.abc import Callable, Iterator
from email.utils import parsedate_to_datetime
from urllib.parse import urlsplit

import pytest

from tests.site import Service, Site

pytestmark = pytest.mark.slow

FEEDS = ("/feed.atom", "/feed.rss")
EVERYTHING = ("/", *FEEDS, "/healthz", "/readyz", "/nowhere", "//healthz", "/feed.atom//x")
EVIL = "evil.example"
HOST = b"Host: feeds.example\r\n"


@pytest.fixture(scope="module")
def service(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Service]:
    """One service for the whole file, in which nothing changes."""
    site = Site(tmp_path_factory.mktemp("site"))
    site.write("one.txt", "One", "A paragraph. " * 50)
    site.scan()
    service = Service(site, "web", {})
    try:
        service.ready()
        yield service
    finally:
        service.stop()


def exchange(service: Service, request: bytes) -> bytes:
    """All that is answered to these bytes until the service closes the connection."""
    where = urlsplit(service.address)
    answer = b""
    with socket.create_connection((where.hostname, where.port), timeout=10) as connection:
        connection.sendall(request)
        while part := connection.recv(65536):
            answer += part
    return answer


@pytest.mark.parametrize(
    "path", ["/nowhere", "/feed.xml", "/feed.atom/", "/FEED.ATOM", "/articles/"]
)
def test_an_unknown_path_is_not_found_whatever_is_asked_of_it(service: Service, path: str) -> None:
    assert service.get(path).status_code == 404
    assert service.get(path, if_none_match="*").status_code == 404
    assert service.get(path, if_match='"x"').status_code == 404
    assert service.get(path, "HEAD").status_code == 404


def test_no_path_is_the_name_of_something_inside(service: Service) -> None:
    for path in ("/feed%23json", "/changes.json%3Fafter=1", "/feed.atom%23%231"):
        service.get("/feed", accept="application/feed+json")
        service.get("/changes.json?after=1")
        assert service.get(path).status_code == 404, path


def test_an_article_that_never_was_is_not_found(service: Service) -> None:
    path = "/articles/00000000-0000-5000-8000-000000000000"
    assert service.get(path).status_code == 404
    assert service.get(path, if_none_match="*").status_code == 404


@pytest.mark.parametrize("path", ["/", *FEEDS])
@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE", "PATCH"])
def test_another_method_is_told_which_are_allowed(service: Service, method: str, path: str) -> None:
    answer = service.get(path, method)
    assert answer.status_code == 405
    assert answer.headers["allow"] == "GET, HEAD, OPTIONS"


@pytest.mark.parametrize("path", FEEDS)
def test_a_reader_in_a_browser_may_poll_a_feed(service: Service, path: str) -> None:
    asked = {"origin": "http://reader.example", "access_control_request_method": "GET"}
    preflight = service.get(
        path, "OPTIONS", access_control_request_headers="if-none-match", **asked
    )
    assert preflight.status_code == 204
    assert preflight.headers["access-control-allow-origin"] == "*"
    assert "If-None-Match" in preflight.headers["access-control-allow-headers"]
    for answer in (service.get(path), service.get(path, if_none_match="*")):
        assert answer.headers["access-control-allow-origin"] == "*"
        assert "ETag" in answer.headers["access-control-expose-headers"]


@pytest.mark.parametrize("path", ["/", *FEEDS])
@pytest.mark.parametrize("coding", ["identity", "gzip"])
def test_head_has_the_headers_of_get_and_no_body(service: Service, path: str, coding: str) -> None:
    told = []
    for method in ("GET", "HEAD"):
        answer = service.get(path, method, accept_encoding=coding)
        told.append(answer.headers)
        del answer.headers["date"]
    assert answer.content == b""
    assert told[0] == told[1]


@pytest.mark.parametrize("path", ["/", *FEEDS])
@pytest.mark.parametrize("range_", ["bytes=0-1", "bytes=99999999-", "bytes=-1", "lines=1-2", "x"])
def test_a_range_gets_the_whole(service: Service, path: str, range_: str) -> None:
    answer = service.get(path, range=range_)
    assert answer.status_code == 200
    assert answer.headers["accept-ranges"] == "none"
    assert answer.content == service.get(path).content


@pytest.mark.parametrize("query", ["?", "?utm_source=x", "?page=2&page=3", "?%ff=%00", "?<script>"])
def test_query_parameters_change_nothing(service: Service, query: str) -> None:
    plain, asked = service.get("/feed.atom"), service.get(f"/feed.atom{query}")
    assert (asked.status_code, asked.content) == (200, plain.content)
    assert asked.headers["etag"] == plain.headers["etag"]


@pytest.mark.parametrize("path", ["/", *FEEDS])
def test_gzip_is_the_same_text_and_not_the_same_tag(service: Service, path: str) -> None:
    plain, coded = service.get(path), service.get(path, accept_encoding="gzip")
    assert coded.headers["content-encoding"] == "gzip"
    assert coded.content == plain.content  # httpx has decoded it
    assert int(coded.headers["content-length"]) < int(plain.headers["content-length"])
    assert coded.headers["etag"] == plain.headers["etag"][:-1] + '-gzip"'
    assert plain.headers["vary"] == coded.headers["vary"] == "Accept-Encoding"


@pytest.mark.parametrize("path", ["/", *FEEDS])
def test_last_modified_is_never_after_date(service: Service, path: str) -> None:
    headers = service.get(path).headers
    modified, date = (parsedate_to_datetime(headers[name]) for name in ("last-modified", "date"))
    assert modified <= date


@pytest.mark.parametrize("path", EVERYTHING)
def test_no_answer_sets_a_cookie_or_lets_its_type_be_guessed(service: Service, path: str) -> None:
    headers = service.get(path).headers
    assert "set-cookie" not in headers
    assert headers["x-content-type-options"] == "nosniff"


@pytest.mark.parametrize("path", EVERYTHING)
@pytest.mark.parametrize("method", ["GET", "HEAD", "OPTIONS", "POST"])
def test_what_a_client_says_of_the_host_is_never_repeated(
    service: Service, method: str, path: str
) -> None:
    said = {"host": EVIL, "forwarded": f"host={EVIL}", "x_original_url": f"http://{EVIL}/"}
    said |= {f"x_forwarded_{name}": EVIL for name in ("host", "server", "prefix", "proto", "for")}
    answer = service.get(path, method, **said)
    assert EVIL not in answer.text
    assert EVIL not in str(answer.headers.raw)


def test_only_trusted_hosts_are_answered(site: Site, serve: Callable[..., Service]) -> None:
    site.write("one.txt", "One")
    site.scan()
    service = serve("web", HTTP__TRUSTED_HOSTS='["feeds.example", "127.0.0.1", "[::1]"]')
    service.ready()
    for host in ("feeds.example", "Feeds.Example:8000", "127.0.0.1:80", "[::1]", "[::1]:8000"):
        assert service.get("/feed.atom", host=host).status_code == 200, host
    for host in (EVIL, "feeds.example.evil.example", "evil.feeds.example", "localhost", "[::2]"):
        for path in EVERYTHING:
            answer = service.get(path, host=host, if_none_match="*")
            assert answer.status_code == 400, (host, path)
            assert EVIL not in answer.text


@pytest.mark.parametrize(
    "path",
    [
        "/..",
        "/../feed.atom",
        "/../../etc/passwd",
        "/%2e%2e/",
        "/%2e%2e/%2e%2e/etc/passwd",
        "/..%2f..%2fetc/passwd",
        "/templates/../../config.toml",
        "/static//etc/passwd",
        "/static/%2e%2e/pages.py",
        "/articles/%2e%2e/feed.atom",
        "/articles/" + "0" * 36,
        "/feed.atom%00",
        "/%00",
        "/%ff",
        "/%c0%ae%c0%ae/",
        "/%ED%A0%80",
        "/%",
        "/%zz",
        "/\\..\\",
        "/" + "a" * 60_000,
        "/articles/" + "a" * 5_000,
        "/" + "a/" * 10_000,
        "//evil.example/",
        "/feed.atom;x=1",
    ],
    ids=lambda path: path[:30],
)
@pytest.mark.parametrize("method", ["GET", "HEAD"])
def test_a_weird_path_is_not_found(service: Service, method: str, path: str) -> None:
    """Sent as it stands: a client would tidy it up."""
    line = f"{method} {path} HTTP/1.1\r\n".encode()
    answer = exchange(service, line + HOST + b"If-None-Match: *\r\nConnection: close\r\n\r\n")
    assert answer.split(b" ")[1] in (b"400", b"404")
    assert answer.count(b"HTTP/1.1 ") == 1
    assert b"root:" not in answer


@pytest.mark.parametrize(
    "fields",
    [
        pytest.param(b"Host: other.example\r\n", id="two Hosts"),
        pytest.param(b"X: a\r\n b\r\n", id="obsolete folding"),
        pytest.param(b"X: a\rb\r\n", id="bare CR"),
        pytest.param(b"X: a\x00b\r\n", id="NUL"),
        pytest.param(b"X : a\r\n", id="white space before the colon"),
        pytest.param(b"no colon\r\n", id="no colon"),
        pytest.param(b"Content-Length: 5\r\nContent-Length: 6\r\n", id="two lengths"),
        pytest.param(b"Content-Length: -1\r\n", id="negative length"),
        pytest.param(b"Content-Length: 0x5\r\n", id="hexadecimal length"),
        pytest.param(b"Transfer-Encoding: gzip\r\n", id="unknown transfer coding"),
    ],
)
def test_a_malformed_request_is_refused_and_the_connection_closed(
    service: Service, fields: bytes
) -> None:
    """RFC 9112: whatever follows on the connection must not be taken for a request."""
    request = b"GET /healthz HTTP/1.1\r\n" + HOST + fields + b"\r\n"
    answer = exchange(service, request + b"GET /feed.atom HTTP/1.1\r\n" + HOST + b"\r\n")
    assert answer.startswith(b"HTTP/1.1 400 ")
    assert answer.count(b"HTTP/1.1 ") == 1


def test_a_request_without_a_host_is_refused_and_the_connection_closed(service: Service) -> None:
    """RFC 9112 section 3.2."""
    answer = exchange(service, b"GET /feed.atom HTTP/1.1\r\n\r\n" * 2)
    assert answer.startswith(b"HTTP/1.1 400 ")
    assert answer.count(b"HTTP/1.1 ") == 1


@pytest.mark.parametrize(
    "framing",
    [
        pytest.param(b"Content-Length: 5\r\nTransfer-Encoding: chunked\r\n", id="length first"),
        pytest.param(b"Transfer-Encoding: chunked\r\nContent-Length: 5\r\n", id="length last"),
    ],
)
@pytest.mark.parametrize("line", [b"GET /feed.atom", b"POST /feed.atom", b"POST /healthz"])
def test_a_request_framed_twice_gets_one_answer_and_the_connection_is_closed(
    service: Service, line: bytes, framing: bytes
) -> None:
    """RFC 9112 section 6.1: what a proxy may have smuggled in behind it is not answered."""
    request = line + b" HTTP/1.1\r\n" + HOST + framing + b"\r\n0\r\n\r\n"
    answer = exchange(service, request + b"GET /feed.rss HTTP/1.1\r\n" + HOST + b"\r\n")
    assert answer.startswith(b"HTTP/1.1 400 ")
    assert answer.count(b"HTTP/1.1 ") == 1


def test_an_expectation_on_a_get_is_met_by_the_answer_itself(service: Service) -> None:
    asked = b"Expect: 100-continue\r\nConnection: close\r\n\r\n"
    answer = exchange(service, b"GET /feed.atom HTTP/1.1\r\n" + HOST + asked)
    assert answer.startswith(b"HTTP/1.1 200 ")
    assert answer.count(b"HTTP/1.1 ") == 1


def test_tags_on_two_lines_are_one_list(service: Service) -> None:
    """RFC 9110 section 5.3."""
    tag = service.get("/feed.atom").headers["etag"].encode()
    lines = b'If-None-Match: "x"\r\nIf-None-Match: ' + tag + b"\r\nConnection: close\r\n\r\n"
    answer = exchange(service, b"GET /feed.atom HTTP/1.1\r\n" + HOST + lines)
    assert answer.startswith(b"HTTP/1.1 304 ")
