"""The tags of an HTML text, as they are written: where each stands, and its attributes.

Nothing is closed or moved, unlike what a parser does (HTML Standard, section "Tokenization").
"""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Iterator
from dataclasses import dataclass, field

TOKEN = re.compile(
    r"""<(?:
        !--(?:-?>|.*?(?:--!?>|\Z))                      # a comment
      | (?P<slash>/?)(?P<name>[a-z][^\s/>]*+)           # a tag
        (?:[\s/]++ | [^\s/>][^\s/>=]*+                  # its attributes, each with its value
            (?:\s*+=\s*+(?:"[^"]*+(?:"|\Z)|'[^']*+(?:'|\Z)|[^\s>]*+))?
        )*+ (?:>|\Z)
      | [!?/][^>]*+                                     # what is taken for a comment
    )""",
    re.VERBOSE | re.IGNORECASE | re.DOTALL | re.ASCII,
)
_ATTRIBUTE = re.compile(r"""([^\s/>=]++)\s*+=\s*+(?:"([^"]*+)"|'([^']*+)'|([^\s>]++))""", re.DOTALL)
_END_TAG = re.compile(r"</([a-z][^\s/>]*+)(?=[\s/>])", re.IGNORECASE)
# What these hold is text up to their end tag.
_RAW = frozenset(("script", "style", "textarea", "title", "xmp", "iframe", "noembed", "noframes"))


@dataclass(frozen=True, slots=True)
class Tag:
    """A tag and where it stands; the name is in lower case, that of an end tag begins with `/`.

    The values of attributes are as they are written, with their entities.
    """

    name: str
    attributes: dict[str, str]
    start: int
    end: int


def tags(html: str) -> Iterator[Tag]:
    """Every tag outside comments, scripts and the like, up to the first that has no end."""
    position = 0
    while found := TOKEN.search(html, position):
        position = found.end()
        if not found[0].endswith(">"):
            return
        if not found["name"]:
            continue
        name = found["slash"] + found["name"].lower()
        yield Tag(name, attributes(found[0]), found.start(), position)
        if name in _RAW:
            end = re.compile(f"</{name}", re.IGNORECASE).search(html, position)
            if not end:
                return
            position = end.start()


def attributes(tag: str) -> dict[str, str]:
    """The values of a tag's attributes by their names in lower case, the first of each name."""
    values: dict[str, str] = {}
    for name, *quoted in _ATTRIBUTE.findall(tag):
        values.setdefault(name.lower(), "".join(quoted))
    return values


@dataclass(slots=True)
class Rewriter:
    """One pass over the tags of a text; `take` says what becomes of each."""

    html: str
    parts: list[str] = field(default_factory=list)
    _ahead: dict[re.Pattern[str], int] = field(default_factory=dict)
    _end_tags: dict[str, list[int]] | None = None

    def run(self) -> str:
        """The text with what `take` made of each tag."""
        position = 0
        while found := TOKEN.search(self.html, position):
            self.parts.append(self.html[position : found.start()])
            position = self.rewrite(found)
        self.parts.append(self.html[position:])
        return "".join(self.parts)

    def rewrite(self, found: re.Match[str]) -> int:
        """Take one tag, of which something may be added to `parts`; where to go on behind it."""
        raise NotImplementedError

    def end_tag(self, name: str, start: int) -> int:
        """Where the next end tag of an element stands; -1 where there is none."""
        places = self._all_end_tags().get(name, ())
        index = bisect_left(places, start)
        return places[index] if index < len(places) else -1

    def _all_end_tags(self) -> dict[str, list[int]]:
        """Where the end tags of each element stand, found in one pass."""
        if self._end_tags is None:
            self._end_tags = {}
            for found in _END_TAG.finditer(self.html):
                self._end_tags.setdefault(found[1].lower(), []).append(found.start())
        return self._end_tags

    def find_next(self, pattern: re.Pattern[str], start: int) -> int:
        """Where a pattern is found next. No part of the text is searched twice for it."""
        known = self._ahead.get(pattern, 0)
        if 0 <= known < start:
            found = pattern.search(self.html, start)
            known = self._ahead[pattern] = found.start() if found else -1
        return known

    def tag_end(self, start: int) -> int:
        """Where the tag ends that begins at `start`."""
        end = self.html.find(">", start)
        return end + 1 if end >= 0 else len(self.html)
