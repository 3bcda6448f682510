"""SIGTERM ends the service in five seconds, whatever it is at, and nothing is lost by it."""

from __future__ import annotations

import json
import signal
import socket
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any
from urllib.parse import urlsplit

import feedparser
import pytest

from tests.campaigns import LONG
from tests.media import address
from tests.site import PATIENCE, Service, Site, eventually
from tests.stopping import ends

pytestmark = pytest.mark.slow

Serve = Callable[..., Service]

FILES = 10_000 if LONG else 1_500


def test_an_idle_service_ends(site: Site, serve: Serve) -> None:
    site.write("a.txt")
    service = serve()
    service.ready()
    ends(service)


def test_a_service_that_imports_ends_and_the_next_one_publishes_everything(
    site: Site, serve: Serve
) -> None:
    for number in range(FILES):
        site.write(f"{number // 100}/n{number}.txt", title=f"No {number}", body=f"Text {number}.")
    service = serve(SCHEDULE__RESCAN_SECONDS=3600)
    service.logged("scanning ")
    ends(service)
    assert site.scan().startswith((f"{FILES} new", "0 new"))
    assert status(site)["entries"]["released"] == FILES


def status(site: Site) -> dict[str, Any]:
    told: dict[str, Any] = json.loads(site.command("status", "--format", "json").stdout)
    return told


@contextmanager
def taking_nothing(service: Service, path: str) -> Iterator[None]:
    """A client that asks for a file and never reads it."""
    where = urlsplit(service.address)
    with socket.socket() as client:
        client.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        client.settimeout(PATIENCE)
        client.connect((where.hostname, where.port))
        client.sendall(f"GET {path} HTTP/1.1\r\nHost: x\r\n\r\n".encode())
        client.recv(1)
        yield


def test_a_client_that_never_reads_does_not_keep_the_service(site: Site, serve: Serve) -> None:
    (site.folder / "long.mp3").write_bytes(bytes(20 << 20))
    (site.folder / "a.md").write_text("---\ntitle: A\ndate: 2026-01-02\n---\n[Sound](long.mp3)\n")
    service = serve()
    service.ready()
    with taking_nothing(service, address("long.mp3")):
        ends(service)


@contextmanager
def silent_hub() -> Iterator[str]:
    """The address of a hub that takes connections and never answers."""
    with socket.create_server(("127.0.0.1", 0)) as hub:
        yield f"http://127.0.0.1:{hub.getsockname()[1]}/"


def test_a_hub_that_never_answers_keeps_neither_reload_nor_end_and_pings_stay_queued(
    site: Site, serve: Serve
) -> None:
    site.write("a.txt", title="A")
    with silent_hub() as hub:
        service = serve(WEBSUB__HUBS=f'["{hub}"]')
        service.ready()
        text = site.file.read_text()
        site.file.write_text(text.replace("Test & Trial", "Renamed"))
        service.process.send_signal(signal.SIGHUP)
        eventually(lambda: _title(service) == "Renamed", "it does not reload")
        ends(service)
    assert status(site)["pings"] > 0


def _title(service: Service) -> str:
    return str(feedparser.parse(service.get("/feed.atom").content).feed.title)


def test_a_scheduler_on_standby_ends_and_so_does_the_one_at_work(site: Site, serve: Serve) -> None:
    site.write("a.txt")
    working = serve("scheduler")
    working.logged("1 new")
    waiting = serve("scheduler")
    waiting.logged("standing by")
    ends(waiting)
    ends(working)


def test_clients_that_have_sent_no_request_do_not_keep_the_service(
    site: Site, serve: Serve
) -> None:
    site.write("a.txt")
    service = serve()
    service.ready()
    where = urlsplit(service.address)
    with (
        socket.create_connection((where.hostname, where.port)) as silent,
        socket.create_connection((where.hostname, where.port)) as halfway,
    ):
        halfway.sendall(b"GET /feed")
        ends(service)
        assert silent.recv(1) == b""
    assert "Killing" not in service.log
