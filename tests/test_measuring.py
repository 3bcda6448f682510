"""Files beside an article have the length that they have, and nothing in them stops a worker."""

from __future__ import annotations

import io
import json
import os
import struct
import time
import wave
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from feedsvc.feeds.publication import feed_document
from feedsvc.feeds.registry import Format, site_feed
from feedsvc.ledger import feed_content
from feedsvc.ledger.rows import article_row, to_article
from feedsvc.ledger.store import Store
from feedsvc.model import Article, Enclosure
from feedsvc.reading.nearby.measuring import measured
from feedsvc.reading.source import Reading
from tests.media import Desk, address
from tests.reading import HOW, keys, read
from tests.site import Site


def sound(seconds: float) -> bytes:
    """A WAV file that plays so long."""
    made = io.BytesIO()
    with wave.open(made, "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(1)
        file.setframerate(8000)
        file.writeframes(bytes(round(8000 * seconds)))
    return made.getvalue()


def mp3(frames: int) -> bytes:
    """Frames of 417 bytes and 1152 samples, at 128 kbit/s and 44.1 kHz."""
    return (b"\xff\xfb\x90\x00" + bytes(413)) * frames


def mp4(seconds: int) -> bytes:
    def atom(name: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data) + 8) + name + data

    header = atom(b"mvhd", struct.pack(">IIIII", 0, 0, 0, 1000, 1000 * seconds))
    return atom(b"ftyp", b"M4A \0\0\0\0") + atom(b"moov", header)


def look(root: Path, *lines: str) -> Article:
    return measured(read(keys("title: T", *lines)), root, HOW)


def write(root: Path, path: str, data: bytes) -> Path:
    file = root / path
    file.parent.mkdir(exist_ok=True)
    file.write_bytes(data)
    return file


def test_a_picture_and_an_enclosure_have_the_size_of_their_files(tmp_path: Path) -> None:
    write(tmp_path, "a/p.png", bytes(77))
    write(tmp_path, "a/notes.pdf", bytes(1234))
    lines = ("image: p.png", "enclosures: [notes.pdf, https://a.example/x.mp3]")
    article = look(tmp_path, *lines)
    assert article.image_length == 77
    assert [one.length for one in article.enclosures] == [1234, 0]


@pytest.mark.parametrize(
    ("name", "data", "seconds"),
    [
        ("a.wav", sound(12.6), 13),
        ("a.wav", sound(0.1), 1),
        ("a.mp3", mp3(1000), 26),
        ("a.m4a", mp4(3723), 3723),
        ("a.mp4", mp4(62), 62),
        ("a.mp3", b"", 0),
        ("a.pdf", sound(5), 0),
    ],
)
def test_what_plays_says_how_long(tmp_path: Path, name: str, data: bytes, seconds: int) -> None:
    write(tmp_path, f"a/{name}", data)
    [told] = look(tmp_path, f"enclosure: {name}").enclosures
    assert (told.length, told.duration) == (len(data), seconds)


def test_the_front_matter_knows_better_how_long_it_plays_but_not_its_size(tmp_path: Path) -> None:
    write(tmp_path, "a/a.wav", sound(5))
    [told] = look(tmp_path, "enclosure: {url: a.wav, length: 9, duration: '0:07'}").enclosures
    assert (told.length, told.duration) == (len(sound(5)), 7)


def test_a_file_that_is_not_there_has_the_length_that_is_said(tmp_path: Path) -> None:
    lengths = [
        one.length
        for line in ("enclosure: a.mp3", "enclosure: {url: a.mp3, length: 9}")
        for one in look(tmp_path, line).enclosures
    ]
    assert lengths == [0, 9]


