"""What other files say of an article: Nikola's `.meta` beside it, Hugo's `_index.md` above it."""

from __future__ import annotations

import os
import re
import time
from pathlib import Path

from feedsvc.files import open_below
from feedsvc.reading.decoding import decode
from feedsvc.reading.errors import ReadError
from feedsvc.reading.file_bytes import StillChanging
from feedsvc.reading.formats import front_matter
from feedsvc.reading.metadata.cascades import Cascade
from feedsvc.reading.source import NOTHING_AROUND, Around, Reading, Source

META = ".meta"
SECOND_NS = 1_000_000_000
MOST_CASCADES = 100  # in one file
SUFFIXES = (".md", ".markdown", ".html")
INDEXES = tuple(f"_index{suffix}" for suffix in SUFFIXES)
_LANGUAGE = re.compile(r"\.([a-z]{2,3}(?:-[A-Za-z]{2,4})?)\.[^./]+\Z")


class Surroundings:
    """The files around some articles, each read once."""

    def __init__(self, root: Path, how: Reading, max_bytes: int, settle_seconds: float = 0) -> None:
        self._root, self._how, self._max_bytes = root, how, max_bytes
        self._settle = settle_seconds
        self._prefix = f"{root}/"
        self._above: dict[tuple[str, str], tuple[tuple[Cascade, ...], ...]] = {}

    def of(self, path: str) -> Around:
        """What is said of the article at this path.

        Raises:
            ReadError: something may be said of it, and cannot be read.
            StillChanging: it has only just been written, perhaps in part.
        """
        above = self._of_folder(path.rpartition("/")[0], _language(path))
        beside = self._text(_meta_of(path))
        return Around(beside, above) if beside or above else NOTHING_AROUND

    def _of_folder(self, folder: str, language: str) -> tuple[tuple[Cascade, ...], ...]:
        """What a folder and those above it pass down, the nearest first."""
        known = self._above.get((folder, language))
        if known is None:
            mine = self._index(f"{folder}/" if folder else "", language)
            higher = self._of_folder(folder.rpartition("/")[0], language) if folder else ()
            known = self._above[folder, language] = ((mine,) if mine else ()) + higher
        return known

    def _index(self, prefix: str, language: str) -> tuple[Cascade, ...]:
        names = (*INDEXES, *(f"_index.{language}{suffix}" for suffix in SUFFIXES if language))
        texts = ((name, self._text(prefix + name)) for name in names)
        sources = (Source(prefix + name, text, self._how) for name, text in texts if text)
        return tuple(cascade for source in sources for cascade in _cascades(source))

    def _text(self, path: str) -> str:
        """What is in the file; empty where there is none."""
        # mostly there is none, which opening it safely would take ten times as long to tell
        if not os.access(self._prefix + path, os.F_OK, follow_symlinks=False):
            return ""
        try:
            data = self._bytes(path)
            return decode(data, self._how.encoding)
        except FileNotFoundError:
            return ""
        except OSError as error:
            message = f"{path}, which says more of it, cannot be read ({error.strerror}); fix that"
            raise ReadError("unreadable", message) from None
        except ReadError as refusal:
            if refusal.code == "empty":
                return ""
            message = f"{path}, which says more of it, cannot be read ({refusal}); fix that file"
            raise ReadError(refusal.code, message) from None

    def _bytes(self, path: str) -> bytes:
        with os.fdopen(open_below(self._root, path), "rb") as file:
            age = abs(time.time_ns() - os.fstat(file.fileno()).st_ctime_ns)
            if age < self._settle * SECOND_NS:
                raise StillChanging
            data = file.read(self._max_bytes + 1)
        if len(data) > self._max_bytes:
            raise ReadError("too-large", "it is over articles.max_bytes")
        return data


def _cascades(source: Source) -> tuple[Cascade, ...]:
    """What an `_index.md` passes down that may withhold an article.

    Raises:
        ReadError: `bad-front-matter`: it may pass something down, and cannot be read.
    """
    lower = source.text.lower()
    in_zola = source.text.startswith("+++") and "draft" in lower
    if "cascade" not in lower and not in_zola:
        return ()
    try:
        fields, _ = front_matter.header(source)
    except ReadError as refusal:
        message = f"what {source.path} passes down to it cannot be read ({refusal}); fix that file"
        raise ReadError("bad-front-matter", message) from None
    if in_zola and fields.flag("draft"):  # Zola passes over what is in a section that is a draft
        return (Cascade({"draft": True}, {}),)
    found = fields.values.get("cascade")
    items = found if isinstance(found, list) else [found]
    if len(items) > MOST_CASCADES:
        message = f"{source.path} passes more than {MOST_CASCADES} cascades down to it; write fewer"
        raise ReadError("bad-front-matter", message)
    return tuple(Cascade.of(item) for item in items if isinstance(item, dict))


def _language(path: str) -> str:
    """The language that Hugo finds in a file's name, such as `walk.fr.md`."""
    found = _LANGUAGE.search(path)
    return found[1] if found else ""


def _meta_of(path: str) -> str:
    folder, slash, name = path.rpartition("/")
    return f"{folder}{slash}{name.rpartition('.')[0] or name}{META}"
