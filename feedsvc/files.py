"""Files below a folder, opened so that no link, pipe or device is ever read."""

from __future__ import annotations

import errno
import os
import stat
from pathlib import Path

_FILE = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC
_FOLDER = os.O_RDONLY | os.O_NOFOLLOW | os.O_DIRECTORY | os.O_CLOEXEC


def open_folder(folder: Path | str, at: int | None = None) -> int:
    """A handle of a folder that is no link, named from the folder behind the handle `at`.

    Raises:
        OSError: there is none, or it may not be listed.
    """
    return os.open(folder, _FOLDER, dir_fd=at)


def open_below(root: Path, path: str) -> int:
    """A handle of the regular file at `path` (parted by `/`) below `root`.

    It is opened step by step, so that no folder on the way can be swapped for a link.

    Raises:
        OSError: there is none, or it may not be read; EFTYPE or EINVAL for what is no file.
    """
    *folders, name = path.split("/")
    at = os.open(root, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        for folder in folders:
            below = open_folder(folder, at)
            os.close(at)
            at = below
        handle = os.open(name, _FILE, dir_fd=at)
    finally:
        os.close(at)
    if stat.S_ISREG(os.fstat(handle).st_mode):
        return handle
    os.close(handle)
    raise OSError(errno.EINVAL, "this is no regular file")
