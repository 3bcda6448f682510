"""Reads articles in two files, as in Nikola: the text, and a `.meta` file with its keys."""

from __future__ import annotations

from dataclasses import replace

from feedsvc.model import Article
from feedsvc.reading.composing import compose
from feedsvc.reading.errors import ReadError
from feedsvc.reading.formats import front_matter, markdown, preamble
from feedsvc.reading.formats.bodies import body, joined
from feedsvc.reading.metadata.fields import Fields
from feedsvc.reading.source import Source


def fits(source: Source) -> bool:
    """Whether the article has a `.meta` file."""
    return bool(source.companions.meta)


def read(source: Source) -> Article:
    """Build an Article from both files; a key in the text overrides one in the `.meta` file.

    Raises:
        ReadError: `bad-front-matter`: the keys cannot be parsed; or an error of `compose`.
    """
    own, start = _header(source)
    fields, unsafe = body(source, start, joined(own, _meta(source)))
    return compose(source, fields, unsafe, first_line=True)


def _header(source: Source) -> tuple[Fields, int]:
    if front_matter.fits(source):
        return front_matter.header(source)
    if preamble.fits(source):
        return preamble.header(source.text, source.suffix)
    return Fields(), 0


def _meta(source: Source) -> Fields:
    """The keys of the `.meta` file, in front matter, Nikola's lines or plain `key: value` lines."""
    meta = replace(source, text=source.companions.meta)
    try:
        fields, _ = _header(meta)
        if not fields.values:
            fields, _ = markdown.header(f"{meta.text.strip()}\n")
    except ReadError as error:
        raise _invalid(str(error)) from None
    if not fields.values:
        raise _invalid("it has no lines `.. key: value`")
    return Fields(fields.values, fields.written, overruled=fields.overruled)


def _invalid(why: str) -> ReadError:
    message = f"the `.meta` file of the article cannot be parsed ({why}); fix that file"
    return ReadError("bad-front-matter", message)
