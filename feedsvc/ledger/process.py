"""The identity of this process, from which others can determine whether it still runs."""

from __future__ import annotations

import os
import socket
from dataclasses import dataclass
from pathlib import Path

PROC = Path("/proc")
STATE, START = 0, 19  # fields of /proc/PID/stat behind the command's name: 3 and 22 in proc(5)


@dataclass(frozen=True, slots=True)
class Process:
    """A process: its `name` for people, its `instance` to compare.

    `instance` is empty where the system does not tell (no /proc). Else it differs from that of
    every other process of any host, earlier ones with the same process id included.
    """

    name: str
    instance: str


def this_process() -> Process:
    """The current process."""
    number = os.getpid()
    return Process(f"{socket.gethostname()} process {number}", _instance(number))


def _instance(number: int) -> str:
    try:
        # a /proc of another process-id namespace tells of other processes by our numbers
        ours = (PROC / "self").readlink().name == str(number)
        return f"{_kernel()}/{number}/{_stat(number)[START]}" if ours else ""
    except OSError:
        return ""


def _kernel() -> str:
    """This boot of this machine, and the namespace in which its process ids are counted."""
    boot = (PROC / "sys/kernel/random/boot_id").read_text(encoding="ascii").strip()
    return f"{boot}/{(PROC / 'self/ns/pid').stat().st_ino}"


def _stat(number: int) -> list[str]:
    """Fields of the process's state; its name, which comes before, may hold blanks itself."""
    return (PROC / str(number) / "stat").read_text(encoding="utf-8").rpartition(")")[2].split()


def is_dead(instance: str) -> bool:
    """Whether this was a process of this machine that certainly no longer runs."""
    mine = this_process().instance
    kernel, _, process = instance.rpartition("/")[0].rpartition("/")
    if not mine or mine.rsplit("/", 2)[0] != kernel:
        return False
    number, start = int(process), instance.rpartition("/")[2]
    try:
        os.kill(number, 0)
    except ProcessLookupError:
        return True
    except PermissionError:
        pass  # it is another user's
    try:
        fields = _stat(number)
    except OSError:
        return False  # /proc may hide the processes of other users (hidepid)
    return fields[START] != start or fields[STATE] in "ZX"
