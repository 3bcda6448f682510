"""File events from the operating system; they only trigger scans, which find what changed."""

from __future__ import annotations

import logging
import os
import threading
from collections.abc import Callable, Iterable
from pathlib import Path

from watchfiles import Change, watch

from feedsvc.reading.ignored import is_companion, is_ignored
from feedsvc.scan.walk import printable

STEP_MS = 50  # how long changes are collected
CHECK_MS = 500  # how often to check that the folder is still the one that is watched
FIRST_PAUSE, MAX_PAUSE = 1.0, 30.0  # seconds; it takes long to start watching a large folder

log = logging.getLogger(__name__)


def keep_watching(
    root: Path,
    changed: Callable[[frozenset[str]], None],
    started: Callable[[], None],
    stop: threading.Event,
) -> None:
    """Report changes below `root` until `stop` is set, whatever happens to the folder.

    `changed` is called with relative paths. `started` is called whenever watching starts, because
    nothing has reported earlier changes. A folder that cannot be watched (it does not exist, the
    system has no watches left) is logged once.
    """
    logged, pause = "", FIRST_PAUSE
    while not stop.is_set():
        try:
            for _ in _watch(root, changed, started, stop):
                logged, pause = "", FIRST_PAUSE
            continue  # another folder has replaced it
        except Exception as error:  # no failure may end the watching for good
            reason = str(error).partition("\n")[0] or repr(error)
        if reason != logged:
            logged = reason
            log.warning("%s is not watched (%s); only periodic scans find changes", root, reason)
        stop.wait(pause)
        pause = min(MAX_PAUSE, pause * 2) if root.is_dir() else FIRST_PAUSE


def _watch(
    root: Path,
    changed: Callable[[frozenset[str]], None],
    started: Callable[[], None],
    stop: threading.Event,
) -> Iterable[None]:
    """Watch the present folder until another replaces it; yields at each check."""
    identity = _identity(root)
    batches = watch(
        root,
        watch_filter=None,
        debounce=STEP_MS * 4,
        step=STEP_MS,
        stop_event=stop,
        rust_timeout=CHECK_MS,  # the first batch, perhaps empty, means that watching has started
        yield_on_timeout=True,
        raise_interrupt=False,
        ignore_permission_denied=True,  # perhaps behind a link, which no scan follows
    )
    for number, batch in enumerate(batches):
        if number == 0:
            started()
        if paths := _below(root, (path for _, path in batch)):
            changed(paths)
        yield
        # a new folder may get the inode of the removed one, so the removal counts too
        if (Change.deleted, str(root)) in batch or _identity(root) != identity:
            return


def _identity(root: Path) -> tuple[int, int]:
    result = root.stat()
    return result.st_dev, result.st_ino


def _below(root: Path, paths: Iterable[str]) -> frozenset[str]:
    """The paths relative to `root`, without those that cannot change what a scan finds."""
    relative = (os.path.relpath(path, root) for path in paths)
    return frozenset(
        path
        for path in relative
        if (is_companion(path) or not is_ignored(path)) and printable(path) == path
    )
