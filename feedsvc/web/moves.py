"""Redirects of files that only lead elsewhere, as the ledger has them now."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from feedsvc.config import Config
from feedsvc.errors import LedgerUnavailable
from feedsvc.feeds.redirects import leading
from feedsvc.web.background import TtlCache

LOOK_SECONDS = 1.0  # how often, at the most, the ledger is asked


class Moves:
    """Where addresses lead; `read` reads from the ledger where each file does.

    Addresses are worked out in the background, when a file has changed. What was read last counts
    while the ledger does not answer. Safe to call from many threads.
    """

    def __init__(self, read: Callable[[], Mapping[str, str]], config: Config) -> None:
        self._look = TtlCache(self._current, LOOK_SECONDS)
        self._read = read
        self._config = config
        self._known: tuple[Mapping[str, str], Mapping[str, str]] = {}, {}

    def of(self, path: str) -> str | None:
        """The address that a path below the site leads to; None where it leads nowhere."""
        try:
            return self._look().get(path)
        except LedgerUnavailable:
            return self._known[1].get(path)

    def _current(self) -> Mapping[str, str]:
        files = self._read()
        if files != self._known[0]:
            self._known = files, leading(files, self._config)
        return self._known[1]
