"""Files below a folder, opened so that no link, pipe or device is read; temporary files."""

from __future__ import annotations

import errno
import os
import stat
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from itertools import islice
from pathlib import Path
from typing import Self

from feedsvc.errors import NoRoom

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
        return _open_regular(name, at)


class LastFolder:
    """Opens files below `root` as `open_below` does, their folder once for all that follow in it.

    Closed at the end of a `with`. A folder that is swapped for another meanwhile is not noticed.
    """

    def __init__(self, root: Path) -> None:
        self._root = root
        self._folder = ""
        self._handle: int | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._close()

    def _close(self) -> None:
        if self._handle is not None:
            os.close(self._handle)
            self._handle = None

    def open(self, path: str) -> int:
        """A handle of the regular file at `path`, see `open_below`."""
        folder, _, name = path.rpartition("/")
        if self._handle is None or folder != self._folder:
            self._close()
            self._handle, self._folder = _way(self._root, path.split("/")[:-1]), folder
        return _open_regular(name, self._handle)


def _open_regular(name: str, at: int) -> int:
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
    *folders, name = path.split("/")
    at = _way(root, folders)
    try:
        yield at, name
    finally:
        os.close(at)


def _way(root: Path, folders: Sequence[str]) -> int:
    """A handle of a folder, opened step by step so that none can be swapped for a link."""
    at = os.open(root, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    for folder in folders:
        try:
            below = open_folder(folder, at)
        finally:
            os.close(at)
        at = below
    return at


def see_temporary_folder() -> None:
    """See that there is a temporary folder.

    Raises:
        NoRoom: none of the usual ones can be written.
    """
    try:
        tempfile.gettempdir()
    except OSError:
        raise NoRoom(
            "there is no temporary folder that can be written; name one by TMPDIR"
        ) from None
