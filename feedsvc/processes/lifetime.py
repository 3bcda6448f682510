"""How a process ends: on SIGTERM and SIGINT, and together with its parent process."""

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

POLL_SECONDS = 0.2
STOP_SECONDS = 3.0  # from the signal to the end, even if a hub or a database does not answer

_SIGNALS = {signal.SIGHUP, signal.SIGTERM, signal.SIGINT}
_handled = set(_SIGNALS)  # by this process; one with a parent does not handle SIGINT


def hold_signals() -> None:
    """Block SIGHUP, SIGTERM and SIGINT until their handlers are installed.

    Their default action would kill a service that is asked to reload or stop while it starts.
    """
    signal.pthread_sigmask(signal.SIG_BLOCK, _SIGNALS)


def release_signals() -> None:
    """Unblock the signals; those that are pending are delivered now."""
    signal.pthread_sigmask(signal.SIG_UNBLOCK, _handled)


def ignore_signals() -> None:
    """Ignore these signals from now on: they would kill Python while it shuts down."""
    for number in _SIGNALS:
        signal.signal(number, signal.SIG_IGN)


def _block_interrupts() -> None:
    """Block SIGINT for good: a terminal sends it to the whole group, whose parent ends the rest."""
    _handled.discard(signal.SIGINT)
    signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})


@contextmanager
def held_signals(*which: int) -> Iterator[None]:
    """Block these signals during the block; processes started in it inherit that.

    Without arguments: SIGHUP, SIGTERM and SIGINT. Such a process must unblock them itself.
    """
    before = signal.pthread_sigmask(signal.SIG_BLOCK, which or _SIGNALS)
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


def start_tracker() -> None:
    """Start multiprocessing's resource tracker, with the blocked signals still blocked.

    Otherwise it starts with the first child process, and unblocks SIGINT and SIGTERM.
    """
    blocked = signal.pthread_sigmask(signal.SIG_BLOCK, ())
    resource_tracker.ensure_running()
    signal.pthread_sigmask(signal.SIG_SETMASK, blocked)


@contextmanager
def ended_by(stop: threading.Event) -> Iterator[None]:
    """End this process if `stop` is set during the block, in which nothing needs finishing."""
    done = threading.Event()

    def watch() -> None:
        while not done.is_set():
            if stop.wait(POLL_SECONDS) and not done.is_set():
                os._exit(0)

    threading.Thread(target=watch, name="early end", daemon=True).start()
    try:
        yield
    finally:
        done.set()


def stop_on_signals(reload: threading.Event | None = None) -> threading.Event:
    """An event that SIGTERM and SIGINT set; SIGHUP sets `reload`, if given.

    A handler interrupts the main thread anywhere, perhaps inside the event's own lock. So it only
    writes to a queue that is safe for this (SimpleQueue), and another thread sets the event.
    """
    stop = threading.Event()
    received: SimpleQueue[int] = SimpleQueue()

    def forward() -> None:
        while received.get() == signal.SIGHUP:
            if reload:
                reload.set()
        stop.set()

    def handle(number: int, _frame: FrameType | None) -> None:
        received.put(number)

    threading.Thread(target=forward, name="signals", daemon=True).start()
    signal.signal(signal.SIGTERM, handle)
    signal.signal(signal.SIGINT, handle)
    signal.signal(signal.SIGHUP, handle if reload else signal.SIG_IGN)
    release_signals()
    return stop


def end_soon_after(stop: threading.Event) -> None:
    """End this process STOP_SECONDS after `stop` is set, if it has not ended by itself.

    A database or hub that does not answer can block a thread forever. Nothing is lost: what was not
    committed is scanned again, and what was not delivered stays queued.
    """

    def watch() -> None:
        stop.wait()
        time.sleep(STOP_SECONDS)
        os._exit(0)

    threading.Thread(target=watch, name="end", daemon=True).start()


def end_when(gone: threading.Event) -> None:
    """Stop this process as if by SIGTERM once `gone` is set: its supervisor has ended.

    Otherwise it would keep the port and the lease from the next supervisor's processes.
    """
    _block_interrupts()

    def watch() -> None:
        gone.wait()
        _end()

    threading.Thread(target=watch, name="supervisor watch", daemon=True).start()


def end_with_parent(parent: int) -> None:
    """Stop this process in the same way once its parent, given by process id, has ended."""
    _block_interrupts()

    def watch() -> None:
        while os.getppid() == parent:
            time.sleep(POLL_SECONDS)
        _end()

    threading.Thread(target=watch, name="parent watch", daemon=True).start()


def _end() -> None:
    # sent to the main thread, which may be in a wait that only its own signals interrupt
    signal.pthread_kill(threading.main_thread().ident or 0, signal.SIGTERM)
    time.sleep(STOP_SECONDS)
    os.kill(os.getpid(), signal.SIGKILL)
