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
from feedsvc.web.leaving import LEAVE_SECONDS
from feedsvc.web.listening import Listener, address, bind
from feedsvc.web.revisions import Announced
from feedsvc.web.workers import Workers, of_server

ACCEPT_SECONDS = 0.1  # for those that have connected to an address that is given up
LAST_SECONDS = 0.2  # for clients to send a request on the connections that are accepted last

log = logging.getLogger(__name__)


def serve(configurations: Configurations, reloads: Reloads, hangup: Callable[[], None]) -> None:
    """Serve until SIGTERM or SIGINT, with each configuration that `reloads` brings.

    `hangup` is called on SIGHUP.

    Raises:
        FeedsvcError: the address is taken or is none of this machine's.
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

    Most settings are taken up by the workers while they serve. Where the settings of the server
    itself change, other workers follow, and connections wait in the socket's backlog meanwhile.
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
        self._told: SimpleQueue[Callable[[], None]] = SimpleQueue()
        self._workers = self._running = self._made(configurations)

    def run(self) -> None:
        """Serve until told to stop."""
        threading.Thread(target=self._heed, name="signals", daemon=True).start()
        while not self._stopped:
            workers = self._running = self._workers
            workers.run()
            if workers is self._workers:
                break  # it ended by itself
        self._listener.close()

    def prepare(self, configurations: Configurations) -> None:
        """Get the workers ready for a configuration, and its address bound.

        Raises:
            FeedsvcError: its address cannot be used, or a worker does not get ready.
        """
        settings = configurations.current.http
        if address(settings) != address(self._http):
            self._prepared = bind(settings, beside=self._listener)
        self._workers.prepare(configurations)

    def commit(self, configurations: Configurations) -> None:
        """Have the workers take up a configuration, and others follow them where they must."""
        former, self._http = self._http, configurations.current.http
        self._workers.commit(configurations)
        if address(self._http) != address(former):
            self._move()
        if of_server(self._http) != of_server(former):
            self._replace_workers(configurations)

    def abandon(self) -> None:
        """Forget what was prepared."""
        if self._prepared:
            self._prepared.close()
            self._prepared = None
        self._workers.abandon()

    def _move(self) -> None:
        """Listen where the settings say; connections to the former address are still accepted."""
        moved = self._prepared or bind(self._http, beside=self._listener)
        self._prepared = None
        self._listener = moved.open(beside=self._listener)
        log.info("listening on %s", self._listener)

    def _replace_workers(self, configurations: Configurations) -> None:
        last, self._workers = self._workers, self._made(configurations)
        last.leave()
        time.sleep(LEAVE_SECONDS)
        moved = last.listener is not self._listener
        if moved:
            last.listener.hold_off()
            time.sleep(ACCEPT_SECONDS)
        last.turn_deaf()
        if moved:
            last.listener.close()  # to those that accept it would be an error without end
        time.sleep(LAST_SECONDS)
        last.end()

    def _made(self, configurations: Configurations) -> Workers:
        told = self._told
        return Workers(
            configurations,
            self._listener,
            self._announced,
            told_to_stop=lambda: told.put(self._stop),
            hangup=lambda: told.put(self._hangup),
        )

    def _heed(self) -> None:
        """Do what signals ask for, on a thread of its own.

        A handler interrupts the main thread wherever it is, perhaps inside the lock of an event
        that another handler, or granian, is setting; so it only puts down what is to be done.
        """
        while True:
            self._told.get()()

    def _stop(self) -> None:
        self._stopped = True
        self._running.leave()
        self._running.end()


def _is_news(record: logging.LogRecord) -> bool:
    """granian finds so many threads too many for few cores; most of ours wait for a client."""
    return "Python threads" not in record.getMessage()


def _allow_files() -> None:
    """Let this process and those below it have as many files open as the system lets them.

    The usual limit is 1024, for programs that use select(), as none of ours does.
    """
    most = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))
