"""What a scan takes in of the folder: what changed, what is at rest, what is gone."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Collection
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from feedsvc.config import Config
from feedsvc.config.tables import Site
from feedsvc.model import FileRow, Problem, Stat
from feedsvc.reading.file_bytes import StillChanging, read_bytes
from feedsvc.scan.compare import Diff, ScanOptions, compare
from feedsvc.scan.read import read_changed
from feedsvc.scan.results import NEVER_READ, ROOT, ReadResults
from feedsvc.scan.walk import Hidden
from tests.folders import articles, changed_at, long_after, read_here, refusing, row

GOOD = "# A Title\n\nA paragraph.\n"
BAD = b"caf\xe9"
YEAR_2100 = 4_102_444_800 * 10**9
SETTLE = 2.0
SECOND = timedelta(seconds=1)
MINUTE = 60 * SECOND
READ = "feedsvc.reading.worker.read_bytes"
SITE = Site(id="test", title="Test", base_url="http://feeds.example")


class Folder:
    """A folder of articles that is looked at again and again, and what a ledger knows of it."""

    def __init__(self, root: Path) -> None:
        root.mkdir()
        self.root = root
        self.known: dict[str, Stat] = {}
        self.told: dict[str, tuple[str, str]] = {}
        self.problems: list[Problem] = []
        self.read: dict[str, Stat] = {}

    def write(self, path: str, text: str | bytes = GOOD) -> Path:
        file = self.root / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(text if isinstance(text, bytes) else text.encode())
        return file

    @property
    def rows(self) -> list[FileRow]:
        return [row(path, stat) for path, stat in sorted(self.known.items())]

    def published(self, paths: Collection[str]) -> dict[str, tuple[str, str]]:
        return {path: self.told[path] for path in paths if path in self.told}

    def scan(
        self,
        now: datetime | None = None,
        *,
        afresh: bool = False,
        undecided: Collection[str] = (),
        **values: Any,
    ) -> ReadResults:
        """Take in what changed, and know it from then on."""
        config = Config(site=SITE, articles=articles(self.root, **values))
        watched = frozenset(problem.path for problem in self.problems)
        moment = now or long_after()
        look = ScanOptions(config.articles, moment, lambda: moment, afresh, watched)
        intake = read_changed(config, look, compare(look, self.rows), self.published)
        self.read = {
            path: stat for path, stat, *_ in intake.remember(moment, moment + SECOND, undecided)
        }
        self.known |= self.read
        self.told |= {one.path: (one.digest, one.key) for one in intake.summaries()}
        for path in intake.gone:
            del self.known[path]
            self.told.pop(path, None)
        self.problems = intake.problems
        return intake


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Folder:
    monkeypatch.setattr("feedsvc.scan.read.read_all", read_here)
    return Folder(tmp_path / "articles")


def paths(found: ReadResults) -> list[str]:
    return [summary.path for summary in found.summaries()]


def problems(found: ReadResults) -> list[tuple[str, str]]:
    return [(problem.path, problem.code) for problem in found.problems]


def test_new_files_are_read_and_known_ones_are_not_opened_again(folder: Folder) -> None:
    for path in ("b.txt", "b/a.txt", "b-c.txt"):
        folder.write(path)
    assert paths(folder.scan()) == ["b-c.txt", "b.txt", "b/a.txt"]  # in order of path
    (folder.root / "b.txt").chmod(0o640)  # moves ctime, so this one is read again
    assert (paths(folder.scan()), list(folder.read)) == ([], ["b.txt"])  # and says the same
    folder.write("b.txt", "# Another\n\nText.\n")
    assert (paths(folder.scan()), list(folder.read)) == (["b.txt"], ["b.txt"])
    found = folder.scan()
    assert (paths(found), folder.read, found.gone) == ([], {}, set())


@pytest.mark.parametrize(
    ("data", "code"),
    [
        (b"", "empty"),
        (b"\xef\xbb\xbf", "empty"),
        (b"caf\xe9", "not-utf8"),
        (b"---\ntitle: [\n---\nx", "bad-front-matter"),
        (b"# T\nPublished at: **2026-02-30**\nx", "bad-date"),
        (b"# T\nOriginal: [x](javascript:alert)\nx", "bad-link"),
        (b"# T\n" + b"x" * 2000, "too-large"),
    ],
)
def test_one_bad_file_never_stops_the_others(folder: Folder, data: bytes, code: str) -> None:
    folder.write("b.txt", data)
    folder.write("a.txt")
    folder.write("c.txt")
    found = folder.scan(max_bytes=1000)
    assert (paths(found), problems(found)) == (["a.txt", "c.txt"], [("b.txt", code)])


def test_a_bad_file_is_not_read_again_until_it_changes(folder: Folder) -> None:
    file = folder.write("a.txt", BAD)
    folder.scan()
    assert (problems(folder.scan()), folder.read) == ([], {})
    file.write_text(GOOD)
    assert paths(folder.scan()) == ["a.txt"]


def test_a_file_that_may_not_be_opened_is_tried_again_by_every_scan(
    folder: Folder, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder.write("locked.txt")
    folder.write("open.txt")
    with monkeypatch.context() as patch:
        patch.setattr(os, "open", refusing(os.open, "locked.txt"))
        found = folder.scan()
        assert (paths(found), problems(found)) == (["open.txt"], [("locked.txt", "unreadable")])
        assert folder.read["locked.txt"] == NEVER_READ
        assert problems(folder.scan()) == [("locked.txt", "unreadable")]
    assert paths(folder.scan()) == ["locked.txt"]


def test_a_folder_that_cannot_be_listed_keeps_what_was_in_it(
    folder: Folder, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder.write("news/a.txt")
    folder.write("b.txt")
    folder.scan()
    (folder.root / "b.txt").unlink()
    monkeypatch.setattr(os, "scandir", refusing(os.scandir, str(folder.root / "news")))
    found = folder.scan()
    assert found.gone == {"b.txt"}
    assert problems(found) == [("news/", "unreadable-folder")]


def test_a_link_or_fifo_is_never_read(folder: Folder) -> None:
    secret = folder.root.parent / "secret.txt"
    secret.write_text(GOOD)
    (folder.root / "link.txt").symlink_to(secret)
    os.mkfifo(folder.root / "pipe.txt")
    found = folder.scan()
    assert (paths(found), folder.read) == ([], {})
    assert problems(found) == [("link.txt", "not-a-file"), ("pipe.txt", "not-a-file")]


def test_a_file_is_read_once_nothing_touched_it_for_the_settle_time(folder: Folder) -> None:
    touched = changed_at(folder.write("a.txt"))
    for wait in (0.01, 1.0, 1.9):
        found = folder.scan(touched + timedelta(seconds=wait), settle_seconds=SETTLE)
        assert (paths(found), folder.read, found.unsettled) == ([], {}, ["a.txt"])
    found = folder.scan(touched + timedelta(seconds=2.1), settle_seconds=SETTLE)
    assert (paths(found), found.unsettled) == (["a.txt"], [])


@pytest.mark.parametrize("mtime", [0, YEAR_2100], ids=["1970", "2100"])
def test_an_mtime_far_away_neither_hastens_nor_delays_reading(folder: Folder, mtime: int) -> None:
    file = folder.write("a.txt")
    os.utime(file, ns=(mtime, mtime))
    touched = changed_at(file)
    early = folder.scan(touched + timedelta(seconds=1), settle_seconds=SETTLE)
    late = folder.scan(touched + timedelta(seconds=3), settle_seconds=SETTLE)
    assert (early.unsettled, paths(late)) == (["a.txt"], ["a.txt"])


def test_a_clock_set_back_does_not_hold_a_file_up(folder: Folder) -> None:
    touched = changed_at(folder.write("a.txt"))
    found = folder.scan(touched - timedelta(days=1), settle_seconds=SETTLE)
    assert (paths(found), found.unsettled) == (["a.txt"], [])


def test_a_rewrite_with_the_same_size_and_mtime_is_noticed(folder: Folder) -> None:
    file = folder.write("a.txt")
    folder.scan()
    before = file.stat()
    time.sleep(0.02)  # longer than the kernel's clock ticks
    file.write_text(GOOD.replace("Title", "TITLE"))
    os.utime(file, ns=(before.st_atime_ns, before.st_mtime_ns))
    after = file.stat()
    assert (before.st_size, before.st_mtime_ns) == (after.st_size, after.st_mtime_ns)
    assert paths(folder.scan()) == ["a.txt"]


def test_a_file_that_changes_while_it_is_read_is_left_to_a_later_scan(
    folder: Folder, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder.write("a.txt")
    folder.write("b.txt")

    def changing(opened: Callable[[str], int], path: str, *others: Any) -> bytes:
        if path == "a.txt":
            raise StillChanging
        return read_bytes(opened, path, *others)

    with monkeypatch.context() as patch:
        patch.setattr(READ, changing)
        found = folder.scan()
        assert (paths(found), found.problems, found.unsettled) == (["b.txt"], [], ["a.txt"])
        assert "a.txt" not in folder.read
    assert paths(folder.scan()) == ["a.txt"]


def test_a_vanished_path_is_gone(folder: Folder) -> None:
    folder.write("a.txt")
    folder.write("b.txt")
    folder.scan()
    (folder.root / "a.txt").unlink()
    assert folder.scan().gone == {"a.txt"}


def test_a_path_that_became_a_folder_is_gone_and_one_that_became_a_link_stays(
    folder: Folder,
) -> None:
    for name in ("a.txt", "b.txt"):
        folder.write(name)
    folder.scan()
    for name in ("a.txt", "b.txt"):
        (folder.root / name).unlink()
    (folder.root / "a.txt").mkdir()
    (folder.root / "b.txt").symlink_to(folder.root)
    found = folder.scan()
    assert (found.gone, problems(found)) == ({"a.txt"}, [("b.txt", "not-a-file")])


def _move(folder: Folder) -> datetime:
    """Move `a.txt` to `b.txt`, remove `other.txt`, and say when the new file last changed."""
    folder.write("a.txt")
    folder.write("other.txt", GOOD + "More.")
    folder.scan()
    (folder.root / "other.txt").unlink()
    moved = (folder.root / "a.txt").rename(folder.root / "b.txt")
    moved.chmod(0o640)  # not on every file system does a rename alone move ctime
    return changed_at(moved)


def test_a_vanished_path_waits_until_the_file_that_may_be_its_new_self_is_at_rest(
    folder: Folder,
) -> None:
    touched = _move(folder)
    found = folder.scan(touched + timedelta(seconds=1), settle_seconds=SETTLE)
    assert (found.unsettled, found.gone) == (["b.txt"], {"other.txt"})
    found = folder.scan(touched + timedelta(seconds=3), settle_seconds=SETTLE)
    assert (paths(found), found.gone) == (["b.txt"], {"a.txt"})


def test_a_vanished_path_waits_for_its_new_self_to_stop_changing_too(
    folder: Folder, monkeypatch: pytest.MonkeyPatch
) -> None:
    _move(folder)

    def changing(*_: Any) -> bytes:
        raise StillChanging

    monkeypatch.setattr(READ, changing)
    found = folder.scan()
    assert (found.unsettled, found.gone) == (["b.txt"], {"other.txt"})


def test_a_problem_stands_until_its_file_is_read_again_or_gone(folder: Folder) -> None:
    folder.write("bad.txt", BAD)
    folder.write("fixed.txt", BAD)
    folder.write("gone.txt", BAD)
    folder.scan()
    earlier = folder.problems
    folder.write("fixed.txt")
    (folder.root / "gone.txt").unlink()
    found = folder.scan()
    assert [problem.path for problem in earlier if found.leaves(problem)] == ["bad.txt"]


def test_a_problem_stands_while_its_folder_cannot_be_listed() -> None:
    found = ReadResults(Diff(Hidden(unlisted={"news/"})))
    assert found.leaves(Problem("news/a.txt", "no-title", ""))
    assert not found.leaves(Problem("a.txt", "no-title", ""))


def test_every_problem_but_the_roots_own_stands_while_the_root_is_missing() -> None:
    assert ReadResults().leaves(Problem("a.txt", "no-title", ""))
    assert not ReadResults().leaves(Problem(ROOT, "root-unreadable", ""))


def test_the_roots_problem_ends_when_it_is_there_again(folder: Folder) -> None:
    assert not folder.scan().leaves(Problem(ROOT, "root-unreadable", ""))


@pytest.mark.parametrize(("seconds", "again"), [(0.01, True), (1.9, True), (2.1, False)])
def test_a_file_changed_a_moment_before_it_was_read_is_read_again_by_the_next_scan(
    folder: Folder, seconds: float, again: bool
) -> None:
    """A file system's clock may tick too rarely to show a second change within two seconds."""
    file = folder.write("a.txt")
    assert paths(folder.scan(changed_at(file) + timedelta(seconds=seconds))) == ["a.txt"]
    assert (folder.read["a.txt"] == NEVER_READ) is again
    folder.scan()
    assert (list(folder.read) == ["a.txt"]) is again
    folder.scan()
    assert folder.read == {}


