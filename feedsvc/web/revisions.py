"""The ledger's revision, as the workers of one server follow it together."""

from __future__ import annotations

import hashlib
import multiprocessing
import time
from collections.abc import Callable
from copy import copy

from feedsvc.errors import LedgerUnavailable
from feedsvc.ledger.feed_content import Revision
from feedsvc.web.background import TtlCache

LOOK_SECONDS = 0.25  # the shortest time between two readings of the ledger's revision

_LEDGER_BITS = 16  # of the shared value; the sequence has the rest
_SEQUENCE_BITS = 48


class Superseded(Exception):
    """The ledger has been published with the settings of a successor, which must answer."""


class Outdated(LedgerUnavailable):
    """The ledger has been published with other settings since its revision was read."""


class Announced:
    """The latest sequence of the change log that any worker has read, in shared memory.

    A worker that has yet to read it reads the ledger before it answers, so that a client whose
    requests reach several workers never gets an older revision after a newer one. Sequences of
    different ledgers, which coexist while a reload waits, are not compared.
    """

    def __init__(self, ledger: str = "") -> None:
        self._value = multiprocessing.RawValue("Q", 0)  # read without a lock
        self._ledger = _digest(ledger)

    def of(self, ledger: str) -> Announced:
        """The same, for those who read the ledger at this address."""
        view = copy(self)
        view._ledger = _digest(ledger)
        return view

    @property
    def sequence(self) -> int:
        """The sequence; 0 before any worker has read one."""
        ledger, sequence = divmod(int(self._value.value), 1 << _SEQUENCE_BITS)
        return sequence if ledger == self._ledger else 0

    @sequence.setter
    def sequence(self, value: int) -> None:
        self._value.value = (self._ledger << _SEQUENCE_BITS) + value

    def advance(self, value: int) -> None:
        """Announce a sequence, unless a later one has been announced."""
        if value > self.sequence:  # noqa: PLR1730 - not writing is the point
            self.sequence = value


class Revisions:
    """Follows the revision of one ledger, which `read` reads. Safe to call from many threads."""

    def __init__(self, read: Callable[[], Revision], announced: Announced) -> None:
        self.read = read
        self._latest = TtlCache(read, LOOK_SECONDS)
        self._announced = announced
        self._sequence = 0
        self._read_at = 0.0
        self._expired_for = 0
        self._retired: str | None = None

    def is_current(self, sequence: int) -> bool:
        """Whether this was the latest sequence a moment ago; nothing is read."""
        if sequence != self._sequence or self._announced.sequence > sequence:
            return False
        return time.monotonic() - self._read_at < LOOK_SECONDS

    def latest(self) -> Revision:
        """The revision, read a moment ago.

        Raises:
            LedgerUnavailable: it cannot be read, or nothing has been published yet.
        """
        revision = self._agreed()
        if revision.sequence == 0:
            raise LedgerUnavailable("nothing has been published yet: no scan has ended")
        return revision

    def is_of_other_ledger(self, revision: Revision) -> bool:
        """Whether the ledger was replaced by one with a shorter change log."""
        return revision.sequence < self._sequence

    def accept(self, revision: Revision) -> None:
        """Take a revision that was just read for the current one."""
        self._sequence, self._read_at = revision.sequence, time.monotonic()

    def checked(self, revision: Revision) -> Revision:
        """The revision, unless it belongs to a successor, which then must see it as well.

        Raises:
            Superseded: it was published with the settings of a successor, see `retire`.
        """
        if self._retired not in (None, revision.settings):
            self.announce(revision.sequence)
            raise Superseded
        return revision

    def retire(self, settings: str | None) -> None:
        """Give way to a successor once the ledger is published with settings other than these.

        With None there is no successor to give way to.
        """
        self._retired = settings

    def expire(self) -> None:
        """Read the revision anew, even where a reading is under way."""
        self._latest.expire()

    def probe(self) -> None:
        """Check that the ledger answers.

        Raises:
            LedgerUnavailable: it does not.
        """
        self._latest()

    def announce(self, sequence: int) -> None:
        """Tell the other workers of a sequence that is about to be served."""
        self._announced.advance(sequence)

    def _agreed(self) -> Revision:
        """A revision that is no earlier than any that another worker has announced."""
        announced = self._announced.sequence
        if announced > max(self._sequence, self._expired_for):  # once: later readings see it
            self._expired_for = announced
            self._latest.expire()
        revision = self._latest()
        if revision.sequence < self._announced.sequence:
            # this reading began before another worker's, or else the ledger was replaced
            self._latest.expire()
            revision = self._latest()
            self._announced.sequence = self._expired_for = revision.sequence
        else:
            self._announced.advance(revision.sequence)
        return revision


def _digest(ledger: str) -> int:
    return int.from_bytes(hashlib.sha256(ledger.encode()).digest()[: _LEDGER_BITS // 8])
