"""Hints of what has changed in the folder, from the operating system; scanning is the truth."""

from __future__ import annotations

import logging
import os
import threading
from collections.abc import Callable, Iterable
from pathlib import Path

from watchfiles import watch

from feedsvc.articles.folder import is_passed_over, printable

STEP_MS = 50  # how long changes are gathered
LOOK_MS = 5000  # how often it is made sure that the folder is still the one that is watched
RETRY_SECONDS = 5

Hint = Callable[[frozenset[str]], None]

log = logging.getLogger(__name__)


def keep_watching(root: Path, hint: Hint, stop: threading.Event) -> None:
    """Call `hint` with the paths below `root` that have changed, until `stop` is set.

    Where the folder cannot be watched (it is not there, the system has no watches left), this is
    said once and tried again from time to time: then the periodic scan alone finds what changed.
    """
    told = ""
    while not stop.is_set():
        try:
            _watch(root, hint, stop)
            continue
        except (OSError, RuntimeError) as error:  # RuntimeError is the library's own
            why = str(error).partition("\n")[0]
        if why != told:
            told = why
            log.warning("%s is not watched (%s); it is only rescanned", root, why)
        stop.wait(RETRY_SECONDS)


def _watch(root: Path, hint: Hint, stop: threading.Event) -> None:
    """Watch the folder that is there now, until another takes its place."""
    identity = _identity(root)
    changes = watch(
        root,
        watch_filter=None,
        debounce=STEP_MS * 4,
        step=STEP_MS,
        stop_event=stop,
        rust_timeout=LOOK_MS,
        yield_on_timeout=True,
        raise_interrupt=False,
    )
    for some in changes:
        paths = _below(root, (path for _, path in some))
        if paths:
            hint(paths)
        if _identity(root) != identity:
            return


def _identity(root: Path) -> tuple[int, int]:
    result = root.stat()
    return result.st_dev, result.st_ino


def _below(root: Path, paths: Iterable[str]) -> frozenset[str]:
    """The paths relative to `root`, without those that a scan passes over."""
    relative = (os.path.relpath(path, root) for path in paths)
    return frozenset(
        path for path in relative if not is_passed_over(path) and printable(path) == path
    )