def test_no_link_is_followed_to_a_file(tmp_path: Path) -> None:
    outside = write(tmp_path, "outside.png", bytes(5))
    root = tmp_path / "root"
    (root / "a").mkdir(parents=True)
    (root / "a/p.png").symlink_to(outside)
    (root / "a/sounds").symlink_to(tmp_path)
    os.mkfifo(root / "a/pipe.mp3")
    write(tmp_path, "b.wav", sound(1))
    lines = ("image: p.png", "enclosures: [sounds/b.wav, pipe.mp3]")
    article = look(root, *lines)
    assert article.image_length == 0
    assert [(one.length, one.duration) for one in article.enclosures] == [(0, 0), (0, 0)]


@pytest.mark.parametrize("name", ["a.mp3", "a.m4a", "a.ogg", "a.flac", "a.wav", "a.mp4"])
@settings(
    max_examples=30,
    deadline=None,
    derandomize=True,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(
    start=st.sampled_from(
        [b"ID3\x04\0\0\x7f\x7f\x7f\x7f", b"OggS\0", b"fLaC\0", b"RIFF", b"\xff\xfb"]
    ),
    rest=st.binary(max_size=200),
)
def test_whatever_a_file_holds_nothing_is_raised(
    tmp_path: Path, name: str, start: bytes, rest: bytes
) -> None:
    write(tmp_path, f"a/{name}", start + rest)
    [told] = look(tmp_path, f"enclosure: {name}").enclosures
    assert told.length == len(start + rest)
    assert told.duration >= 0


def test_many_long_files_without_an_end_take_less_than_a_worker_has(tmp_path: Path) -> None:
    page = struct.pack("<4sBBqIIIB", b"OggS", 0, 0, 0, 7, 0, 0, 1) + b"\x01x"
    names = [f"{number}.{suffix}" for number in range(5) for suffix in ("mp3", "ogg", "flac")]
    for name in names:
        write(tmp_path, f"a/{name}", (page if name.endswith("ogg") else b"\xff\x00") * 300_000)
    began = time.perf_counter()
    article = look(tmp_path, f"enclosures: [{', '.join(names)}]")
    assert time.perf_counter() - began < 4
    assert {one.duration for one in article.enclosures} == {0}


def test_the_ledger_keeps_what_was_measured() -> None:
    article = read(keys("title: T", "date: 2026-01-02", "image: p.png", "audio: a.mp3"))
    [told] = article.enclosures
    article = replace(
        article, media=(), image_length=7, enclosures=(replace(told, length=8, duration=9),)
    )
    row = type("Row", (), article_row(article) | {"published": 1767312000 * 10**6})
    assert to_article(row) == article  # type: ignore[arg-type]


def test_a_scan_brings_it_into_the_feed(site: Site, store: Store) -> None:
    desk = Desk(site, store)
    desk.write("b/a.wav", sound(12))
    desk.write("b/a.md", "---\ntitle: T\ndate: 2026-01-02\naudio: a.wav\n---\nText.\n")
    desk.scan()
    settings_ = site.config()
    document = feed_document(
        settings_, site_feed(settings_), Format.JSON, feed_content.newest(store, 9)
    )
    [item] = json.loads(document.bodies["identity"])["items"]
    assert item["attachments"] == [
        {
            "url": f"http://feeds.example{address('b/a.wav')}",
            "mime_type": "audio/wav",
            "size_in_bytes": len(sound(12)),
            "duration_in_seconds": 12,
        }
    ]


def test_only_an_article_that_has_lengths_has_another_digest() -> None:
    plain = Article("a.md", "T", "", image="https://a.example/b.png")
    assert replace(plain, image_length=1).digest != plain.digest
    one, two = (Enclosure("https://a.example/b", duration=time) for time in (0, 5))
    assert replace(plain, enclosures=(one,)).digest != replace(plain, enclosures=(two,)).digest
    duplicate_id_problem = [replace(plain, enclosures=pair) for pair in ((one, two), (two, one))]
    assert duplicate_id_problem[0].digest != duplicate_id_problem[1].digest


def test_an_article_without_files_is_the_same(tmp_path: Path) -> None:
    article = Article("a.md", "T", "", media=("a.png",))
    assert measured(article, tmp_path, Reading()) is article
