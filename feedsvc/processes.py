"""How a process ends: on the signals that ask it to, and with the process that started it."""

import os
import signal
import threading
import time
from queue import SimpleQueue
from types import FrameType

LOOK_SECONDS = 0.5
GRACE_SECONDS = 10


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
    if reload:
        signal.signal(signal.SIGHUP, handle)
    return stop


def end_with_parent(parent: int) -> None:
    """Stop this process as by SIGTERM once its parent, by process id, is gone, killed perhaps.

    Otherwise it would keep the port and the lease from the one that comes next. A terminal sends
    SIGINT to the whole group, of which the parent makes a SIGTERM to each: one is enough.
    """
    signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})

    def watch() -> None:
        while os.getppid() == parent:
            time.sleep(LOOK_SECONDS)
        # at the main thread, which may be waiting where only its own signals wake it
        signal.pthread_kill(threading.main_thread().ident or 0, signal.SIGTERM)
        time.sleep(GRACE_SECONDS)
        os.kill(os.getpid(), signal.SIGKILL)

    threading.Thread(target=watch, name="parent watch", daemon=True).start()
