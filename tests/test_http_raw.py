"""Whatever bytes are sent to a real service, it answers no 5xx and lives on.

RAW_EXAMPLES=100000 makes a long campaign of it.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterator

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.raw import Connection, ask, connected
from tests.site import Service, Site

EXAMPLES = int(os.environ.get("RAW_EXAMPLES", "250"))
QUIET = 0.1  # seconds without an answer after which no more is sent
STATUS = re.compile(rb"HTTP/1\.[01] ([0-9]{3})")

PATHS = [
    *(b"/feed.atom", b"/feed", b"/feed-1-5.atom", b"/", b"/feeds/", b"/changes.json", b"/healthz"),
    *(b"/readyz", b"/openapi.json", b"/sitemap.xml", b"/sitemap-1.xml", b"/tags/x/feed.rss"),
    *(
        b"/articles/00000000-0000-5000-8000-000000000000",
        b"/media/",
        b"/sections/news/",
        b"/status",
    ),
    *(b"/media/00000000-0000-5000-8000-000000000000.png", b"/static/x", b"/metrics"),
]
FIELDS = [
    *(b"If-None-Match", b"If-Match", b"If-Modified-Since", b"If-Unmodified-Since", b"If-Range"),
    *(
        b"Range",
        b"Accept",
        b"Accept-Encoding",
        b"Host",
        b"Connection",
        b"Content-Length",
        b"Expect",
    ),
    *(b"Transfer-Encoding", b"Upgrade", b"HTTP2-Settings", b"TE", b"Trailer", b"A-IM", b"Cookie"),
    *(b"X-Forwarded-For", b"X-Forwarded-Host", b"Forwarded", b"Origin", b"User-Agent"),
    *(b"Access-Control-Request-Method", b"Content-Type", b"Content-Encoding", b"Authorization"),
]
VALUES = [
    *(b"", b"*", b'"x"', b'W/"x", "y"', b'"', b"0", b"-1", b"5", b"99999999999999999999", b"0x5"),
    *(b"Sun, 06 Nov 1994 08:49:37 GMT", b"Sun, 06 Nov 99999 08:49:37 GMT", b"bytes=0-1,5-"),
    *(b"chunked", b"gzip, chunked", b"identity;q=0", b"*;q=0", b"gzip;q=1.000, br", b"close"),
    *(b"keep-alive, upgrade", b"h2c", b"websocket", b"AAMAAABkAAQAAP__", b"100-continue", b"\xff"),
    *(b"feed", b"a, b", b"[::1]:99999", b"evil.example", b"application/*;q=x, */*", b"127.0.0.1"),
    *(b"bytes=-" + b"9" * 400, b"text/html" + b",a/b" * 500, b"1" * 5000),
]

anything = st.binary(max_size=40)
methods = st.sampled_from(
    [b"GET", b"GET", b"HEAD", b"OPTIONS", b"POST", b"TRACE", b"CONNECT", b"PRI"]
)
queries = st.sampled_from([b"", b"?", b"?after=", b"?after=1", b"?after=%00&after=x", b"?%ff=\xff"])
targets = st.one_of(
    st.builds(lambda path, query: path + query, st.sampled_from(PATHS), queries),
    st.builds(lambda path, more: path + more, st.sampled_from(PATHS), anything),
    st.sampled_from(
        [b"*", b"http://evil.example/feed.atom", b"evil.example:443", b"//x", b"http:"]
    ),
    st.builds(
        lambda text: b"/" + bytes(text), st.lists(st.sampled_from(b"/.%25\\ef0c;:@"), max_size=20)
    ),
)
versions = st.sampled_from(
    [b"HTTP/1.1"] * 6 + [b"HTTP/1.0", b"HTTP/2.0", b"HTTP/9.9", b"http/1.1", b""]
)
fields = st.tuples(
    st.one_of(st.sampled_from(FIELDS), st.sampled_from(FIELDS), anything),
    st.one_of(st.sampled_from(VALUES), st.sampled_from(VALUES), anything),
)
chunks = st.lists(
    st.one_of(
        st.binary(min_size=1, max_size=30).map(lambda data: b"%x\r\n%s\r\n" % (len(data), data)),
        st.sampled_from(
            [b"5\r\nab", b"-1\r\n\r\n", b"g\r\n", b"1;x=\r\r\na\r\n", b"f" * 20 + b"\r\n"]
        ),
    ),
    max_size=4,
)
bodies = st.one_of(
    st.just(b"\r\n"),
    st.just(b"\r\n"),
    anything.map(lambda data: b"Content-Length: %d\r\n\r\n%s" % (len(data), data)),
    chunks.map(lambda parts: b"Transfer-Encoding: chunked\r\n\r\n%s0\r\n\r\n" % b"".join(parts)),
)


@st.composite
def requests(draw: st.DrawFn) -> bytes:
    """One request, mostly with the frame of one."""
    line = b"%s %s %s\r\n" % (draw(methods), draw(targets), draw(versions))
    host = draw(st.sampled_from([b"Host: feeds.example\r\n"] * 5 + [b""]))
    lines = [b"%s: %s\r\n" % field for field in draw(st.lists(fields, max_size=5))]
    return line + host + b"".join(lines) + draw(bodies)


@st.composite
def streams(draw: st.DrawFn) -> bytes:
    """What one connection carries: requests in a pipeline, at times with bytes that break them."""
    stream = b"".join(draw(st.lists(requests(), min_size=1, max_size=3)))
    for _ in range(draw(st.sampled_from([0, 0, 0, 1, 3]))):
        place = draw(st.integers(0, len(stream)))
        stream = stream[:place] + draw(anything) + stream[place + draw(st.integers(0, 9)) :]
    return stream


@pytest.fixture(scope="module")
def service(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Service]:
    """One service for the whole file, in which nothing changes."""
    site = Site(tmp_path_factory.mktemp("raw"))
    site.write("news/one.txt", "One", "A paragraph. " * 50)
    site.scan()
    service = Service(site, "web", {"SCHEDULE__RESCAN_SECONDS": 86400})  # and is ready so long
    try:
        service.ready()
        yield service
    finally:
        service.stop()


def answered(connection: Connection, stream: bytes) -> bytes:
    """All that is answered to a stream and a last request behind it."""
    last = b"GET /healthz HTTP/1.1\r\nHost: feeds.example\r\nConnection: close\r\n\r\n"
    try:
        connection.send(stream + last)
        return connection.rest()
    except TimeoutError:  # it waits for more, as what went before took in the last request
        return connection.end()
    except (BrokenPipeError, ConnectionResetError):  # it has refused what it read
        return connection.come


@settings(max_examples=EXAMPLES, deadline=None, suppress_health_check=list(HealthCheck))
@given(streams())
def test_no_bytes_bring_a_5xx_or_the_service_down(service: Service, stream: bytes) -> None:
    with connected(service.address, QUIET) as connection:
        answer = answered(connection, stream)
    assert not answer or STATUS.match(answer), answer[:200]
    assert not [status for status in STATUS.findall(answer) if status >= b"500"], answer
    assert ask(service.address, "/feed.atom").status == 200
    assert "Traceback" not in service.log
    assert "panicked" not in service.log
