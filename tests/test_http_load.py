"""A real service under load: slow clients, clients that never read, new revisions, signals.

LOAD=long, with pytest's -s, makes the campaigns of it; they print what they measured.
"""

from __future__ import annotations

import os
import resource
import signal
import time
from collections.abc import Iterator
from dataclasses import dataclass

import pytest

from benchmarks.filling import Filling, article
from feedsvc.ledger.migrating import migrate
from feedsvc.ledger.store import Store
from feedsvc.model import ChangeKind
from tests.load import (
    CODINGS,
    MEGABYTE,
    counted,
    memory,
    opened,
    peer,
    polling,
    say,
    slow_clients,
    start_seconds,
)
from tests.processes import PROC, child, children
from tests.raw import HOST, ask
from tests.site import PATIENCE, Service, Site, eventually

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(not PROC.is_dir(), reason="only /proc tells of memory and workers"),
]

LONG = os.environ.get("LOAD") == "long"
SLOW, SLOW_SECONDS = (1000, 60) if LONG else (300, 3)
UNREAD, UNREAD_SECONDS = 200, 30 if LONG else 2
REVISIONS, REVISION_SECONDS = (500, 0.3) if LONG else (40, 0.12)
POLLERS, PAUSE = 32, 0 if LONG else 0.1
SLOWER = 10  # times the slowest poll of the peer that ours may take, but for one in a hundred
STARTS = 3  # times the start of a process that nobody is answered after a worker was killed
UNSENT = 1 / 8  # of what such clients ask for is the most that is kept for them
TEXT = "<p>" + "Some words of a paragraph that says little. " * 50 + "</p>"  # 130 kB for 50 entries
FILES = 4096  # that this process and the service may have open, if the machine allows it


@dataclass(frozen=True)
class Press:
    """A web server, and what publishes into its ledger."""

    service: Service
    filling: Filling

    def publish(self, number: int) -> None:
        """One revision with one new article."""
        self.filling.change([article(number, 5, TEXT)], ChangeKind.RELEASED)


@pytest.fixture(scope="module")
def press(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Press]:
    """A web server on a ledger with a hundred articles, which only `publish` changes."""
    most = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    resource.setrlimit(resource.RLIMIT_NOFILE, (min(FILES, most), most))
    site = Site(tmp_path_factory.mktemp("load"))
    store = Store(site.config().store.url)
    migrate(store)
    filling = Filling(site.config(), store)
    filling.fill(article(number, 5, TEXT) for number in range(100))
    service = Service(site, "web", {})
    try:
        service.ready()
        yield Press(service, filling)
    finally:
        service.stop()
        store.close()


def polled(seconds: float, *addresses: str) -> list[list[float]]:
    """How long polls of each address took, in turns, each on a connection of its own.

    In seconds, from the shortest.
    """
    tags = [ask(address, "/feed.atom").fields["etag"] for address in addresses]
    took: list[list[float]] = [[] for _ in addresses]
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        for address, tag, times in zip(addresses, tags, took, strict=True):
            began = time.perf_counter()
            assert ask(address, "/feed.atom", f"If-None-Match: {tag}").status == 304
            times.append(time.perf_counter() - began)
            time.sleep(0.01)
    return [sorted(times) for times in took]


