"""The web server: granian, with as many processes as are configured."""

from __future__ import annotations

import logging
import multiprocessing
import os
import resource
import socket
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from multiprocessing.connection import Connection
from typing import Any

from granian import Granian
from granian._granian import SocketHolder
from granian.constants import Interfaces
from granian.http import HTTP1Settings
from granian.log import LogLevels

from feedsvc.config import Config, Http
from feedsvc.errors import FeedsvcError
from feedsvc.logs import LOGGING
from feedsvc.reloading import Reloads
from feedsvc.web.announced import Announced
from feedsvc.web.listening import BACKLOG, Listener, address, listen
from feedsvc.web.sending import STREAMS
from feedsvc.web.worker import WorkerLoader

THREADS = 4 + STREAMS  # per worker; Python runs one, others wait for the ledger or a client
CONNECTIONS = 8192  # per worker; what comes then waits until granian drops those that dawdle
MOST_HEADERS = 1 << 16  # bytes of a request, which each connection may keep in memory
ACCESS_LINE = (
    '%(addr)s "%(method)s %(path)s %(protocol)s" %(status)d %(dt_ms).1f ms "%(header{user-agent})s"'
)
TOGETHER = "PROMETHEUS_MULTIPROC_DIR"  # prometheus-client's own, which workers inherit
STOP_SECONDS = 3  # after which a worker that will not stop is killed
RELOAD_SECONDS = 15.0  # for a worker to get ready for another configuration

log = logging.getLogger(__name__)


def serve(config: Config, reloads: Reloads, hangup: Callable[[], None]) -> None:
    """Serve until SIGTERM or SIGINT, with each configuration that `reloads` brings.

    `hangup` is called on SIGHUP.

    Raises:
        FeedsvcError: the address is taken or is none of this machine's.
    """
    with _counting_together():
        listener = listen(config.http)
        log.info("listening on %s", listener)
        _allow_files()
        logging.getLogger("_granian").addFilter(_is_news)
        server = Server(config, listener, hangup)
        reloads.follow(server.take_up)
        server.run()


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


class Server:
    """Runs one set of workers after another on the same listening socket.

    Most settings are taken up by the workers while they serve. Where the settings of the server
    itself change, other workers follow, and connections wait in the socket's backlog meanwhile.
    """

    def __init__(self, config: Config, listener: Listener, hangup: Callable[[], None]) -> None:
        self._config = config
        self._listener = listener
        self._hangup = hangup
        self._announced = Announced()
        self._taking_up = threading.Lock()
        self._stopped = False
        self._workers = self._made()

    def run(self) -> None:
        """Serve until told to stop."""
        while not self._stopped:
            workers = self._workers
            workers.run()
            if workers is self._workers:
                break  # it ended by itself
        self._listener.close()

    def take_up(self, config: Config) -> None:
        """Have the workers take up a configuration; return when they are ready for it.

        Raises:
            FeedsvcError: its address cannot be used, or a worker does not get ready.
        """
        with self._taking_up:
            if _of_server(config.http) == _of_server(self._config.http):
                self._workers.take_up(config)
                self._config = config
                return
            former = self._listener
            if address(config.http) != address(self._config.http):
                self._listener = listen(config.http)
                log.info("listening on %s", self._listener)
            self._config = config
            last, self._workers = self._workers, self._made()
            last.end()
            if former is not self._listener:
                former.close()

    def _made(self) -> _Workers:
        return _Workers(self._config, self._listener, self._announced, self._stop, self._hangup)

    def _stop(self) -> None:
        self._stopped = True
        self._workers.end()


def _of_server(settings: Http) -> tuple[object, ...]:
    """What no worker can change while it serves."""
    return address(settings), settings.workers, settings.access_log


class _Workers(Granian):  # type: ignore[misc, valid-type]  # one of two classes, by the platform
    """granian's workers on a socket of ours; a worker that was killed is replaced at once."""

    def __init__(
        self,
        config: Config,
        listener: Listener,
        announced: Announced,
        told_to_stop: Callable[[], None],
        hangup: Callable[[], None],
    ) -> None:
        self._config = config
        self._listener = listener
        self._announced = announced
        self._told_to_stop = told_to_stop
        self._hangup = hangup
        self._channels: dict[int, Connection] = {}
        self._ended = False
        super().__init__(
            "feedsvc.web.worker:WorkerLoader",
            interface=Interfaces.WSGI,
            workers=config.http.workers,
            respawn_failed_workers=True,
            workers_kill_timeout=STOP_SECONDS,
            blocking_threads=THREADS,
            backpressure=CONNECTIONS,
            http1_settings=HTTP1Settings(max_buffer_size=MOST_HEADERS),
            websockets=False,
            log_access=config.http.access_log,
            log_access_format=ACCESS_LINE,
            log_level=LogLevels.warning,
            log_dictconfig=LOGGING,
        )

    def run(self) -> None:
        """Serve until told to stop, or until `end` is called."""
        try:
            self.serve(target_loader=lambda: None, wrap_loader=False)
        except SystemExit:
            if not self._ended:  # a worker died while they were being stopped
                raise

    def end(self) -> None:
        """Stop the workers."""
        self._ended = True
        super().signal_handler_interrupt()

    def take_up(self, config: Config) -> None:
        """Have each worker get ready for a configuration.

        Raises:
            FeedsvcError: one does not.
        """
        former, self._config = self._config, config  # which workers started from now on begin with
        for number, channel in list(self._channels.items()):
            refusal = self._sent(number, channel, config)
            if refusal:
                self._config = former
                raise FeedsvcError(refusal)

    def _sent(self, number: int, channel: Connection, config: Config) -> str:
        """Why a worker cannot take up a configuration; nothing where it can, or is replaced."""
        deadline = time.monotonic() + RELOAD_SECONDS
        try:
            channel.send(config)
            while not channel.poll(0.1):
                if self._channels.get(number) is not channel:
                    return ""  # its successor began with this configuration
                if time.monotonic() > deadline:
                    return "a web worker does not answer"
            return str(channel.recv())
        except (EOFError, OSError):
            return ""

    def signal_handler_interrupt(self, *_: Any) -> None:
        """Stop for good (SIGTERM, SIGINT)."""
        self._told_to_stop()

    def signal_handler_reload(self, *_: Any) -> None:
        """Pass SIGHUP on; granian itself would replace the workers."""
        self._hangup()

    def _init_shared_socket(self) -> None:
        """Hand the workers our own listening socket: granian would bind one in each of them."""
        self._sso = socket.socket(fileno=os.dup(self._listener.socket.fileno()))
        self._sso.set_inheritable(True)
        handle = self._sso.fileno()
        self._shd = SocketHolder(handle, self._listener.is_unix, BACKLOG)  # type: ignore[call-arg]

    def _spawn_worker(self, idx: int, target: Any, callback_loader: Any) -> Any:
        ours, theirs = multiprocessing.Pipe()
        self._channels[idx] = ours
        loader = WorkerLoader(self._config, self._announced, theirs)
        return super()._spawn_worker(idx=idx, target=target, callback_loader=loader)


def _is_news(record: logging.LogRecord) -> bool:
    """granian finds so many threads too many for few cores; most of ours wait for a client."""
    return "Python threads" not in record.getMessage()


def _allow_files() -> None:
    """Let this process and those below it have as many files open as the system lets them.

    The usual limit is 1024, for programs that use select(), as none of ours does.
    """
    most = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))
