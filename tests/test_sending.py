"""Files on their way to a client: their digests, and what becomes of one that changes."""

from __future__ import annotations

import hashlib
import os
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from io import FileIO
from pathlib import Path

import pytest

from feedsvc.model import Stat
from feedsvc.web.digests import Changed, Digests
from feedsvc.web.ranges import Part
from feedsvc.web.sending import CHUNK, Busy, Sending, Stream
from tests.media import LARGE


@pytest.fixture
def file(tmp_path: Path) -> Iterator[FileIO]:
    path = tmp_path / "file"
    path.write_bytes(LARGE)
    with path.open("r+b", buffering=0) as file:
        yield file


def test_a_new_state_has_a_new_tag_and_an_old_one_is_not_read_again(
    file: FileIO, monkeypatch: pytest.MonkeyPatch
) -> None:
    read: list[str] = []
    real = hashlib.file_digest

    def counted(given: FileIO, name: str) -> object:
        read.append(name)
        return real(given, name)

    monkeypatch.setattr(hashlib, "file_digest", counted)
    known, later = Digests(), time.time() + 10
    assert known.find("f", file, later)[0] == hashlib.sha256(LARGE).hexdigest()
    assert known.find("f", file, later)[0] == hashlib.sha256(LARGE).hexdigest()
    assert len(read) == 1
    time.sleep(0.02)  # a tick of the file system's clock
    file.seek(0)
    file.write(b"new")
    file.seek(0)
    assert known.find("f", file, later)[0] == hashlib.sha256(b"new" + LARGE[3:]).hexdigest()


def test_a_file_of_the_last_moment_is_read_again_for_it_may_change_unseen(file: FileIO) -> None:
    known, now = Digests(), time.time()
    before, stat = known.find("f", file, now)
    file.seek(0)
    file.write(b"new")
    os.utime(file.fileno(), ns=(stat.mtime_ns, stat.mtime_ns))
    file.seek(0)
    assert known.find("f", file, now)[0] != before


def test_only_so_many_are_kept(tmp_path: Path) -> None:
    known = Digests(kept=3)
    for number in range(10):
        path = tmp_path / str(number)
        path.write_bytes(b"%d" % number)
        with path.open("rb", buffering=0) as file:
            known.find(str(number), file, time.time() + 10)
    assert len(known._known) == 3


def test_many_who_ask_at_once_wait_for_one_who_reads(
    file: FileIO, monkeypatch: pytest.MonkeyPatch
) -> None:
    read: list[str] = []
    start = threading.Barrier(4)

    def slow(*_: object) -> object:
        read.append("x")
        time.sleep(0.1)
        return hashlib.sha256(b"")

    monkeypatch.setattr(hashlib, "file_digest", slow)
    known, later = Digests(), time.time() + 10

    def ask(_: int) -> str:
        start.wait()
        return known.find("f", file, later)[0]

    with ThreadPoolExecutor(4) as pool:
        assert len(set(pool.map(ask, range(4)))) == 1
    assert len(read) == 1


def test_a_file_that_is_written_meanwhile_has_no_digest(
    file: FileIO, monkeypatch: pytest.MonkeyPatch
) -> None:
    def meddled(*_: object) -> object:
        file.truncate(10)
        return hashlib.sha256(b"")

    known = Digests()
    with monkeypatch.context() as patch:
        patch.setattr(hashlib, "file_digest", meddled)
        with pytest.raises(Changed):
            known.find("f", file, time.time() + 10)
    assert known.find("f", file, time.time() + 10)[0] == hashlib.sha256(LARGE[:10]).hexdigest()


def stream(file: FileIO) -> Stream:
    return Stream("f", file, Stat.of(os.fstat(file.fileno())), Part(0, len(LARGE)))


@pytest.mark.parametrize("length", [0, CHUNK, CHUNK + 1, len(LARGE) + 10, len(LARGE)])
def test_a_file_that_changes_on_the_way_is_never_sent_to_its_end(file: FileIO, length: int) -> None:
    sending = stream(file)
    first = next(sending)
    time.sleep(0.02)  # a tick of the file system's clock
    os.ftruncate(file.fileno(), 0)
    os.ftruncate(file.fileno(), length)
    rest: list[bytes] = []
    with pytest.raises(Changed):
        rest.extend(sending)
    assert len(first) + len(b"".join(rest)) < len(LARGE)


def test_a_hard_link_made_on_the_way_changes_nothing(file: FileIO) -> None:
    sending = stream(file)
    first = next(sending)
    Path(str(file.name) + "-backup").hardlink_to(file.name)
    assert first + b"".join(sending) == LARGE


def test_only_so_many_streams_run_at_once_and_each_gives_its_place_back(file: FileIO) -> None:
    def another() -> Stream:
        return stream(FileIO(os.dup(file.fileno())))

    places = Sending(2)
    one, two = places.start(another()), places.start(another())
    with pytest.raises(Busy):
        places.start(stream(file))
    for _ in range(2):
        one.close()
    three = places.start(another())
    with pytest.raises(Busy):
        places.start(stream(file))
    del two, three  # a server that drops an answer without a word
    assert places.start(another())
