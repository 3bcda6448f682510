"""Reads the metadata of an article in other files: Nikola's `.meta` and Hugo's `_index.md`."""

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
from feedsvc.reading.source import NO_COMPANIONS, Companions, Reading, Source

META = ".meta"
SECOND_NS = 1_000_000_000
MAX_CASCADES = 100  # per file
SUFFIXES = (".md", ".markdown", ".html")
INDEXES = tuple(f"_index{suffix}" for suffix in SUFFIXES)
_LANGUAGE = re.compile(r"\.([a-z]{2,3}(?:-[A-Za-z]{2,4})?)\.[^./]+\Z")


class CompanionReader:
    """The `.meta` and `_index.md` files of a batch of articles; each `_index.md` is read once."""

    def __init__(self, root: Path, how: Reading, max_bytes: int, settle_seconds: float = 0) -> None:
        self._root, self._how, self._max_bytes = root, how, max_bytes
        self._settle = settle_seconds
        self._prefix = f"{root}/"
        self._cascades: dict[tuple[str, str], tuple[tuple[Cascade, ...], ...]] = {}

    def of(self, path: str) -> Companions:
        """The metadata of the article at this path.

        Raises:
            ReadError: a file that may have metadata of the article cannot be read.
            StillChanging: such a file changed less than `settle_seconds` ago.
        """
        cascades = self._of_folder(path.rpartition("/")[0], _language(path))
        meta = self._text(_meta_of(path))
        return Companions(meta, cascades) if meta or cascades else NO_COMPANIONS

    def _of_folder(self, folder: str, language: str) -> tuple[tuple[Cascade, ...], ...]:
        """The cascades of a folder and its parents, the nearest first."""
        cached = self._cascades.get((folder, language))
        if cached is None:
            own = self._index(f"{folder}/" if folder else "", language)
            higher = self._of_folder(folder.rpartition("/")[0], language) if folder else ()
            cached = self._cascades[folder, language] = ((own,) if own else ()) + higher
        return cached

    def _index(self, prefix: str, language: str) -> tuple[Cascade, ...]:
        names = (*INDEXES, *(f"_index.{language}{suffix}" for suffix in SUFFIXES if language))
        texts = ((name, self._text(prefix + name)) for name in names)
        sources = (Source(prefix + name, text, self._how) for name, text in texts if text)
        return tuple(cascade for source in sources for cascade in _cascades(source))

    def _text(self, path: str) -> str:
        """The text of the file; empty if there is no such file."""
        # Mostly there is none, and opening the file safely takes ten times as long to find out.
        if not os.access(self._prefix + path, os.F_OK, follow_symlinks=False):
            return ""
        try:
            data = self._bytes(path)
            return decode(data, self._how.encoding)
        except FileNotFoundError:
            return ""
        except OSError as error:
            raise ReadError("unreadable", _unreadable(path, error.strerror or "")) from None
        except ReadError as error:
            if error.code == "empty":
                return ""
            raise ReadError(error.code, _unreadable(path, str(error))) from None

    def _bytes(self, path: str) -> bytes:
        with os.fdopen(open_below(self._root, path), "rb") as file:
            age = abs(time.time_ns() - os.fstat(file.fileno()).st_ctime_ns)
            if age < self._settle * SECOND_NS:
                raise StillChanging
            data = file.read(self._max_bytes + 1)
        if len(data) > self._max_bytes:
            raise ReadError("too-large", "it is larger than articles.max_bytes")
        return data


def _unreadable(path: str, why: str) -> str:
    return f"{path}, which has metadata for this article, cannot be read ({why}); fix that file"


def _cascades(source: Source) -> tuple[Cascade, ...]:
    """The cascades of an `_index.md` that may withhold an article.

    Raises:
        ReadError: `bad-front-matter`: the file may have cascades, but cannot be parsed.
    """
    lower = source.text.lower()
    in_zola = source.text.startswith("+++") and "draft" in lower
    if "cascade" not in lower and not in_zola:
        return ()
    try:
        fields, _ = front_matter.header(source)
    except ReadError as error:
        message = f"the cascades of {source.path} cannot be read ({error}); fix that file"
        raise ReadError("bad-front-matter", message) from None
    if in_zola and fields.flag("draft"):  # Zola skips the pages of a draft section
        return (Cascade({"draft": True}, {}),)
    cascade = fields.values.get("cascade")
    items = cascade if isinstance(cascade, list) else [cascade]
    if len(items) > MAX_CASCADES:
        message = f"{source.path} has more than {MAX_CASCADES} cascades; use fewer"
        raise ReadError("bad-front-matter", message)
    return tuple(Cascade.of(item) for item in items if isinstance(item, dict))


def _language(path: str) -> str:
    """The language in a file name such as `walk.fr.md`, as in Hugo; else empty."""
    found = _LANGUAGE.search(path)
    return found[1] if found else ""


def _meta_of(path: str) -> str:
    folder, slash, name = path.rpartition("/")
    return f"{folder}{slash}{name.rpartition('.')[0] or name}{META}"
