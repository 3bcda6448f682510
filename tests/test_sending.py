"""Files on their way to a client, and what becomes of one that changes."""

from __future__ import annotations

import os
import time
from collections.abc import Iterator
from io import FileIO
from pathlib import Path

import pytest

from feedsvc.model import Stat
from feedsvc.web import sending
from feedsvc.web.conditional import ByteRange
from feedsvc.web.sending import (
    CHUNK,
    SHORT,
    WHOLE,
    Busy,
    Changed,
    Places,
    Sending,
    Stream,
    chunk_size,
)
from tests.media import LARGE


@pytest.fixture
def file(tmp_path: Path) -> Iterator[FileIO]:
    path = tmp_path / "file"
    path.write_bytes(LARGE)
    with path.open("r+b", buffering=0) as file:
        yield file


def stream(file: FileIO) -> Stream:
    return Stream("f", file, Stat.of(os.fstat(file.fileno())), ByteRange(0, len(LARGE)))


@pytest.mark.parametrize("length", [0, CHUNK, CHUNK + 1, len(LARGE) + 10, len(LARGE)])
def test_a_file_that_changes_on_the_way_is_never_sent_to_its_end(file: FileIO, length: int) -> None:
    sent = stream(file)
    first = next(sent)
    time.sleep(0.02)  # a tick of the file system's clock
    os.ftruncate(file.fileno(), 0)
    os.ftruncate(file.fileno(), length)
    rest: list[bytes] = []
    with pytest.raises(Changed):
        rest.extend(sent)
    assert len(first) + len(b"".join(rest)) < len(LARGE)


def test_a_hard_link_made_on_the_way_changes_nothing(file: FileIO) -> None:
    sent = stream(file)
    first = next(sent)
    Path(str(file.name) + "-backup").hardlink_to(file.name)
    assert first + b"".join(sent) == LARGE


def test_only_so_many_bodies_are_on_their_way_and_each_gives_its_place_back(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(sending, "SHORT_PLACES", 2)
    places = Sending()
    one, two = places.document(LARGE, None), places.document(LARGE, None)
    with pytest.raises(Busy):
        places.document(LARGE, None)
    assert b"".join(two) == LARGE
    for _ in range(2):
        one.close()
    three = places.document(LARGE, None)
    with pytest.raises(Busy):
        places.document(LARGE, None)
    del two, three  # a server that drops an answer without a word
    assert places.document(LARGE, None)


def test_a_file_that_gets_no_place_is_closed(file: FileIO, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sending, "SHORT_PLACES", 0)
    with pytest.raises(Busy):
        Sending().file(stream(file), len(LARGE), None)
    assert file.closed


def test_long_bodies_leave_the_places_of_short_ones_and_files_those_of_documents(
    file: FileIO, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("SHORT_PLACES", "DOCUMENT_PLACES", "FILE_PLACES"):
        monkeypatch.setattr(sending, name, 1)
    places, long = Sending(), bytes(SHORT + 1)
    held = [
        places.file(stream(file), SHORT + 1, None),
        places.document(long, None),
        places.document(LARGE, None),
    ]
    for body in (long, LARGE):
        with pytest.raises(Busy):
            places.document(body, None)
    assert len(held) == 3


def test_a_network_holds_no_more_than_its_share() -> None:
    places = Places(8)
    for _ in range(6):
        places.take("192.0.2.0/24")
    with pytest.raises(Busy):
        places.take("192.0.2.0/24")
    places.take("198.51.100.0/24")
    places.give_back("192.0.2.0/24")
    places.take("192.0.2.0/24")
    places.take(None)
    with pytest.raises(Busy):
        places.take(None)


@pytest.mark.parametrize("length", [WHOLE + 1, 300_000, SHORT, SHORT + 1, 3 << 20, 20 << 20])
def test_a_place_is_held_until_the_client_has_read_half_of_a_body_or_all_but_half_a_megabyte(
    length: int,
) -> None:
    taken = 32 * chunk_size(length)  # which granian takes off our hands before it waits
    assert taken <= max(length / 2 + 32, 1)
    assert taken <= 512 << 10
