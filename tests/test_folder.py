"""What is in the folder: real files, links, FIFOs, broken names and folders that are locked."""

from __future__ import annotations

import errno
import os
from pathlib import Path

import pytest

from feedsvc.model import Stat
from feedsvc.scan.walk import RootUnreadable
from tests.folders import files, look, problems, refusing, rows, write


@pytest.fixture
def root(tmp_path: Path) -> Path:
    root = tmp_path / "articles"
    root.mkdir()
    return root


def test_every_fitting_file_is_found_in_the_root_and_in_folders_below(root: Path) -> None:
    for path in ("a.txt", "b.md", "news/c.txt", "news/deep/er/d.md", "news/e.jpg", "f"):
        write(root, path)
    found = look(root)
    assert set(files(found)) == {"a.txt", "b.md", "news/c.txt", "news/deep/er/d.md"}
    assert files(found)["a.txt"] == Stat.of((root / "a.txt").stat())
    assert problems(found) == []


def test_files_are_found_in_the_order_of_paths_whatever_order_they_were_made_in(
    tmp_path: Path,
) -> None:
    paths = ["b.txt", "a.txt", "c/a.txt", "a/b.txt", "a/a.txt", "a-b.txt"]
    for root, order in (("one", paths), ("two", paths[::-1])):
        for path in order:
            write(tmp_path / root, path)
    by_path = ["a-b.txt", "a.txt", "a/a.txt", "a/b.txt", "b.txt", "c/a.txt"]
    assert [list(files(look(tmp_path / root))) for root in ("one", "two")] == [by_path] * 2


@pytest.mark.parametrize(
    "path",
    [
        ".hidden.txt",
        ".hidden/a.txt",
        "a.txt~",
        ".#a.txt",
        "#a.txt#",
        ".a.txt.swp",
        "a.txt.swp",
        "a.txt.tmp",
        "a.txt.part",
        "upload.part/a.txt",
        "news/.git/a.md",
        "_index.md",
        "news/_index.md",
    ],
)
def test_hidden_and_temporary_names_are_passed_over_in_silence(root: Path, path: str) -> None:
    write(root, path)
    write(root, "a.txt")
    found = look(root, include=("*",))
    assert (list(files(found)), problems(found)) == (["a.txt"], [])


def test_a_pattern_with_a_folder_fits_that_folder_alone(root: Path) -> None:
    for path in ("news/a.txt", "drafts/a.txt", "a.txt"):
        write(root, path)
    found = look(root, include=("*.txt", "!drafts/"))
    assert list(files(found)) == ["a.txt", "news/a.txt"]


def test_a_symbolic_link_is_a_problem_wherever_it_leads(root: Path) -> None:
    inside = write(root, "real.txt")
    outside = write(root.parent, "outside.txt", "secret")
    (root / "inside.txt").symlink_to(inside)
    (root / "outside.txt").symlink_to(outside)
    (root / "nowhere.txt").symlink_to(root / "missing")
    (root / "loop.txt").symlink_to(root / "loop.txt")
    (root / "up.md").symlink_to(root.parent)
    found = look(root)
    assert list(files(found)) == ["real.txt"]
    assert problems(found) == [
        (f"{name}", "not-a-file")
        for name in ("inside.txt", "loop.txt", "nowhere.txt", "outside.txt", "up.md")
    ]


def test_a_problem_says_whether_it_is_a_link_or_something_else(root: Path) -> None:
    (root / "a.txt").symlink_to(root)
    os.mkfifo(root / "b.txt")
    link, fifo = (problem.message for problem in look(root).hidden.problems)
    assert "a symbolic link" in link
    assert "no regular file" in fifo


def test_a_linked_folder_is_never_entered(root: Path) -> None:
    write(root.parent, "elsewhere/a.txt")
    write(root, "b.txt")
    (root / "linked").symlink_to(root.parent / "elsewhere")
    (root / "loop").symlink_to(root)
    assert list(files(look(root))) == ["b.txt"]


def test_a_fifo_is_a_problem_and_never_waited_for(root: Path) -> None:
    os.mkfifo(root / "a.txt")
    found = look(root)
    assert (list(files(found)), problems(found)) == ([], [("a.txt", "not-a-file")])
    assert found.hidden.hides("a.txt")  # so that what was published from it stays


