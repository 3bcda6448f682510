"""`feedsvc serve`: the scheduler and the web server as two processes under one supervisor."""

from __future__ import annotations

import logging
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from multiprocessing import Pipe
from multiprocessing.connection import Connection

from feedsvc.config import Config
from feedsvc.errors import FeedsvcError, in_one_line

STOP_SECONDS = 4.0  # after which a process that will not stop is killed
SHORTEST_LIFE = 5.0  # seconds; a process that ends sooner is started again with growing pauses
LONGEST_PAUSE = 30.0
RELOAD_SECONDS = 20.0  # for a process to take up a configuration
WRONG_CALL = 2  # a process that exits so would do so again

log = logging.getLogger(__name__)


@dataclass(slots=True)
class _Child:
    """One supervised process, whether it is the first, and when it may be started again.

    It gets its configuration through `channel`: the one in force, whatever the file says now.
    """

    command: str
    process: subprocess.Popen[bytes]
    channel: Connection
    started: float
    pause: float = 0.0
    first: bool = True
    again: float | None = None


class Supervisor:
    """Runs `feedsvc COMMAND` for each command, starting again what ends.

    The first command is the first to take up another configuration: the web servers are ready
    for it before the scheduler publishes anything with it.
    """

    def __init__(self, config: Config, commands: tuple[str, ...]) -> None:
        self._config = config
        self._lock = threading.Lock()
        self._children = [self._new(command) for command in commands]

    def run(
        self,
        stop: threading.Event,
        reload: threading.Event,
        candidate: Callable[[Config], Config],
    ) -> int:
        """Supervise until `stop` is set.

        When `reload` is set, all take up what `candidate` makes of the configuration in force; it
        raises FeedsvcError where that cannot be used.

        Returns:
            The exit status: 0 when stopped, 2 when a process found its call or configuration
            wrong.
        """
        status = 0
        threading.Thread(
            target=self._follow, args=(reload, candidate), name="reload", daemon=True
        ).start()
        while not (stop.wait(0.2) or status):
            for child in self._children:
                with self._lock:
                    status = status or self._tend(child)
        with self._lock:
            _stop_all(self._children)
        return status

    def _follow(self, reload: threading.Event, candidate: Callable[[Config], Config]) -> None:
        while reload.wait():
            reload.clear()
            try:
                self._take_up(candidate(self._config))
            except FeedsvcError as error:
                log.error("the new configuration is not used: %s", in_one_line(error))
            except Exception:
                log.exception("the new configuration is not used")
            else:
                log.info("the new configuration is in force")

    def _take_up(self, config: Config) -> None:
        """Have each process take it up; what is started meanwhile begins with it.

        Raises:
            FeedsvcError: a process cannot take it up, and all keep the former one.
        """
        with self._lock:
            former, self._config = self._config, config
            channels = [child.channel for child in self._children]
        for number, channel in enumerate(channels):
            if refusal := _sent(channel, config):
                with self._lock:
                    self._config = former
                for told in channels[:number]:
                    _sent(told, former)
                raise FeedsvcError(refusal)

    def _new(self, command: str) -> _Child:
        return _Child(command, *self._started(command), time.monotonic())

    def _started(self, command: str) -> tuple[subprocess.Popen[bytes], Connection]:
        ours, theirs = Pipe()
        with theirs:
            handle = theirs.fileno()
            # -P: no module is taken from the folder that serve was started in
            process = subprocess.Popen(
                [sys.executable, "-P", "-m", "feedsvc", command, "--supervised", str(handle)],
                pass_fds=[handle],
            )
        ours.send(self._config)
        return process, ours

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


def _sent(channel: Connection, config: Config) -> str:
    """Why the process behind a channel cannot take up a configuration; nothing where it can.

    A process that is gone is started again with the configuration, so nothing is wrong there.
    """
    try:
        channel.send(config)
        if not channel.poll(RELOAD_SECONDS):
            return "a process of the service does not answer"
        return str(channel.recv())
    except (EOFError, OSError):
        return ""


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
