"""A wall clock that is wrong, and that is set while the processes that go by it run."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from tests.fronts import program

SOURCE = Path(__file__).with_name("clock.c")


class Clock:
    """The wall clock of the processes that start with its `environment`, right at first.

    `folder` takes the library and the offset that the processes map.
    """

    def __init__(self, folder: Path) -> None:
        self._library = folder / "clock.so"
        self._offset = folder / "clock-offset"
        self.seconds = 0
        self._set(0)
        compiler = program("cc", "gcc")
        build = [compiler, "-O2", "-shared", "-fPIC", "-o", str(self._library), str(SOURCE)]
        subprocess.run(build, check=True)

    def environment(self) -> dict[str, str]:
        """The variables that give a process this clock."""
        return {"LD_PRELOAD": str(self._library), "CLOCK_OFFSET": str(self._offset)}

    def step(self, seconds: int) -> None:
        """Set the clock forward by `seconds`, back where they are negative; takes effect at once.

        It adds to earlier steps; `seconds` of the object is how far ahead the clock is in all.
        """
        self._set(self.seconds + seconds)

    def _set(self, seconds: int) -> None:
        self.seconds = seconds
        mode = "r+b" if self._offset.exists() else "wb"  # in place: the file is mapped
        with self._offset.open(mode) as file:
            file.write(seconds.to_bytes(8, sys.byteorder, signed=True))
