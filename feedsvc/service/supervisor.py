"""`feedsvc serve`: the scheduler and the web server as two processes under one supervisor."""

from __future__ import annotations

import logging
import subprocess
import sys
import threading
import time
from dataclasses import dataclass
from multiprocessing import Pipe

from feedsvc.processes import peers
from feedsvc.processes.lifetime import held_signals
from feedsvc.processes.peers import Peer
from feedsvc.processes.reloading import Configurations

STOP_SECONDS = 4.0  # after which a process that does not stop is killed
MIN_LIFE_SECONDS = 5.0  # seconds; a process that ends sooner is restarted after growing pauses
MAX_PAUSE = 30.0  # seconds before a process is restarted
PREPARE_SECONDS = 20.0  # for a process to prepare a configuration
COMMIT_SECONDS = 20.0
INVALID_USE = 2  # the exit status of a process that would exit the same way again

log = logging.getLogger(__name__)


@dataclass(slots=True)
class _Child:
    """One supervised process; `first` until it ends, `restart_at` is when.

    It gets the configuration in force through `channel`, whatever the file says now.
    """

    command: str
    process: subprocess.Popen[bytes]
    channel: Peer
    started: float
    pause: float = 0.0
    first: bool = True
    restart_at: float | None = None


class Supervisor:
    """Runs `feedsvc COMMAND` for each command and restarts those that end.

    The first command is the first to switch to a new configuration: the web server is ready for it
    before the scheduler publishes anything with it.
    """

    def __init__(self, configurations: Configurations, commands: tuple[str, ...]) -> None:
        self._configurations = configurations
        self._lock = threading.Lock()
        self._children = [self._new(command) for command in commands]

    def run(self, stop: threading.Event) -> int:
        """Supervise until `stop` is set.

        Returns:
            The exit status: 0 if stopped, 2 if a process found its arguments or configuration
            invalid.
        """
        status = 0
        while not (stop.wait(0.2) or status):
            for child in self._children:
                with self._lock:
                    status = status or self._restart_if_ended(child)
        with self._lock:
            _stop_all(self._children)
        return status

    def prepare(self, configurations: Configurations) -> None:
        """Have one process after the other prepare.

        The scheduler, which creates a missing ledger, is asked only after the web server has found
        its address usable.

        Raises:
            FeedsvcError: one could not.
        """
        for channel in self._channels():
            peers.prepare([channel], configurations, PREPARE_SECONDS)

    def commit(self, configurations: Configurations) -> None:
        """Have each process switch; one that is restarted meanwhile starts with the new one."""
        with self._lock:
            self._configurations = configurations
        for channel in self._channels():
            peers.commit([channel], configurations, COMMIT_SECONDS)

    def abandon(self) -> None:
        """Have each process discard what it prepared."""
        peers.abandon(self._channels())

    def _channels(self) -> list[Peer]:
        with self._lock:
            return [child.channel for child in self._children]

    def _new(self, command: str) -> _Child:
        return _Child(command, *self._start(command), time.monotonic())

    def _start(self, command: str) -> tuple[subprocess.Popen[bytes], Peer]:
        ours, theirs = Pipe()
        with theirs, held_signals():  # the process unblocks them when it is ready
            handle = theirs.fileno()
            # -P: no module is taken from the folder that serve was started in
            process = subprocess.Popen(
                [sys.executable, "-P", "-m", "feedsvc", command, "--supervised", str(handle)],
                pass_fds=[handle],
            )
        channel = Peer(f"feedsvc {command}", ours, process.kill)
        channel.send(self._configurations)
        return process, channel

    def _restart_if_ended(self, child: _Child) -> int:
        """Restart a process that has ended.

        Returns:
            0, or an exit status if restarting is pointless.
        """
        now = time.monotonic()
        if child.restart_at is None:
            code = child.process.poll()
            return 0 if code is None else _schedule_restart(child, code, now)
        if now >= child.restart_at:
            child.channel.close()
            child.process, child.channel = self._start(child.command)
            child.started, child.restart_at = now, None
        return 0


def _schedule_restart(child: _Child, code: int, now: float) -> int:
    """Set when a process that ended with `code` is restarted; 0, or `code` if it must not be."""
    if code == INVALID_USE and child.first:
        return code
    short = now - child.started < MIN_LIFE_SECONDS
    child.first = False
    child.pause = min(MAX_PAUSE, child.pause * 2 + 1) if short else 0.0
    child.restart_at = now + child.pause
    log.error(
        "feedsvc %s ended with status %s; restarting it in %.0f s", child.command, code, child.pause
    )
    return 0


def _stop_all(children: list[_Child]) -> None:
    for child in children:
        child.process.terminate()
    deadline = time.monotonic() + STOP_SECONDS
    for child in children:
        try:
            child.process.wait(max(0.0, deadline - time.monotonic()))
        except subprocess.TimeoutExpired:
            log.error("feedsvc %s does not stop; killing it", child.command)
            child.process.kill()
            child.process.wait()
