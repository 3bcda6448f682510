"""The configuration that a service starts with, and those that replace it, each validated first."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from multiprocessing.connection import Connection

from feedsvc import __version__
from feedsvc.config import Config, configuration
from feedsvc.errors import LedgerUnavailable
from feedsvc.ledger.feed_content import revision
from feedsvc.ledger.known import state
from feedsvc.ledger.migrating import is_made, migrate
from feedsvc.ledger.scans import claim
from feedsvc.ledger.store import Store
from feedsvc.processes.lifetime import end_when
from feedsvc.processes.peers import Channel
from feedsvc.processes.reloading import MOST_WAITING, Configurations, Reloads, ReloadsOnSignal
from feedsvc.scan.walk import check_root


def initial_configurations(
    file: str | None, handle: int | None, reload: threading.Event
) -> tuple[Configurations, Reloads]:
    """The configuration to start with, and the source of later ones.

    A supervised process gets both from its supervisor through the file descriptor `handle`. Any
    other process reads the file, and rereads it whenever `reload` is set.

    Raises:
        ConfigError: the configuration is invalid or missing.
    """
    if handle is None:
        config = configuration(file)
        configurations = Configurations(config, config)
        return configurations, ReloadsOnSignal(configurations, reload, candidate_from(file))
    channel = Channel(Connection(handle))
    end_when(channel.closed)
    return channel.initial(), channel


def candidate_from(file: str | None) -> Callable[[Configurations], Configurations]:
    """A function that rereads the file and validates it beside the configuration in force."""
    return lambda running: successor(running, configuration(file))


def successor(running: Configurations, config: Config) -> Configurations:
    """The state of the service once `config` has replaced its current configuration.

    Creates nothing: whoever needs the folder or the ledger prepares them.

    Raises:
        FeedsvcError: the ledger belongs to another site, or cannot be reached.
    """
    store = Store(config.store.url)
    try:
        is_made(store, config.site.id)
    finally:
        store.close()
    published, between = _published(running)
    return Configurations(config, published, between)


def _published(running: Configurations) -> tuple[Config, tuple[Config, ...]]:
    """The configuration that the ledger was last published with, and those that followed it.

    If several may be it, the latest of them.
    """
    chain = (running.published, *(step.current for step in running.steps))
    for index in range(len(chain) - 1, 0, -1):
        if _is_in_force(chain[index]):
            return chain[index], chain[index + 1 :]
    return chain[0], chain[1:][1 - MOST_WAITING :]  # leaves room for the new one


def _is_in_force(config: Config) -> bool:
    store = Store(config.store.url, reader=True)
    try:
        return revision(store).settings == config.document_digest(__version__)
    except LedgerUnavailable:
        return False
    finally:
        store.close()


def open_ledger(config: Config) -> Store:
    """This site's ledger, created if there is none.

    Raises:
        ConfigError: it is another site's, or it never had an article and the folder does not exist.
        LedgerUnavailable: it cannot be reached.
    """
    store = Store(config.store.url)
    migrate(store)
    claim(store, config.site.id)
    if state(store).first_import:
        check_root(config.articles.folder)
    return store


class ConfigurationSwitch:
    """The scheduler's part in a reload: each configuration in turn, until `stop` is set."""

    def __init__(self, config: Config, stop: threading.Event) -> None:
        self._config = config
        self._stop = stop
        self._ended = threading.Event()
        self._lock = threading.Lock()
        threading.Thread(target=self._forward_stop, name="stop", daemon=True).start()

    def __iter__(self) -> Iterator[tuple[Config, threading.Event]]:
        """Each configuration, with the event that is set when work with it must end."""
        while not self._stop.is_set():
            with self._lock:
                self._ended.clear()
                if self._stop.is_set():
                    return
                config = self._config
            yield config, self._ended

    def prepare(self, configurations: Configurations) -> None:
        """Check that the folder can be scanned, and create the ledger if there is none.

        Raises:
            FeedsvcError: either is unusable.
        """
        check_root(configurations.current.articles.folder)
        open_ledger(configurations.current).close()

    def commit(self, configurations: Configurations) -> None:
        """End the work with the present configuration, and continue with this one."""
        with self._lock:
            self._config = configurations.current
            self._ended.set()

    def abandon(self) -> None:
        """Do nothing: `prepare` keeps nothing."""

    def _forward_stop(self) -> None:
        self._stop.wait()
        with self._lock:
            self._ended.set()
