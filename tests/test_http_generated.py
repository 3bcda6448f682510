"""A long generated run of requests with a fixed seed: each answer is framed as it should be.

REQUESTS=50000 is what it takes by itself; SEED=… makes another run.
"""

from __future__ import annotations

import os
import random
import re
import threading
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

import pytest

from tests.media import address
from tests.raw import ask, connected
from tests.site import CONFIG, Service, Site

pytestmark = pytest.mark.slow

REQUESTS = int(os.environ.get("REQUESTS", "50000"))
SEED = int(os.environ.get("SEED", "13"))
THREADS = 4
PIPELINE = 8  # requests on one connection, at the most

MORE = """
[[feeds]]
name = "news"
title = "News"
section = "news"
[[redirects]]
from = "/old.xml"
to = "/feed.rss"
"""
PATHS = [
    *("/feed.atom", "/feed.rss", "/feed.json", "/feed", "/", "/feeds/", "/feeds/news/feed.atom"),
    *("/old.xml", "/sections/news/", "/sections/news", "/tags/none/feed.rss", "/feed-1-50.atom"),
    *("/changes.json", "/changes.json?after=2", "/changes.json?after=x", "/feeds.opml", "*"),
    *("/healthz", "/readyz", "/status", "/status.json", "/metrics", "/openapi.json"),
    *("/sitemap.xml", "/robots.txt", "/nowhere", "//", "/%00", "/%ff", "/..%2f..%2fetc/passwd"),
    *("/articles/00000000-0000-5000-8000-000000000000", "http://other.example/feed.atom"),
    *(address("image.png"), address("long.mp3"), address("none.png")),
]
METHODS = ["GET"] * 8 + ["HEAD"] * 3 + ["OPTIONS", "POST", "PUT", "DELETE", "TRACE", "FOO"]
CODINGS = ["gzip", "br", "zstd", "identity", "*", "identity;q=0", "gzip;q=0, *;q=0.5", "x", ""]
RANGES = ["bytes=0-9", "bytes=5-", "bytes=-7", "bytes=9999999-", "bytes=0-1,3-4", "lines=1-2", "x"]
DATES = [
    "Sun, 06 Nov 1994 08:49:37 GMT",
    "Sunday, 06-Nov-94 08:49:37 GMT",
    "Sun Nov  6 08:49:37 1994",
    "Fri, 01 Jan 2100 00:00:00 GMT",
    "0",
    "yesterday",
]
NO_BODY = (204, 304)
CONTINUE = b"HTTP/1.1 100 Continue\r\n\r\n"
STATUS = re.compile(rb"HTTP/1\.[01] ([0-9]{3})")


@dataclass
class Generator:
    """Makes requests; `tags` are entity tags that the service has given."""

    chance: random.Random
    tags: list[str]

    def request(self, *, last: bool) -> tuple[str, bytes]:
        """A method, and the bytes of a whole request with it."""
        chance = self.chance
        method, path = chance.choice(METHODS), chance.choice(PATHS)
        lines = [f"{method} {path} HTTP/1.1", "Host: feeds.example"]
        lines += [make() for make in chance.sample(self.fields(), chance.randint(0, 4))]
        body = chance.randbytes(chance.randint(0, 200)) if method in ("POST", "PUT") else b""
        lines += [f"Content-Length: {len(body)}"] if body else []
        lines += ["Connection: close"] if last else []
        return method, "\r\n".join([*lines, "", ""]).encode("latin-1") + body

    def fields(self) -> list[Callable[[], str]]:
        """What makes one line of a head."""
        pick = self.chance.choice
        return [
            lambda: f"If-None-Match: {self.tag()}",
            lambda: f"If-None-Match: {self.tag()}, {self.tag()}",
            lambda: f"If-Match: {self.tag()}",
            lambda: f"If-Range: {self.tag()}",
            lambda: f"If-Modified-Since: {pick(DATES)}",
            lambda: f"If-Unmodified-Since: {pick(DATES)}",
            lambda: f"Range: {pick(RANGES)}",
            lambda: f"Accept-Encoding: {pick(CODINGS)}",
            lambda: f"Accept-Encoding: {pick(CODINGS)}\r\nAccept-Encoding: {pick(CODINGS)}",
            lambda: f"Accept: {pick(['*/*', 'application/rss+xml', 'text/html;q=x', ''])}",
            lambda: f"A-IM: {pick(['feed', 'x', ''])}",
            lambda: f"X-Long: {'x' * self.chance.randint(0, 20_000)}",
            lambda: f"Cookie: {self.chance.randbytes(20).hex()}\r\nCookie: a=b",
            lambda: f"Origin: {pick(['null', 'https://reader.example'])}",
            lambda: "Expect: 100-continue",
        ]

    def tag(self) -> str:
        """An entity tag, ours or not, in any form."""
        tag = self.chance.choice([*self.tags, '"x"', "*", "", '"', "x"])
        return self.chance.choice([tag, tag, f"W/{tag}", tag.replace('"', '-gzip"')])


