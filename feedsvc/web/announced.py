"""What the workers of one web server tell each other, in memory that they share."""

from __future__ import annotations

import multiprocessing


class Announced:
    """The latest sequence of the change log that any worker has read from the ledger.

    A worker that has yet to read it looks at the ledger before it answers, so that a client whose
    requests meet several workers never gets an older revision after a newer one.
    """

    def __init__(self) -> None:
        self._sequence = multiprocessing.RawValue("Q", 0)  # reading it takes no lock

    @property
    def sequence(self) -> int:
        """The sequence; 0 before any worker has read one."""
        return int(self._sequence.value)

    @sequence.setter
    def sequence(self, value: int) -> None:
        self._sequence.value = value

    def advance(self, value: int) -> None:
        """Announce a sequence, unless others have announced a later one."""
        if value > self._sequence.value:  # noqa: PLR1730 - not to write is the point
            self._sequence.value = value


class Flag:
    """What a server tells its workers, once."""

    def __init__(self) -> None:
        self._value = multiprocessing.RawValue("b", 0)

    def set(self) -> None:
        """Raise it."""
        self._value.value = 1

    def __bool__(self) -> bool:
        return bool(self._value.value)
