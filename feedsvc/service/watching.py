"""File events from the operating system: hints of what to scan, while the scan is the truth."""

from __future__ import annotations

import logging
import os
import threading
from collections.abc import Callable, Iterable
from pathlib import Path

from watchfiles import Change, watch

from feedsvc.reading.ignored import is_companion, is_ignored
from feedsvc.scan.walk import printable

STEP_MS = 50  # how long changes are gathered
CHECK_MS = 500  # how often to check that the folder is still the one that is watched
FIRST_PAUSE, MAX_PAUSE = 1.0, 30.0  # seconds; to watch a large folder takes long

log = logging.getLogger(__name__)


def keep_watching(
    root: Path,
    changed: Callable[[frozenset[str]], None],
    started: Callable[[], None],
    stop: threading.Event,
) -> None:
    """Report changes below `root` until `stop` is set, whatever happens to the folder.

    `changed` is called with relative paths. `started` is called whenever watching begins, because
    nothing has reported what changed before that. Where the folder cannot be watched (it does not
    exist, the system has no watches left), the log says so once.
    """
    told, pause = "", FIRST_PAUSE
    while not stop.is_set():
        try:
            for _ in _watch(root, changed, started, stop):
                told, pause = "", FIRST_PAUSE
            continue  # another folder has taken its place
        except Exception as error:  # nothing that fails here may end the watching for good
            why = str(error).partition("\n")[0] or repr(error)
        if why != told:
            told = why
            log.warning("%s is not watched (%s); only periodic scans find changes", root, why)
        stop.wait(pause)
        pause = min(MAX_PAUSE, pause * 2) if root.is_dir() else FIRST_PAUSE


def _watch(
    root: Path,
    changed: Callable[[frozenset[str]], None],
    started: Callable[[], None],
    stop: threading.Event,
) -> Iterable[None]:
    """Watch the folder that is there now until another takes its place; yields at each check."""
    identity = _identity(root)
    batches = watch(
        root,
        watch_filter=None,
        debounce=STEP_MS * 4,
        step=STEP_MS,
        stop_event=stop,
        rust_timeout=CHECK_MS,  # the first batch, empty perhaps, tells that watching has begun
        yield_on_timeout=True,
        raise_interrupt=False,
        ignore_permission_denied=True,  # where a link leads, perhaps, which no scan follows
    )
    for number, batch in enumerate(batches):
        if number == 0:
            started()
        if paths := _below(root, (path for _, path in batch)):
            changed(paths)
        yield
        # a new folder may get the inode of the removed one, so its removal counts too
        if (Change.deleted, str(root)) in batch or _identity(root) != identity:
            return


def _identity(root: Path) -> tuple[int, int]:
    result = root.stat()
    return result.st_dev, result.st_ino


def _below(root: Path, paths: Iterable[str]) -> frozenset[str]:
    """The paths relative to `root`, without those that have no say in what a scan finds."""
    relative = (os.path.relpath(path, root) for path in paths)
    return frozenset(
        path
        for path in relative
        if (is_companion(path) or not is_ignored(path)) and printable(path) == path
    )