@dataclass
class Run:
    """What a thread has sent and what was wrong with the answers."""

    address: str
    generator: Generator
    left: int
    statuses: Counter[int] = field(default_factory=Counter)
    wrong: list[str] = field(default_factory=list)

    def __call__(self) -> None:
        while self.left > 0 and len(self.wrong) < 5:
            number = min(self.left, self.generator.chance.randint(1, PIPELINE))
            self.left -= number
            made = [self.generator.request(last=one == number - 1) for one in range(number)]
            broken = self.generator.chance.random() < 0.1
            self._ask([method for method, _ in made], b"".join(one for _, one in made), broken)

    def _ask(self, methods: list[str], stream: bytes, broken: bool) -> None:
        if broken:
            place = self.generator.chance.randrange(len(stream))
            junk = self.generator.chance.randbytes(8)
            stream = stream[:place] + junk + stream[place + self.generator.chance.randint(0, 9) :]
        with connected(self.address, 5 if broken else 30) as connection:
            try:
                connection.send(stream)
                come = connection.end() if broken else connection.rest()
            except OSError as error:  # it refuses what it has read so far
                come = connection.come
                if not broken:
                    self.wrong.append(f"{error!r} after {stream[:200]!r}")
        if broken:  # which answer is to which request, nobody can tell
            statuses = [int(one) for one in STATUS.findall(come)]
            self.statuses.update(statuses)
            self.wrong += [f"{stream[:2000]!r}: {one}" for one in statuses if one >= 500]
            return
        try:
            self._check(methods, come)
        except (AssertionError, ValueError, KeyError) as error:
            self.wrong.append(f"{error!r}: {stream[:2000]!r} was answered {come[:2000]!r}")

    def _check(self, methods: list[str], come: bytes) -> None:
        """See that each request has its answer.

        Content is not read. If a part of it comes after the answer has been sent, hyper closes the
        connection without saying so before (RFC 9112 section 9.3 allows that), so an answer to a
        request with content may be the last.
        """
        for method in methods:
            head, parted, come = come.removeprefix(CONTINUE).partition(b"\r\n\r\n")
            assert parted, "an answer is missing"
            first, *lines = head.decode("latin-1").split("\r\n")
            assert first.startswith("HTTP/1.1 "), first
            status = int(first.split(" ")[1])
            self.statuses[status] += 1
            assert status < 500, status
            fields = dict(line.lower().split(": ", 1) for line in lines)
            if method != "HEAD" and status not in NO_BODY:
                length = int(fields["content-length"])
                assert len(come) >= length, "an answer is cut short"
                come = come[length:]
            if fields.get("connection") == "close":
                break
            if method in ("POST", "PUT") and not come:
                break  # see above
        assert come == b"", "more has come than was promised"


@pytest.fixture
def service(site: Site) -> Iterator[Service]:
    site.file.write_text(CONFIG + MORE + "[feed]\nentries = 50\n")
    for number in range(60):
        site.write(f"news/{number}.txt", f"No {number}", "A paragraph. " * 100)
    (site.folder / "image.png").write_bytes(bytes(3000))
    (site.folder / "long.mp3").write_bytes(bytes(200_000))
    shown = "---\ntitle: A\ndate: 2026-01-02\n---\n[Sound](long.mp3) ![Image](image.png)\n"
    (site.folder / "a.md").write_text(shown)
    site.scan()
    service = Service(site, "web", {"SCHEDULE__RESCAN_SECONDS": 86400, "HTTP__DELTA": "true"})
    try:
        service.ready()
        yield service
    finally:
        service.stop()


@pytest.mark.slow
def test_every_answer_of_a_long_generated_run_is_framed_as_it_should_be(service: Service) -> None:
    told = [ask(service.address, path).fields.get("etag") for path in PATHS if path[:1] == "/"]
    tags = [tag for tag in told if tag]
    runs = [
        Run(service.address, Generator(random.Random(SEED + one), tags), REQUESTS // THREADS)
        for one in range(THREADS)
    ]
    threads = [threading.Thread(target=run) for run in runs]
    for one in threads:
        one.start()
    for one in threads:
        one.join()
    assert [wrong for run in runs for wrong in run.wrong] == []
    statuses = sum((run.statuses for run in runs), Counter[int]())
    assert {200, 204, 206, 301, 304, 404, 405, 406, 412, 416} <= set(statuses), statuses
    assert statuses.total() > REQUESTS * 0.8
    assert "Traceback" not in service.log
