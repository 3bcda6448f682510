"""What the process that workers are forked from loads; it is never imported anywhere else.

It ends with the process that it works for. A SIGTERM to all processes of a service, as systemd and
terminals send it, must not end it before: a worker that is being started would fail aloud.
"""

import signal
import sys
from types import TracebackType

from feedsvc.reading import worker

__all__ = ["worker"]  # so that it is loaded once for all workers

signal.signal(signal.SIGTERM, signal.SIG_IGN)


def _quietly(kind: type[BaseException], error: BaseException, trace: TracebackType | None) -> None:
    """Say nothing where the other process ends while a worker is started."""
    if not issubclass(kind, (EOFError, ConnectionError, FileNotFoundError)):  # pipe, semaphore
        sys.__excepthook__(kind, error, trace)


sys.excepthook = _quietly
