"""How a process ends: on the signals that ask it to, and with the process that started it."""

import os
import signal
import threading
import time
from types import FrameType

LOOK_SECONDS = 0.5
GRACE_SECONDS = 10


def stop_on_signals() -> threading.Event:
    """An event that SIGTERM and SIGINT set."""
    stop = threading.Event()

    def handle(_number: int, _frame: FrameType | None) -> None:
        stop.set()

    signal.signal(signal.SIGTERM, handle)
    signal.signal(signal.SIGINT, handle)
    return stop


def end_with_parent() -> None:
    """Stop this process as by SIGTERM once its parent is gone, killed perhaps.

    Otherwise it would keep the port and the lease from the one that comes next.
    """
    parent = os.getppid()

    def watch() -> None:
        while os.getppid() == parent:
            time.sleep(LOOK_SECONDS)
        # at the main thread, which may be waiting where only its own signals wake it
        signal.pthread_kill(threading.main_thread().ident or 0, signal.SIGTERM)
        time.sleep(GRACE_SECONDS)
        os.kill(os.getpid(), signal.SIGKILL)

    threading.Thread(target=watch, name="parent watch", daemon=True).start()
