"""The digests of files: known at once for short ones, worked out in the background for long."""

from __future__ import annotations

import hashlib
import os
import threading
import time
from collections.abc import Iterator
from io import FileIO
from pathlib import Path

import pytest

from feedsvc.model import Stat
from feedsvc.web import digests
from feedsvc.web.digests import INLINE, Digests
from tests.media import LARGE
from tests.site import PATIENCE, eventually

LATER = 10  # seconds: by then a file that was just written has settled


@pytest.fixture
def file(tmp_path: Path) -> Iterator[FileIO]:
    path = tmp_path / "file"
    path.write_bytes(LARGE)
    with path.open("r+b", buffering=0) as file:
        yield file


def later() -> float:
    return time.time() + LATER


def settled(known: Digests, file: FileIO) -> str:
    """The digest of a long file, once it has been worked out."""
    return str(eventually(lambda: known.find("f", file, later())[0], "it was never hashed"))


def test_a_long_file_is_hashed_once_and_again_when_it_has_changed(
    file: FileIO, monkeypatch: pytest.MonkeyPatch
) -> None:
    hashed: list[int] = []
    real = digests._hashed

    def counted(handle: int, stat: Stat) -> str | None:
        hashed.append(1)
        return real(handle, stat)

    monkeypatch.setattr(digests, "_hashed", counted)
    known = Digests()
    assert settled(known, file) == hashlib.sha256(LARGE).hexdigest()
    assert settled(known, file) == hashlib.sha256(LARGE).hexdigest()
    assert len(hashed) == 1
    time.sleep(0.02)  # a tick of the file system's clock
    file.write(b"new")
    assert settled(known, file) == hashlib.sha256(b"new" + LARGE[3:]).hexdigest()


def test_whoever_asks_for_a_long_file_never_waits_for_its_digest(
    file: FileIO, monkeypatch: pytest.MonkeyPatch
) -> None:
    go_on = threading.Event()
    real = digests._hashed

    def slow(handle: int, stat: Stat) -> str | None:
        assert go_on.wait(PATIENCE)
        return real(handle, stat)

    monkeypatch.setattr(digests, "_hashed", slow)
    known = Digests()
    assert [known.find("f", file, later())[0] for _ in range(5)] == [None] * 5
    go_on.set()
    assert settled(known, file) == hashlib.sha256(LARGE).hexdigest()


def test_reading_a_file_on_leaves_its_place_to_whoever_sends_it(file: FileIO) -> None:
    file.seek(7)
    settled(Digests(), file)
    assert file.tell() == 7


def test_a_short_file_has_its_digest_at_once(tmp_path: Path) -> None:
    path = tmp_path / "short"
    path.write_bytes(bytes(INLINE))
    with path.open("rb", buffering=0) as file:
        digest, _ = Digests().find("short", file, later())
    assert digest == hashlib.sha256(bytes(INLINE)).hexdigest()


def test_a_file_of_the_last_moment_is_read_again_for_it_may_change_unseen(tmp_path: Path) -> None:
    path = tmp_path / "short"
    path.write_bytes(b"old")
    known = Digests()
    with path.open("r+b", buffering=0) as file:
        before, stat = known.find("f", file, time.time())
        file.write(b"new")
        os.utime(file.fileno(), ns=(stat.mtime_ns, stat.mtime_ns))
        assert known.find("f", file, time.time())[0] != before


def test_a_long_file_of_the_last_moment_is_not_hashed_yet(file: FileIO) -> None:
    known = Digests()
    assert known.find("f", file, time.time())[0] is None
    assert not known._known


def test_a_file_that_is_written_meanwhile_has_no_digest(
    file: FileIO, monkeypatch: pytest.MonkeyPatch
) -> None:
    cut = threading.Event()
    real = os.pread

    def meddled(handle: int, length: int, place: int) -> bytes:
        if not cut.is_set():
            cut.set()
            file.truncate(INLINE + 1)
        return real(handle, length, place)

    monkeypatch.setattr(os, "pread", meddled)
    known = Digests()
    assert known.find("f", file, later())[0] is None
    assert cut.wait(PATIENCE)
    assert settled(known, file) == hashlib.sha256(LARGE[: INLINE + 1]).hexdigest()


def test_only_so_many_are_kept(tmp_path: Path) -> None:
    known = Digests(limit=3)
    for number in range(10):
        path = tmp_path / str(number)
        path.write_bytes(b"%d" % number)
        with path.open("rb", buffering=0) as file:
            known.find(str(number), file, later())
    assert len(known._known) == 3
