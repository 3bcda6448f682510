"""One file's bytes become an Article: decoded, then given to the reader of its layout."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from functools import cache
from importlib.metadata import entry_points
from typing import Protocol, cast

from feedsvc.model import Article, Problem
from feedsvc.reading.decoding import decode
from feedsvc.reading.formats import front_matter, html, markdown, news, preamble, sidecars, text
from feedsvc.reading.metadata.cascades import passed_down
from feedsvc.reading.metadata.fields import Fields
from feedsvc.reading.metadata.withheld import DRAFT, Visibility, visibility
from feedsvc.reading.source import HTML, NOTHING_AROUND, Around, Reading, Source, suffix

_DRAFTS = "/_drafts/"  # Jekyll's folder for what is not to be published
ENTRY_POINTS = "feedsvc.readers"


class InputFormat(Protocol):
    """A way to write an article, and the reader of it."""

    def fits(self, source: Source) -> bool:
        """Whether the text is in this layout."""
        ...

    def read(self, source: Source) -> Article:
        """The Article that the text says.

        Raises:
            ReadError: the file cannot be published as it stands.
        """
        ...


# The first that fits reads the file; the last fits everything.
FORMATS: tuple[InputFormat, ...] = (news, front_matter, preamble, html, markdown, text)
# Layouts that see to keys which folders pass down, because a key of the article goes before them.
_KEYED: tuple[InputFormat, ...] = (sidecars, front_matter, preamble, html, markdown)


@cache
def formats() -> Sequence[InputFormat]:
    """Those that are installed beside feedsvc, by name, and then our own."""
    added = sorted(entry_points(group=ENTRY_POINTS), key=lambda point: point.name)
    return *(cast("InputFormat", point.load()) for point in added), *FORMATS


def read_article(
    path: str,
    data: bytes,
    how: Reading,
    remarks: list[Problem] | None = None,
    around: Around = NOTHING_AROUND,
) -> Article:
    """The Article in `data`, found at `path` (relative to the root).

    What is wrong with it, and does not keep it back, is added to `remarks`. `around` is what other
    files say of it.

    Raises:
        ReadError: the file cannot be published as it stands.
    """
    declaring = suffix(path) in HTML or html.begins(data)
    found = [] if remarks is None else remarks
    source = Source(path, decode(data, how.encoding, declaring), how, around, found)
    layout = _format(source)
    article = layout.read(source)
    if _DRAFTS in f"/{path}" and not article.withheld:
        return replace(article, withheld=DRAFT)
    return _under(article, source) if around.above and layout not in _KEYED else article


def _format(source: Source) -> InputFormat:
    if sidecars.fits(source):
        return sidecars
    return next(layout for layout in formats() if layout.fits(source))


def _under(article: Article, source: Source) -> Article:
    """An article without keys of its own, with those that folders pass down to it."""
    seen = visibility(passed_down(Fields(), source), source)
    if article.withheld or seen == Visibility():
        return article
    return replace(article, **seen._asdict())