def test_a_folder_with_a_files_name_is_a_folder(root: Path) -> None:
    write(root, "a.md/b.txt")
    (root / "empty.md").mkdir()
    found = look(root)
    assert (list(files(found)), problems(found)) == (["a.md/b.txt"], [])


def test_a_name_that_is_not_utf8_is_a_problem_that_shows_its_bytes(root: Path) -> None:
    write(root, "a.txt")
    Path(os.fsdecode(os.fsencode(root) + b"/caf\xe9.txt")).touch()
    found = look(root)
    assert list(files(found)) == ["a.txt"]
    assert problems(found) == [("caf\\udce9.txt", "bad-name")]


def test_folders_may_be_nested_deeper_than_python_recurses(root: Path) -> None:
    write(root, "a.txt")
    folder, depth = root, 1100
    try:
        for _ in range(depth):
            folder /= "d"
            folder.mkdir()
        assert "a.txt" in files(look(root))
    finally:  # pytest would recurse to remove them
        while folder != root:
            folder.rmdir()
            folder = folder.parent


@pytest.mark.parametrize("kind", ["missing", "a file", "no permission"])
def test_a_root_that_cannot_be_listed_tells_nothing_of_any_article(
    root: Path, kind: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    place = root / "news"
    if kind == "a file":
        place.touch()
    if kind == "no permission":
        monkeypatch.setattr(os, "scandir", refusing(os.scandir, str(place)))
    with pytest.raises(RootUnreadable) as caught:
        look(place)
    assert caught.value.code == "root-unreadable"
    assert "articles.folder" in str(caught.value)


def test_a_folder_that_cannot_be_listed_is_a_problem_and_hides_what_is_below(
    root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write(root, "locked/a.txt")
    write(root, "open/b.txt")
    monkeypatch.setattr(os, "scandir", refusing(os.scandir, str(root / "locked")))
    found = look(root)
    assert list(files(found)) == ["open/b.txt"]
    assert problems(found) == [("locked/", "unreadable-folder")]
    hidden = {"locked/a.txt": True, "locked/x/y": True, "lockedx/a": False, "a": False}
    assert {path: found.hidden.hides(path) for path in hidden} == hidden


def test_a_folder_that_vanishes_while_the_root_is_listed_is_ignored(
    root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write(root, "a.txt")
    gone = write(root, "gone/b.txt").parent
    known = rows(root, "a.txt", "gone/b.txt")
    monkeypatch.setattr(os, "scandir", refusing(os.scandir, str(gone), errno.ENOENT))
    found = look(root, known)
    assert (problems(found), list(found.gone)) == ([], ["gone/b.txt"])


def test_a_file_whose_folder_may_be_listed_but_not_searched_is_a_problem_and_stays(
    root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write(root, "listed/a.txt")
    write(root, "open/b.txt")
    known = rows(root, "listed/a.txt")
    monkeypatch.setattr(os, "stat", refusing(os.stat, "a.txt"))
    found = look(root, known)
    assert list(files(found)) == ["open/b.txt"]
    assert problems(found) == [("listed/a.txt", "unreadable")]
    assert not found.gone


@pytest.mark.parametrize("number", [errno.EMFILE, errno.ESTALE, errno.EIO])
@pytest.mark.parametrize("folder", ["news/", ""], ids=["an inner folder", "the root"])
def test_a_folder_that_cannot_be_opened_withdraws_nothing(
    root: Path, folder: str, number: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Too many open files, or a network's file system that stumbles, is no removal."""
    write(root, f"{folder}a.txt")
    write(root, f"{folder}inner/b.txt")
    known = rows(root, f"{folder}a.txt", f"{folder}inner/b.txt")
    with monkeypatch.context() as patch:
        patch.setattr(os, "open", refusing(os.open, str(root / folder), number))
        try:
            found = look(root, known)
        except RootUnreadable:
            return  # of the root itself this is as good
    assert not found.gone
    assert [code for _, code in problems(found)] == ["unreadable-folder"]
