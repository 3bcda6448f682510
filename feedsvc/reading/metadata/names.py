"""Parses the date and slug in a file name such as `2026-01-31-a-walk.md`."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date

from feedsvc.reading.markup.content import one_line

_DATED = re.compile(r"(\d{4})-(\d{1,2})-(\d{1,2})(?:[-_ .]+|$)(.*)", re.ASCII | re.DOTALL)
_DATED_ADDRESS = re.compile(r"(?:^|/)(\d{4})[-/](\d{1,2})[-/](\d{1,2})(?:[-_/]|$)", re.ASCII)
# ISO 639-1: the languages of which a file's name may tell if the site lists none.
LANGUAGES = frozenset((
    "ar", "az", "be", "bg", "bn", "bs", "ca", "cs", "cy", "da", "de", "el", "en", "eo", "es",
    "et", "eu", "fa", "fi", "fr", "ga", "gl", "he", "hi", "hr", "hu", "hy", "id", "it", "ja",
    "ka", "kk", "ko", "lt", "lv", "mk", "ms", "nb", "nl", "nn", "pl", "pt", "ro", "ru", "sk",
    "sl", "sq", "sr", "sv", "ta", "te", "th", "tr", "uk", "ur", "uz", "vi", "zh",
))  # fmt: skip
_LANGUAGE = re.compile(r"(.+)\.([a-z]{2,3}(?:[-_][A-Za-z]{2,4})?)", re.DOTALL)
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
        first = words.partition(" ")[0]
        return words[:1].upper() + words[1:] if first.isalpha() else words


def is_index(path: str) -> bool:
    """Whether the file is the index page of its folder: `index.md`, `index.de.md`."""
    return path.rpartition("/")[2].partition(".")[0] == "index"


def name_of(path: str) -> Name:
    """Parse the name of the file at `path`; for an `index` file, the name of its folder."""
    folder, _, name = path.rpartition("/")
    stem, _ = _without_language(name.rpartition(".")[0] or name, frozenset())
    if is_index(path):
        stem = folder.rpartition("/")[2]
    found = _DATED.fullmatch(stem)
    day = _day(found) if found else ""
    return Name(day, found[4]) if found and day else Name("", stem)


def language_of(path: str, languages: frozenset[str]) -> str:
    """The language that a file's name tells (`walk.fr.md`), or its first folder; else empty.

    A folder tells it only if the site lists the language among its `languages`.
    """
    folder, _, name = path.rpartition("/")
    _, language = _without_language(name.rpartition(".")[0] or name, languages)
    first = folder.partition("/")[0].replace("_", "-")
    return language or (first if first in languages else "")


def _without_language(stem: str, languages: frozenset[str]) -> tuple[str, str]:
    """A file's name without the language at its end, and the language (BCP 47)."""
    found = _LANGUAGE.fullmatch(stem)
    if not found:
        return stem, ""
    tag = found[2].replace("_", "-")
    known = tag in languages if languages else tag.partition("-")[0] in LANGUAGES
    return (found[1], tag) if known else (stem, "")


def date_in(address: str) -> str:
    """The date (ISO 8601) in a URL path such as `/2026/01/31/a-walk/`, or empty."""
    found = _DATED_ADDRESS.search(address)
    return _day(found) if found else ""


def _day(found: re.Match[str]) -> str:
    """The date, or empty if there is no such day: then the digits are not a date."""
    try:
        return date(int(found[1]), int(found[2]), int(found[3])).isoformat()
    except ValueError:
        return ""
