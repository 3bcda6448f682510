"""Files below a folder, opened so that no link, pipe or device is ever read."""

from __future__ import annotations

import errno
import os
import stat
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import islice
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

    Raises:
        OSError: there is none, or it may not be read; EINVAL for what is no regular file.
    """
    with _folder_of(root, path) as (at, name):
        handle = os.open(name, _FILE, dir_fd=at)
    if stat.S_ISREG(os.fstat(handle).st_mode):
        return handle
    os.close(handle)
    raise OSError(errno.EINVAL, "this is no regular file")


def stat_below(root: Path, path: str) -> os.stat_result:
    """What lstat says of `path` (parted by `/`) below `root`.

    Raises:
        OSError: it is not there, or a folder on the way is a link or may not be searched.
    """
    with _folder_of(root, path) as (at, name):
        return os.stat(name, dir_fd=at, follow_symlinks=False)


def names_below(root: Path, folder: str, most: int) -> list[str]:
    """At most so many names in `folder` (parted by `/`, empty for `root` itself) below `root`.

    Raises:
        OSError: there is no such folder, or it may not be listed.
    """
    with _folder_of(root, f"{folder}/." if folder else ".") as (at, _), os.scandir(at) as entries:
        return [entry.name for entry in islice(entries, most)]


@contextmanager
def _folder_of(root: Path, path: str) -> Iterator[tuple[int, str]]:
    """The folder that `path` is in, opened step by step so that none can be swapped for a link."""
    *folders, name = path.split("/")
    at = os.open(root, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        for folder in folders:
            below = open_folder(folder, at)
            os.close(at)
            at = below
        yield at, name
    finally:
        os.close(at)
