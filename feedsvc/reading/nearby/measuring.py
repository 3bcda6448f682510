"""How long the files are that an article names and that lie beside it: in bytes, and in seconds.

A file is opened as media are served: below the root, no link followed. One that is not there, or
that nobody may read, has no known length. One that is still being written has not its length yet.
"""

from __future__ import annotations

import os
import time
from dataclasses import replace
from io import BufferedReader, FileIO
from pathlib import Path

from tinytag import TinyTag

from feedsvc.files import open_below
from feedsvc.model import Article, Enclosure
from feedsvc.reading.file_bytes import StillChanging
from feedsvc.reading.markup.links import media_address
from feedsvc.reading.metadata import durations
from feedsvc.reading.source import Reading

# For all files of one article: some tenths of a second, so that no file stops the worker. Where
# the play time is not in the header, an hour of Ogg Vorbis takes 20,000 calls.
MOST_BYTES = 16 << 20
MOST_CALLS = 100_000

_OGG = "audio/ogg"
_TIMED = {"audio/flac", "audio/mp4", "audio/mpeg", "audio/wav", _OGG, "video/mp4"}


class _Spent(Exception):
    """The file takes longer to read than its play time is worth."""


class _Budget:
    """What may still be read, of files that are at rest."""

    def __init__(self, settle_seconds: float) -> None:
        self.settle_seconds = settle_seconds
        self.bytes, self.calls = MOST_BYTES, MOST_CALLS

    def take(self, size: int | None) -> None:
        """Take a call that asks for so many bytes, None for all, off what is left."""
        self.calls -= 1
        if size is None or size < 0 or size > self.bytes or self.calls < 0:
            self.bytes = 0
            raise _Spent
        self.bytes -= size


class _Bounded(BufferedReader):
    """A file that is read as far as the budget goes: what it says of its own size may be wrong."""

    def __init__(self, handle: int, budget: _Budget) -> None:
        super().__init__(FileIO(handle, closefd=False))
        self._budget = budget

    def read(self, size: int | None = -1, /) -> bytes:
        self._budget.take(size)
        return super().read(size)

    def seek(self, target: int, whence: int = 0, /) -> int:
        self._budget.take(0)
        return super().seek(target, whence)


def measured(article: Article, root: Path, how: Reading, settle_seconds: float = 0) -> Article:
    """The Article with the lengths of its picture and enclosures, where these are files below it.

    It takes no longer than MOST_BYTES and MOST_CALLS allow.

    Raises:
        StillChanging: one of them changed less than `settle_seconds` ago.
    """
    if not article.media or not (article.image or article.enclosures):
        return article
    files = {media_address(path, how): path for path in article.media}
    budget = _Budget(settle_seconds)
    picture = files.get(article.image)
    return replace(
        article,
        image_length=_measure(Enclosure(""), root, picture, budget).length if picture else 0,
        enclosures=tuple(
            _measure(one, root, files.get(one.url.partition("#")[0]), budget)
            for one in article.enclosures
        ),
    )


def _measure(one: Enclosure, root: Path, path: str | None, budget: _Budget) -> Enclosure:
    if path is None:
        return one
    try:
        handle = open_below(root, path)
    except (OSError, ValueError):  # ValueError: a null in the path
        return one
    try:
        status = os.fstat(handle)
        if abs(time.time() - status.st_ctime) < budget.settle_seconds:
            raise StillChanging
        timed = not one.duration and one.type in _TIMED
        duration = _play_time(handle, path, one.type, budget) if timed else one.duration
        return replace(one, length=status.st_size, duration=duration)
    finally:
        os.close(handle)


def _play_time(handle: int, path: str, type_: str, budget: _Budget) -> int:
    """The whole seconds that the file says it plays, at least 1; 0 where it does not say."""
    try:
        # only in Ogg are the tags on the way to the play time
        wanted = type_ == _OGG
        told = TinyTag.get(path, _Bounded(handle, budget), tags=wanted).duration or 0.0
        return max(1, round(told)) if 0 < told <= durations.LONGEST else 0
    except Exception:  # whatever the file holds, and the library makes of it
        return 0
