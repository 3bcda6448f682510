"""`feedsvc serve`: the scheduler and the web server as two processes under one supervisor."""

from __future__ import annotations

import logging
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass

STOP_SECONDS = 20  # after which a process that will not stop is killed
SHORTEST_LIFE = 5.0  # seconds; a process that ends sooner is started again with growing pauses
LONGEST_PAUSE = 30.0
RELOADS_ITSELF = ("web",)  # on SIGHUP, with nobody turned away
WRONG_CALL = 2  # a process that exits so would do so again

log = logging.getLogger(__name__)


@dataclass(slots=True)
class _Child:
    """One supervised process, whether it is the first, and when it may be started again."""

    command: str
    process: subprocess.Popen[bytes]
    started: float
    pause: float = 0.0
    first: bool = True
    again: float | None = None


def supervise(
    commands: tuple[str, ...],
    stop: threading.Event,
    reload: threading.Event,
    usable: Callable[[], bool],
) -> int:
    """Run `feedsvc COMMAND` for each command until `stop` is set, starting again what ends.

    When `reload` is set and the configuration is `usable`, each takes up the configuration anew.

    Returns:
        The exit status: 0 when stopped, 2 when a process found its call or configuration wrong.
    """
    children = [_Child(command, _start(command), time.monotonic()) for command in commands]
    status = 0
    while not (stop.wait(0.2) or status):
        if reload.is_set():
            reload.clear()
            _reload(children, usable=usable())
        for child in children:
            status = status or _tend(child)
    _stop_all(children)
    return status


def _start(command: str) -> subprocess.Popen[bytes]:
    # -P: no module is taken from the folder that serve was started in
    own = ("--supervised", str(os.getpid()))
    return subprocess.Popen([sys.executable, "-P", "-m", "feedsvc", command, *own])


def _reload(children: list[_Child], *, usable: bool) -> None:
    """Have each take up the configuration: the web server without a pause, all others anew."""
    if not usable:
        log.error("the configuration stays as it was: the new one cannot be used")
        return
    log.info("taking up the configuration anew")
    for child in children:
        if child.process.poll() is not None:
            continue  # it is started again anyway
        if child.command in RELOADS_ITSELF:
            child.process.send_signal(signal.SIGHUP)
        else:
            child.process.terminate()
            child.process.wait()
            child.process, child.started = _start(child.command), time.monotonic()


def _tend(child: _Child) -> int:
    """Look after one process; not 0 where there is no use in going on."""
    now = time.monotonic()
    if child.again is not None and now >= child.again:
        child.process, child.started, child.again = _start(child.command), now, None
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