def test_what_could_not_be_decided_is_read_again_by_the_next_scan(folder: Folder) -> None:
    folder.write("a.txt")
    folder.write("b.txt")
    folder.scan(undecided=["b.txt"])
    folder.scan()
    assert list(folder.read) == ["b.txt"]


def test_all_files_are_read_again_where_that_is_asked_for(folder: Folder) -> None:
    folder.write("a.txt")
    folder.write("b.txt")
    folder.scan()
    assert (paths(folder.scan(afresh=True)), list(folder.read)) == ([], ["a.txt", "b.txt"])


def test_the_article_itself_is_there_for_each_sighting(folder: Folder) -> None:
    for name in "abc":
        folder.write(f"{name}.txt", f"# Title {name}\n\nText.\n")
    found = folder.scan()
    titles = {one.path: found.article(one).title for one in reversed(list(found.summaries()))}
    assert titles == {f"{name}.txt": f"Title {name}" for name in "abc"}


def test_drafts_and_those_that_claim_an_id_are_known_by_their_numbers(folder: Folder) -> None:
    folder.write("a.md", GOOD)
    folder.write("b.md", "---\ntitle: B\nid: x\n---\nText.\n")
    folder.write("c.md", "---\ntitle: C\ndraft: true\n---\nText.\n")
    found = folder.scan()
    told = [found.summary(number) for number in found.special]
    assert [(one.path, one.key, one.withheld) for one in told] == [
        ("b.md", "x", ""),
        ("c.md", "", "draft"),
    ]


