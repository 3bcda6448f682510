"""How the service is doing: for people, for programs and for a monitor."""

from __future__ import annotations

import json
import os
import re
import signal
import socket
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from importlib import resources

import pytest
from jsonschema import Draft202012Validator
from prometheus_client.openmetrics.parser import text_string_to_metric_families as open_metrics
from prometheus_client.parser import text_string_to_metric_families

from tests.processes import children
from tests.site import Service, Site, eventually

pytestmark = pytest.mark.slow

PAGES = ("/status", "/status.json", "/metrics")
AHEAD = (datetime.now(UTC) + timedelta(days=9)).isoformat()


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Site:
    """Two articles, one that is held and two with a problem of one kind."""
    site = Site(tmp_path_factory.mktemp("site"))
    for name in ("one", "two"):
        site.write(f"{name}.txt", name)
    site.write("secret-merger.txt", "Held", date=AHEAD)
    for name in ("secret-bad", "secret-worse"):
        site.write(f"{name}.txt", date="yesterday")
    site.scan()
    return site


@pytest.fixture(scope="module")
def service(site: Site) -> Iterator[Service]:
    """Two web processes; nothing scans."""
    service = Service(site, "web", {"HTTP__WORKERS": 2, "SCHEDULE__RESCAN_SECONDS": 3600})
    try:
        service.ready()
        yield service
    finally:
        service.stop()


def samples(service: Service) -> dict[str, float]:
    """What a monitor reads: each value by its name and labels."""
    text = service.get("/metrics").text
    return {
        sample.name + "".join(f" {value}" for value in sample.labels.values()): sample.value
        for family in text_string_to_metric_families(text)
        for sample in family.samples
    }


def workers(service: Service) -> set[int]:
    """The process ids of those that answer."""
    return set(children(service.process.pid))


def test_programs_are_told_what_is_described(service: Service) -> None:
    described = json.loads(resources.files("feedsvc.web").joinpath("openapi.json").read_text())
    told = service.get("/status.json").json()
    schema = {"$ref": "#/components/schemas/Status", "components": described["components"]}
    Draft202012Validator(schema).validate(told)
    assert told["ready"] is True
    assert told["entries"] == {"released": 2, "held": 1, "withdrawn": 0}
    assert told["problems"] == {"bad-date": 2}
    assert told["next_due"] == AHEAD
    assert told["last_scan"]["outcome"] == "committed"
    assert told["scheduled"] is False


def test_people_are_told_the_same(service: Service) -> None:
    page = service.get("/status")
    assert page.headers["content-type"] == "text/html; charset=utf-8"
    assert page.headers["content-security-policy"].startswith("default-src 'none';")
    assert "<dd>2 published, 1 held, 0 withdrawn</dd>" in page.text
    assert "<dd>2 × <code>bad-date</code></dd>" in page.text
    assert f'<time datetime="{AHEAD[:19]}+00:00">' in page.text


def test_a_monitor_is_told_the_same(service: Service) -> None:
    told = samples(service)
    assert told["feedsvc_ledger_up"] == 1
    assert told["feedsvc_entries released"] == 2
    assert told["feedsvc_entries held"] == 1
    assert told["feedsvc_problems bad-date"] == 2
    assert told["feedsvc_scheduler_up"] == 0
    due = datetime.fromisoformat(AHEAD).timestamp()
    assert told["feedsvc_next_release_timestamp_seconds"] == pytest.approx(due)
    assert told["feedsvc_edition"] == service.get("/status.json").json()["edition"]["sequence"]


def test_a_monitor_may_ask_for_openmetrics(service: Service) -> None:
    def told() -> set[str]:
        reply = service.get("/metrics", accept="application/openmetrics-text; version=1.0.0")
        assert reply.headers["content-type"].startswith("application/openmetrics-text")
        return {one.name for one in open_metrics(reply.text)}  # type: ignore[no-untyped-call]

    # the first answers of all are counted within a second
    eventually(lambda: {"feedsvc_answers", "feedsvc_entries"} <= told(), "no answers are told")


@pytest.mark.parametrize("accept", ["", "*/*;q=x", "application/openmetrics-text; version=abc"])
def test_whatever_a_monitor_takes_it_is_told(service: Service, accept: str) -> None:
    assert service.get("/metrics", accept=accept).status_code == 200


@pytest.mark.parametrize("path", PAGES)
def test_no_cache_keeps_it_and_no_name_is_told(service: Service, site: Site, path: str) -> None:
    reply = service.get(path)
    assert reply.headers["cache-control"] == "no-store"
    for secret in ("secret", str(site.base), socket.gethostname(), "process "):
        assert secret not in reply.text, secret


def test_all_workers_count_together_and_so_do_those_that_follow_them(service: Service) -> None:
    before = samples(service)
    for _ in range(40):  # each on a connection of its own, which either worker may get
        service.get("/feed.atom")
        service.get("/feed.rss", if_none_match="*")
        service.get("/nowhere")
    size = len(service.get("/feed.atom", "HEAD").content) + len(service.get("/feed.atom").content)

    def counted() -> bool:
        now = samples(service)
        more = {key: value - before.get(key, 0) for key, value in now.items()}
        return (
            more["feedsvc_answers_total 304"] == 40
            and more["feedsvc_answers_total 404"] == 40
            and more["feedsvc_answers_total 200"] >= 42
            and more["feedsvc_answers_bytes_total"] >= 41 * size
            and now["feedsvc_build_seconds_count"] >= 2
        )

    eventually(counted, "not every answer was counted")
    first = workers(service)
    assert len(first) == 2
    os.kill(min(first), signal.SIGKILL)
    eventually(lambda: len(workers(service) - {min(first)}) == 2, "no other worker came")
    eventually(counted, "what was counted is lost")


def test_while_the_ledger_is_away_a_monitor_is_told_so_and_others_to_try_again(
    tmp_path_factory: pytest.TempPathFactory,
) -> None:
    site = Site(tmp_path_factory.mktemp("away"))
    service = Service(site, "web", {})
    try:
        eventually(lambda: re.search("listening", service.log))
        service.ready("/healthz")
        for path in ("/status", "/status.json", "/readyz"):
            reply = service.get(path)
            assert (reply.status_code, reply.text) == (503, "the ledger cannot be reached\n")
        told = samples(service)
        assert told["feedsvc_ledger_up"] == 0
        assert "feedsvc_edition" not in told
    finally:
        assert service.stop() == 0
