"""One front after another: each takes over when the ledger is published with its settings."""

from __future__ import annotations

import threading
from pathlib import Path

import pytest
from werkzeug.test import EnvironBuilder

from feedsvc.config import load
from feedsvc.errors import LedgerUnavailable
from feedsvc.ledger.feed_content import Revision
from feedsvc.ledger.store import Store
from feedsvc.model import Document
from feedsvc.processes.reloading import MOST_WAITING, Configurations
from feedsvc.scan import run
from feedsvc.service.configurations import open_ledger, successor
from feedsvc.web.app import create_switch
from feedsvc.web.draining import Draining
from feedsvc.web.revisions import Announced
from feedsvc.web.routes import Route
from feedsvc.web.switch import Switch
from tests.site import CONFIG, PATIENCE, Site, eventually

pytestmark = pytest.mark.slow


def titled(site: Site, title: str) -> None:
    site.file.write_text(CONFIG.replace("Test & Trial", title))


def get(switch: Switch, path: str = "/feed.atom") -> tuple[str, dict[str, str]]:
    told: dict[str, str] = {}

    def start(status: str, headers: list[tuple[str, str]], *_: object) -> None:
        told.update(headers)
        told["status"] = status

    environ = EnvironBuilder(path, headers=[("Accept-Encoding", "identity")]).get_environ()
    body = b"".join(switch(environ, start))
    return body.decode(), told


@pytest.fixture
def site(tmp_path: Path) -> Site:
    return Site(tmp_path)


def scan(site: Site) -> None:
    run.scan(run.Publisher(Store(site.config().store.url), site.config()))


def publish_first(site: Site, title: str) -> None:
    """The first scan of all, by the configuration with this title."""
    titled(site, title)
    open_ledger(site.config()).close()
    scan(site)


def configurations(site: Site, *titles: str) -> list[Configurations]:
    """What a service runs with after each reload, if no scan publishes anything meanwhile."""
    configs = []
    for title in titles:
        titled(site, title)
        configs.append(load(site.file))
    return [Configurations(one, configs[0]) for one in configs]


def test_a_worker_that_starts_late_passes_over_no_configuration_that_was_published(
    site: Site,
) -> None:
    """It starts with what its server knew, and meets the next reload before any request."""
    site.write("a.txt", title="A")
    first, second, third = configurations(site, "First", "Second", "Third")
    publish_first(site, "Second")
    switch = create_switch(Configurations(second.current, first.current), Announced(), Draining())
    switch.commit(Configurations(third.current, second.current))
    body, told = get(switch)
    assert "<title>Second</title>" in body
    assert "Last-Modified" in told
    titled(site, "Third")
    scan(site)
    eventually(lambda: "<title>Third</title>" in get(switch)[0], "it never takes over")
    assert "Last-Modified" in get(switch)[1]


def test_a_worker_that_starts_between_two_reloads_knows_both(site: Site) -> None:
    """The scan that began with the first may publish it after the second."""
    site.write("a.txt", title="A")
    first, second, third = (one.current for one in configurations(site, "First", "Second", "Third"))
    publish_first(site, "Second")
    switch = create_switch(Configurations(third, first, (second,)), Announced(), Draining())
    body, told = get(switch)
    assert "<title>Second</title>" in body
    assert "Last-Modified" in told
    titled(site, "Third")
    scan(site)
    eventually(lambda: "<title>Third</title>" in get(switch)[0], "it never takes over")


def test_reloads_that_no_scan_publishes_do_not_pile_up(site: Site) -> None:
    site.write("a.txt", title="A")
    first, *others = (one.current for one in configurations(site, *map(str, range(20))))
    titled(site, "0")
    open_ledger(site.config()).close()
    scan(site)
    switch, running = create_switch(Configurations(first, first), Announced(), Draining()), None
    for config in others:
        running = successor(running or Configurations(first, first), config)
        switch.commit(running)
    assert running is not None
    assert running.between == tuple(others[-MOST_WAITING:-1])
    assert len(switch._waiting) == MOST_WAITING
    titled(site, "19")
    scan(site)
    eventually(lambda: "<title>19</title>" in get(switch)[0], "it never takes over")
    eventually(lambda: not switch._waiting)


