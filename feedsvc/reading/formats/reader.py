"""Decodes a file and passes it to the reader of its input format, which returns an Article."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace
from functools import cache
from importlib.metadata import entry_points
from typing import Protocol, cast

from feedsvc.model import Article, Problem
from feedsvc.reading.decoding import decode
from feedsvc.reading.formats import (
    documents,
    front_matter,
    html,
    markdown,
    news,
    notebook,
    preamble,
    sidecars,
    text,
)
from feedsvc.reading.metadata.cascades import passed_down
from feedsvc.reading.metadata.fields import Fields
from feedsvc.reading.metadata.withheld import DRAFT, Visibility, visibility
from feedsvc.reading.source import HTML, NO_COMPANIONS, Companions, Reading, Source, suffix

# Jekyll's folder of drafts, and Nuxt's suffix
_DRAFTS = re.compile(r"(?:.*/)?_drafts/.*|.*\.draft\.\w+", re.DOTALL)
ENTRY_POINTS = "feedsvc.readers"


class InputFormat(Protocol):
    """An input format and its reader."""

    def fits(self, source: Source) -> bool:
        """Whether the file is in this format."""
        ...

    def read(self, source: Source) -> Article:
        """Read the file.

        Raises:
            ReadError: an error in the file prevents its publication.
            NotAnArticle: the content is not an article.
        """
        ...


# In order of precedence; the last one fits every file.
FORMATS: tuple[InputFormat, ...] = (
    notebook, documents, news, front_matter, preamble, html, markdown, text,
)  # fmt: skip
# Formats that apply inherited keys themselves, because the article's own keys override them.
_KEYED: tuple[InputFormat, ...] = (
    sidecars, notebook, documents, front_matter, preamble, html, markdown,
)  # fmt: skip


@cache
def formats() -> Sequence[InputFormat]:
    """The formats of other installed packages, sorted by name, then the built-in ones."""
    added = sorted(entry_points(group=ENTRY_POINTS), key=lambda point: point.name)
    return *(cast("InputFormat", point.load()) for point in added), *FORMATS


def read_article(
    path: str,
    data: bytes,
    how: Reading,
    remarks: list[Problem] | None = None,
    companions: Companions = NO_COMPANIONS,
) -> Article:
    """Read the Article in `data`, the content of the file at `path` relative to the root.

    Problems that do not prevent publication are added to `remarks`. `companions` is the article's
    metadata in other files.

    Raises:
        ReadError: an error in the file prevents its publication.
        NotAnArticle: the content is not an article.
    """
    declaring = suffix(path) in HTML or html.begins(data)
    remarks = [] if remarks is None else remarks
    source = Source(path, decode(data, how.encoding, declaring), how, companions, remarks)
    input_format = _format(source)
    article = input_format.read(source)
    if not article.withheld and _DRAFTS.fullmatch(path):
        return replace(article, withheld=DRAFT)
    inherits = companions.cascades and input_format not in _KEYED
    return _with_inherited(article, source) if inherits else article


def _format(source: Source) -> InputFormat:
    if sidecars.fits(source):
        return sidecars
    return next(candidate for candidate in formats() if candidate.fits(source))


def _with_inherited(article: Article, source: Source) -> Article:
    """An article in a format without keys, with the keys inherited from its folders."""
    visible = visibility(passed_down(Fields(), source), source)
    if article.withheld or visible == Visibility():
        return article
    return replace(article, **visible._asdict())
