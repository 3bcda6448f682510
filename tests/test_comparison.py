"""What is in the folder against what the ledger knows: real files beside rows of plain values."""

from __future__ import annotations

import os
import tempfile
from datetime import timedelta
from pathlib import Path
from unicodedata import normalize

import pytest
from hypothesis import given
from hypothesis import strategies as st

from feedsvc.model import Stat
from feedsvc.scan.compare import Diff
from feedsvc.scan.results import ReadResults
from tests.campaigns import examples
from tests.folders import changed_at, files, look, problems, refusing, row, rows, write

SETTLE = 2.0
ALL = ("*",)


@pytest.fixture
def root(tmp_path: Path) -> Path:
    root = tmp_path / "articles"
    root.mkdir()
    return root


def new(found: Diff) -> list[str]:
    return [file.path for file in found.changed if not file.known]


def edited(found: Diff) -> list[str]:
    return [file.path for file in found.changed if file.known]


def test_files_come_in_the_order_of_paths_as_text_whatever_the_order_of_folders(root: Path) -> None:
    """`/` has its own place among the characters of names, as in `ORDER BY path`."""
    paths = [
        "a b.md", "a!.md", "a-b.md", "a-b/c.md", "a.md", "a.md.txt/x.md", "a/b.md", "a/b/c.md",
        "a0.md", "aA.md", "a~.md", "é.md", "日本/語.md", "\uff5e.md", "\U0001f600.md",
        "\U0001f600/a.md",
    ]  # fmt: skip
    for path in paths[::-1]:
        write(root, path)
    assert new(look(root)) == sorted(paths)
    assert sorted(paths, key=str.encode) == sorted(paths)


def test_what_is_as_it_was_costs_nothing_and_the_rest_is_told_apart(root: Path) -> None:
    for path in ("a/same.md", "changed.md", "new.md", "same.md"):
        write(root, path)
    gone = row("a.md", Stat(1, 2, 3))
    known = [gone, *rows(root, "a/same.md", "changed.md", "same.md")]
    write(root, "changed.md", "longer text")
    found = look(root, known)
    assert (new(found), edited(found), found.gone) == (
        ["new.md"],
        ["changed.md"],
        {"a.md": Stat(1, 2, 3)},
    )
    assert files(found)["changed.md"] == Stat.of((root / "changed.md").stat())
    assert found.files == 4


def test_one_look_beside_no_ledger_and_one_into_an_empty_folder(root: Path) -> None:
    nothing = look(root)
    assert (new(nothing), nothing.gone, nothing.files) == ([], {}, 0)
    known = [row(path, Stat(1, 2, 3)) for path in ("a.md", "a/b.md", "z.md")]
    emptied = look(root, known)
    assert (list(emptied.gone), emptied.files) == (["a.md", "a/b.md", "z.md"], 0)


@pytest.mark.parametrize("part", ["size", "mtime_ns", "ctime_ns"])
def test_each_part_of_a_stat_tells_a_change(root: Path, part: str) -> None:
    stat = Stat.of(write(root, "a.md").stat())
    before = stat._replace(**{part: getattr(stat, part) - 1})
    assert edited(look(root, [row("a.md", before)])) == ["a.md"]


NAMES = ["a", "b", "a.b", "a-", "a0", "A", "é", "\uffee", "\U00010000"]
PATHS = st.lists(st.sampled_from(NAMES), min_size=1, max_size=3).map("/".join)


def _without_folders(paths: set[str]) -> set[str]:
    """The paths that can all be files at once."""
    return {path for path in paths if not any(other.startswith(path + "/") for other in paths)}


