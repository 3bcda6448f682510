"""Opens files below a folder, but no link, pipe or device; checks the temporary folder."""

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
    """A descriptor of a folder, not of a link to one, relative to the folder descriptor `at`.

    Raises:
        OSError: the folder is missing or not readable.
    """
    return os.open(folder, _FOLDER, dir_fd=at)


def open_below(root: Path, path: str) -> int:
    """A descriptor of the regular file at `path` (separated by `/`) below `root`.

    Raises:
        OSError: the file is missing or not readable; EINVAL if it is not a regular file.
    """
    with _folder_of(root, path) as (at, name):
        return _open_regular(name, at)


class LastFolder:
    """Opens files below `root` like `open_below`, but consecutive files of a folder open it once.

    A context manager, which closes the folder. It does not notice a folder replaced meanwhile.
    """

    def __init__(self, root: Path) -> None:
        self._root = root
        self._folder = ""
        self._descriptor: int | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._close()

    def _close(self) -> None:
        if self._descriptor is not None:
            os.close(self._descriptor)
            self._descriptor = None

    def open(self, path: str) -> int:
        """A descriptor of the regular file at `path`, see `open_below`."""
        folder, _, name = path.rpartition("/")
        if self._descriptor is None or folder != self._folder:
            self._close()
            self._descriptor, self._folder = _open_path(self._root, path.split("/")[:-1]), folder
        return _open_regular(name, self._descriptor)


def _open_regular(name: str, at: int) -> int:
    descriptor = os.open(name, _FILE, dir_fd=at)
    if stat.S_ISREG(os.fstat(descriptor).st_mode):
        return descriptor
    os.close(descriptor)
    raise OSError(errno.EINVAL, "this is not a regular file")


def stat_below(root: Path, path: str) -> os.stat_result:
    """The result of lstat for `path` (separated by `/`) below `root`.

    Raises:
        OSError: the path is missing, or a folder in it is a link or not searchable.
    """
    with _folder_of(root, path) as (at, name):
        return os.stat(name, dir_fd=at, follow_symlinks=False)


def names_below(root: Path, folder: str, most: int) -> list[str]:
    """At most `most` names in `folder` (separated by `/`, empty for `root` itself) below `root`.

    Raises:
        OSError: the folder is missing or not readable.
    """
    with _folder_of(root, f"{folder}/." if folder else ".") as (at, _), os.scandir(at) as entries:
        return [entry.name for entry in islice(entries, most)]


@contextmanager
def _folder_of(root: Path, path: str) -> Iterator[tuple[int, str]]:
    *folders, name = path.split("/")
    at = _open_path(root, folders)
    try:
        yield at, name
    finally:
        os.close(at)


def _open_path(root: Path, folders: Sequence[str]) -> int:
    """A descriptor of a folder, opened component by component, so that none can become a link."""
    at = os.open(root, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    for folder in folders:
        try:
            below = open_folder(folder, at)
        finally:
            os.close(at)
        at = below
    return at


def require_temporary_folder() -> None:
    """Check that there is a temporary folder.

    Raises:
        NoRoom: no temporary folder is writable.
    """
    try:
        tempfile.gettempdir()
    except OSError:
        raise NoRoom("there is no writable temporary folder; set one with TMPDIR") from None
