"""Names as they stand in addresses: readable in any script, and the same for ever."""

from __future__ import annotations

import hashlib
import unicodedata
from urllib.parse import quote

LONGEST = 80  # characters of a slug; the rest of a longer name shows as a digest
_SPELLED = {"#": "sharp", "&": "and", "@": "at", "%": "percent", "/": "slash", "\\": "backslash"}
_KEPT = "+"  # which tells C++ from C


def slug(name: str) -> str:
    """The name in an address: small letters, digits and marks of any script, parted by `-`.

    Names that differ in case, white space and punctuation alone have one slug and so one feed.
    """
    text = unicodedata.normalize("NFKC", name).casefold()
    # what casefold leaves may compose anew, and a slug is to be its own slug
    text = unicodedata.normalize("NFKC", text)
    words = "".join(_in_address(character) for character in text).split()
    joined = "-".join(words)
    if not joined:
        return _digest(name)
    return joined if len(joined) <= LONGEST else f"{joined[:LONGEST].rstrip('-')}-{_digest(joined)}"


def section_slug(section: str) -> str:
    """The same for each folder on the way to a section, parted by `/`."""
    return "/".join(slug(folder) for folder in section.split("/"))


def in_path(name: str) -> str:
    """A slug as it is written in an address (RFC 3986 section 3.3)."""
    return quote(name, safe="/+~")


def _in_address(character: str) -> str:
    if character in _SPELLED:
        return f" {_SPELLED[character]} "
    # letters, marks, numbers, and symbols such as an emoji; all else parts words
    kept = character in _KEPT or unicodedata.category(character)[0] in "LMNS"
    return character if kept else " "


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()[:8]