def test_a_reload_tells_of_those_before_it_that_no_scan_has_published(site: Site) -> None:
    site.write("a.txt", title="A")
    first, second, third = (one.current for one in configurations(site, "First", "Second", "Third"))
    open_ledger(third).close()
    titled(site, "First")
    scan(site)
    running = successor(successor(Configurations(first, first), second), third)
    assert running == Configurations(third, first, (second,))
    titled(site, "Second")
    scan(site)
    assert successor(running, first) == Configurations(first, second, (third,))
    titled(site, "Third")
    scan(site)
    assert successor(running, third) == Configurations(third, third)


def test_an_earlier_reload_is_not_passed_over_if_its_scan_is_the_next_to_be_published(
    site: Site,
) -> None:
    """The scheduler may still be at it when a second reload comes."""
    site.write("a.txt", title="A")
    first, second, third = configurations(site, "First", "Second", "Third")
    publish_first(site, "First")
    switch = create_switch(first, Announced(), Draining())
    assert "<title>First</title>" in get(switch)[0]
    switch.commit(second)
    switch.commit(third)
    for title in ("Second", "Third"):
        titled(site, title)
        scan(site)
        eventually(lambda: f"<title>{title}</title>" in get(switch)[0], "passed over")  # noqa: B023
        assert "Last-Modified" in get(switch)[1]


def test_a_successor_that_cannot_look_at_once_is_waited_for(
    site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A worker starts on a busy machine after the scan that published what it waits for."""
    site.write("a.txt", title="A")
    first, second = configurations(site, "First", "Second")
    publish_first(site, "Second")
    switch = create_switch(Configurations(second.current, first.current), Announced(), Draining())
    [waiting] = switch._waiting
    can, tries = waiting.is_in_force, iter([True] * 3)

    def slow() -> bool:
        asked = threading.current_thread() is threading.main_thread()
        if not asked or next(tries, False):
            raise LedgerUnavailable("the ledger does not answer")
        return can()

    monkeypatch.setattr(waiting, "is_in_force", slow)
    body, told = get(switch)
    assert "<title>Second</title>" in body
    assert "Last-Modified" in told


def test_a_worker_that_starts_while_another_ledger_is_away_does_not_go_back_to_the_former(
    site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its neighbours may have switched long ago; nothing tells it when."""
    monkeypatch.setattr("feedsvc.web.switch.LOOK_SECONDS", 0.3)
    site.write("a.txt", title="A")
    configs = []
    for title, name in (("First", "a.db"), ("Second", "b.db")):
        titled(site, title)
        site.file.write_text(site.file.read_text().replace("ledger.db", name))
        configs.append(site.config())
        open_ledger(configs[-1]).close()
        scan(site)
    first, second = configs
    ledger, away = site.base / "b.db", site.base / "away.db"
    ledger.rename(away)
    switch = create_switch(Configurations(second, first), Announced(), Draining())
    assert get(switch)[1]["status"].startswith("503")
    assert get(switch, "/healthz")[1]["status"].startswith("200")
    away.rename(ledger)
    eventually(lambda: "<title>Second</title>" in get(switch)[0], "it does not come back")


def test_a_build_that_meets_the_successors_revision_leaves_the_answer_to_it(
    site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    """However lately the successor has seen that its turn had not come."""
    monkeypatch.setattr("feedsvc.web.revisions.LOOK_SECONDS", PATIENCE)
    site.write("a.txt", title="A")
    first, second = configurations(site, "First", "Second")
    publish_first(site, "First")
    switch = create_switch(first, Announced(), Draining())
    switch.commit(second)
    [waiting], cache = switch._waiting, switch._current._cache
    build = cache._build
    assert not waiting.is_in_force()

    def slow(route: Route, revision: Revision) -> Document | None:
        document = build(route, revision)
        titled(site, "Second")
        scan(site)
        return document

    monkeypatch.setattr(cache, "_build", slow)
    body, told = get(switch)
    assert "<title>Second</title>" in body
    assert "Last-Modified" in told


def test_the_last_answers_of_a_leaving_worker_close_their_connections(site: Site) -> None:
    site.write("a.txt", title="A")
    [only] = configurations(site, "Only")
    open_ledger(site.config()).close()
    scan(site)
    draining = Draining()
    switch = create_switch(only, Announced(), draining)
    assert "Connection" not in get(switch)[1]
    draining.begin()
    assert get(switch)[1]["Connection"] == "close"
    assert get(switch, "/healthz")[1]["Connection"] == "close"
