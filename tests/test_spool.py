"""What one step of a scan leaves for the next: in order, at its place, and on disk where much."""

from __future__ import annotations

import os
import resource
import tempfile
import tracemalloc
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from feedsvc.errors import NoRoom
from feedsvc.scan import disk_buffer
from feedsvc.scan.disk_buffer import DiskBuffer

KILOBYTE = 1000


def filled(*values: Any) -> tuple[DiskBuffer[Any, Any], list[int]]:
    full = DiskBuffer[Any, Any]()
    return full, [full.add(value) for value in values]


def open_handles() -> int:
    return len(list(Path("/dev/fd").iterdir()))


@contextmanager
def room(size: int) -> Iterator[None]:
    """Let no file of this process grow beyond so many bytes: a disk that is full."""
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, before[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)


@pytest.fixture(params=["in memory", "on disk"])
def somewhere(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    if request.param == "on disk":
        monkeypatch.setattr(disk_buffer, "IN_MEMORY", 1)


@pytest.mark.usefixtures("somewhere")
def test_values_come_in_the_order_in_which_they_were_added() -> None:
    values = ["b", "a", None, ("c", 1), "a", b"\x00" * KILOBYTE]
    full, _ = filled(*values)
    assert (list(full), len(full)) == (values, len(values))
    assert list(full) == values  # as often as one likes


@pytest.mark.usefixtures("somewhere")
def test_an_empty_spool_has_nothing_in_it() -> None:
    empty = DiskBuffer[str, str]()
    assert (list(empty), len(empty)) == ([], 0)


@pytest.mark.usefixtures("somewhere")
def test_each_value_is_found_at_its_place_in_any_order() -> None:
    values = [f"value {number}" * number for number in range(100)]
    full, places = filled(*values)
    assert len(set(places)) == 100
    for number in [*range(99, -1, -1), 7, 7, 8]:
        assert full.at(places[number]) == values[number]


@pytest.mark.usefixtures("somewhere")
def test_values_may_be_added_and_looked_up_while_others_are_read() -> None:
    full, places = filled(*range(5))
    seen = []
    for value in full:
        seen.append(value)
        assert full.at(places[4 - min(value, 4)]) == 4 - min(value, 4)
        if value < 3:
            full.add(value + 10)
    assert seen == [0, 1, 2, 3, 4, 10, 11, 12]


@pytest.mark.usefixtures("somewhere")
def test_two_may_read_at_once() -> None:
    full, _ = filled(*range(4))
    assert list(zip(full, full, strict=True)) == [(number, number) for number in range(4)]


def test_much_goes_to_disk_so_that_memory_stays_small(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(disk_buffer, "IN_MEMORY", 100 * KILOBYTE)
    full = DiskBuffer[bytes, bytes]()
    tracemalloc.start()
    places = [full.add(os.urandom(50 * KILOBYTE)) for _ in range(100)]
    assert sum(len(value) for value in full) == 100 * 50 * KILOBYTE
    assert all(len(full.at(place)) == 50 * KILOBYTE for place in places)
    _, most = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert most < 1000 * KILOBYTE


def test_what_is_on_disk_goes_with_the_last_reference(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    before = open_handles()
    full, _ = filled("x" * KILOBYTE)
    assert list(tmp_path.iterdir()) == []  # nothing is left behind by a process that is killed
    del full
    assert open_handles() == before


def test_a_full_temporary_folder_is_told_in_a_sentence_that_says_what_to_do(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(disk_buffer, "IN_MEMORY", KILOBYTE)
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    full, _ = filled("first")
    with room(10 * KILOBYTE), pytest.raises(NoRoom, match=r"File too large.*TMPDIR") as caught:
        full.add("x" * 100 * KILOBYTE)
    assert "name another by TMPDIR" in str(caught.value)
    assert full.at(full.add("second")) == "second"
    assert list(full) == ["first", "second"]  # what did not fit has left no trace


def test_a_disk_without_space_is_told_as_such(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(disk_buffer, "IN_MEMORY", 1)
    with Path("/dev/full").open("r+b", buffering=0) as disk:
        monkeypatch.setattr(tempfile, "TemporaryFile", lambda **_how: disk)
        with pytest.raises(NoRoom, match="No space left on device"):
            DiskBuffer[str, str]().add("text")


def test_a_folder_that_is_full_is_told_of_when_the_values_are_read_too(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(disk_buffer, "IN_MEMORY", KILOBYTE)
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    full, _ = filled("x" * 2 * KILOBYTE)
    place = full.add("y" * KILOBYTE)  # waits in a buffer of the file
    with room(KILOBYTE), pytest.raises(NoRoom):
        full.at(place)


def test_a_machine_without_any_temporary_folder_is_told_in_a_sentence(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(disk_buffer, "IN_MEMORY", 1)
    monkeypatch.setattr(tempfile, "tempdir", None)
    monkeypatch.setattr(tempfile, "_candidate_tempdir_list", list)
    full = DiskBuffer[str, str]()
    with pytest.raises(NoRoom, match="TMPDIR"):
        full.add("text")
