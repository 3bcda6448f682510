"""Where the service listens and below which path: prefixes, Unix sockets, a new configuration."""

from __future__ import annotations

import signal
import socket
import stat
from collections.abc import Callable
from pathlib import Path

import feedparser
import httpx
import pytest

from tests.site import PATIENCE, TLS, Service, Site, eventually

pytestmark = pytest.mark.slow


@pytest.mark.parametrize("path", ["/feed.atom", "/r%C3%A9d/it's/feed.atom"])
def test_a_proxy_may_leave_the_prefix_or_take_it_away(
    site: Site, serve: Callable[..., Service], path: str
) -> None:
    site.write("a.txt", title="A")
    variables = {"SITE__BASE_URL": "https://feeds.example/r%C3%A9d/it's"}
    service = serve("serve", **variables)
    service.ready()
    answer = service.get(path)
    assert answer.status_code == 200
    assert '<https://feeds.example/r%C3%A9d/it\'s/feed.atom>; rel="self"' in answer.headers["link"]
    assert service.get(path, if_none_match=answer.headers["etag"]).status_code == 304
    assert service.get(path.replace("feed.atom", "healthz")).status_code == 200
    assert service.get(path.replace("feed.atom", "nowhere")).status_code == 404


def test_a_page_without_its_last_slash_leads_to_it_below_a_prefix_too(
    site: Site, serve: Callable[..., Service]
) -> None:
    site.write("a.txt", title="A")
    service = serve(SITE__BASE_URL="https://feeds.example/r%C3%A9d/it's")
    service.ready()
    told = {}
    for path in ("/feeds", "/r%C3%A9d/it's/feeds", "/r%C3%A9d/it's"):
        answer = service.get(path)
        told[path] = answer.status_code, answer.headers.get("location")
    base = "https://feeds.example/r%C3%A9d/it's"
    assert told == {
        "/feeds": (301, f"{base}/feeds/"),
        "/r%C3%A9d/it's/feeds": (301, f"{base}/feeds/"),
        "/r%C3%A9d/it's": (301, f"{base}/"),
    }
    assert service.get("/r%C3%A9d/it's/").status_code == 200


def listens(path: Path) -> bool:
    with socket.socket(socket.AF_UNIX) as probe:
        return probe.connect_ex(str(path)) == 0


def by_socket(path: Path) -> httpx.Response | None:
    transport = httpx.HTTPTransport(uds=str(path), verify=TLS)
    with httpx.Client(transport=transport, timeout=PATIENCE) as client:
        answer = client.get("http://feeds.example/feed.atom")
    return answer if answer.status_code == 200 else None


def test_a_unix_socket_is_listened_on_and_one_left_behind_is_replaced(
    site: Site, serve: Callable[..., Service]
) -> None:
    site.write("a.txt", title="A")
    path = site.base / "s"
    with socket.socket(socket.AF_UNIX) as left:
        left.bind(str(path))
    service = serve("serve", HTTP__SOCKET="s")
    answer = eventually(lambda: by_socket(path) if listens(path) else None)
    assert feedparser.parse(answer.content).entries[0].title == "A"
    assert stat.S_IMODE(path.stat().st_mode) == 0o660
    second = site.command("serve", variables={"HTTP__SOCKET": "s"})
    assert second.returncode == 1
    assert second.stderr.startswith("feedsvc: http.socket: another program listens at ")
    assert "Traceback" not in service.log


def test_a_socket_that_is_a_file_is_refused_and_kept(site: Site) -> None:
    path = site.base / "s"
    path.write_text("precious")
    told = site.command("serve", variables={"HTTP__SOCKET": str(path)})
    assert (told.returncode, path.read_text()) == (1, "precious")


def test_a_hangup_takes_up_the_configuration_and_turns_nobody_away(
    site: Site, serve: Callable[..., Service]
) -> None:
    site.write("a.txt", title="A")
    service = serve("serve")
    service.ready()
    before = site.file.read_text(encoding="utf-8")
    site.file.write_text(before.replace("Test & Trial", "Renamed"), encoding="utf-8")
    service.process.send_signal(signal.SIGHUP)

    def renamed() -> bool:
        answer = service.get("/feed.atom")
        assert answer.status_code == 200
        return str(feedparser.parse(answer.content).feed.title) == "Renamed"

    eventually(renamed, "the new title was not taken up")
    site.file.write_text("[site]\n", encoding="utf-8")
    service.process.send_signal(signal.SIGHUP)
    service.logged("the new configuration is not used: ")
    assert service.get("/feed.atom").status_code == 200
