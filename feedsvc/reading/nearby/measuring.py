"""Measures the image and enclosures of an article: size in bytes, play time in seconds.

Files are opened as they are for serving: below the root, without following symbolic links. The size
of a missing or unreadable file is unknown; a file still being written defers the article.
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
from feedsvc.reading.metadata.dates import LONGEST
from feedsvc.reading.source import Reading

# Limits for all files of one article, some tenths of a second, so that no file blocks the worker.
# If the play time is not in the header, an hour of Ogg Vorbis takes 20,000 calls.
MAX_BYTES = 16 << 20
MAX_CALLS = 100_000

_OGG = "audio/ogg"
_TIMED = {"audio/flac", "audio/mp4", "audio/mpeg", "audio/wav", _OGG, "video/mp4"}


class _BudgetExceeded(Exception):
    """Finding the play time would cost too much."""


class _Budget:
    """The bytes and calls left for the files of an article."""

    def __init__(self, settle_seconds: float) -> None:
        self.settle_seconds = settle_seconds
        self.bytes, self.calls = MAX_BYTES, MAX_CALLS

    def take(self, size: int | None) -> None:
        """Deduct one call that requests `size` bytes, None or a negative number for all."""
        self.calls -= 1
        if size is None or size < 0 or size > self.bytes or self.calls < 0:
            self.bytes = 0
            raise _BudgetExceeded
        self.bytes -= size


class _Bounded(BufferedReader):
    """A file readable within the budget, since sizes in its own header may be wrong."""

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
    """The Article with the sizes of its image and enclosures, if they are files below `root`.

    The work is limited by MAX_BYTES and MAX_CALLS.

    Raises:
        StillChanging: one of the files changed less than `settle_seconds` ago.
    """
    if not article.media or not (article.image or article.enclosures):
        return article
    files = {media_address(path, how): path for path in article.media}
    budget = _Budget(settle_seconds)
    image = files.get(article.image)
    return replace(
        article,
        image_length=_measure(Enclosure(""), root, image, budget).length if image else 0,
        enclosures=tuple(
            _measure(item, root, files.get(item.url.partition("#")[0]), budget)
            for item in article.enclosures
        ),
    )


def _measure(item: Enclosure, root: Path, path: str | None, budget: _Budget) -> Enclosure:
    if path is None:
        return item
    try:
        handle = open_below(root, path)
    except (OSError, ValueError):  # ValueError: a null character in the path
        return item
    try:
        status = os.fstat(handle)
        if abs(time.time() - status.st_ctime) < budget.settle_seconds:
            raise StillChanging
        timed = not item.duration and item.type in _TIMED
        duration = _play_time(handle, path, item.type, budget) if timed else item.duration
        return replace(item, length=status.st_size, duration=duration)
    finally:
        os.close(handle)


def _play_time(handle: int, path: str, type_: str, budget: _Budget) -> int:
    """The play time in the file in whole seconds, at least 1; 0 if unknown."""
    try:
        # Only for Ogg does finding the play time require parsing the tags.
        tags = type_ == _OGG
        seconds = TinyTag.get(path, _Bounded(handle, budget), tags=tags).duration or 0.0
        return max(1, round(seconds)) if 0 < seconds <= LONGEST else 0
    except Exception:  # a malformed file may raise anything in the library
        return 0
