"""Markdown without front matter; its first lines may be keys, as Pelican has them.

    Title: A walk
    Date: 2026-01-31 10:00

    The text.

Without such lines the first heading of level 1 is the title, failing that the first line.
"""

from __future__ import annotations

import re

from feedsvc.articles import markup, template_tags
from feedsvc.articles.composing import compose
from feedsvc.articles.fields import Fields, folded
from feedsvc.articles.source import MARKDOWN, Source
from feedsvc.articles.yaml_values import Place, Value
from feedsvc.model import Article

# Pelican's names, and those of MultiMarkdown that mean the same.
KNOWN = {
    "title", "date", "modified", "tags", "keywords", "category", "slug", "author", "authors",
    "summary", "description", "lang", "status", "link", "original", "image", "cover",
}  # fmt: skip
MOST_LINES = 100

_KEY = re.compile(r"([A-Za-z][\w -]{0,40}):(?:[ \t]+(.*))?")
_MORE_OF_IT = re.compile(r"(?: {4}|\t)\s*(\S.*)")


def fits(source: Source) -> bool:
    """Whether the file's name says that it is Markdown."""
    return source.suffix in MARKDOWN


def read(source: Source) -> Article:
    """The Article that the header, if there is one, and the text say.

    Raises:
        Refusal: `no-text`, or what `compose` finds wrong with a key.
    """
    fields, start = header(source.text)
    unsafe = markup.from_markdown(template_tags.resolved(source, start, fields))
    return compose(source, fields, unsafe, first_line=True)


def header(text: str) -> tuple[Fields, int]:
    """The keys of the first lines and where the text begins; no keys where it is at once.

    The first line must be a key that is known, one of them `Title`, and a blank line ends them.
    """
    values: dict[str, Value] = {}
    places: dict[str, Place] = {}
    position = len(text) - len(text.lstrip("\n"))
    number, last = position, ""
    while position < len(text):
        end = text.find("\n", position)
        end = len(text) if end < 0 else end
        line, number = text[position:end], number + 1
        if not line.strip():
            break
        last = _take(line, number, last, values, places)
        known = len(values) > 1 or folded(last) in KNOWN
        if not last or not known or number > MOST_LINES:
            return Fields(), 0
        position = end + 1
    if "title" not in {folded(key) for key in values}:
        return Fields(), 0
    return Fields.of(values, places.get), min(position, len(text))


def _take(
    line: str, number: int, last: str, values: dict[str, Value], places: dict[str, Place]
) -> str:
    """Keep one line; the key that it belongs to, or nothing where it is no line of a header."""
    more = _MORE_OF_IT.match(line)
    if more and last:
        values[last] = f"{values[last]} {more[1]}".strip()
        return last
    found = _KEY.fullmatch(line.rstrip())
    if not found:
        return ""
    values[found[1]] = (found[2] or "").strip()
    places[found[1]] = number, 1
    return found[1]
