"""Files on their way to a client, and what becomes of one that changes."""

from __future__ import annotations

import os
import time
from collections.abc import Iterator
from io import FileIO
from pathlib import Path

import pytest

from feedsvc.model import Stat
from feedsvc.web.ranges import Part
from feedsvc.web.sending import CHUNK, Busy, Changed, Sending, Stream
from tests.media import LARGE


@pytest.fixture
def file(tmp_path: Path) -> Iterator[FileIO]:
    path = tmp_path / "file"
    path.write_bytes(LARGE)
    with path.open("r+b", buffering=0) as file:
        yield file


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
