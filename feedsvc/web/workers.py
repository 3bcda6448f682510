"""One set of worker processes: granian's, on a listening socket of ours."""

from __future__ import annotations

import logging
import multiprocessing
import os
import resource
import signal
import socket
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from multiprocessing.connection import wait
from typing import TYPE_CHECKING, Any

from granian import Granian
from granian._granian import SocketHolder
from granian.constants import HTTPModes, Interfaces
from granian.http import HTTP1Settings
from granian.log import LogLevels

from feedsvc.config import Http
from feedsvc.logs import LOGGING
from feedsvc.processes import peers
from feedsvc.processes.lifetime import end_with_parent, held_signals, release_signals, start_tracker
from feedsvc.processes.peers import Channel, Peer
from feedsvc.processes.reloading import Configurations
from feedsvc.web.connections import StalledClients, handles_of
from feedsvc.web.draining import Drainer, Draining
from feedsvc.web.listening import BACKLOG, Listener, address
from feedsvc.web.revisions import Announced
from feedsvc.web.sending import PLACES

if TYPE_CHECKING:
    from feedsvc.web.switch import Switch

THREADS = 12 + PLACES  # maximum per worker; Python runs one, the others wait for a client
CONNECTIONS = 8192  # per worker; further ones wait until granian drops slow ones
LEAST_CONNECTIONS = 64
OTHER_FILES = 200  # that a worker may also have open: the ledger, media, event loops
MAX_HEADERS = 1 << 16  # bytes of a request, which each connection may keep in memory
ACCESS_LINE = (
    '%(addr)s "%(method)s %(path)s %(protocol)s" %(status)d %(dt_ms).1f ms "%(header{user-agent})s"'
)
STOP_SECONDS = 3  # after which a worker that does not stop is killed
PREPARE_SECONDS = 15.0  # for the workers to prepare another configuration
COMMIT_SECONDS = 10.0
SHORTEST_LIFE = 5.0  # seconds between the ends of two workers, or the next start is delayed
PAUSE_SECONDS = 1.0
STOP_ACCEPTING_SECONDS = 1.0  # for the workers to accept no more connections
STEP_SECONDS = 0.02

log = logging.getLogger(__name__)


def of_server(settings: Http) -> tuple[object, ...]:
    """The settings that no worker can change while it serves."""
    return address(settings), settings.workers, settings.access_log


def _connections() -> int:
    """The connections that one worker serves at once, within the limit of open files."""
    files = resource.getrlimit(resource.RLIMIT_NOFILE)[0]
    if files == resource.RLIM_INFINITY:
        return CONNECTIONS
    return min(CONNECTIONS, max(LEAST_CONNECTIONS, files - OTHER_FILES))


@dataclass(frozen=True)
class WorkerLoader:
    """Creates the application of a worker, in the worker.

    Further configurations come through `channel`. See Drainer for `listener` and `port`.
    """

    configurations: Configurations
    announced: Announced
    draining: Draining
    listener: str
    port: int
    channel: Channel

    def __call__(self) -> Switch:
        """The application; the process ends with the server that started it."""
        from feedsvc.web.app import create_switch  # noqa: PLC0415 - only workers carry Flask

        signal.signal(signal.SIGHUP, signal.SIG_IGN)  # a terminal's, to all of its processes
        signal.signal(signal.SIGTERM, signal.SIG_DFL)  # until granian sets its own handler
        parent = multiprocessing.parent_process()
        if parent and parent.pid:
            end_with_parent(parent.pid)
        release_signals()
        switch = create_switch(self.configurations, self.announced, self.draining)
        self.channel.follow(switch)
        Drainer(self.draining, switch.in_flight, self.listener, self.port).watch()
        StalledClients(self.port).watch()
        return switch