@examples(100, 2000)
@given(
    there=st.sets(PATHS, max_size=12).map(_without_folders),
    known=st.dictionaries(PATHS, st.booleans(), max_size=12),
    afresh=st.booleans(),
)
def test_two_sorted_streams_say_what_two_dictionaries_would(
    there: set[str], known: dict[str, bool], afresh: bool
) -> None:
    """`known` says of each path in the ledger whether its file is as it was, if it is there."""
    with tempfile.TemporaryDirectory() as place:
        root = Path(place)
        stats = {path: Stat.of(write(root, path).stat()) for path in there}
        was = {
            path: stats[path] if same and path in stats else Stat(-1, 0, 0)
            for path, same in known.items()
        }
        found = look(root, [row(*one) for one in sorted(was.items())], include=ALL, afresh=afresh)
        assert list(files(found)) == sorted(
            path for path in there if afresh or was.get(path) != stats[path]
        )
        assert new(found) == sorted(there - was.keys())
        assert list(found.gone.items()) == sorted((p, s) for p, s in was.items() if p not in there)
        assert found.files == len(there)


def test_a_file_touched_less_than_the_settle_time_ago_is_restless(root: Path) -> None:
    file = write(root, "a.md")
    for seconds, recently_modified in ((0.01, True), (1.9, True), (2.1, False)):
        now = changed_at(file) + timedelta(seconds=seconds)
        found = look(root, now=now, settle_seconds=SETTLE)
        assert (list(found.recently_modified), new(found)) == (
            (["a.md"], []) if recently_modified else ([], ["a.md"])
        )
        assert found.files == 1


def test_a_known_file_is_restless_only_where_it_changed(root: Path) -> None:
    file = write(root, "a.md")
    known = rows(root, "a.md")
    now = changed_at(file) + timedelta(seconds=0.5)
    assert not look(root, known, now=now, settle_seconds=SETTLE).recently_modified
    file.chmod(0o640)
    touched = changed_at(file) + timedelta(seconds=0.5)
    found = look(root, known, now=touched, settle_seconds=SETTLE)
    assert found.recently_modified == {"a.md": Stat.of(file.stat())}
    assert not found.gone


def test_a_look_afresh_takes_every_file_for_changed(root: Path) -> None:
    for path in ("a.md", "b/c.md"):
        write(root, path)
    found = look(root, rows(root, "a.md", "b/c.md"), afresh=True)
    assert (edited(found), new(found)) == (["a.md", "b/c.md"], [])


def test_a_watched_path_is_seen_whether_it_changed_or_not(root: Path) -> None:
    for path in ("changed.md", "new.md", "other.md", "same.md"):
        write(root, path)
    known = rows(root, "changed.md", "other.md", "same.md")
    write(root, "changed.md", "longer text")
    watched = ["changed.md", "new.md", "gone.md", "same.md"]
    found = look(root, known, watched=watched)
    assert found.seen == {"changed.md", "new.md", "same.md"}
    assert {path: ReadResults(found).stands(path) for path in watched} == {
        "changed.md": True, "new.md": True, "gone.md": False, "same.md": True,
    }  # fmt: skip


def test_a_watched_path_that_is_not_at_rest_is_there(root: Path) -> None:
    now = changed_at(write(root, "a.md")) + timedelta(seconds=1)
    found = look(root, now=now, settle_seconds=SETTLE, watched=["a.md"])
    assert ReadResults(found).stands("a.md")


