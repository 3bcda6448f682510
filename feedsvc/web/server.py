"""The web server: granian, with as many processes as are configured."""

from __future__ import annotations

import logging
import resource
import threading
import time
from collections.abc import Callable
from queue import SimpleQueue

from feedsvc.processes.reloading import Configurations, Reloads
from feedsvc.web.counters import counting_together
from feedsvc.web.draining import DRAIN_SECONDS
from feedsvc.web.listening import Listener, address, bind
from feedsvc.web.revisions import Announced
from feedsvc.web.workers import Workers, of_server

ACCEPT_SECONDS = 0.1  # to accept the last connections to an address that is given up
LAST_SECONDS = 0.2  # for clients to send a request on the last connections

log = logging.getLogger(__name__)


def serve(configurations: Configurations, reloads: Reloads, hangup: Callable[[], None]) -> None:
    """Serve until SIGTERM or SIGINT, with each configuration that `reloads` brings.

    `hangup` is called on SIGHUP.

    Raises:
        FeedsvcError: the address is in use or is not one of this machine.
    """
    with counting_together():
        listener = bind(configurations.current.http).open()
        log.info("listening on %s", listener)
        _allow_files()
        logging.getLogger("_granian").addFilter(_is_news)
        server = Server(configurations, listener, hangup)
        reloads.follow(server)
        server.run()


class Server:
    """Runs one set of workers after another on the same listening socket.

    Workers apply most settings while they serve. Where the settings of the server itself change,
    the workers are replaced, and connections wait in the socket's backlog meanwhile.
    """

    def __init__(
        self, configurations: Configurations, listener: Listener, hangup: Callable[[], None]
    ) -> None:
        self._http = configurations.current.http
        self._listener = listener
        self._prepared: Listener | None = None
        self._hangup = hangup
        self._announced = Announced()
        self._stopped = False
        self._actions: SimpleQueue[Callable[[], None]] = SimpleQueue()
        self._workers = self._running = self._create_workers(configurations)

    def run(self) -> None:
        """Serve until told to stop."""
        threading.Thread(target=self._handle_signals, name="signals", daemon=True).start()
        while not self._stopped:
            workers = self._running = self._workers
            workers.run()
            if workers is self._workers:
                break  # they ended by themselves
        self._listener.close()

    def prepare(self, configurations: Configurations) -> None:
        """Prepare the workers for a configuration, and bind its address.

        Raises:
            FeedsvcError: its address cannot be used, or a worker is not ready in time.
        """
        settings = configurations.current.http
        if address(settings) != address(self._http):
            self._prepared = bind(settings, beside=self._listener)
        self._workers.prepare(configurations)

    def commit(self, configurations: Configurations) -> None:
        """Have the workers apply a configuration, and replace them where they cannot."""
        former, self._http = self._http, configurations.current.http
        self._workers.commit(configurations)
        if address(self._http) != address(former):
            self._move()
        if of_server(self._http) != of_server(former):
            self._replace_workers(configurations)

    def abandon(self) -> None:
        """Discard what was prepared."""
        if self._prepared:
            self._prepared.close()
            self._prepared = None
        self._workers.abandon()

    def _move(self) -> None:
        """Listen at the new address; connections to the former one are still accepted."""
        moved = self._prepared or bind(self._http, beside=self._listener)
        self._prepared = None
        self._listener = moved.open(beside=self._listener)
        log.info("listening on %s", self._listener)

    def _replace_workers(self, configurations: Configurations) -> None:
        last, self._workers = self._workers, self._create_workers(configurations)
        last.drain()
        time.sleep(DRAIN_SECONDS)
        moved = last.listener is not self._listener
        if moved:
            last.listener.hold_off()
            time.sleep(ACCEPT_SECONDS)
        last.stop_accepting()
        if moved:
            last.listener.close()  # a worker that still accepted would meet an endless error
        time.sleep(LAST_SECONDS)
        last.end()

    def _create_workers(self, configurations: Configurations) -> Workers:
        actions = self._actions
        return Workers(
            configurations,
            self._listener,
            self._announced,
            stop=lambda: actions.put(self._stop),
            hangup=lambda: actions.put(self._hangup),
        )

    def _handle_signals(self) -> None:
        """Run the actions of signals, on a thread of its own.

        A handler interrupts the main thread anywhere, perhaps inside the lock of an event that
        another handler, or granian, is setting; so it only queues its action.
        """
        while True:
            self._actions.get()()

    def _stop(self) -> None:
        self._stopped = True
        self._running.drain()
        self._running.end()


def _is_news(record: logging.LogRecord) -> bool:
    """Not granian's warning of many threads on few cores: most of ours wait for a client."""
    return "Python threads" not in record.getMessage()


def _allow_files() -> None:
    """Raise the limit of open files of this process and its children to the system's maximum.

    The usual limit is 1024, for programs that use select(); none of ours does.
    """
    most = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))
