"""The ledger's revision, as the workers of one server know it together."""

from __future__ import annotations

import time
from collections.abc import Callable

from feedsvc.errors import LedgerUnavailable
from feedsvc.ledger.editions import Revision
from feedsvc.web.announced import Announced
from feedsvc.web.background import TtlCache

LOOK_SECONDS = 0.25  # how often, at the most, the ledger's revision is read


class Superseded(Exception):
    """The ledger has been published with the settings of a successor, which has the answer."""


class Revisions:
    """Follows the revision of a ledger, which `read` reads.

    `announced` is what the workers of one server tell each other. `forget` is called where the
    ledger was replaced by one with a shorter change log. Safe to call from many threads.
    """

    def __init__(
        self, read: Callable[[], Revision], announced: Announced, forget: Callable[[], None]
    ) -> None:
        self.read = read
        self._glance = TtlCache(read, LOOK_SECONDS)
        self._announced = announced
        self._forget = forget
        self._sequence = 0
        self._looked = 0.0
        self._expired_for = 0
        self._retired: str | None = None

    def is_current(self, sequence: int) -> bool:
        """Whether this was the latest sequence a moment ago; nothing is looked up."""
        if sequence != self._sequence or self._announced.sequence > sequence:
            return False
        return time.monotonic() - self._looked < LOOK_SECONDS

    def latest(self) -> Revision:
        """The revision, read a moment ago.

        Raises:
            LedgerUnavailable: it cannot be read, or nothing has been published yet.
        """
        found = self._agreed()
        if found.sequence == 0:
            raise LedgerUnavailable("nothing has been published yet: no scan has ended")
        if found.sequence < self._sequence:
            self._forget()
        self._sequence, self._looked = found.sequence, time.monotonic()
        return found

    def own(self) -> Revision:
        """The same, if it was published with the settings that are served here.

        Raises:
            LedgerUnavailable: it cannot be read, or nothing has been published yet.
            Superseded: it was published with those of a successor, see `retire`.
        """
        return self.checked(self.latest())

    def checked(self, revision: Revision) -> Revision:
        """A revision, unless it is one for the successor, which then has to see it as well.

        Raises:
            Superseded: it is.
        """
        if self._retired not in (None, revision.settings):
            self.announce(revision.sequence)
            raise Superseded
        return revision

    def retire(self, settings: str | None) -> None:
        """Give way to a successor once the ledger is published with other settings than these."""
        self._retired = settings

    def expire(self) -> None:
        """Let no look that has begun stand for the present any longer."""
        self._glance.expire()

    def probe(self) -> None:
        """See that the ledger answers.

        Raises:
            LedgerUnavailable: it does not.
        """
        self._glance()

    def announce(self, sequence: int) -> None:
        """Tell the other workers of a sequence that is about to be served."""
        self._announced.advance(sequence)

    def _agreed(self) -> Revision:
        """A revision that is no earlier than any that another worker has announced."""
        announced = self._announced.sequence
        if announced > max(self._sequence, self._expired_for):  # once: a look from now on sees it
            self._expired_for = announced
            self._glance.expire()
        found = self._glance()
        if found.sequence < self._announced.sequence:
            # a look that began before another worker's, or else a ledger made anew
            self._glance.expire()
            found = self._glance()
            self._announced.sequence = self._expired_for = found.sequence
        else:
            self._announced.advance(found.sequence)
        return found
