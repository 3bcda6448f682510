"""How a process ends: on the signals that ask it to, and with the process that started it."""

from __future__ import annotations

import os
import signal
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from multiprocessing import resource_tracker
from queue import SimpleQueue
from types import FrameType

LOOK_SECONDS = 0.2
STOP_SECONDS = 3.0  # from the signal to the end, whatever a hub or a database does

_SIGNALS = {signal.SIGHUP, signal.SIGTERM, signal.SIGINT}
_meant = set(_SIGNALS)  # for this process; for one with a parent, SIGINT is not


def hold_signals() -> None:
    """Let SIGHUP, SIGTERM and SIGINT wait until it is known what they mean here.

    By themselves they would kill a service that is asked to reload or to stop as it starts.
    """
    signal.pthread_sigmask(signal.SIG_BLOCK, _SIGNALS)


def release_signals() -> None:
    """Let the signals come that have waited."""
    signal.pthread_sigmask(signal.SIG_UNBLOCK, _meant)


def ignore_signals() -> None:
    """Heed none of these signals any more: all is done, and as Python ends, one would kill it."""
    for number in _SIGNALS:
        signal.signal(number, signal.SIG_IGN)


def _leave_interrupts() -> None:
    """Let SIGINT never come: a terminal sends it to a whole group, whose parent ends the rest."""
    _meant.discard(signal.SIGINT)
    signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})


@contextmanager
def held_signals(*which: int) -> Iterator[None]:
    """Let these signals wait, also for the processes that are started meanwhile.

    Without any: SIGHUP, SIGTERM and SIGINT. A process that is started so lets none come by itself.
    """
    before = signal.pthread_sigmask(signal.SIG_BLOCK, which or _SIGNALS)
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


def start_tracker() -> None:
    """Start multiprocessing's resource tracker, with the signals that wait still waiting.

    It is started with the first child process otherwise, and lets SIGINT and SIGTERM come then.
    """
    waiting = signal.pthread_sigmask(signal.SIG_BLOCK, ())
    resource_tracker.ensure_running()
    signal.pthread_sigmask(signal.SIG_SETMASK, waiting)


@contextmanager
def ended_by(stop: threading.Event) -> Iterator[None]:
    """End this process as soon as `stop` is set: nothing has begun yet that has to be finished."""
    begun = threading.Event()

    def watch() -> None:
        while not begun.is_set():
            if stop.wait(LOOK_SECONDS) and not begun.is_set():
                os._exit(0)

    threading.Thread(target=watch, name="early end", daemon=True).start()
    try:
        yield
    finally:
        begun.set()


def stop_on_signals(reload: threading.Event | None = None) -> threading.Event:
    """An event that SIGTERM and SIGINT set; SIGHUP sets `reload`, where that is given.

    A handler interrupts the main thread wherever it is, perhaps inside the event's own lock; so
    it only writes to a queue made for that, and another thread sets the event.
    """
    stop = threading.Event()
    told: SimpleQueue[int] = SimpleQueue()

    def pass_on() -> None:
        while told.get() == signal.SIGHUP:
            if reload:
                reload.set()
        stop.set()

    def handle(number: int, _frame: FrameType | None) -> None:
        told.put(number)

    threading.Thread(target=pass_on, name="signals", daemon=True).start()
    signal.signal(signal.SIGTERM, handle)
    signal.signal(signal.SIGINT, handle)
    signal.signal(signal.SIGHUP, handle if reload else signal.SIG_IGN)
    release_signals()
    return stop


def end_soon_after(stop: threading.Event) -> None:
    """End this process STOP_SECONDS after `stop` is set, where it has not ended by itself.

    A database or a hub that does not answer can hold a thread for ever. Nothing is lost: what was
    not committed is done again, what was not delivered stays queued.
    """

    def watch() -> None:
        stop.wait()
        time.sleep(STOP_SECONDS)
        os._exit(0)

    threading.Thread(target=watch, name="end", daemon=True).start()


def end_when(gone: threading.Event) -> None:
    """Stop this process as by SIGTERM once its supervisor is `gone`, killed perhaps.

    Otherwise it would keep the port and the lease from the one that comes next.
    """
    _leave_interrupts()

    def watch() -> None:
        gone.wait()
        _end()

    threading.Thread(target=watch, name="supervisor watch", daemon=True).start()


def end_with_parent(parent: int) -> None:
    """The same for a process without a channel to its parent, which is known by process id."""
    _leave_interrupts()

    def watch() -> None:
        while os.getppid() == parent:
            time.sleep(LOOK_SECONDS)
        _end()

    threading.Thread(target=watch, name="parent watch", daemon=True).start()


def _end() -> None:
    # at the main thread, which may be waiting where only its own signals wake it
    signal.pthread_kill(threading.main_thread().ident or 0, signal.SIGTERM)
    time.sleep(STOP_SECONDS)
    os.kill(os.getpid(), signal.SIGKILL)
