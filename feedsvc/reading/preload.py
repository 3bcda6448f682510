"""Preloaded by the fork server, from which workers are forked; imported nowhere else.

The fork server exits with the process that started it. A SIGTERM sent to all processes of a
service, as systemd and terminals do, must not end it earlier: a worker being started would then
fail with a traceback.
"""

import signal
import sys
from types import TracebackType

from feedsvc.reading import worker

__all__ = ["worker"]  # imported once for all workers

signal.signal(signal.SIGTERM, signal.SIG_IGN)


def _quietly(kind: type[BaseException], error: BaseException, trace: TracebackType | None) -> None:
    """Print no traceback if the parent process ends while a worker is starting."""
    if not issubclass(kind, (EOFError, ConnectionError, FileNotFoundError)):  # pipe, semaphore
        sys.__excepthook__(kind, error, trace)


sys.excepthook = _quietly
