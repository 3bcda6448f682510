"""Recognises resources of a leaf bundle: files that belong to the article in an `index.md`.

Hugo treats every file below the folder of an `index.md` as part of that page. Elsewhere, a folder
may have an `index.md` and separate articles. So a file is a resource only if the index has a date,
as articles do, or is a draft, and the file itself has neither a date nor a title.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from enum import StrEnum
from functools import lru_cache, partial
from pathlib import Path

from feedsvc.files import open_below
from feedsvc.model import Stat
from feedsvc.reading.decoding import decode
from feedsvc.reading.errors import NotAnArticle, ReadError
from feedsvc.reading.file_bytes import StillChanging, read_bytes
from feedsvc.reading.formats import front_matter, markdown, news
from feedsvc.reading.formats.html import begins
from feedsvc.reading.formats.reader import read_article
from feedsvc.reading.metadata.names import is_index, name_of
from feedsvc.reading.source import HTML, MARKDOWN, Reading, Source, suffix

INDEXES = ("index.md", "index.markdown", "index.html", "index.htm")
_HEADING = re.compile(r"\s*+#[ \t]++\S")
MAX_PARENTS = 8  # parent folders of a file that are examined


class Leaf(StrEnum):
    """Whether an index makes its folder a bundle, and whether the bundle is withheld."""

    NONE = ""
    SEEN = "seen"
    WITHHELD = "withheld"


def check(path: str, data: bytes, root: Path, max_bytes: int, how: Reading) -> None:
    """Check that a file below `root` with the content `data` and no date is not a resource.

    Raises:
        NotAnArticle: the file is a resource.
    """
    for index, stat in _indexes(root, path):
        leaf = _leaf(root, index, stat, max_bytes, how)
        if leaf == Leaf.WITHHELD:
            raise NotAnArticle(
                f"it belongs to {index}, which is withheld, and has no date of its own"
            )
        if leaf and not _has_title(path, data, how):
            raise NotAnArticle(
                f"it belongs to {index}, because it has neither a title nor a date of its own"
            )


def _indexes(root: Path, path: str) -> Iterator[tuple[str, Stat]]:
    """The index of each parent folder of the file, except the root."""
    folder = path.rpartition("/")[0]
    if is_index(path):
        folder = folder.rpartition("/")[0]
    for _ in range(MAX_PARENTS):
        if not folder:
            return
        for name in INDEXES:
            index = f"{folder}/{name}"
            try:
                # A symbolic link in the path does no harm: reading opens the file safely.
                yield index, Stat.of(os.lstat(os.path.join(root, index)))  # noqa: PTH118
            except OSError:
                continue
            break
        folder = folder.rpartition("/")[0]


@lru_cache(maxsize=16)  # a bundle may have many files
def _leaf(root: Path, path: str, stat: Stat, max_bytes: int, how: Reading) -> Leaf:
    """Whether an index is an article, and whether it is withheld."""
    try:
        article = read_article(
            path, read_bytes(partial(open_below, root), path, stat, max_bytes), how
        )
    except (ReadError, NotAnArticle, StillChanging):
        return Leaf.SEEN if name_of(path).date else Leaf.NONE
    if article.withheld:
        return Leaf.WITHHELD
    return Leaf.SEEN if article.published or name_of(path).date else Leaf.NONE


def _has_title(path: str, data: bytes, how: Reading) -> bool:
    """Whether the file has a title of its own; HTML pages do not count, since all have one."""
    is_html = suffix(path) in HTML or begins(data)
    try:
        source = Source(path, decode(data, how.encoding, is_html), how)
    except ReadError:
        return False
    if news.fits(source):
        return True
    if front_matter.fits(source):
        return bool(front_matter.header(source)[0].title())
    if suffix(path) not in MARKDOWN:
        return False
    return bool(_HEADING.match(source.text) or markdown.header(source.text)[0].title())
