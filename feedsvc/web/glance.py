"""A look at what may be slow or away, shared by all who ask at about the same time."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from typing import Generic, TypeVar

from feedsvc.errors import LedgerUnavailable

SECONDS = 1.0  # for which what was seen stands for what is

Seen = TypeVar("Seen")


class Glance(Generic[Seen]):
    """Calls `look` once a second at the most, however many ask from however many threads.

    So a ledger that takes long to say that it is away keeps one thread waiting and not all.
    """

    def __init__(self, look: Callable[[], Seen]) -> None:
        self._look = look
        self._looking = threading.Lock()
        self._looked = 0.0
        self._seen: tuple[Seen] | LedgerUnavailable | None = None

    def __call__(self) -> Seen:
        """What was seen last.

        Raises:
            LedgerUnavailable: that is what was seen.
        """
        # while somebody looks, only those wait who have seen nothing yet
        if not self._is_fresh() and self._looking.acquire(blocking=self._seen is None):
            try:
                if not self._is_fresh():
                    self._look_again()
            finally:
                self._looking.release()
        seen = self._seen
        assert seen is not None  # noqa: S101 - somebody has looked by now
        if isinstance(seen, LedgerUnavailable):
            raise LedgerUnavailable(*seen.args)  # a new one: each raise lengthens its traceback
        return seen[0]

    def _is_fresh(self) -> bool:
        return self._seen is not None and time.monotonic() - self._looked < SECONDS

    def _look_again(self) -> None:
        try:
            self._seen = (self._look(),)
        except LedgerUnavailable as error:
            self._seen = error
        finally:
            self._looked = time.monotonic()
