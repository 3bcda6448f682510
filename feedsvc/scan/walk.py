"""Lists every file below a folder, in the order of paths, without following links."""

from __future__ import annotations

import os
from collections.abc import Callable, Generator, Iterator
from dataclasses import dataclass, field
from pathlib import Path

from feedsvc.errors import ConfigError
from feedsvc.files import open_folder
from feedsvc.model import Problem
from feedsvc.reading.errors import ReadError
from feedsvc.reading.ignored import FIRST_CHARACTERS, IGNORED, LAST_CHARACTERS, is_companion_name

_CLOSED = "it cannot be read; fix its permissions"

SHOWN = 500  # characters of a path in a problem
AT_ONCE = 100  # files in a batch; larger ones keep the garbage collector busy

Here = tuple[str, os.stat_result]
# Picks names of the folder at a prefix, which is empty or ends with a `/`.
Choose = Callable[[str, list[str]], list[str]]


class RootUnreadable(ReadError):
    """The folder itself is missing or cannot be listed, so nothing is known of any article."""


@dataclass(slots=True)
class Hidden:
    """The files and folders that a walk could not examine.

    Nothing is known about the paths in `unlisted`, nor about files below those that are folders.
    `companions` are files with keys for articles near them (see `is_companion`).
    """

    problems: list[Problem] = field(default_factory=list)
    unlisted: set[str] = field(default_factory=set)
    companions: list[str] = field(default_factory=list)

    def unknown(self, path: str, code: str, why: str) -> None:
        """Record that `path`, and everything below it, cannot be examined."""
        message = f"{why}; what was published from it stays"
        self.problems.append(Problem(printable(path), code, message))
        self.unlisted.add(path)

    def hides(self, path: str) -> bool:
        """Whether `path` may exist in a folder that could not be listed."""
        return path in self.unlisted or any(
            path.startswith(folder) for folder in self.unlisted if folder.endswith("/")
        )


def walk(root: Path, hidden: Hidden, choose: Choose) -> Iterator[list[Here]]:
    """The chosen files below `root` with their lstat results, in the order of paths, in batches.

    Yielding single files would cost as much as their stats. No link is followed, and folders that
    are not chosen are not listed. Paths are relative to `root` and separated by `/`; they are in
    the order of code points, which is also that of their bytes in UTF-8.

    Raises:
        RootUnreadable: `root` is missing, is no folder or cannot be listed.
    """
    try:
        names = _listed(root, "", hidden)
    except OSError as error:
        raise _root_unreadable(error) from None
    stack = [("", iter(choose("", names)))]
    while stack:
        prefix, rest = stack.pop()
        folder = yield from _files(root, prefix, rest, hidden)
        if folder:
            inner = choose(folder, _inner(root, folder, hidden))
            stack += (prefix, rest), (folder, iter(inner))


def check_root(root: Path) -> None:
    """Check that the folder of articles can be listed.

    Raises:
        ConfigError: it cannot.
    """
    try:
        os.scandir(root).close()
    except OSError as error:
        raise ConfigError(
            f"articles.folder: {root} cannot be read ({error.strerror}); "
            "make the folder, fix its permissions, or name another"
        ) from None


def _root_unreadable(error: OSError) -> RootUnreadable:
    return RootUnreadable(
        "root-unreadable",
        f"articles.folder cannot be read ({error.strerror}); nothing is withdrawn and the "
        "feeds stay as they are; bring the folder back or fix articles.folder",
    )


def _listed(folder: Path | str, prefix: str, hidden: Hidden) -> list[str]:
    """The names in a folder, in the order of paths; those of folders end with `/`."""
    names = []
    with os.scandir(folder) as entries:
        for entry in entries:
            name = entry.name
            # comparing two characters is much faster than matching a pattern
            if name[0] in FIRST_CHARACTERS or name[-1] in LAST_CHARACTERS:
                if is_companion_name(name):
                    hidden.companions.append(prefix + name)
                if IGNORED.match(name):
                    continue
            names.append(name + "/" if entry.is_dir(follow_symlinks=False) else name)
    names.sort()
    return names


def _inner(root: Path, folder: str, hidden: Hidden) -> list[str]:
    try:
        at = os.path.join(root, folder[:-1])  # noqa: PTH118 - a Path takes 10 µs
        return _listed(at, folder, hidden)
    except FileNotFoundError:
        return []  # removed since its parent was listed
    except OSError as error:
        hidden.unknown(folder, "unreadable-folder", f"{_CLOSED} ({error.strerror})")
        return []


def _files(
    root: Path, prefix: str, names: Iterator[str], hidden: Hidden
) -> Generator[list[Here], None, str]:
    """The files of one folder up to its next inner folder, whose path is returned, if any."""
    try:
        at = open_folder(os.path.join(root, prefix[:-1]))  # noqa: PTH118
    except (FileNotFoundError, NotADirectoryError):
        return ""  # removed since it was listed
    except OSError as error:
        if not prefix:
            raise _root_unreadable(error) from None
        hidden.unknown(prefix, "unreadable-folder", f"{_CLOSED} ({error.strerror})")
        return ""
    try:
        while True:
            batch, inner = _stats(at, prefix, names, hidden)
            if batch:
                yield batch
            if inner or not batch:
                return inner
    finally:
        os.close(at)


def _stats(at: int, prefix: str, names: Iterator[str], hidden: Hidden) -> tuple[list[Here], str]:
    """The next files, at most AT_ONCE, and the inner folder that comes before more, if any."""
    batch: list[Here] = []
    for name in names:
        if name[-1] == "/":
            return batch, prefix + name
        try:
            batch.append((prefix + name, os.stat(name, dir_fd=at, follow_symlinks=False)))
        except FileNotFoundError:
            continue
        except OSError as error:
            hidden.unknown(prefix + name, "unreadable", f"{_CLOSED} ({error.strerror})")
        if len(batch) == AT_ONCE:
            break
    return batch, ""


def printable(path: str) -> str:
    """The path as text that can be stored and displayed, with bytes that are not UTF-8 escaped."""
    shown = path.encode("utf-8", "backslashreplace").decode()
    return shown if len(shown) <= SHOWN else shown[:SHOWN] + "…"