def test_a_published_article_that_becomes_a_draft_is_told_of_though_it_says_the_same(
    folder: Folder,
) -> None:
    text = "---\ntitle: A\ndraft: {}\n---\nText.\n"
    folder.write("a.md", text.format("false"))
    folder.scan()
    folder.write("a.md", text.format("true"))
    assert [one.withheld for one in folder.scan().summaries()] == ["draft"]


def test_a_file_that_claims_another_id_than_before_is_told_of_though_it_says_the_same(
    folder: Folder,
) -> None:
    text = "---\ntitle: A\nid: {}\n---\nText.\n"
    folder.write("a.md", text.format("one"))
    folder.scan()
    folder.write("a.md", text.format("two"))
    assert [one.key for one in folder.scan().summaries()] == ["two"]


def test_a_file_that_changes_while_the_folder_is_walked_is_not_at_rest(folder: Folder) -> None:
    touched = changed_at(folder.write("a.txt"))
    found = folder.scan(touched - timedelta(seconds=0.5), settle_seconds=SETTLE)
    assert (paths(found), found.unsettled) == ([], ["a.txt"])


def test_a_file_that_changed_after_the_scan_began_is_read_again_by_the_next_scan(
    folder: Folder,
) -> None:
    touched = changed_at(folder.write("a.txt"))
    folder.scan(touched - timedelta(seconds=0.5))
    assert folder.read["a.txt"] == NEVER_READ


@pytest.mark.parametrize("step", [-60 * MINUTE, 60 * MINUTE])
def test_a_file_changed_just_before_it_was_read_is_read_again_though_the_clock_was_set_meanwhile(
    folder: Folder, step: timedelta
) -> None:
    file = folder.write("a.txt")
    began = datetime.fromtimestamp(file.stat().st_ctime, UTC) + SECOND
    intake = folder.scan(now=began, settle_seconds=0)
    assert [stat for _, stat, *_ in intake.remember(began, began + step, ())] == [NEVER_READ]


def test_what_is_wrong_with_the_folder_stands_until_all_of_it_is_looked_at() -> None:
    problem = Problem(ROOT, "root-empty", "it is empty")
    assert ReadResults(Diff(looked_at=frozenset(["a.txt"]))).leaves(problem)
    assert not ReadResults(Diff()).leaves(problem)
    assert not ReadResults().leaves(problem)
