"""The file published under each media id, from memory while the ledger stays as it is."""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Callable
from concurrent.futures import wait

from feedsvc.errors import LedgerUnavailable
from feedsvc.ledger.editions import Revision
from feedsvc.ledger.media import Medium
from feedsvc.web.background import PATIENCE, Calls, result_of

KEPT = 10_000  # ids, with paths of up to 2 kB


class MediaIndex:
    """Finds files by id; safe to call from many threads.

    `look_up` asks the ledger, `revision` tells its revision.
    """

    def __init__(
        self, look_up: Callable[[str], Medium | None], revision: Callable[[], Revision]
    ) -> None:
        self._look_up = look_up
        self._revision = revision
        self._calls = Calls()
        self._lock = threading.Lock()
        # each with the sequence of its revision, the one asked for longest ago first
        self._kept: OrderedDict[str, tuple[int, Medium | None]] = OrderedDict()

    def find(self, media_id: str) -> Medium | None:
        """The file; None where no published article shows it.

        While the ledger does not answer, what is known stands.

        Raises:
            LedgerUnavailable: nothing is known of it, and the ledger cannot be asked now.
        """
        kept = self._kept.get(media_id)
        try:
            sequence = self._revision().sequence
            if kept and kept[0] == sequence:
                return kept[1]
            medium = self._asked(media_id)
        except LedgerUnavailable:
            if kept is None:
                raise
            return kept[1]
        with self._lock:
            self._kept[media_id] = sequence, medium
            self._kept.move_to_end(media_id)
            while len(self._kept) > KEPT:
                self._kept.popitem(last=False)
        return medium

    def _asked(self, media_id: str) -> Medium | None:
        call = self._calls.start(lambda: self._look_up(media_id))
        if not wait([call], PATIENCE).done:
            raise LedgerUnavailable("the ledger does not answer")
        return result_of(call)
