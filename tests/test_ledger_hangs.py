"""A ledger that is locked or hangs: what memory can answer is answered, the rest is 503 at once."""

from __future__ import annotations

import fcntl
import sqlite3
import statistics
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager, closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

import httpx
import pytest

from tests.campaigns import LONG
from tests.databases import Server
from tests.processes import children
from tests.site import PATIENCE, TLS, Service, Site, eventually
from tests.stopping import ends

pytestmark = pytest.mark.slow

SECONDS = 60 if LONG else 6
POLLS = 64  # a second
KNOWN = ("/feed.atom", "/feed.rss", "/healthz")
UNKNOWN = "/tags/t{}/feed.atom"


@dataclass(frozen=True)
class Answer:
    path: str
    status: int
    seconds: float


def ask(client: httpx.Client, path: str) -> Answer:
    began = time.monotonic()
    status = client.get(path).status_code
    return Answer(path, status, time.monotonic() - began)


def polled(service: Service, seconds: float) -> list[Answer]:
    """Answers to so many polls a second, one in eight for a feed that was never built."""
    with (
        httpx.Client(base_url=service.address, timeout=PATIENCE, verify=TLS) as client,
        ThreadPoolExecutor(POLLS) as pool,
    ):
        began = time.monotonic()
        asked = []
        for number in range(int(seconds * POLLS)):
            time.sleep(max(0.0, began + number / POLLS - time.monotonic()))
            path = UNKNOWN.format(number) if number % 8 == 0 else KNOWN[number % len(KNOWN)]
            asked.append(pool.submit(ask, client, path))
        return [one.result() for one in asked]


def memory(service: Service) -> int:
    """The memory of the web worker in kB."""
    worker = min(children(service.process.pid))
    status = Path(f"/proc/{worker}/status").read_text()
    return int(status.partition("VmRSS:")[2].split()[0])


@contextmanager
def locked(site: Site) -> Iterator[None]:
    """Nobody can read or write the SQLite ledger: all of its locks are taken.

    They are the bytes from 120 on of the shared-memory file (https://www.sqlite.org/walformat.html,
    section 2.3).
    """
    with (site.base / "ledger.db-shm").open("r+b") as file:
        eventually(lambda: _locks(file), "somebody never lets go of the ledger")
        yield


def _locks(file: BinaryIO) -> bool:
    try:
        fcntl.lockf(file, fcntl.LOCK_EX | fcntl.LOCK_NB, 8, 120)
    except OSError:
        return False
    return True


@contextmanager
def written(site: Site) -> Iterator[None]:
    """Somebody else writes the SQLite ledger all the while."""
    with closing(sqlite3.connect(site.base / "ledger.db", isolation_level=None)) as connection:
        connection.execute("PRAGMA busy_timeout=60000")
        connection.execute("BEGIN EXCLUSIVE")
        yield


def judge(answers: list[Answer], quiet: list[Answer], others: int = 503) -> None:
    """Known feeds as ever, all else `others` within a second.

    The bounds are those of an idle machine in the long form. In the short one, which shares the
    machine with other tests, nobody waits for as long as the ledger hangs.
    """
    known = [one for one in answers if one.path in KNOWN]
    unknown = [one for one in answers if one.path not in KNOWN]
    usual = max(one.seconds for one in quiet)
    print(  # noqa: T201
        f"known: median {statistics.median(one.seconds for one in known) * 1000:.1f} ms, "
        f"longest {max(one.seconds for one in known) * 1000:.0f} ms of {len(known)}; others: "
        f"longest {max(one.seconds for one in unknown) * 1000:.0f} ms of {len(unknown)}; "
        f"before: longest {usual * 1000:.0f} ms"
    )
    assert {one.status for one in known} == {200}
    assert {one.status for one in unknown} == {others}
    median, longest = (0.05, 1.0) if LONG else (SECONDS / 10, SECONDS / 2)
    assert statistics.median(one.seconds for one in known) <= median
    assert max(one.seconds for one in answers) <= longest


def warm(service: Service) -> list[Answer]:
    """Have the known feeds built, and see how long polls take while all is well."""
    for path in KNOWN:
        service.ready(path)
    with httpx.Client(base_url=service.address, timeout=PATIENCE, verify=TLS) as client:
        return [ask(client, KNOWN[number % len(KNOWN)]) for number in range(200)]


@pytest.mark.parametrize(("hold", "others"), [(locked, 503), (written, 404)])
def test_polls_go_on_while_the_ledger_is_locked(
    site: Site,
    serve: Callable[..., Service],
    hold: Callable[[Site], AbstractContextManager[None]],
    others: int,
) -> None:
    site.write("a.txt", title="A")
    scheduler = serve("scheduler")
    web = serve("web")
    quiet = warm(web)
    before = memory(web)
    with hold(site):
        judge(polled(web, SECONDS), quiet, others)
        eventually(
            lambda: web.get("/readyz").status_code == 503, "nobody can scan, yet it is ready"
        )
    assert memory(web) < before + 40_000
    site.write("b.txt", title="B")
    eventually(lambda: ">B<" in web.get("/feed.atom").text, "the next scan did not publish")
    assert scheduler.stop() == 0
    assert web.stop() == 0


def test_a_service_whose_ledger_is_locked_ends_when_it_is_told_to(
    site: Site, serve: Callable[..., Service]
) -> None:
    site.write("a.txt", title="A")
    service = serve()
    service.ready()
    with locked(site):
        ends(service)
    assert site.scan().startswith("0 new")


def test_polls_go_on_while_the_database_hangs(
    site: Site, serve: Callable[..., Service], server: Server
) -> None:
    site.write("a.txt", title="A")
    scheduler = serve("scheduler", STORE__URL=server.url)
    web = serve("web", STORE__URL=server.url)
    quiet = warm(web)
    before = memory(web)
    with server.frozen():
        judge(polled(web, SECONDS), quiet)
        assert web.get("/readyz").status_code == 503
    assert memory(web) < before + 40_000
    site.write("b.txt", title="B")
    eventually(lambda: ">B<" in web.get("/feed.atom").text, "the next scan did not publish")
    ends(scheduler)
    ends(web)


def test_a_service_whose_database_hangs_ends_when_it_is_told_to(
    site: Site, serve: Callable[..., Service], server: Server
) -> None:
    site.write("a.txt", title="A")
    service = serve(STORE__URL=server.url)
    service.ready()
    with server.frozen():
        ends(service)
