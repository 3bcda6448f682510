"""Pollers that go by dates miss nothing where the clocks of web hosts differ."""

from __future__ import annotations

from collections.abc import Callable
from email.utils import parsedate_to_datetime
from pathlib import Path

import pytest

from tests.clock import Clock
from tests.site import Service, Site, eventually

pytestmark = pytest.mark.slow


@pytest.mark.parametrize("hours", [-1, 1])
def test_a_poller_that_meets_two_hosts_gets_every_revision(
    site: Site, serve: Callable[..., Service], tmp_path: Path, monkeypatch: pytest.MonkeyPatch,
    hours: int,
) -> None:  # fmt: skip
    site.write("a.txt", title="First")
    site.scan()
    right = serve("web")
    clock = Clock(tmp_path)
    clock.step(hours * 3600)
    with monkeypatch.context() as patch:
        for name, value in clock.environment().items():
            patch.setenv(name, value)
        wrong = serve("web")
    dates: set[str] = set()
    for title in ("First", "Second", "Third"):
        site.write("a.txt", title=title)
        site.scan()
        for host in (right, wrong):
            eventually(lambda: f">{title}<" in host.ready().text, "it is not served")  # noqa: B023
            answer = host.get("/feed.atom")
            for since in dates:
                polled = host.get("/feed.atom", if_modified_since=since)
                assert polled.status_code == 200, "it was told that nothing has changed"
            modified = answer.headers.get("last-modified")
            if modified:
                sent = parsedate_to_datetime(answer.headers["date"])
                assert parsedate_to_datetime(modified) <= sent
                assert host.get("/feed.atom", if_modified_since=modified).status_code == 304
        dates.add(right.get("/feed.atom").headers["last-modified"])
    assert len(dates) == 3
