"""What the workers of one web server tell each other, in memory that they share."""

from __future__ import annotations

import hashlib
import multiprocessing
from copy import copy

_LEDGER_BITS = 16  # of the value that is shared; the sequence has the rest
_SEQUENCE_BITS = 48


class Announced:
    """The latest sequence of the change log that any worker has read from the ledger.

    A worker that has yet to read it looks at the ledger before it answers, so that a client whose
    requests meet several workers never gets an older revision after a newer one. Sequences of
    several ledgers, which there are while a reload waits, are not compared.
    """

    def __init__(self, ledger: str = "") -> None:
        self._value = multiprocessing.RawValue("Q", 0)  # reading it takes no lock
        self._ledger = _mark(ledger)

    def of(self, ledger: str) -> Announced:
        """The same, for those who read the ledger with this address."""
        view = copy(self)
        view._ledger = _mark(ledger)
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
        """Announce a sequence, unless others have announced a later one."""
        if value > self.sequence:  # noqa: PLR1730 - not to write is the point
            self.sequence = value


def _mark(ledger: str) -> int:
    return int.from_bytes(hashlib.sha256(ledger.encode()).digest()[: _LEDGER_BITS // 8])
