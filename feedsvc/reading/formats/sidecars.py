"""An article in two files, as Nikola has it: the text, and its keys in a `.meta` file beside it."""

from __future__ import annotations

from dataclasses import replace

from feedsvc.model import Article
from feedsvc.reading.composing import compose
from feedsvc.reading.errors import ReadError
from feedsvc.reading.formats import front_matter, markdown, preamble
from feedsvc.reading.metadata.fields import Fields
from feedsvc.reading.metadata.withheld import KEYS
from feedsvc.reading.source import Source


def fits(source: Source) -> bool:
    """Whether there is such a file."""
    return bool(source.around.beside)


def read(source: Source) -> Article:
    """The Article that both files say; a key of the text's own goes before one beside it.

    Raises:
        ReadError: `bad-front-matter`: the keys cannot be read; or what `compose` finds wrong.
    """
    own, start = _header(source)
    both = _both(own, _beside(source))
    return compose(source, both, preamble.body(source, start, both), first_line=True)


def _header(source: Source) -> tuple[Fields, int]:
    if front_matter.fits(source):
        return front_matter.header(source)
    if preamble.fits(source):
        return preamble.header(source.text, source.suffix)
    return Fields(), 0


def _beside(source: Source) -> Fields:
    """What the `.meta` file says, in front matter, in Nikola's lines or in plain ones."""
    meta = replace(source, text=source.around.beside)
    try:
        fields, _ = _header(meta)
        if not fields.values:
            fields, _ = markdown.header(f"{meta.text.strip()}\n")
    except ReadError as refusal:
        raise _unread(str(refusal)) from None
    if not fields.values:
        raise _unread("it has no lines `.. key: value`")
    return Fields(fields.values, fields.written, overruled=fields.overruled)


def _unread(why: str) -> ReadError:
    message = f"the `.meta` file beside it cannot be read ({why}); fix that file"
    return ReadError("bad-front-matter", message)


def _both(own: Fields, more: Fields) -> Fields:
    """All keys of both; of what withholds the article, both count."""
    for name, value in more.values.items():
        if name in own.values and name not in KEYS:
            continue
        own.keep(name, value, more.written[name])
    for name, values in more.overruled.items():
        own.overruled.setdefault(name, []).extend(values)
    return own
