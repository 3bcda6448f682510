"""Slugs: names in URLs, readable in any script and stable."""

from __future__ import annotations

import hashlib
import unicodedata
from urllib.parse import quote

LONGEST = 80  # characters of a slug; the rest of a longer name shows as a digest
_SPELLED = {"#": "sharp", "&": "and", "@": "at", "%": "percent", "/": "slash", "\\": "backslash"}
_KEPT = "+"  # distinguishes C++ from C


def slug(name: str) -> str:
    """The slug of a name: lower-case letters, digits and marks of any script, separated by `-`.

    Names that differ only in case, whitespace and punctuation have the same slug and feed.
    """
    text = unicodedata.normalize("NFKC", name).casefold()
    # casefolding may leave composable sequences; the slug of a slug must be itself
    text = unicodedata.normalize("NFKC", text)
    words = "".join(_in_address(character) for character in text).split()
    joined = "-".join(words)
    if not joined:
        return _digest(name)
    return joined if len(joined) <= LONGEST else f"{joined[:LONGEST].rstrip('-')}-{_digest(joined)}"


def section_slug(section: str) -> str:
    """The slugs of a section's folders, separated by `/`."""
    return "/".join(slug(folder) for folder in section.split("/"))


def in_path(name: str) -> str:
    """A slug, percent-encoded for a path (RFC 3986 section 3.3)."""
    return quote(name, safe="/+~")


def _in_address(character: str) -> str:
    if character in _SPELLED:
        return f" {_SPELLED[character]} "
    # letters, marks, numbers, and symbols such as an emoji; all other characters separate words
    kept = character in _KEPT or unicodedata.category(character)[0] in "LMNS"
    return character if kept else " "


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()[:8]
