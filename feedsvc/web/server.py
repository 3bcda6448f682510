"""The web server: granian, with as many processes as are configured."""

from __future__ import annotations

import errno
import logging
import os
import resource
import socket
import stat
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from granian import Granian
from granian.constants import Interfaces
from granian.http import HTTP1Settings
from granian.log import LogLevels

from feedsvc.config import Http
from feedsvc.errors import FeedsvcError
from feedsvc.logs import LOGGING
from feedsvc.web.sending import STREAMS

if TYPE_CHECKING:
    from flask import Flask

THREADS = 4 + STREAMS  # per worker; Python runs one, others wait for the ledger or a client
CONNECTIONS = 8192  # per worker; what comes then waits until granian drops those that dawdle
MOST_HEADERS = 1 << 16  # bytes of a request, which each connection may keep in memory
ACCESS_LINE = (
    '%(addr)s "%(method)s %(path)s %(protocol)s" %(status)d %(dt_ms).1f ms "%(header{user-agent})s"'
)
RESPAWN_SECONDS = 5.0  # in which a new worker is ready, before the one that it follows is stopped
SOCKET_MODE = 0o660
TOGETHER = "PROMETHEUS_MULTIPROC_DIR"  # prometheus-client's own, which workers inherit
STOP_SECONDS = 10  # after which a worker that will not stop is killed

log = logging.getLogger(__name__)


def serve(settings: Http) -> None:
    """Serve until SIGTERM or SIGINT; each worker makes its own application from FEEDSVC_CONFIG.

    Raises:
        FeedsvcError: the address is taken or is none of this machine's.
    """
    with _counting_together():
        if settings.socket:
            path = _free_socket(Path(settings.socket))
            log.info("listening on unix:%s", path)
            _granian(settings, uds=path, uds_permissions=SOCKET_MODE)
            return
        with reserve(settings) as port:
            number = port.getsockname()[1]
            log.info("listening on http://%s", _authority(settings.host, number))
            _granian(settings, address=settings.host, port=number)


@contextmanager
def _counting_together() -> Iterator[None]:
    """A folder in which all workers, and those that follow them, count their answers as one."""
    with ExitStack() as stack:
        if TOGETHER not in os.environ:
            try:
                made = tempfile.TemporaryDirectory(prefix="feedsvc-metrics-")
                os.environ[TOGETHER] = stack.enter_context(made)
            except OSError as error:
                log.warning("each worker counts for itself in /metrics: %s", error)
        yield


def check(settings: Http) -> None:
    """See that the address can be listened on.

    Raises:
        FeedsvcError: it is taken or is none of this machine's.
    """
    if settings.socket:
        _free_socket(Path(settings.socket))
    else:
        reserve(settings).close()


def _granian(settings: Http, **where: Any) -> None:
    """Serve until a signal; a worker that was killed is replaced at once.

    SIGHUP has each worker followed by one with the configuration as it is by then.
    """
    _allow_files()
    logging.getLogger("_granian").addFilter(_is_news)
    server = Granian(
        "feedsvc.web.worker:application",
        interface=Interfaces.WSGI,
        workers=settings.workers,
        respawn_failed_workers=True,
        respawn_interval=RESPAWN_SECONDS,
        workers_kill_timeout=STOP_SECONDS,
        blocking_threads=THREADS,
        backpressure=CONNECTIONS,
        http1_settings=HTTP1Settings(max_buffer_size=MOST_HEADERS),
        websockets=False,
        log_access=settings.access_log,
        log_access_format=ACCESS_LINE,
        log_level=LogLevels.warning,
        log_dictconfig=LOGGING,
        **where,
    )
    server.serve(target_loader=_load, wrap_loader=False)


def _is_news(record: logging.LogRecord) -> bool:
    """granian finds so many threads too many for few cores; most of ours wait for a client."""
    return "Python threads" not in record.getMessage()


def _allow_files() -> None:
    """Let this process and those below it have as many files open as the system lets them.

    The usual limit is 1024, for programs that use select(), as none of ours does.
    """
    most = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))


def _free_socket(path: Path) -> Path:
    """The path, without the socket that a server which was killed left there.

    Raises:
        FeedsvcError: another program listens there, or it is no socket.
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
        why = error.strerror or str(error)
        raise FeedsvcError(f"http.socket: {path} cannot be used: {why}; name another") from None
    raise FeedsvcError(f"http.socket: another program listens at {path}; stop it or name another")


def _load() -> Flask:
    """Make a worker's application. granian's own loader would look into the current folder."""
    from feedsvc.web.worker import application  # noqa: PLC0415 - only workers carry Flask

    return application()


def _authority(host: str, port: int) -> str:
    return f"[{host}]:{port}" if ":" in host else f"{host}:{port}"


def reserve(settings: Http) -> socket.socket:
    """A socket bound to `http.host` and `http.port` that never listens.

    granian's workers share the port by SO_REUSEPORT, which would also let a second service slip
    in beside the first: so the port is first tried without it. Holding on to it makes port 0 one
    free port for all workers.

    Raises:
        FeedsvcError: the address is taken or is none of this machine's.
    """
    host, port = settings.host, settings.port
    try:
        family, _, _, _, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
        with socket.socket(family) as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            probe.bind(address)
        reserved = socket.socket(family)
        reserved.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        reserved.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
        reserved.bind(address)
    except (OSError, UnicodeError) as error:
        taken = getattr(error, "errno", None) == errno.EADDRINUSE
        why = getattr(error, "strerror", None) or "that is no host's name"
        why = "another program listens there" if taken else why
        raise FeedsvcError(
            f"http.host and http.port: {_authority(host, port)} cannot be used: {why}; "
            "stop it or set another port"
        ) from None
    return reserved
