"""What a process sees of its own sockets, and that it stops hearing of one."""

from __future__ import annotations

import os
import resource
import select
import socket
import time
from collections.abc import Iterable, Iterator
from contextlib import ExitStack, closing

import pytest

from feedsvc.web.connections import accepted, handles_of, unwatch
from feedsvc.web.draining import IDLE_SECONDS, InFlight, _close_idle
from feedsvc.web.workers import CONNECTIONS, LEAST_CONNECTIONS, OTHER_FILES, _connections
from tests.site import PATIENCE

FILES = 200  # that this process may have open in a test


@pytest.fixture
def few_files() -> Iterator[None]:
    """A process that can open no more files."""
    before = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (FILES, before[1]))
    with ExitStack() as opened:
        opened.callback(resource.setrlimit, resource.RLIMIT_NOFILE, before)
        while True:
            try:
                handle = os.open(os.devnull, os.O_RDONLY)
            except OSError:
                break
            opened.callback(os.close, handle)
        yield


@pytest.fixture
def listener() -> Iterator[socket.socket]:
    with closing(socket.create_server(("127.0.0.1", 0))) as made:
        yield made


@pytest.fixture
def client(listener: socket.socket) -> Iterator[tuple[socket.socket, socket.socket]]:
    with socket.create_connection(listener.getsockname()) as near:
        far = listener.accept()[0]
        with far:
            yield near, far


def test_connections_are_seen_where_no_file_can_be_opened(
    listener: socket.socket, client: tuple[socket.socket, socket.socket], few_files: None
) -> None:
    """Who takes all files with connections must still be found, and dropped."""
    seen = [one.handle for one in accepted(listener.getsockname()[1])]
    assert seen == [client[1].fileno()]


def test_an_event_loop_hears_no_more_of_a_file_that_was_replaced(listener: socket.socket) -> None:
    """The end of listening would be told to it again and again."""
    handle = listener.fileno()
    with closing(socket.socket(fileno=os.dup(handle))) as another, select.epoll() as events:
        events.register(handle, select.EPOLLIN | select.EPOLLRDHUP)
        name = f"socket:[{os.fstat(handle).st_ino}]"
        unwatch(handles_of(name))
        another.shutdown(socket.SHUT_RD)
        assert events.poll(0) == []


def is_read(connection: socket.socket) -> bool:
    """Whether what the client sends would still be read."""
    try:
        return connection.recv(1, socket.MSG_DONTWAIT) != b""
    except BlockingIOError:
        return True


@pytest.mark.parametrize("long", [True, False])
def test_a_client_that_waits_for_its_answer_is_no_silent_one(
    listener: socket.socket, client: tuple[socket.socket, socket.socket], long: bool
) -> None:
    """A document may take longer to build than a worker that leaves waits for requests."""
    near, port, in_flight = client[0], listener.getsockname()[1], InFlight()
    near.settimeout(PATIENCE)
    time.sleep(IDLE_SECONDS + 0.1)

    def build() -> Iterable[bytes]:
        _close_idle(port, in_flight)
        assert is_read(client[1])
        client[1].sendall(b"answer")
        return iter([b"more"]) if long else [b""]

    body = in_flight.tracked("127.0.0.1", build)
    assert near.recv(100) == b"answer"
    assert bool(in_flight.clients()) == long
    if long:
        _close_idle(port, in_flight)
        assert is_read(client[1])
        assert list(body) == [b"more"]
        body.close()  # type: ignore[attr-defined]
    assert in_flight.clients() == set()
    time.sleep(IDLE_SECONDS + 0.1)
    _close_idle(port, in_flight)
    assert not is_read(client[1])


@pytest.mark.parametrize(
    ("files", "connections"),
    [(1 << 20, CONNECTIONS), (4096, 4096 - OTHER_FILES), (100, LEAST_CONNECTIONS)],
)
def test_a_worker_takes_no_more_clients_than_it_may_have_files(
    files: int, connections: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("resource.getrlimit", lambda _what: (files, files))
    assert _connections() == connections
