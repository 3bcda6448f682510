"""Watching reports what changes in the folder, and no failure ends it for good."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from watchfiles import watch

from feedsvc.service import watching
from tests.site import PATIENCE, eventually


class FolderInput:
    """What was reported, and how often watching started."""

    def __init__(self) -> None:
        self.paths: set[str] = set()
        self.starts = 0

    def changed(self, paths: frozenset[str]) -> None:
        self.paths |= paths

    def started(self) -> None:
        self.starts += 1


@pytest.fixture
def root(tmp_path: Path) -> Path:
    root = tmp_path / "articles"
    root.mkdir()
    return root


@pytest.fixture
def seen(root: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[FolderInput]:
    """A folder that is watched."""
    monkeypatch.setattr(watching, "FIRST_PAUSE", 0.1)
    seen, stop = FolderInput(), threading.Event()
    thread = threading.Thread(
        target=watching.keep_watching, args=(root, seen.changed, seen.started, stop)
    )
    thread.start()
    yield seen
    stop.set()
    thread.join(PATIENCE)
    assert not thread.is_alive()


def test_it_reports_that_it_has_started_and_then_what_changes(
    root: Path, seen: FolderInput
) -> None:
    eventually(lambda: seen.starts == 1, "it never started")
    (root / "a.md").write_text("A")
    (root / "news").mkdir()
    (root / ".hidden").touch()
    (root / "news" / "b.md").write_text("B")
    eventually(lambda: {"a.md", "news"} <= seen.paths, "the changes were not seen")
    assert ".hidden" not in seen.paths
    assert seen.starts == 1


@pytest.mark.parametrize("fate", ["removed", "renamed"])
def test_a_folder_that_replaces_the_watched_one_is_watched(
    root: Path, seen: FolderInput, fate: str
) -> None:
    """One that is removed may leave its inode to the next, so that they look the same."""
    eventually(lambda: seen.starts == 1, "it never started")
    root.rmdir() if fate == "removed" else root.rename(root.with_name("away"))
    root.mkdir()
    eventually(lambda: seen.starts == 2, "it did not restart")
    (root / "a.md").touch()
    eventually(lambda: "a.md" in seen.paths, "the change was not seen")


def test_a_folder_that_comes_back_at_once_is_watched(root: Path, seen: FolderInput) -> None:
    eventually(lambda: seen.starts, "it never started")
    root.rename(root.with_name("away"))
    root.with_name("away").rename(root)
    (root / "a.md").touch()
    eventually(lambda: "a.md" in seen.paths, "the change was not seen")


@pytest.mark.parametrize("failure", [OSError("no watches"), RuntimeError("rust"), KeyError("x")])
def test_it_restarts_after_any_failure(
    root: Path,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
    failure: Exception,
) -> None:
    failures = [failure] * 3
    monkeypatch.setattr(watching, "FIRST_PAUSE", 0.01)

    def fail(*arguments: Any, **options: Any) -> Any:
        if failures:
            raise failures.pop()
        return watch(*arguments, **options)

    monkeypatch.setattr(watching, "watch", fail)
    seen, stop = FolderInput(), threading.Event()

    def changed(paths: frozenset[str]) -> None:
        seen.changed(paths)
        stop.set()

    def started() -> None:
        seen.started()
        (root / "a.md").touch()

    watching.keep_watching(root, changed, started, stop)
    assert (seen.starts, seen.paths) == (1, {"a.md"})
    assert caplog.text.count("is not watched") == 1, "it is logged once"
