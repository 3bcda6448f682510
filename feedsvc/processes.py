"""How a process ends: on the signals that ask it to, and with the process that started it."""

import os
import signal
import threading
import time
from queue import SimpleQueue
from types import FrameType

LOOK_SECONDS = 0.5
STOP_SECONDS = 3.0  # from the signal to the end, whatever a hub or a database does


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

    Otherwise it would keep the port and the lease from the one that comes next. A terminal sends
    SIGINT to the whole group, of which the supervisor makes a SIGTERM to each: one is enough.
    """
    signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})

    def watch() -> None:
        gone.wait()
        _end()

    threading.Thread(target=watch, name="supervisor watch", daemon=True).start()


def end_with_parent(parent: int) -> None:
    """The same for a process without a channel to its parent, which is known by process id."""
    signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})

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
