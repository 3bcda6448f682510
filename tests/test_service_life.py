"""How the real service lives: it starts before there is anything to serve, outlives what goes
missing under it, and ends when told to."""

from __future__ import annotations

import os
import re
import signal
import socket
import sqlite3
import subprocess
import sys
import time
from collections.abc import Callable

import pytest

from tests.processes import PROC, child, children
from tests.site import PATIENCE, Service, Site, eventually

pytestmark = pytest.mark.slow

Serve = Callable[..., Service]


def free_port() -> int:
    """A port that nobody listens on just now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        number: int = probe.getsockname()[1]
        return number


def test_before_the_first_scan_there_is_nothing_to_serve_yet(site: Site, serve: Serve) -> None:
    service = serve("web", SCHEDULE__RESCAN_SECONDS=3600)
    service.ready("/healthz")
    for path in ("/", "/feed.atom", "/feed.rss"):
        for fields in ({}, {"if_none_match": "*"}, {"if_match": '"x"'}):
            answer = service.get(path, **fields)
            assert answer.status_code == 503
            assert int(answer.headers["retry-after"]) > 0
            assert answer.headers["cache-control"] == "no-store"
            assert "etag" not in answer.headers
    assert service.get("/nowhere").status_code == 404
    assert service.get("/readyz").status_code == 503
    assert not (site.base / "ledger.db").exists(), "the web made a ledger, which only a scan may"
    site.write("one.txt", "One")
    site.scan()
    assert "One" in service.ready().text
    service.ready("/readyz")


def test_a_scanned_empty_folder_is_an_empty_feed(site: Site, serve: Serve) -> None:
    site.scan()
    service = serve("web")
    assert "<entry>" not in service.ready().text
    assert "Nothing has been published yet." in service.get("/").text


def is_empty(group: int) -> bool:
    """Whether no process of the group is left; those that start others end a moment later."""
    try:
        os.killpg(group, 0)
    except ProcessLookupError:
        return True
    return False


@pytest.mark.parametrize("loss", ["removed", "renamed", "damaged"])
def test_without_its_ledger_the_last_revision_is_served(
    site: Site, serve: Serve, loss: str
) -> None:
    site.write("one.txt", "One")
    site.scan()
    service = serve("web")
    before = service.ready()
    ledger = site.base / "ledger.db"
    match loss:
        case "removed":
            ledger.unlink()
        case "renamed":
            ledger.rename(site.base / "elsewhere.db")
        case "damaged":
            for leftover in site.base.glob("ledger.db-*"):
                leftover.unlink()
            ledger.write_bytes(b"this is no database" * 1000)
    eventually(lambda: service.get("/readyz").status_code == 503, "the loss was not noticed")
    for _ in range(3):
        after = service.get("/feed.atom")
        assert (after.status_code, after.content) == (200, before.content)
        assert after.headers["etag"] == before.headers["etag"]
        assert service.get("/feed.atom", if_none_match=before.headers["etag"]).status_code == 304
    assert service.get("/feed.rss").status_code == 503, "it was never built"
    assert service.get("/healthz").status_code == 200


def test_up_is_told_from_ready(site: Site, serve: Serve) -> None:
    """A web server whose scheduler has died is up and serves, but it is not ready."""
    site.write("one.txt", "One")
    site.scan()
    service = serve("web")  # which expects a scan every 0.3 s
    service.ready("/healthz")
    eventually(lambda: service.get("/readyz").status_code == 503, "nobody scans, yet it is ready")
    assert service.get("/readyz").text == "no scan has ended recently\n"
    for path in ("/healthz", "/readyz"):
        assert service.get(path).headers["cache-control"] == "no-store"
    assert service.get("/feed.atom").status_code == 200


def test_a_ledger_that_comes_back_is_served_again(site: Site, serve: Serve) -> None:
    site.write("one.txt", "One")
    site.scan()
    service = serve("web")
    service.ready()
    away = (site.base / "ledger.db").rename(site.base / "elsewhere.db")
    eventually(lambda: service.get("/feed.rss").status_code == 503, "the loss was not noticed")
    away.rename(site.base / "ledger.db")
    assert "One" in service.ready("/feed.rss").text
    site.write("two.txt", "Two")
    site.scan()
    eventually(lambda: "Two" in service.get("/feed.atom").text, "the new revision was not served")


@pytest.mark.parametrize(
    ("command", "send", "number"),
    [
        pytest.param("serve", os.kill, signal.SIGTERM, id="serve, by a service manager"),
        pytest.param("serve", os.kill, signal.SIGINT, id="serve, by hand"),
        pytest.param("serve", os.killpg, signal.SIGINT, id="serve, by a terminal: the group"),
        pytest.param("web", os.killpg, signal.SIGINT, id="web, by a terminal: the group"),
    ],
)
def test_a_signal_ends_the_service_and_everything_it_started(
    site: Site,
    serve: Serve,
    command: str,
    send: Callable[[int, int], None],
    number: signal.Signals,
) -> None:
    site.write("one.txt", "One")
    if command == "web":
        site.scan()
    service = serve(command)
    service.ready()
    group = service.process.pid  # it leads a session of its own
    send(group, number)
    assert service.process.wait(PATIENCE) == 0
    eventually(lambda: is_empty(group), "somebody is left in the group")
    assert "Traceback" not in service.log
    # granian says "Killing" now and then of a worker that has just ended; this is our own word
    assert "killing it" not in service.log, "something would not stop and had to be killed"


def test_a_signal_may_come_at_any_moment() -> None:
    """Even while the main thread is about to wait for it, and holds the lock of the event."""
    program = (
        "import signal\n"
        "from feedsvc.processes.lifetime import stop_on_signals\n"
        "stop = stop_on_signals()\n"
        "with stop._cond:\n"
        "    signal.raise_signal(signal.SIGTERM)\n"
        "stop.wait()\n"
    )
    end = subprocess.run([sys.executable, "-c", program], timeout=PATIENCE, check=False)
    assert end.returncode == 0


@pytest.mark.skipif(not PROC.is_dir(), reason="only /proc tells which processes there are")
@pytest.mark.parametrize("worker", [False, True], ids=["server", "worker"])
def test_a_web_server_that_is_killed_comes_back(site: Site, serve: Serve, worker: bool) -> None:
    site.write("one.txt", "One")
    service = serve(HTTP__PORT=free_port())
    service.ready()
    server = child(service.process.pid, "web")
    workers = set(children(server))
    assert workers
    os.kill(min(workers) if worker else server, signal.SIGKILL)

    def replaced() -> bool:
        now = child(service.process.pid, "web")
        return (now == server) is worker and bool(set(children(now)) - workers)

    eventually(replaced, "no other came up in its place")
    assert "One" in service.ready().text
    site.write("two.txt", "Two")
    eventually(lambda: "Two" in service.get("/feed.atom").text, "the newcomer serves old revisions")


def test_a_second_service_on_the_same_port_says_so_and_ends(site: Site, serve: Serve) -> None:
    site.write("one.txt", "One")
    site.scan()
    port = free_port()
    first = serve("web", HTTP__PORT=port)
    first.ready()
    second = site.command("web", variables={"HTTP__PORT": port})
    assert (second.returncode, second.stdout) == (1, "")
    assert second.stderr.splitlines() == [
        f"feedsvc: http.host and http.port: 127.0.0.1:{port} cannot be used: "
        "another program listens there; stop it or set another port"
    ]
    assert first.get("/feed.atom").status_code == 200
    assert first.stop() == 0


def test_a_ledger_of_another_version_is_not_served_and_the_log_says_so(
    site: Site, serve: Serve
) -> None:
    site.write("a.txt")
    site.scan()
    with sqlite3.connect(site.base / "ledger.db") as ledger:
        ledger.execute("UPDATE alembic_version SET version_num = '9999'")
    service = serve("web")
    assert service.get("/feed.atom").status_code == 503
    service.logged("a newer feedsvc made this ledger; update feedsvc")
    assert service.get("/readyz").status_code == 503


def test_a_ledger_that_is_removed_while_the_service_runs_is_made_anew(
    site: Site, serve: Serve
) -> None:
    site.write("a.txt", title="A")
    service = serve()
    ids = re.findall("<id>(.*?)</id>", service.ready().text)
    for file in site.base.glob("ledger.db*"):
        file.unlink()
    eventually((site.base / "ledger.db").exists, "it is not made anew")
    eventually(lambda: service.get("/readyz").status_code == 200, "it is not scanned into")
    assert re.findall("<id>(.*?)</id>", service.ready().text) == ids


def test_a_signal_to_every_process_of_the_service_ends_it_in_silence(
    site: Site, serve: Serve
) -> None:
    """As systemd sends it, and a terminal."""
    site.write("a.txt", title="A")
    for seconds in (0.5, 0.8, 1.1, 1.4, 2.0):
        service = serve()
        time.sleep(seconds)
        os.killpg(service.process.pid, signal.SIGTERM)
        assert service.process.wait(PATIENCE) == 0
        assert "Traceback" not in service.log
        assert "failed" not in service.log
