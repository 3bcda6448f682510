"""A reload switches at once and one way, or says why not; nobody is turned away by it."""

from __future__ import annotations

import http.client
import os
import re
import signal
import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from email.utils import parsedate_to_datetime
from pathlib import Path
from urllib.parse import urlsplit

import httpx
import pytest

from tests.campaigns import LONG
from tests.fronts import free_port
from tests.processes import children
from tests.site import CONFIG, PATIENCE, Service, Site, eventually

pytestmark = pytest.mark.slow

Serve = Callable[..., Service]

BASE = CONFIG + '[[feeds]]\nname = "base"\ntitle = "Base"\nsection = "news"\n'
EXTRA = '[[feeds]]\nname = "extra"\ntitle = "Extra"\nsection = "news"\n'
ALWAYS = ("/feed.atom", "/feed.rss", "/feeds/base/feed.atom", "/")
SOMETIMES = ("/feeds/extra/feed.atom",)
RELOADS = 20 if LONG else 7
POLL_SECONDS = 0.01


@dataclass(frozen=True)
class FolderInput:
    """One answer: when the request was sent and the answer was read, and what it said."""

    path: str
    sent: float
    read: float
    status: int
    tag: str
    modified: float | None


@dataclass
class Poller(threading.Thread):
    """Polls every address in turn, on a connection that it keeps or on a new one each time."""

    address: str
    keeps: bool
    over: threading.Event
    seen: list[FolderInput] = field(default_factory=list)
    errors: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        super().__init__(daemon=True)

    __hash__ = threading.Thread.__hash__

    def run(self) -> None:
        where = urlsplit(self.address)
        connection = http.client.HTTPConnection(where.hostname or "", where.port, timeout=PATIENCE)
        number = 0
        while not self.over.wait(POLL_SECONDS):
            number += 1
            path = (*ALWAYS, *SOMETIMES)[number % 5]
            try:
                self.seen.append(self.poll(connection, path))
            except (OSError, http.client.HTTPException) as error:
                self.errors.append(repr(error))
                connection.close()
            if not self.keeps:
                connection.close()
        connection.close()

    def poll(self, connection: http.client.HTTPConnection, path: str) -> FolderInput:
        sent = time.monotonic()
        connection.request("GET", path)
        answer = connection.getresponse()
        answer.read()
        date = answer.getheader("last-modified")
        modified = parsedate_to_datetime(date).timestamp() if date else None
        tag = answer.getheader("etag", "")
        return FolderInput(path, sent, time.monotonic(), answer.status, tag, modified)


@contextmanager
def polled(service: Service, number: int = 4) -> Iterator[list[Poller]]:
    over = threading.Event()
    pollers = [Poller(service.address, one > 0, over) for one in range(number)]
    for one in pollers:
        one.start()
    try:
        yield pollers
    finally:
        over.set()
        for one in pollers:
            one.join(PATIENCE)


def reload(service: Service, file: Path, text: str) -> None:
    """Take up a configuration, and wait until the log says what became of it."""
    told = service.log.count("the new configuration is")
    file.write_text(text, encoding="utf-8")
    service.process.send_signal(signal.SIGHUP)
    eventually(lambda: service.log.count("the new configuration is") > told, "no word of it")


def backwards(seen: list[FolderInput]) -> list[tuple[FolderInput, FolderInput]]:
    """Pairs of answers of one address, the second asked for after the first was read, and older.

    No two revisions here have the same bytes, so the order of tags is that of their first answers.
    """
    wrong = []
    for path in {one.path for one in seen}:
        mine = sorted((one for one in seen if one.path == path and one.tag), key=lambda s: s.read)
        order: dict[str, int] = {}
        for one in sorted(mine, key=lambda s: s.sent):
            order.setdefault(one.tag, len(order))
        newest: FolderInput | None = None
        latest: FolderInput | None = None
        finished = iter(mine)
        done = next(finished, None)
        for one in sorted(mine, key=lambda s: s.sent):
            while done and done.read < one.sent:
                if newest is None or order[done.tag] > order[newest.tag]:
                    newest = done
                if done.modified and (latest is None or done.modified > (latest.modified or 0)):
                    latest = done
                done = next(finished, None)
            if newest and order[one.tag] < order[newest.tag]:
                wrong.append((newest, one))
            if latest and one.modified and one.modified < (latest.modified or 0):
                wrong.append((latest, one))
    return wrong


