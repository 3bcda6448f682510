"""The listening socket of the web server, opened once and shared by all that serve on it."""

from __future__ import annotations

import ctypes
import errno
import os
import socket
import stat
import struct
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from feedsvc.config import Http
from feedsvc.errors import FeedsvcError

BACKLOG = 4096  # connections that wait while no process accepts them, as during a restart
SOCKET_MODE = 0o660
UNSENT = 128 << 10  # bytes that the system buffers for a client that is not reading

_SO_ATTACH_FILTER = 26  # asm-generic/socket.h
# linux/filter.h: the byte with the flags, SYN and ACK of it; dropped if SYN alone is set.
_NO_SYN = ((0x30, 0, 0, 13), (0x54, 0, 0, 0x12), (0x15, 0, 1, 0x02), (0x06, 0, 0, 0),
           (0x06, 0, 0, 0xFFFFFFFF))  # fmt: skip


class Listener:
    """A listening socket; connections wait in its backlog while no process accepts them.

    It refuses connections until it is opened.
    """

    def __init__(self, bound: socket.socket, path: Path | None = None) -> None:
        self.socket = bound
        self.is_unix = path is not None
        self._path = path

    def open(self, beside: Listener | None = None) -> Listener:
        """Listen; see `bind` for `beside`."""
        with _shared(self, beside):
            self.socket.listen(BACKLOG)
        return self

    def __str__(self) -> str:
        if self._path:
            return f"unix:{self._path}"
        host, port = self.socket.getsockname()[:2]
        return f"http://{_authority(host, port)}"

    @property
    def name(self) -> str:
        """The name of the socket among the open files of a process in /proc."""
        return f"socket:[{os.fstat(self.socket.fileno()).st_ino}]"

    @property
    def port(self) -> int:
        """The port; 0 for a socket in the file system."""
        return 0 if self.is_unix else int(self.socket.getsockname()[1])

    def hold_off(self) -> None:
        """Ignore new clients, whose systems try again a second later.

        By then another socket may listen there. Established connections are not affected: the
        filter (socket(7), SO_ATTACH_FILTER) drops only segments with SYN and no ACK (RFC 9293
        section 3.1).
        """
        if not self.is_unix:
            steps = ctypes.create_string_buffer(
                b"".join(struct.pack("HBBI", *instruction) for instruction in _NO_SYN)
            )
            program = struct.pack("HP", len(_NO_SYN), ctypes.addressof(steps))
            with suppress(OSError):  # on systems other than Linux
                self.socket.setsockopt(socket.SOL_SOCKET, _SO_ATTACH_FILTER, program)

    def close(self) -> None:
        """Refuse connections, including those that wait in the backlog."""
        with suppress(OSError):
            self.socket.shutdown(socket.SHUT_RD)
        self.socket.close()
        if self._path:
            with suppress(OSError):
                self._path.unlink()


def address(settings: Http) -> tuple[str, int, str]:
    """The normalized address of the web server: host and port, or the path of a socket."""
    if settings.socket:
        return "", 0, str(Path(settings.socket).resolve())
    return settings.host, settings.port, ""


def bind(settings: Http, beside: Listener | None = None) -> Listener:
    """A listener, yet to be opened, at `http.socket`, or at `http.host` and `http.port`.

    Its address may overlap with that of `beside`, as 0.0.0.0 does with 127.0.0.1 on one port.

    Raises:
        FeedsvcError: the address is in use or is not one of this machine.
    """
    if not settings.socket:
        return _bound(settings, beside)
    path = _free_socket(Path(settings.socket))
    bound = socket.socket(socket.AF_UNIX)
    try:
        bound.bind(str(path))
        path.chmod(SOCKET_MODE)
    except OSError as error:
        bound.close()
        raise _unusable_socket(path, error.strerror or str(error)) from None
    return Listener(bound, path)


def check(settings: Http) -> None:
    """Check that the address can be bound.

    Raises:
        FeedsvcError: it is in use or is not one of this machine.
    """
    bind(settings).close()


def _bound(settings: Http, beside: Listener | None = None) -> Listener:
    host, port = settings.host, settings.port
    bound = None
    try:
        family, _, _, _, where = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
        bound = Listener(socket.socket(family))
        bound.socket.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        if hasattr(socket, "TCP_NOTSENT_LOWAT"):  # which accepted connections inherit
            bound.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NOTSENT_LOWAT, UNSENT)
        with _shared(bound, beside):
            bound.socket.bind(where)
    except (OSError, UnicodeError) as error:
        if bound:
            bound.close()
        raise FeedsvcError(
            f"http.host and http.port: {_authority(host, port)} cannot be used: {_reason(error)}"
        ) from None
    return bound


@contextmanager
def _shared(first: Listener, second: Listener | None) -> Iterator[None]:
    """Let two listeners of ours share a port during the block (SO_REUSEPORT, see socket(7))."""
    sockets: list[socket.socket] = []
    if second and not (first.is_unix or second.is_unix):
        sockets = [first.socket, second.socket]
    for each in sockets:
        each.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
    try:
        yield
    finally:
        for each in sockets:
            each.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 0)


def _reason(error: OSError | UnicodeError) -> str:
    """Why an address cannot be bound, and what to do about it."""
    if isinstance(error, (UnicodeError, socket.gaierror)):
        return "no such host is known; http.host takes an address of this machine, or 0.0.0.0"
    if error.errno == errno.EADDRINUSE:
        return "another program listens there; stop it or set another port"
    if error.errno == errno.EACCES:
        return "the system does not allow that port; set one above 1023"
    return f"{error.strerror}; http.host takes an address of this machine, or 0.0.0.0"


def _authority(host: str, port: int) -> str:
    return f"[{host}]:{port}" if ":" in host else f"{host}:{port}"


def _free_socket(path: Path) -> Path:
    """The path, after a socket left behind by a killed server has been removed.

    Raises:
        FeedsvcError: another program listens there, or it is not a socket.
    """
    try:
        if not stat.S_ISSOCK(path.lstat().st_mode):
            raise FeedsvcError(f"http.socket: {path} is there and is no socket; name another")
        with socket.socket(socket.AF_UNIX) as probe:
            probe.connect(str(path))
    except FileNotFoundError:
        return path
    except ConnectionRefusedError:
        path.unlink()
        return path
    except OSError as error:
        raise _unusable_socket(path, error.strerror or str(error)) from None
    raise FeedsvcError(f"http.socket: another program listens at {path}; stop it or name another")


def _unusable_socket(path: Path, why: str) -> FeedsvcError:
    return FeedsvcError(f"http.socket: {path} cannot be used: {why}; name another")
