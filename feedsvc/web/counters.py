"""The folder in which the workers of one server share their counts."""

from __future__ import annotations

import fcntl
import logging
import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path

TOGETHER = "PROMETHEUS_MULTIPROC_DIR"  # prometheus-client's own; workers inherit it

_PREFIX = "feedsvc-metrics-"
_LOCK = "lock"  # held for as long as its server lives

log = logging.getLogger(__name__)


@contextmanager
def counting_together() -> Iterator[None]:
    """Create the folder for the block; those that killed servers left behind are removed."""
    with ExitStack() as stack:
        if TOGETHER not in os.environ:
            try:
                _remove_left_behind(Path(tempfile.gettempdir()))
                temporary = tempfile.TemporaryDirectory(prefix=_PREFIX, ignore_cleanup_errors=True)
                folder = Path(stack.enter_context(temporary))
                stack.enter_context(_locked(folder / _LOCK))
                os.environ[TOGETHER] = str(folder)
            except OSError as error:
                log.warning("each worker counts for itself in /metrics: %s", error)
        yield


@contextmanager
def _locked(path: Path) -> Iterator[None]:
    """Hold a lock on a file, which the system releases when this process ends.

    Raises:
        BlockingIOError: another process holds it.
    """
    with path.open("w") as file:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        yield


def _remove_left_behind(folder: Path) -> None:
    for path in folder.glob(f"{_PREFIX}*"):
        with suppress(OSError):
            if path.stat().st_uid == os.getuid() and (path / _LOCK).is_file():
                with _locked(path / _LOCK):
                    shutil.rmtree(path, ignore_errors=True)
