"""Redirects: those of the configuration, and files that only lead to another address."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from feedsvc.config import Config
from feedsvc.errors import LedgerUnavailable
from feedsvc.feeds.redirects import leading
from feedsvc.web.background import TtlCache

LOOK_SECONDS = 1.0  # the shortest time between two readings of the ledger


def configured_redirects(config: Config) -> dict[str, str]:
    """Path to absolute address, of the redirects in the configuration."""
    return {
        redirect.old: config.address(redirect.to) if redirect.to.startswith("/") else redirect.to
        for redirect in config.redirects
    }


class FileRedirects:
    """Path to address; `read` reads the target of each redirecting file from the ledger.

    Addresses are worked out in the background, when a file has changed. While the ledger does not
    answer, the latest that were read hold. Safe to call from many threads.
    """

    def __init__(self, read: Callable[[], Mapping[str, str]], config: Config) -> None:
        self._addresses = TtlCache(self._current, LOOK_SECONDS)
        self._read = read
        self._config = config
        self._latest: tuple[Mapping[str, str], Mapping[str, str]] = {}, {}

    def target(self, path: str) -> str | None:
        """The address that a path below the site leads to; None where it leads nowhere."""
        try:
            return self._addresses().get(path)
        except LedgerUnavailable:
            return self._latest[1].get(path)

    def _current(self) -> Mapping[str, str]:
        files = self._read()
        if files != self._latest[0]:
            self._latest = files, leading(files, self._config)
        return self._latest[1]
