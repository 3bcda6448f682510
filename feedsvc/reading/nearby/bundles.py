"""Resources of a leaf bundle: what lies beside the `index.md` of one article is no article.

Hugo takes every file below the folder of an `index.md` for a part of that page. Other folders have
an `index.md` too, beside articles of their own. So a file is a resource only where the index has a
date, as an article has, or is a draft, and the file itself names neither a date nor a title.
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
DEEPEST = 8  # folders above a file that are looked at


class Leaf(StrEnum):
    """What an index makes of its folder: a bundle, or nothing."""

    NONE = ""
    SEEN = "seen"
    WITHHELD = "withheld"


def check(path: str, data: bytes, root: Path, max_bytes: int, how: Reading) -> None:
    """See that a file below `root`, which holds `data` and names no date, is no resource.

    Raises:
        NotAnArticle: it is one.
    """
    for index, stat in _indexes(root, path):
        leaf = _leaf(root, index, stat, max_bytes, how)
        if leaf == Leaf.WITHHELD:
            raise NotAnArticle(f"it lies beside {index}, which is withheld, and names no date")
        if leaf and not _has_title(path, data, how):
            raise NotAnArticle(
                f"it lies beside {index} and names neither a title nor a date, "
                "so it is a part of that article"
            )


def _indexes(root: Path, path: str) -> Iterator[tuple[str, Stat]]:
    """The index of each folder above the file, the root's left out."""
    folder = path.rpartition("/")[0]
    if is_index(path):
        folder = folder.rpartition("/")[0]
    for _ in range(DEEPEST):
        if not folder:
            return
        for name in INDEXES:
            index = f"{folder}/{name}"
            try:
                # no harm where a folder is a link: what is read is opened safely
                yield index, Stat.of(os.lstat(os.path.join(root, index)))  # noqa: PTH118
            except OSError:
                continue
            break
        folder = folder.rpartition("/")[0]


@lru_cache(maxsize=16)  # a bundle may hold many
def _leaf(root: Path, path: str, stat: Stat, max_bytes: int, how: Reading) -> Leaf:
    """Whether an index is an article, and one that anybody is to see."""
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
    """Whether the file itself says how it is called; every HTML page does, so that says nothing."""
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