def test_what_is_below_a_folder_that_cannot_be_listed_is_neither_there_nor_gone(
    root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for path in ("locked/a.md", "locked/b/c.md", "locked.md", "locker/d.md", "z.md"):
        write(root, path)
    known = rows(root, "locked/a.md", "locked/b/c.md", "locked.md", "locker/d.md", "z.md")
    (root / "z.md").unlink()
    monkeypatch.setattr(os, "scandir", refusing(os.scandir, str(root / "locked")))
    found = look(root, known, watched=["locked/a.md"])
    assert (list(found.gone), new(found), edited(found)) == (["z.md"], [], [])
    assert problems(found) == [("locked/", "unreadable-folder")]
    assert ReadResults(found).stands("locked/a.md")


@pytest.mark.parametrize("kind", ["link", "loop", "FIFO"])
def test_a_known_file_that_became_something_else_is_neither_read_nor_gone(
    root: Path, kind: str
) -> None:
    file = write(root, "a.md")
    known = rows(root, "a.md")
    file.unlink()
    match kind:
        case "link":
            file.symlink_to(write(root.parent, "secret.md"))
        case "loop":
            file.symlink_to(file)
        case _:
            os.mkfifo(file)
    found = look(root, known)
    assert (files(found), found.gone, problems(found)) == ({}, {}, [("a.md", "not-a-file")])


def test_a_file_and_a_folder_may_change_places(root: Path) -> None:
    write(root, "a.md/b.md")
    write(root, "c.md")
    known = [row("a.md", Stat(1, 2, 3)), row("c.md/d.md", Stat(1, 2, 3))]
    found = look(root, known)
    assert (new(found), list(found.gone)) == (["a.md/b.md", "c.md"], ["a.md", "c.md/d.md"])


def test_names_that_differ_in_case_alone_are_two_files(root: Path) -> None:
    write(root, "A.md", "one")
    write(root, "a.md", "other")
    assert new(look(root)) == ["A.md", "a.md"]
    found = look(root, rows(root, "A.md"))
    assert (new(found), found.gone) == (["a.md"], {})


def test_names_that_look_the_same_and_are_composed_otherwise_are_two_files(root: Path) -> None:
    twins = {normalize(form, "café.md") for form in ("NFC", "NFD")}
    for twin in twins:
        write(root, twin)
    assert new(look(root)) == sorted(twins)
    one, other = sorted(twins)
    known = rows(root, one)
    (root / one).unlink()
    found = look(root, known)
    assert (new(found), list(found.gone)) == ([other], [one])


def test_a_name_in_broken_utf8_is_a_problem_and_the_others_are_compared_all_the_same(
    root: Path,
) -> None:
    for path in ("a.md", "caf.md", "\uffee.md", "\U0001f600.md"):
        write(root, path)
    for name in (b"caf\xe9.md", b"\xff.md", b"\xf0\x9f\x98.md"):
        Path(os.fsdecode(os.fsencode(root) + b"/" + name)).touch()
    found = look(root, rows(root, "a.md", "\uffee.md", "\U0001f600.md"))
    assert (new(found), edited(found), found.gone) == (["caf.md"], [], {})
    assert {code for _, code in problems(found)} == {"bad-name"}
    assert sorted(path for path, _ in problems(found)) == [
        "\\udcf0\\udc9f\\udc98.md", "\\udcff.md", "caf\\udce9.md",
    ]  # fmt: skip


def test_a_page_about_its_folder_is_ignored_and_gone_where_it_was_known(root: Path) -> None:
    for path in ("_index.md", "news/_index.md", "index.md", "a_index.md"):
        write(root, path)
    found = look(root, [row("_index.md", Stat(1, 2, 3))])
    assert (new(found), list(found.gone)) == (["a_index.md", "index.md"], ["_index.md"])


@pytest.mark.parametrize("mtime", [0, 1, 4_102_444_800 * 10**9], ids=["1970", "1 ns", "2100"])
def test_an_mtime_far_away_is_a_stat_like_any_other(root: Path, mtime: int) -> None:
    file = write(root, "a.md")
    os.utime(file, ns=(mtime, mtime))
    found = look(root)
    assert files(found)["a.md"].mtime_ns == mtime
    assert files(look(root, rows(root, "a.md"))) == {}


def test_a_known_file_that_no_longer_fits_the_patterns_is_gone(root: Path) -> None:
    """Whoever takes a folder out of `articles.include` wants its articles withdrawn."""
    for path in ("a.md", "drafts/b.md"):
        write(root, path)
    known = rows(root, "a.md", "drafts/b.md")
    found = look(root, known, include=("*.md", "!drafts/"), afresh=True)
    assert (edited(found), list(found.gone)) == (["a.md"], ["drafts/b.md"])
