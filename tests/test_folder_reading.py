"""The bytes of a file are read whole or not at all, whatever happens to it meanwhile."""

from __future__ import annotations

import errno
import os
from collections.abc import Callable
from pathlib import Path

import pytest

from feedsvc.files import LastFolder
from feedsvc.model import Stat
from feedsvc.reading.errors import ReadError
from feedsvc.reading.file_bytes import StillChanging, read_bytes
from tests.folders import files, look, refusing, write


@pytest.fixture
def root(tmp_path: Path) -> Path:
    root = tmp_path / "articles"
    root.mkdir()
    return root


def fetch(root: Path, path: str, expected: Stat, max_bytes: int = 1000) -> bytes:
    with LastFolder(root) as folder:
        return read_bytes(folder.open, path, expected, max_bytes)


def open_handles() -> int:
    return len(list(Path("/dev/fd").iterdir()))


def test_the_bytes_of_a_file_are_read_as_they_are(root: Path) -> None:
    data = bytes(range(256))
    (root / "news").mkdir()
    (root / "news" / "a.txt").write_bytes(data)
    before = open_handles()
    assert fetch(root, "news/a.txt", files(look(root))["news/a.txt"]) == data
    assert open_handles() == before


def test_files_of_several_folders_are_each_read_from_theirs(root: Path) -> None:
    paths = ("a.txt", "news/a.txt", "news/b.txt", "news/deep/a.txt", "news/a.txt", "b.txt")
    for path in paths:
        write(root, path, f"text of {path}")
    before = open_handles()
    with LastFolder(root) as folder:
        for path in paths:
            data = read_bytes(folder.open, path, files(look(root))[path], 1000)
            assert data.decode() == f"text of {path}"
        with pytest.raises(FileNotFoundError):
            folder.open("no folder/a.txt")
        os.close(folder.open("news/b.txt"))
    assert open_handles() == before


def test_a_file_over_the_limit_is_refused_with_both_numbers(root: Path) -> None:
    write(root, "a.txt", "x" * 11)
    stat = files(look(root))["a.txt"]
    assert fetch(root, "a.txt", stat, max_bytes=11)
    with pytest.raises(ReadError, match=r"11 bytes.* = 10; ") as caught:
        fetch(root, "a.txt", stat, max_bytes=10)
    assert caught.value.code == "too-large"


Change = Callable[[Path], object]


def _replace(file: Path) -> None:
    write(file.parent, "other", file.read_text()).replace(file)


CHANGES: dict[str, Change] = {
    "grown": lambda file: file.write_text("text and more"),
    "cut": lambda file: file.write_text("te"),
    "replaced by its like": _replace,
    "removed": Path.unlink,
}


@pytest.mark.parametrize("change", CHANGES.values(), ids=CHANGES)
def test_a_file_that_changed_since_it_was_seen_is_still_changing(
    root: Path, change: Change
) -> None:
    file = write(root, "a.txt")
    stat = files(look(root))["a.txt"]
    change(file)
    with pytest.raises(StillChanging):
        fetch(root, "a.txt", stat)


@pytest.mark.parametrize("when", ["before", "after"])
def test_a_file_that_grows_while_it_is_read_is_still_changing(
    root: Path, when: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = write(root, "a.txt")
    stat = files(look(root))["a.txt"]
    real = os.read

    def grow() -> None:
        with file.open("ab") as more:
            more.write(b" more")

    def growing(handle: int, size: int) -> bytes:
        if when == "before":
            grow()
        data = real(handle, size)
        if when == "after":
            grow()
        return data

    monkeypatch.setattr(os, "read", growing)
    with pytest.raises(StillChanging):
        fetch(root, "a.txt", stat)


def test_a_file_that_comes_in_small_pieces_is_read_whole(
    root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write(root, "a.txt", "text in pieces")
    stat = files(look(root))["a.txt"]
    real = os.read
    monkeypatch.setattr(os, "read", lambda handle, size: real(handle, min(size, 3)))
    assert fetch(root, "a.txt", stat) == b"text in pieces"


def _fifo(file: Path) -> None:
    file.unlink()
    os.mkfifo(file)


def _folder(file: Path) -> None:
    file.unlink()
    file.mkdir()


def _link(file: Path) -> None:
    file.rename(file.parent.parent / "moved.txt")
    file.symlink_to(file.parent.parent / "moved.txt")


SWAPS: dict[str, Change] = {"a FIFO": _fifo, "a folder": _folder, "a symbolic link": _link}


@pytest.mark.parametrize("swap", SWAPS.values(), ids=SWAPS)
def test_a_file_swapped_for_something_else_since_it_was_seen_is_never_read(
    root: Path, swap: Change
) -> None:
    file = write(root, "a.txt")
    stat = files(look(root))["a.txt"]
    swap(file)
    before = open_handles()
    with pytest.raises((ReadError, StillChanging)):
        fetch(root, "a.txt", stat)
    assert open_handles() == before


def test_a_folder_swapped_for_a_link_since_it_was_seen_is_never_followed(root: Path) -> None:
    write(root, "news/deep/a.txt", "secret")
    stat = files(look(root))["news/deep/a.txt"]
    (root / "news").rename(root.parent / "elsewhere")
    (root / "news").symlink_to(root.parent / "elsewhere")
    same = Stat.of((root / "news/deep/a.txt").stat())
    assert same == stat  # nothing but the link tells them apart
    with pytest.raises((ReadError, StillChanging)):
        fetch(root, "news/deep/a.txt", stat)


def test_a_file_that_may_not_be_opened_is_refused(
    root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write(root, "news/a.txt")
    stat = files(look(root))["news/a.txt"]
    before = open_handles()
    with monkeypatch.context() as patch:
        patch.setattr(os, "open", refusing(os.open, "a.txt"))
        with pytest.raises(ReadError, match="Permission denied") as caught:
            fetch(root, "news/a.txt", stat)
    assert caught.value.code == "unreadable"
    assert open_handles() == before


def test_a_file_whose_disk_fails_while_it_is_read_is_refused(
    root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write(root, "a.txt")
    stat = files(look(root))["a.txt"]

    def failing(_handle: int, _size: int) -> bytes:
        raise OSError(errno.EIO, os.strerror(errno.EIO))

    before = open_handles()
    with monkeypatch.context() as patch:
        patch.setattr(os, "read", failing)
        with pytest.raises(ReadError, match=os.strerror(errno.EIO)) as caught:
            fetch(root, "a.txt", stat)
    assert caught.value.code == "unreadable"
    assert open_handles() == before
