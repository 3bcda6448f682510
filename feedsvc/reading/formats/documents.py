"""reStructuredText and Org, told by the file's name; their keys are a part of the text.

    A walk                      #+title: A walk
    ######                      #+date: 2026-01-31
    :date: 2026-01-31

Nikola's comment with keys, `.. title: A walk`, and front matter may stand before the text.
"""

from __future__ import annotations

from feedsvc.model import Article
from feedsvc.reading.composing import compose
from feedsvc.reading.formats import front_matter, preamble, redirecting, unread_keys
from feedsvc.reading.formats.bodies import body
from feedsvc.reading.metadata.fields import Fields
from feedsvc.reading.source import ORG, RESTRUCTURED, Source


def fits(source: Source) -> bool:
    """Whether the file's name says that it is in one of these."""
    return source.suffix in RESTRUCTURED or source.suffix in ORG


def read(source: Source) -> Article:
    """The Article that the keys and the text say.

    Raises:
        ReadError: what is wrong with a key or the text.
        NotAnArticle: it only leads elsewhere.
    """
    own, start = header(source)
    fields, unsafe = body(source, start, own)
    if not fields.values:
        unread_keys.check(source.text)
    redirecting.check_keys(fields, unsafe, source)
    return compose(source, fields, unsafe, first_line=True)


def header(source: Source) -> tuple[Fields, int]:
    """The keys before the text, and where the text begins."""
    if front_matter.fits(source):
        return front_matter.header(source)
    fields, start = preamble.header(source.text, source.suffix)
    is_org = source.suffix in ORG and source.text.lstrip()[:2] != ".."
    return fields, 0 if is_org else start  # keywords are a part of Org's text