def test_slow_clients_do_not_keep_others_from_polling(press: Press) -> None:
    address = press.service.address
    with slow_clients(address, SLOW), peer() as other:
        ours, theirs = polled(SLOW_SECONDS, address, other)
    p99 = ours[len(ours) * 99 // 100]
    say(
        f"{SLOW} slow clients: {len(ours)} polls, the 99th percentile took {p99 * 1000:.1f} ms, "
        f"the slowest of a peer {theirs[-1] * 1000:.1f} ms"
    )
    assert p99 < SLOWER * theirs[-1]


def test_who_never_reads_takes_a_bounded_memory(press: Press) -> None:
    """Some answers each, and no more of them however many are asked for."""
    pid, address = press.service.process.pid, press.service.address
    asked = (b"GET /feed.atom HTTP/1.1\r\n" + HOST + b"\r\n") * 50
    whole = UNREAD * 50 * len(press.service.get("/feed.atom").content)
    before = memory(pid)
    clients, growth = opened(address, UNREAD), []
    for _ in range(2):
        for one in clients:
            one.sendall(asked)
        assert all(polled(UNREAD_SECONDS, address))
        growth.append(memory(pid) - before)
    for one in clients:
        one.close()
    say(f"{UNREAD} clients that never read took {[each // MEGABYTE for each in growth]} MB")
    assert max(growth) < whole * UNSENT


def test_each_answer_is_one_whole_revision_and_none_comes_after_a_newer(press: Press) -> None:
    with polling(press.service.address, POLLERS, PAUSE) as pollers:
        for number in range(1000, 1000 + REVISIONS):
            press.publish(number)
            time.sleep(REVISION_SECONDS)
        newest = 1000 + REVISIONS - 1
        eventually(lambda: all(newest in one.marks for one in pollers), "not all got the newest")
        eventually(
            lambda: {coding for one in pollers for coding in list(one.codings)} == {*CODINGS},
            "some coding was not served",
        )
    seen: set[int] = set().union(*(one.marks for one in pollers))
    say(f"{REVISIONS} revisions, of which {len(seen)} were seen: {dict(counted(pollers))}")
    assert len(seen) > REVISIONS / 10


@pytest.fixture(scope="module")
def busy(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Service]:
    """A whole service with a long feed."""
    site = Site(tmp_path_factory.mktemp("busy"))
    for number in range(20):
        site.write(f"{number}.txt", f"Article {number} of many", TEXT * 2)
    service = Service(site, "serve", {"SCHEDULE__RESCAN_SECONDS": 3600})
    service.ready()
    yield service
    service.stop()


def workers(service: Service) -> set[int]:
    """The processes that answer."""
    return set(children(child(service.process.pid, "web")))


def test_a_worker_that_is_killed_under_load_is_replaced(busy: Service) -> None:
    (worker,) = workers(busy)
    with polling(busy.address, POLLERS, accepted="truncated") as pollers:
        started = start_seconds()
        os.kill(worker, signal.SIGKILL)
        killed = time.monotonic()
        eventually(lambda: all(one.last > killed + 0.1 for one in pollers), "nobody answers")
    gap = max(one.gap for one in pollers)
    say(
        f"a killed worker: no answer for at most {gap:.1f} s, while a process starts in "
        f"{started:.1f} s; {dict(counted(pollers))}"
    )
    assert gap < STARTS * started


def test_a_reload_under_load_turns_nobody_away(busy: Service) -> None:
    before = workers(busy)
    with polling(busy.address, POLLERS) as pollers:
        started = start_seconds()
        busy.process.send_signal(signal.SIGHUP)
        busy.logged("the new configuration is in force")
        time.sleep(0.5)
    assert workers(busy) == before, "a reload that changes nothing of the server needs no other"
    gap = max(one.gap for one in pollers)
    say(
        f"SIGHUP: no answer for at most {gap:.1f} s, while a process starts in {started:.1f} s; "
        f"{dict(counted(pollers))}"
    )
    assert gap < started, "a reload makes clients wait as long as a start does"
    assert not counted(pollers)["refused"]


def test_an_end_under_load_cuts_no_answer_short(busy: Service) -> None:
    """It is the last of this service."""
    with polling(busy.address, POLLERS) as pollers:
        time.sleep(0.5)
        began = time.monotonic()
        busy.process.send_signal(signal.SIGTERM)
        assert busy.process.wait(PATIENCE) == 0
        took = time.monotonic() - began
    say(f"SIGTERM: over after {took:.1f} s; {dict(counted(pollers))}")
