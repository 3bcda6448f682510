"""Whether scans keep ending is told alike by hosts whose clocks differ."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from feedsvc.ledger.feed_content import LastScan
from feedsvc.web.operations import Readiness, StepReport
from tests.clock import Clock
from tests.site import Service, Site, eventually

pytestmark = pytest.mark.slow

NOW = datetime(2026, 6, 1, 12, tzinfo=UTC)
PATIENCE = timedelta(minutes=3)
HOUR = timedelta(hours=1)


def test_before_the_first_scan_nothing_is_ready() -> None:
    assert not Readiness(PATIENCE).is_recent(None, NOW, 0)


@pytest.mark.parametrize("skew", [-HOUR, timedelta(0), HOUR])
def test_once_scans_are_seen_to_end_the_clocks_of_two_hosts_do_not_matter(skew: timedelta) -> None:
    readiness = Readiness(PATIENCE)
    for minute in range(10):
        scan = LastScan(minute, NOW + timedelta(minutes=minute) + skew)
        recent = readiness.is_recent(scan, NOW + timedelta(minutes=minute), minute * 60)
        assert recent or (minute == 0 and skew)
    last = LastScan(9, NOW + skew)
    assert readiness.is_recent(last, NOW, 9 * 60 + 179)
    assert not readiness.is_recent(last, NOW, 9 * 60 + 181)


def test_the_first_scan_that_is_seen_is_judged_by_its_date() -> None:
    assert Readiness(PATIENCE).is_recent(LastScan(1, NOW - PATIENCE), NOW, 0)
    assert not Readiness(PATIENCE).is_recent(LastScan(1, NOW - PATIENCE * 2), NOW, 0)


def test_a_step_of_the_clock_is_told_for_an_hour() -> None:
    steps = StepReport(NOW, 0)
    assert steps.text(NOW + timedelta(seconds=60), 60) == ""
    told = steps.text(NOW - HOUR + timedelta(seconds=61), 61)
    assert told == "the clock was set back by 3600 s, noticed at 11:01:01 UTC"
    assert steps.text(NOW - HOUR + timedelta(seconds=3600), 3600) == told
    assert steps.text(NOW + timedelta(seconds=70), 3670) == ""


@pytest.mark.parametrize("seconds", [-3600, 3600])
def test_a_web_process_whose_clock_is_wrong_or_set_is_ready_and_says_so(
    site: Site, serve: Callable[..., Service], tmp_path: Path, monkeypatch: pytest.MonkeyPatch,
    seconds: int,
) -> None:  # fmt: skip
    site.write("a.txt")
    scheduler = serve("scheduler")
    scheduler.logged("1 new")
    clock = Clock(tmp_path)
    clock.step(seconds)
    for name, value in clock.environment().items():
        monkeypatch.setenv(name, value)
    web = serve("web")
    assert web.ready("/readyz").text == "ready\n"
    clock.step(-seconds)
    eventually(lambda: "the clock was set" in web.get("/readyz").text, "the step was not told")
    assert web.get("/readyz").status_code == 200
    scheduler.stop()
    eventually(lambda: web.get("/readyz").status_code == 503, "nobody scans, yet it is ready")
