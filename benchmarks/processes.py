"""What a command and all the processes that it starts cost: wall time, CPU time, peak memory."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import threading
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

TICK = os.sysconf("SC_CLK_TCK")
EVERY = 0.05  # seconds between two looks


@dataclass(frozen=True, slots=True)
class Cost:
    """Seconds of wall and CPU time, and the most memory at one time in bytes.

    The memory is the proportional set size (PSS), which counts what processes share once.
    """

    wall: float
    cpu: float
    memory: int


class Session:
    """A command in a session of its own, whose processes are looked at again and again."""

    def __init__(
        self,
        command: Sequence[str],
        variables: Mapping[str, str],
        log: Path,
        *,
        every: float = EVERY,
    ) -> None:
        self._every = every
        self._started = time.monotonic()
        with log.open("ab") as output:
            self.process = subprocess.Popen(  # noqa: S603 - our own commands
                command,
                env=os.environ | dict(variables),
                stdout=output,
                stderr=output,
                start_new_session=True,
            )
        self._cpu: dict[int, float] = {}
        self.memory = 0
        self.largest = 0  # the most memory of any one of its processes
        self._done = threading.Event()
        self._watcher = threading.Thread(target=self._watch, daemon=True)
        self._watcher.start()

    @property
    def cpu(self) -> float:
        """CPU seconds of all its processes so far, those that have ended as last seen."""
        self._look()
        return sum(self._cpu.values())

    def wait(self) -> Cost:
        """Wait for the end of the command.

        Raises:
            RuntimeError: it failed.
        """
        status = self.process.wait()
        wall = time.monotonic() - self._started
        self._done.set()
        self._watcher.join()
        if status:
            raise RuntimeError(f"{self.process.args!r} ended with status {status}")
        return Cost(wall, sum(self._cpu.values()), self.memory)

    def stop(self) -> None:
        """End it."""
        self._done.set()
        self.process.send_signal(signal.SIGTERM)
        self.process.wait()
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self.process.pid, signal.SIGKILL)

    def _watch(self) -> None:
        while not self._done.wait(self._every):
            self._look()

    def _look(self) -> None:
        memory = 0
        for pid in _of_session(self.process.pid):
            with contextlib.suppress(OSError, ValueError, IndexError):
                fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
                self._cpu[pid] = (int(fields[11]) + int(fields[12])) / TICK
                one = _proportional(pid)
                self.largest = max(self.largest, one)
                memory += one
        self.memory = max(self.memory, memory)


def _of_session(leader: int) -> list[int]:
    found = []
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            with contextlib.suppress(OSError):
                if os.getsid(int(entry.name)) == leader:
                    found.append(int(entry.name))
    return found


def _proportional(pid: int) -> int:
    for line in Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines():
        if line.startswith("Pss:"):
            return int(line.split()[1]) * 1024
    return 0