class Workers(Granian):  # type: ignore[misc, valid-type]  # one of two classes, by the platform
    """A set of workers; one that dies is replaced at once.

    Signal handlers call `stop` on SIGTERM and SIGINT, and `hangup` on SIGHUP.
    """

    def __init__(
        self,
        configurations: Configurations,
        listener: Listener,
        announced: Announced,
        stop: Callable[[], None],
        hangup: Callable[[], None],
    ) -> None:
        settings = configurations.current.http
        self._configurations = configurations
        self.listener = listener
        self._socket, self._port = listener.name, listener.port
        self._announced = announced
        self._on_stop = stop
        self._hangup = hangup
        self._lock = threading.Lock()
        self._peers: dict[int, Peer] = {}
        self._draining = Draining()
        self._ended = False
        self._replaced = -SHORTEST_LIFE
        super().__init__(
            "feedsvc.web.workers:WorkerLoader",
            interface=Interfaces.WSGI,
            workers=settings.workers,
            respawn_failed_workers=True,
            workers_kill_timeout=STOP_SECONDS,
            blocking_threads=THREADS,
            backpressure=_connections(),
            http=HTTPModes.http1,  # in `auto` a connection that sends nothing is never dropped
            http1_settings=HTTP1Settings(max_buffer_size=MAX_HEADERS),
            websockets=False,
            log_access=settings.access_log,
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

    def drain(self) -> None:
        """Have the workers close each connection with the next response on it."""
        self._draining.begin()

    def stop_accepting(self) -> None:
        """Have the workers accept no more connections, and wait until none of them does."""
        self._draining.stop_accepting()
        patient = time.monotonic() + STOP_ACCEPTING_SECONDS
        while self._accepting() and time.monotonic() < patient:
            time.sleep(STEP_SECONDS)

    def _accepting(self) -> bool:
        return any(handles_of(self._socket, one.inner.pid) for one in list(self.wrks))

    def end(self) -> None:
        """Stop the workers."""
        self._ended = True
        super().signal_handler_interrupt()

    def prepare(self, configurations: Configurations) -> None:
        """Have each worker prepare a configuration.

        Raises:
            FeedsvcError: one cannot.
        """
        peers.prepare(self._all_peers(), configurations, PREPARE_SECONDS)

    def commit(self, configurations: Configurations) -> None:
        """Have each worker apply it; one that is started meanwhile begins with it."""
        with self._lock:
            self._configurations = configurations
        peers.commit(self._all_peers(), configurations, COMMIT_SECONDS)

    def abandon(self) -> None:
        """Have each worker discard what it prepared."""
        peers.abandon(self._all_peers())

    def _all_peers(self) -> list[Peer]:
        with self._lock:
            return list(self._peers.values())

    def signal_handler_interrupt(self, *_: Any) -> None:
        """Stop for good (SIGTERM, SIGINT)."""
        self._on_stop()

    def signal_handler_reload(self, *_: Any) -> None:
        """Pass SIGHUP on; granian itself would replace the workers."""
        self._hangup()

    def _init_shared_socket(self) -> None:
        """Pass our own listening socket to the workers: granian would bind one in each of them."""
        release_signals()  # granian has just set its handlers
        start_tracker()
        self._sso = socket.socket(fileno=os.dup(self.listener.socket.fileno()))
        self._sso.set_inheritable(True)
        handle = self._sso.fileno()
        self._shd = SocketHolder(handle, self.listener.is_unix, BACKLOG)  # type: ignore[call-arg]

    def _spawn_workers(self, *args: Any, **more: Any) -> None:
        with held_signals():
            super()._spawn_workers(*args, **more)

    def _respawn_workers(self, *args: Any, **more: Any) -> None:
        """Replace workers that died, after a pause where others died shortly before.

        granian itself would end the server then.
        """
        if time.monotonic() - self._replaced < SHORTEST_LIFE:
            self.main_loop_interrupt.wait(PAUSE_SECONDS)
        with held_signals():
            super()._respawn_workers(*args, **more)
        self.respawned_wrks.clear()
        self._replaced = time.monotonic()

    def _stop_workers(self) -> None:
        """Stop each worker, and kill those that do not stop.

        granian may take a worker for alive that another of its threads has just waited for.
        """
        for worker in self.wrks:
            worker.terminate()
        deadline = time.monotonic() + STOP_SECONDS
        for worker in self.wrks:
            if not wait([worker.inner.sentinel], max(0.0, deadline - time.monotonic())):
                log.warning("web worker %s does not stop; killing it", worker.inner.pid)
                worker.kill()
            worker.join()
        self.wrks.clear()

    def _spawn_worker(self, idx: int, target: Any, callback_loader: Any) -> Any:
        ours, theirs = multiprocessing.Pipe()
        with self._lock:
            if former := self._peers.pop(idx, None):
                former.close()
            loader = WorkerLoader(
                self._configurations,
                self._announced,
                self._draining,
                self._socket,
                self._port,
                Channel(theirs),
            )
            worker = super()._spawn_worker(idx=idx, target=target, callback_loader=loader)
            self._peers[idx] = Peer("a web worker", ours, worker.inner.kill)
        return worker
