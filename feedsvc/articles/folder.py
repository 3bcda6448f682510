"""What is in the folder: the files that may be articles, and their bytes, safely."""

from __future__ import annotations

import fnmatch
import os
import stat
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pathspec

from feedsvc.articles.content import xml_text
from feedsvc.articles.refusal import Refusal
from feedsvc.model import Problem, Stat

PASSED_OVER = (".*", "*~", "#*#", "*.swp", "*.tmp", "*.part")
_BAD_NAME = "its name is not UTF-8 or holds a character that no feed can carry; rename it"
_CLOSED = "it cannot be looked into; mend its permissions"
_OPEN_FILE = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC
_OPEN_FOLDER = os.O_RDONLY | os.O_NOFOLLOW | os.O_DIRECTORY | os.O_CLOEXEC


@dataclass(slots=True)
class Survey:
    """What a walk through the folder found: paths relative to the root, parted by `/`.

    Nothing is known of the paths in `unlisted` and, where one is a folder, of what is below it.
    """

    files: dict[str, Stat] = field(default_factory=dict)
    problems: list[Problem] = field(default_factory=list)
    unlisted: set[str] = field(default_factory=set)

    def unknown(self, path: str, code: str, why: str) -> None:
        """Note that nothing can be known of `path`, or of what is below it."""
        message = f"{why}; what was published from it stays"
        self.problems.append(Problem(printable(path), code, message))
        self.unlisted.add(path)

    def hides(self, path: str) -> bool:
        """Whether `path` may be there all the same, in a folder that could not be listed."""
        return path in self.unlisted or any(
            path.startswith(folder) for folder in self.unlisted if folder.endswith("/")
        )


class RootUnreadable(Refusal):
    """The folder itself is missing or cannot be listed, so nothing is known of any article."""


class StillChanging(Exception):
    """The file changed while it was read: it is looked at again by a later scan."""


def survey(root: Path, include: tuple[str, ...]) -> Survey:
    """Every file below `root` whose path fits `include` (gitignore's patterns), folder by folder.

    A symbolic link, FIFO or device with a fitting name is a problem and never read, and so is a
    folder that cannot be listed.

    Raises:
        RootUnreadable: `root` is missing, is no folder or cannot be listed.
    """
    wanted = pathspec.PathSpec.from_lines("gitignore", include)
    found = Survey()
    try:
        entries = _listed(root)
    except OSError as error:
        raise RootUnreadable(
            "root-unreadable",
            f"articles.folder cannot be read ({error.strerror}); nothing is withdrawn and the "
            "feeds stay as they are; bring the folder back or mend articles.folder",
        ) from None
    for entry in _walk(entries, found, root):
        path = os.path.relpath(entry.path, root)
        if wanted.match_file(path):
            _note(entry, path, found)
    return found


def _listed(folder: Path | str) -> list[os.DirEntry[str]]:
    with os.scandir(folder) as entries:
        return sorted(
            (entry for entry in entries if not _passed_over(entry.name)),
            key=lambda entry: entry.name,
        )


def _passed_over(name: str) -> bool:
    return any(fnmatch.fnmatchcase(name, pattern) for pattern in PASSED_OVER)


def _walk(top: list[os.DirEntry[str]], found: Survey, root: Path) -> Iterator[os.DirEntry[str]]:
    """All that is no folder, depth first and by name, however deep; no link is followed."""
    stack = top[::-1]
    while stack:
        entry = stack.pop()
        if not entry.is_dir(follow_symlinks=False):
            yield entry
            continue
        try:
            stack += _listed(entry.path)[::-1]
        except FileNotFoundError:
            continue  # removed since its parent was listed
        except OSError as error:
            folder = os.path.relpath(entry.path, root) + "/"
            found.unknown(folder, "unreadable-folder", f"{_CLOSED} ({error.strerror})")


def _note(entry: os.DirEntry[str], path: str, found: Survey) -> None:
    try:
        result = entry.stat(follow_symlinks=False)
    except FileNotFoundError:
        return
    except OSError as error:
        found.unknown(path, "unreadable", f"{_CLOSED} ({error.strerror})")
        return
    if xml_text(path) != path:  # bytes that are no UTF-8 come as lone surrogates (PEP 383)
        found.unknown(path, "bad-name", _BAD_NAME)
        return
    if stat.S_ISREG(result.st_mode):
        found.files[path] = Stat.of(result)
        return
    kind = "a symbolic link" if stat.S_ISLNK(result.st_mode) else "no regular file"
    found.unknown(path, "not-a-file", f"this is {kind} and never read; put the file itself here")


def printable(path: str) -> str:
    """The path as text that can be stored and shown, bytes that are not UTF-8 spelled out."""
    return path.encode("utf-8", "backslashreplace").decode()


def read_bytes(root: Path, path: str, expected: Stat, max_bytes: int) -> bytes:
    """The bytes of the file at `path` below `root`, no link followed on the way.

    Raises:
        StillChanging: the file is not as `expected` before and after reading, or is gone.
        Refusal: `too-large`, `not-a-file` or `unreadable`.
    """
    try:
        handle = _open_below(root, path)
    except FileNotFoundError:
        raise StillChanging from None
    except OSError as error:
        message = f"it cannot be read ({error.strerror}); mend its permissions or remove it"
        raise Refusal("unreadable", message) from None
    try:
        if not stat.S_ISREG(os.fstat(handle).st_mode):
            raise Refusal("not-a-file", "this is no regular file and never read; remove it")
        if expected.size > max_bytes:
            raise Refusal("too-large", _too_large(expected.size, max_bytes))
        data = _read_all(handle, expected.size + 1)
        if len(data) != expected.size or Stat.of(os.fstat(handle)) != expected:
            raise StillChanging
    except OSError as error:
        raise Refusal("unreadable", f"it cannot be read ({error.strerror})") from None
    finally:
        os.close(handle)
    return data


def _read_all(handle: int, most: int) -> bytes:
    data = b""
    while len(data) < most and (some := os.read(handle, most - len(data))):
        data += some
    return data


def _too_large(size: int, max_bytes: int) -> str:
    return (
        f"the file has {size} bytes, over articles.max_bytes = {max_bytes}; "
        "shorten it or raise the limit"
    )


def _open_below(root: Path, path: str) -> int:
    """Open step by step, so that no folder on the way can be swapped for a link."""
    *folders, name = path.split("/")
    at = os.open(root, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        for folder in folders:
            below = os.open(folder, _OPEN_FOLDER, dir_fd=at)
            os.close(at)
            at = below
        return os.open(name, _OPEN_FILE, dir_fd=at)
    finally:
        os.close(at)
