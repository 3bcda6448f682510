"""The scheduler's turns, one for each configuration."""

from __future__ import annotations

import threading
from collections.abc import Iterator

from feedsvc.config import Config
from feedsvc.processes.reloading import Configurations
from feedsvc.scan.walk import check_root
from feedsvc.service.trial import open_ledger


class Turns:
    """One configuration after another, for work that ends when its turn is over.

    `stop` ends all of it.
    """

    def __init__(self, config: Config, stop: threading.Event) -> None:
        self._config = config
        self._stop = stop
        self._over = threading.Event()
        self._lock = threading.Lock()
        threading.Thread(target=self._pass_on, name="stop", daemon=True).start()

    def __iter__(self) -> Iterator[tuple[Config, threading.Event]]:
        """Each configuration, and the event that says that its turn is over."""
        while not self._stop.is_set():
            with self._lock:
                self._over.clear()
                if self._stop.is_set():
                    return
                config = self._config
            yield config, self._over

    def prepare(self, configurations: Configurations) -> None:
        """See that there is a folder to scan, and a ledger, which is made where there is none.

        Raises:
            FeedsvcError: either cannot be used.
        """
        check_root(configurations.current.articles.folder)
        open_ledger(configurations.current).close()

    def commit(self, configurations: Configurations) -> None:
        """End the present turn and begin another with this configuration."""
        with self._lock:
            self._config = configurations.current
            self._over.set()

    def abandon(self) -> None:
        """There is nothing to forget."""

    def _pass_on(self) -> None:
        self._stop.wait()
        with self._lock:
            self._over.set()
