"""Parses the date and slug in a file name such as `2026-01-31-a-walk.md`."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date

from feedsvc.reading.markup.content import one_line

_DATED = re.compile(r"(\d{4})-(\d{1,2})-(\d{1,2})(?:[-_ .]+|$)(.*)", re.ASCII | re.DOTALL)
_DATED_ADDRESS = re.compile(r"/?(\d{4})[-/](\d{1,2})[-/](\d{1,2})(?:[-_/]|$)", re.ASCII)
_SEPARATORS = re.compile(r"[-_\s]+")


@dataclass(frozen=True, slots=True)
class Name:
    """The date (ISO 8601) and the slug in a file name; empty if absent."""

    date: str = ""
    slug: str = ""

    @property
    def title(self) -> str:
        """The slug as words: `my-first-post` becomes `My first post`."""
        words = one_line(_SEPARATORS.sub(" ", self.slug))
        return words[:1].upper() + words[1:]


def is_index(path: str) -> bool:
    """Whether the file is the index page of its folder: `index.md`, `index.de.md`."""
    return path.rpartition("/")[2].partition(".")[0] == "index"


def name_of(path: str) -> Name:
    """Parse the name of the file at `path`; for an `index` file, the name of its folder."""
    folder, _, name = path.rpartition("/")
    stem = name.rpartition(".")[0] or name
    if is_index(path):
        stem = folder.rpartition("/")[2]
    found = _DATED.fullmatch(stem)
    day = _day(found) if found else ""
    return Name(day, found[4]) if found and day else Name("", stem)


def date_in(address: str) -> str:
    """The date (ISO 8601) at the start of a URL path such as `/2026/01/31/a-walk/`, or empty."""
    found = _DATED_ADDRESS.match(address)
    return _day(found) if found else ""


def _day(found: re.Match[str]) -> str:
    """The date, or empty if there is no such day: then the digits are not a date."""
    try:
        return date(int(found[1]), int(found[2]), int(found[3])).isoformat()
    except ValueError:
        return ""
