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

STOP_SECONDS = 4.0  # after which a process that will not stop is killed
SHORTEST_LIFE = 5.0  # seconds; a process that ends sooner is started again with growing pauses
LONGEST_PAUSE = 30.0
PREPARE_SECONDS = 20.0  # for a process to get ready for a configuration
COMMIT_SECONDS = 20.0
WRONG_CALL = 2  # a process that exits so would do so again

log = logging.getLogger(__name__)


@dataclass(slots=True)
class _Child:
    """One supervised process, whether it is the first, and when it may be started again.

    It gets its configuration through `channel`: the one in force, whatever the file says now.
    """

    command: str
    process: subprocess.Popen[bytes]
    channel: Peer
    started: float
    pause: float = 0.0
    first: bool = True
    again: float | None = None


class Supervisor:
    """Runs `feedsvc COMMAND` for each command, starting again what ends.

    The first command is the first to take up another configuration: the web servers are ready
    for it before the scheduler publishes anything with it.
    """

    def __init__(self, configurations: Configurations, commands: tuple[str, ...]) -> None:
        self._configurations = configurations
        self._lock = threading.Lock()
        self._children = [self._new(command) for command in commands]

    def run(self, stop: threading.Event) -> int:
        """Supervise until `stop` is set.

        Returns:
            The exit status: 0 when stopped, 2 when a process found its call or configuration
            wrong.
        """
        status = 0
        while not (stop.wait(0.2) or status):
            for child in self._children:
                with self._lock:
                    status = status or self._tend(child)
        with self._lock:
            _stop_all(self._children)
        return status

    def prepare(self, configurations: Configurations) -> None:
        """Have one process after the other get ready for a configuration.

        The scheduler, which makes a ledger where there is none, comes when the web server has
        found its address usable.

        Raises:
            FeedsvcError: one cannot.
        """
        for channel in self._channels():
            peers.prepare([channel], configurations, PREPARE_SECONDS)

    def commit(self, configurations: Configurations) -> None:
        """Have each process take it up; one that is started meanwhile begins with it."""
        with self._lock:
            self._configurations = configurations
        for channel in self._channels():
            peers.commit([channel], configurations, COMMIT_SECONDS)

    def abandon(self) -> None:
        """Have each process forget what it prepared."""
        peers.abandon(self._channels())

    def _channels(self) -> list[Peer]:
        with self._lock:
            return [child.channel for child in self._children]

    def _new(self, command: str) -> _Child:
        return _Child(command, *self._started(command), time.monotonic())

    def _started(self, command: str) -> tuple[subprocess.Popen[bytes], Peer]:
        ours, theirs = Pipe()
        with theirs, held_signals():  # which the process lets come when it is ready for them
            handle = theirs.fileno()
            # -P: no module is taken from the folder that serve was started in
            process = subprocess.Popen(
                [sys.executable, "-P", "-m", "feedsvc", command, "--supervised", str(handle)],
                pass_fds=[handle],
            )
        channel = Peer(f"feedsvc {command}", ours, process.kill)
        channel.send(self._configurations)
        return process, channel

    def _tend(self, child: _Child) -> int:
        """Look after one process; not 0 where there is no use in going on."""
        now = time.monotonic()
        if child.again is not None and now >= child.again:
            child.channel.close()
            child.process, child.channel = self._started(child.command)
            child.started, child.again = now, None
        elif child.again is None and (code := child.process.poll()) is not None:
            brief = now - child.started < SHORTEST_LIFE
            if code == WRONG_CALL and child.first:
                return code
            child.first = False
            child.pause = min(LONGEST_PAUSE, child.pause * 2 + 1) if brief else 0.0
            child.again = now + child.pause
            log.error(
                "feedsvc %s ended with status %s; starting it again in %.0f s",
                child.command,
                code,
                child.pause,
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
