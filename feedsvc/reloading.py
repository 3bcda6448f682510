"""Reload: a configuration is tried whole before the one in force gives way to it."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from multiprocessing.connection import Connection
from typing import Protocol

from feedsvc.config import Config
from feedsvc.errors import FeedsvcError, in_one_line

TakeUp = Callable[[Config], None]  # raises FeedsvcError where the configuration cannot be used

log = logging.getLogger(__name__)


class Reloads(Protocol):
    """Where a process learns of configurations that follow the one it was started with."""

    def follow(self, take_up: TakeUp) -> None:
        """Have `take_up` called, on another thread, with each of them in turn."""


class ReloadsOnSignal:
    """A process on its own, which reads its file anew when `reload` is set (SIGHUP).

    `candidate` reads the file and tries what it says beside the configuration in force.
    """

    def __init__(
        self, config: Config, reload: threading.Event, candidate: Callable[[Config], Config]
    ) -> None:
        self._config = config
        self._reload = reload
        self._candidate = candidate

    def follow(self, take_up: TakeUp) -> None:
        """Wait for the signal on a thread of its own."""
        threading.Thread(target=self._follow, args=(take_up,), name="reload", daemon=True).start()

    def _follow(self, take_up: TakeUp) -> None:
        while self._reload.wait():
            self._reload.clear()
            with _reported():
                config = self._candidate(self._config)
                take_up(config)
                self._config = config
                log.info("the new configuration is in force")


@contextmanager
def _reported() -> Iterator[None]:
    """Log why a configuration cannot be used; the one in force is kept."""
    try:
        yield
    except FeedsvcError as error:
        log.error("the new configuration is not used: %s", in_one_line(error))
    except Exception:
        log.exception("the new configuration is not used")


class Channel:
    """A supervised process's end of the connection to its supervisor.

    The supervisor sends configurations, the first at once. What cannot be taken up is answered
    with the reason. The connection ends with the supervisor, however that ends.
    """

    def __init__(self, handle: int) -> None:
        self._connection = Connection(handle)
        self.closed = threading.Event()

    def first(self) -> Config:
        """The configuration to start with.

        Raises:
            EOFError: the supervisor is gone already.
        """
        config = self._connection.recv()
        assert isinstance(config, Config)  # noqa: S101 - our own supervisor sends nothing else
        return config

    def follow(self, take_up: TakeUp) -> None:
        """Take up what comes, on a thread of its own."""
        threading.Thread(
            target=self._follow, args=(take_up,), name="supervisor", daemon=True
        ).start()

    def _follow(self, take_up: TakeUp) -> None:
        with suppress(EOFError, OSError):
            while True:
                self._connection.send(_refusal(take_up, self.first()))
        self.closed.set()


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

    def take_up(self, config: Config) -> None:
        """End the present turn and begin another with this configuration."""
        with self._lock:
            self._config = config
            self._over.set()

    def _pass_on(self) -> None:
        self._stop.wait()
        with self._lock:
            self._over.set()


def _refusal(take_up: TakeUp, config: Config) -> str:
    """Why a configuration cannot be taken up; nothing where it was."""
    try:
        take_up(config)
    except FeedsvcError as error:
        return str(error)
    except Exception as error:
        log.exception("the configuration cannot be taken up")
        return f"it cannot be taken up ({type(error).__name__})"
    return ""
