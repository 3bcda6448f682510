"""The folder of counters: made, locked, and swept up after servers that were killed."""

from __future__ import annotations

import os
import tempfile
from pathlib import Path

import pytest

from feedsvc.web.counters import TOGETHER, counting_together


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    monkeypatch.delenv(TOGETHER, raising=False)
    return tmp_path


def test_the_folder_lives_as_long_as_the_server(folder: Path) -> None:
    with counting_together():
        assert [one.name for one in folder.iterdir()] == [Path(os.environ[TOGETHER]).name]
        del os.environ[TOGETHER]
    assert list(folder.iterdir()) == []


def test_what_a_killed_server_left_is_removed_and_a_living_one_s_stays(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    left = folder / "feedsvc-metrics-killed"
    left.mkdir()
    (left / "lock").touch()
    (left / "counter_1.db").touch()
    other = folder / "feedsvc-metrics-of-somebody"
    other.mkdir()
    with counting_together():
        mine = Path(os.environ[TOGETHER])
        monkeypatch.delenv(TOGETHER)
        with counting_together():
            assert mine.is_dir()
            assert not left.exists()
            assert other.is_dir()
            monkeypatch.delenv(TOGETHER)


def test_a_folder_that_was_named_is_used_as_it_is(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(TOGETHER, str(folder / "mine"))
    with counting_together():
        assert os.environ[TOGETHER] == str(folder / "mine")
    assert list(folder.iterdir()) == []
