"""A small HTTP/1.1 client that sends the bytes it is given and shows those that come back."""

from __future__ import annotations

import gzip
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from urllib.parse import urlsplit

import brotli
import zstandard

PART = 1 << 16  # bytes that are read at once
HOST = b"Host: feeds.example\r\n"
WITHOUT_BODY = (204, 304)


class Truncated(Exception):
    """The connection ended, or an answer did, before it was whole; holds what had come."""


@dataclass(frozen=True, slots=True)
class Response:
    """One answer: names of fields are in lower case, the body is as it was sent."""

    status: int
    fields: dict[str, str]
    lines: list[tuple[bytes, bytes]]
    body: bytes

    @property
    def text(self) -> bytes:
        """The body without its content coding."""
        match self.fields.get("content-encoding", "identity"):
            case "gzip":
                return gzip.decompress(self.body)
            case "br":
                return bytes(brotli.decompress(self.body))
            case "zstd":
                return zstandard.ZstdDecompressor().decompress(self.body)
        return self.body


class Connection:
    """A connection to a service at `address`, which is `http://HOST:PORT`.

    `come` is what has come and was not yet taken for an answer.
    """

    def __init__(self, address: str, seconds: float = 20) -> None:
        where = urlsplit(address)
        self.socket = socket.create_connection((where.hostname, where.port), timeout=seconds)
        self.come = b""

    def send(self, request: bytes) -> None:
        """Send these bytes."""
        self.socket.sendall(request)

    def ask(self, path: str, *fields: str, method: str = "GET") -> Response:
        """Send one well-formed request and return its answer."""
        lines = "".join(f"{field}\r\n" for field in fields)
        self.send(f"{method} {path} HTTP/1.1\r\n{HOST.decode()}{lines}\r\n".encode("latin-1"))
        return self.reply(method)

    def reply(self, method: str = "GET") -> Response:
        """The next answer, to a request with `method`.

        Raises:
            Truncated: the connection ended before it was whole.
        """
        while b"\r\n\r\n" not in self.come:
            self._more()
        head, _, self.come = self.come.partition(b"\r\n\r\n")
        first, *rest = head.split(b"\r\n")
        lines = [(name, value.strip()) for name, _, value in (one.partition(b":") for one in rest)]
        fields = {name.decode("latin-1").lower(): value.decode("latin-1") for name, value in lines}
        status = int(first.split(b" ")[1])
        empty = method == "HEAD" or status in WITHOUT_BODY
        length = 0 if empty else int(fields["content-length"])
        while len(self.come) < length:
            self._more()
        body, self.come = self.come[:length], self.come[length:]
        return Response(status, fields, lines, body)

    def rest(self) -> bytes:
        """All that comes until the service closes the connection."""
        try:
            while True:
                self._more()
        except (Truncated, ConnectionResetError):
            return self.come

    def end(self) -> bytes:
        """Say that nothing more is sent, and return what comes yet."""
        try:
            self.socket.shutdown(socket.SHUT_WR)
            return self.rest()
        except OSError:  # it waits for what will not come, or has gone
            return self.come

    def _more(self) -> None:
        part = self.socket.recv(PART)
        if not part:
            raise Truncated(self.come)
        self.come += part


@contextmanager
def connected(address: str, seconds: float = 20) -> Iterator[Connection]:
    """A connection that is closed at the end."""
    connection = Connection(address, seconds)
    try:
        yield connection
    finally:
        connection.socket.close()


def ask(address: str, path: str, *fields: str, method: str = "GET") -> Response:
    """The answer to one request on a connection of its own."""
    with connected(address) as connection:
        return connection.ask(path, *fields, method=method)
