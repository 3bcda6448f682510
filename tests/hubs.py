"""Hubs on real ports: one that takes pings or refuses them, and one that never answers."""

from __future__ import annotations

import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs


class Hub(ThreadingHTTPServer):
    """Takes pings, or refuses them with `status`."""

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Ping)
        self.topics: list[str] = []
        self.status = 204

    @property
    def address(self) -> str:
        return f"http://127.0.0.1:{self.server_port}/hub"


class _Ping(BaseHTTPRequestHandler):
    def do_POST(self) -> None:
        hub = self.server
        assert isinstance(hub, Hub)
        form = parse_qs(self.rfile.read(int(self.headers["Content-Length"])).decode())
        if form["hub.mode"] == ["publish"]:
            hub.topics += form["hub.url"]
        self.send_response(hub.status)
        self.end_headers()

    def log_message(self, *_: object) -> None:
        """Keep quiet."""


@contextmanager
def running_hub() -> Iterator[Hub]:
    """A hub that answers."""
    with Hub() as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield server
        server.shutdown()
        thread.join()


class SilentHub:
    """Takes connections and never answers, or with a byte each 0.1 s that never makes a whole."""

    def __init__(self, *, dripping: bool = False) -> None:
        self._dripping, self._over = dripping, threading.Event()
        self._connections: list[socket.socket] = []
        self._listener = socket.create_server(("127.0.0.1", 0))
        threading.Thread(target=self._take, daemon=True).start()

    @property
    def address(self) -> str:
        return f"http://127.0.0.1:{self._listener.getsockname()[1]}/hub"

    @property
    def connections(self) -> int:
        return len(self._connections)

    def _take(self) -> None:
        while True:
            try:
                connection, _ = self._listener.accept()
            except OSError:
                return  # closed
            self._connections.append(connection)
            if self._dripping:
                threading.Thread(target=self._drip, args=(connection,), daemon=True).start()

    def _drip(self, connection: socket.socket) -> None:
        rest = b"HTTP/1.1 204 No Content\r\nX-Pad: "
        while not self._over.wait(0.1):
            try:
                connection.send(rest[:1] or b"x")
            except OSError:
                return
            rest = rest[1:]

    def close(self) -> None:
        self._over.set()
        for each in (self._listener, *self._connections):
            each.close()


@contextmanager
def silent_hub(*, dripping: bool = False) -> Iterator[SilentHub]:
    """A hub that never answers."""
    hub = SilentHub(dripping=dripping)
    yield hub
    hub.close()