def unusable(site: Site) -> list[str]:
    """Configurations that can be parsed or not, none of which can be used."""
    return [
        BASE.replace('id = "test"', 'id = "another"'),
        BASE.replace('folder = "articles"', 'folder = "nowhere"'),
        BASE.replace("sqlite:///ledger.db", "postgresql://nobody@127.0.0.1:1/none"),
        BASE.replace("sqlite:///ledger.db", f"sqlite:///{site.file.name}/ledger.db"),
        "[site\n",
    ]


@pytest.mark.parametrize("workers", [1, 2])
def test_nobody_sees_a_reload_but_by_what_it_changes(
    site: Site, serve: Serve, workers: int
) -> None:
    site.file.write_text(BASE)
    site.write("news/a.txt", title="A")
    service = serve(HTTP__WORKERS=workers)
    service.ready("/feeds/base/feed.atom")
    with polled(service) as pollers:
        for number in range(RELOADS if workers == 1 else 3):
            titled = BASE.replace("Test & Trial", f"Title {number}")
            reload(service, site.file, titled + (EXTRA if number % 2 else ""))
            if number % 4 == 3:
                wrong = unusable(site)
                reload(service, site.file, wrong[number // 4 % len(wrong)])
            expected = f"Title {number}"
            eventually(lambda: expected in service.get("/feed.atom").text, "it is not taken up")  # noqa: B023
            time.sleep(0.3)
    seen = [one for poller in pollers for one in poller.seen]
    assert [error for poller in pollers for error in poller.errors] == []
    assert {one.status for one in seen if one.path in ALWAYS} == {200}
    assert {one.status for one in seen if one.path in SOMETIMES} <= {200, 404, 410}
    early = [one.status for one in seen if one.path in SOMETIMES]
    assert 410 not in early[: early.index(200)] if 200 in early else True
    assert backwards(seen) == []
    assert len({one.tag for one in seen if one.path == "/feed.atom"}) >= 3


def test_what_cannot_be_used_is_reported_in_one_sentence_and_left_alone(
    site: Site, serve: Serve
) -> None:
    site.file.write_text(BASE)
    site.write("news/a.txt", title="A")
    with socket.create_server(("127.0.0.1", 0)) as other:
        taken = other.getsockname()[1]
        service = serve(HTTP__PORT=free_port())
        before = service.ready()
        for text in [*unusable(site), BASE.replace("port = 0", f"port = {taken}")]:
            told = len(service.log.splitlines())
            reload(service, site.file, text)
            lines = [line for line in service.log.splitlines()[told:] if "ERROR" in line]
            assert len(lines) <= 1, lines
            assert service.get("/feed.atom").headers["etag"] == before.headers["etag"]
        assert "Traceback" not in service.log
        assert "ended with status" not in service.log
        site.write("news/b.txt", title="B")
        eventually(lambda: "<title" in service.get("/feed.atom").text)
        eventually(lambda: ">B<" in service.get("/feed.atom").text, "it scans no more")


@pytest.mark.parametrize("command", ["web", "scheduler"])
def test_a_process_on_its_own_takes_up_what_can_be_used_and_survives_what_cannot(
    site: Site, serve: Serve, command: str
) -> None:
    site.file.write_text(BASE)
    site.write("news/a.txt", title="A")
    site.scan()
    service = serve(command)
    service.logged("listening" if command == "web" else "scanning")
    reload(service, site.file, "[site\n")
    service.logged("the new configuration is not used: .*is not valid TOML")
    reload(service, site.file, BASE.replace('id = "test"', 'id = "another"'))
    renamed = BASE.replace("Test & Trial", "Renamed")
    reload(service, site.file, renamed)
    service.logged("the new configuration is in force")
    if command == "web":
        assert "Renamed" not in service.ready().text, "nobody has published that"
        site.scan()
        eventually(lambda: "Renamed" in service.get("/feed.atom").text, "it is not taken up")
    else:
        watching = serve("web")
        eventually(lambda: "Renamed" in watching.ready().text, "it is not taken up")
    assert service.stop() == 0
    assert "Traceback" not in service.log


@pytest.mark.parametrize("change", ["port", "host", "workers", "socket", "access_log"])
def test_settings_of_the_server_itself_are_taken_up_and_turn_nobody_away(
    site: Site, serve: Serve, change: str
) -> None:
    site.write("a.txt", title="A")
    site.file.write_text(CONFIG.replace("port = 0", f"port = {free_port()}"))
    service = serve()
    service.ready()
    port = free_port()
    lines = {
        "port": f"port = {port}",
        "host": 'port = 0\nhost = "0.0.0.0"',
        "workers": "port = 0\nworkers = 2",
        "socket": 'port = 0\nsocket = "s"',
        "access_log": "port = 0\naccess_log = true",
    }[change]
    number = urlsplit(service.address).port
    with polled(service, 2) as pollers:
        reload(service, site.file, CONFIG.replace("port = 0", lines.replace("= 0", f"= {number}")))
        if change == "port":
            service.logged(f"listening on http://127.0.0.1:{port}")
        elif change == "socket":
            service.logged("listening on unix:")
            eventually((site.base / "s").is_socket)
        elif change == "host":
            service.logged("listening on http://0.0.0.0:")
            eventually(lambda: answers(f"http://127.0.0.2:{number}/feed.atom"), "not there")
        else:
            time.sleep(1)
            assert service.ready().status_code == 200
    errors = [error for poller in pollers for error in poller.errors]
    if change in ("host", "workers", "access_log"):
        assert errors == []
    assert service.stop() == 0
    assert "does not stop" not in service.log
    assert not (site.base / "s").exists()


def answers(address: str) -> bool:
    """Whether a feed is served there."""
    try:
        return httpx.get(address).status_code == 200
    except httpx.TransportError:
        return False


@pytest.mark.parametrize("pause", [2.0, 1.0, 0.0])
def test_a_reload_of_settings_and_workers_leaves_no_answer_without_its_date(
    site: Site, serve: Serve, pause: float
) -> None:
    """The workers that leave switch as those do that come, while the scan is still at it or not."""
    site.file.write_text(BASE)
    site.write("news/a.txt", title="A")
    service = serve()
    service.ready()
    number = urlsplit(service.address).port
    with polled(service) as pollers:
        for title, count in enumerate((2, 1, 2)):
            time.sleep(0.5)
            text = BASE.replace("port = 0", f"port = {number}\nworkers = {count}")
            reload(service, site.file, text.replace("Test &", f"Test {title} &"))
            if pause > 1:
                eventually(lambda: f"Test {title}" in service.get("/feed.atom").text)  # noqa: B023
            time.sleep(pause)
        eventually(lambda: "Test 2" in service.get("/feed.atom").text)
        time.sleep(1)
    seen = sorted((one for poller in pollers for one in poller.seen), key=lambda one: one.sent)
    assert [error for poller in pollers for error in poller.errors] == []
    assert [one for one in seen if one.status == 200 and one.modified is None] == []
    assert backwards(seen) == []


def test_a_web_process_on_its_own_reloads_without_the_folder_and_makes_no_ledger(
    site: Site, serve: Serve
) -> None:
    site.write("news/a.txt", title="A")
    site.scan()
    site.folder.rename(site.base / "elsewhere")
    service = serve("web")
    service.ready()
    reload(service, site.file, CONFIG.replace("Test & Trial", "Renamed"))
    service.logged("the new configuration is in force")
    reload(service, site.file, CONFIG.replace("ledger.db", "other.db"))
    eventually(lambda: service.log.count("the new configuration is in force") == 2)
    assert not (site.base / "other.db").exists()
    assert service.ready().status_code == 200


def test_a_reload_that_is_refused_makes_no_ledger(site: Site, serve: Serve) -> None:
    site.write("news/a.txt", title="A")
    service = serve()
    service.ready()
    with socket.create_server(("127.0.0.1", 0)) as other:
        text = CONFIG.replace("port = 0", f"port = {other.getsockname()[1]}")
        reload(service, site.file, text.replace("ledger.db", "other.db"))
        service.logged("the new configuration is not used: .*another program listens")
    assert not (site.base / "other.db").exists()


def test_a_scheduler_on_its_own_takes_up_a_port_that_the_web_server_has(
    site: Site, serve: Serve
) -> None:
    site.write("news/a.txt", title="A")
    site.scan()
    port = free_port()
    site.file.write_text(CONFIG.replace("port = 0", f"port = {port}"))
    service, scheduler = serve("web"), serve("scheduler")
    service.ready()
    scheduler.logged("scanning")
    text = CONFIG.replace("port = 0", f"port = {port}\nworkers = 2")
    reload(scheduler, site.file, text)
    scheduler.logged("the new configuration is in force")


def test_reloads_that_follow_each_other_at_once_answer_all_the_same(
    site: Site, serve: Serve
) -> None:
    site.file.write_text(BASE)
    site.write("news/a.txt", title="A")
    service = serve()
    service.ready()
    with polled(service) as pollers:
        for number in range(8):
            site.file.write_text(BASE.replace("Test &", f"Test {number} &"))
            service.process.send_signal(signal.SIGHUP)
            time.sleep(0.7)
        eventually(lambda: "Test 7" in service.get("/feed.atom").text, "the last is not taken up")
    seen = sorted((one for poller in pollers for one in poller.seen), key=lambda one: one.sent)
    assert [error for poller in pollers for error in poller.errors] == []
    assert {one.status for one in seen if one.path in ALWAYS} == {200}
    assert backwards(seen) == []


def test_workers_that_are_killed_one_after_the_other_turn_nobody_away(
    site: Site, serve: Serve
) -> None:
    """Two ends within seconds are no reason to end the server, as granian by itself would."""
    site.write("a.txt", title="A")
    service = serve("web", HTTP__WORKERS=2)
    site.scan()
    service.ready()
    with polled(service, 2) as pollers:
        for _ in range(3):
            eventually(lambda: len(children(service.process.pid)) == 2, "not replaced")
            killed = next(iter(children(service.process.pid)))
            os.kill(killed, signal.SIGKILL)
            eventually(lambda: killed not in children(service.process.pid), "it lives on")  # noqa: B023
        time.sleep(2)
        assert service.ready().status_code == 200
    refused = [error for poller in pollers for error in poller.errors if "Refused" in error]
    assert refused == []
    assert service.process.poll() is None


def test_another_ledger_is_served_once_it_is_published(site: Site, serve: Serve) -> None:
    """The documents of the two are never taken for one another, however their numbers compare."""
    site.write("news/a.txt", title="Old")
    service = serve(HTTP__WORKERS=2)
    for _ in range(3):  # the old ledger is some revisions ahead
        site.write(f"news/{time.monotonic_ns()}.txt")
        time.sleep(1)
    eventually(lambda: "Old" in service.get("/feed.json").text)
    with polled(service) as pollers:
        site.write("news/b.txt", title="Between")
        reload(service, site.file, CONFIG.replace("ledger.db", "other.db"))
        eventually((site.base / "other.db").exists)
        site.write("news/c.txt", title="Afterwards")
        for address in ("/feed.json", "/feed.rss"):
            eventually(lambda: "Afterwards" in service.get(address).text, "the old one")  # noqa: B023
        assert all("Afterwards" in service.get("/feed.json").text for _ in range(20))
    seen = [one for poller in pollers for one in poller.seen if one.path == "/feed.atom"]
    assert {one.status for one in seen} == {200}


def test_workers_are_replaced_while_a_client_reads_nothing_and_nobody_is_refused(
    site: Site, serve: Serve
) -> None:
    """An old worker that is slow to end must not take the listening socket with it."""
    (site.folder / "a.md").write_text("---\ntitle: A\n---\n[film](film.mp4)\n")
    (site.folder / "film.mp4").write_bytes(bytes(20_000_000))
    service = serve()
    service.ready()
    number = urlsplit(service.address).port
    film = re.findall(r'/media/[^"&<]*mp4', service.get("/feed.atom").text)[0]
    with socket.create_connection(("127.0.0.1", number or 0)) as slow:
        slow.sendall(f"GET {film} HTTP/1.1\r\nHost: x\r\n\r\n".encode())
        assert slow.recv(100).startswith(b"HTTP/1.1 200")
        text = CONFIG.replace("port = 0", f"port = {number}\nworkers = 2")
        reload(service, site.file, text)
        refused = 0
        for _ in range(60):
            with suppress(TimeoutError):
                try:
                    socket.create_connection(("127.0.0.1", number or 0), 1).close()
                except ConnectionRefusedError:
                    refused += 1
            time.sleep(0.1)
        assert refused == 0
    assert service.ready().status_code == 200


def test_a_worker_that_is_killed_turns_nobody_away(site: Site, serve: Serve) -> None:
    """Connections wait in the backlog of the socket until its successor accepts them."""
    site.write("a.txt", title="A")
    site.scan()
    service = serve("web")
    service.ready()
    with polled(service) as pollers:
        time.sleep(0.5)
        [worker] = children(service.process.pid)
        os.kill(worker, signal.SIGKILL)
        eventually(lambda: worker not in children(service.process.pid), "it lives on")
        assert service.ready().status_code == 200
        time.sleep(0.5)
    errors = [error for poller in pollers for error in poller.errors]
    assert [error for error in errors if "Refused" in error] == []
    assert {
        one.status for poller in pollers for one in poller.seen if one.path == "/feed.atom"
    } == {200}


@pytest.mark.parametrize("change", ["kill", "workers"])
def test_a_worker_that_starts_while_a_reload_waits_answers_as_the_others_do(
    site: Site, serve: Serve, change: str
) -> None:
    site.file.write_text(BASE)
    site.write("news/a.txt", title="A")
    site.scan()
    service = serve(
        "web", HTTP__PORT=free_port(), **({"HTTP__WORKERS": 2} if change == "kill" else {})
    )
    before = service.ready()
    renamed = BASE.replace("Test & Trial", "Renamed") + EXTRA
    if change == "workers":
        renamed = renamed.replace("port = 0", "port = 0\nworkers = 2")
    with polled(service) as pollers:
        reload(service, site.file, renamed)
        if change == "kill":
            killed = next(iter(children(service.process.pid)))
            os.kill(killed, signal.SIGKILL)
            eventually(lambda: killed not in children(service.process.pid), "it lives on")
        eventually(lambda: len(children(service.process.pid)) == 2, "there are not two workers")
        time.sleep(1.5)
    seen = [one for poller in pollers for one in poller.seen]
    feed = {(one.status, one.tag, one.modified) for one in seen if one.path == "/feed.atom"}
    modified = parsedate_to_datetime(before.headers["last-modified"]).timestamp()
    assert feed == {(200, before.headers["etag"], modified)}
    assert {one.status for one in seen if one.path in SOMETIMES} == {404}
    site.scan()
    eventually(lambda: "Renamed" in service.get("/feed.atom").text, "it is not taken up")
    assert {service.get(SOMETIMES[0]).status_code for _ in range(10)} == {200}


def test_a_feed_that_is_only_missing_here_is_not_gone(site: Site, serve: Serve) -> None:
    """Readers unsubscribe on 410: a process whose configuration is older must not say it."""
    site.file.write_text(BASE)
    site.write("news/a.txt", title="A")
    site.scan()
    older = serve("web")
    older.ready("/feeds/base/feed.atom")
    site.file.write_text(BASE + EXTRA)
    site.scan()
    answers = {older.get("/feeds/extra/feed.atom").status_code for _ in range(5)}
    assert answers <= {404, 503}
    site.file.write_text(BASE)
    site.scan()
    eventually(lambda: older.get("/feeds/extra/feed.atom").status_code == 410, "it is gone now")


def test_bytes_that_no_scan_has_committed_have_no_date(site: Site, serve: Serve) -> None:
    site.write("a.txt", title="A")
    site.scan()
    one = serve("web")
    dated = one.ready()
    assert "last-modified" in dated.headers
    two = serve("web", SITE__TITLE="Renamed")
    undated = two.ready()
    assert "Renamed" in undated.text
    assert "last-modified" not in undated.headers
    since = dated.headers["last-modified"]
    assert two.get("/feed.atom", if_modified_since=since).status_code == 200
    scanned = site.command("scan", variables={"SITE__TITLE": "Renamed"})
    assert scanned.returncode == 0
    eventually(lambda: "last-modified" in two.get("/feed.atom").headers, "it is never dated")
    later = two.get("/feed.atom").headers["last-modified"]
    assert parsedate_to_datetime(later) > parsedate_to_datetime(since)
    eventually(lambda: "last-modified" not in one.get("/feed.atom").headers, "it says a wrong date")


def test_a_terminal_that_hangs_up_ends_nothing(site: Site, serve: Serve) -> None:
    site.write("a.txt", title="A")
    service = serve()
    service.ready()
    os.killpg(service.process.pid, signal.SIGHUP)
    service.logged("the new configuration is in force")
    assert service.ready().status_code == 200
    assert "ended with status" not in service.log
    assert "Unexpected exit" not in service.log
