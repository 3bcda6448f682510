"""The log of answers, which what a client writes cannot forge."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest

from tests.site import Service, Site

pytestmark = pytest.mark.slow


@pytest.fixture
def service(site: Site) -> Iterator[Service]:
    site.write("a.txt")
    site.scan()
    service = Service(site, "web", {"HTTP__ACCESS_LOG": "true"})
    try:
        service.ready()
        yield service
    finally:
        service.stop()


def test_each_answer_is_one_line_whatever_the_client_wrote(service: Service) -> None:
    service.get("/feed.atom", user_agent="A reader/1.0")
    service.get("/a%0A2026-01-01%20ERROR%22%ff", user_agent='B "x" \\')
    service.get("/feed.rss", if_none_match="*", user_agent="last")
    service.logged(r'"last"\n')
    lines = [line.partition(" INFO granian.access: ")[2] for line in service.log.splitlines()]
    tail = [re.sub(r"\d+\.\d ms", "N ms", line) for line in lines if line][-3:]
    assert tail == [
        '127.0.0.1 "GET /feed.atom HTTP/1.1" 200 N ms "A reader/1.0"',
        r'127.0.0.1 "GET /a\n2026-01-01 ERROR\"\xff HTTP/1.1" 404 N ms "B \"x\" \\"',
        '127.0.0.1 "GET /feed.rss HTTP/1.1" 304 N ms "last"',
    ]


def test_a_long_path_is_cut(service: Service) -> None:
    service.get("/" + "x" * 60_000, user_agent="y" * 5000)
    service.logged(r"/x{999}\\u2026 HTTP")
    assert max(map(len, service.log.splitlines())) < 2200


def test_the_start_is_told_in_lines_that_say_something(service: Service) -> None:
    assert "WARNING" not in service.log
