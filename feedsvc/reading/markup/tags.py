"""Tokenizes HTML into tags, with their offsets and attributes (HTML Standard, "Tokenization").

No tree is built: unlike in a parser, no element is closed implicitly or moved.
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
      | [!?/][^>]*+                                     # a bogus comment
    )""",
    re.VERBOSE | re.IGNORECASE | re.DOTALL | re.ASCII,
)
_ATTRIBUTE = re.compile(r"""([^\s/>=]++)\s*+=\s*+(?:"([^"]*+)"|'([^']*+)'|([^\s>]++))""", re.DOTALL)
_END_TAG = re.compile(r"</([a-z][^\s/>]*+)(?=[\s/>])", re.IGNORECASE)
# The content of these is text up to their end tag.
_RAW = frozenset(("script", "style", "textarea", "title", "xmp", "iframe", "noembed", "noframes"))


@dataclass(frozen=True, slots=True)
class Tag:
    """A tag and its offsets. The name is in lower case; that of an end tag begins with `/`.

    The entities in attribute values are not decoded.
    """

    name: str
    attributes: dict[str, str]
    start: int
    end: int


def tags(html: str) -> Iterator[Tag]:
    """Every tag outside comments and raw text, up to the first incomplete tag."""
    position = 0
    while found := TOKEN.search(html, position):
        position = found.end()
        if not found["name"]:
            continue
        if not found[0].endswith(">"):
            return
        name = found["slash"] + found["name"].lower()
        yield Tag(name, attributes(found[0]), found.start(), position)
        if name in _RAW:
            end = re.compile(f"</{name}", re.IGNORECASE).search(html, position)
            if not end:
                return
            position = end.start()


def attributes(tag: str) -> dict[str, str]:
    """The attribute values of a tag by lower-case name; the first of equal names wins."""
    values: dict[str, str] = {}
    for name, *quoted in _ATTRIBUTE.findall(tag):
        values.setdefault(name.lower(), "".join(quoted))
    return values


@dataclass(slots=True)
class Rewriter:
    """Replaces tags in one pass over a text; subclasses define `rewrite`."""

    html: str
    parts: list[str] = field(default_factory=list)
    _next_offsets: dict[re.Pattern[str], int] = field(default_factory=dict)
    _end_tags: dict[str, list[int]] | None = None

    def run(self) -> str:
        """The text with each tag rewritten."""
        position = 0
        while found := TOKEN.search(self.html, position):
            self.parts.append(self.html[position : found.start()])
            position = self.rewrite(found)
        self.parts.append(self.html[position:])
        return "".join(self.parts)

    def rewrite(self, found: re.Match[str]) -> int:
        """Append the replacement of one tag to `parts`; return the offset at which to continue."""
        raise NotImplementedError

    def end_tag(self, name: str, start: int) -> int:
        """The offset of the next end tag of an element from `start`; -1 if there is none."""
        offsets = self._all_end_tags().get(name, ())
        index = bisect_left(offsets, start)
        return offsets[index] if index < len(offsets) else -1

    def _all_end_tags(self) -> dict[str, list[int]]:
        """The offsets of the end tags of each element, found in one pass."""
        if self._end_tags is None:
            self._end_tags = {}
            for found in _END_TAG.finditer(self.html):
                self._end_tags.setdefault(found[1].lower(), []).append(found.start())
        return self._end_tags

    def find_next(self, pattern: re.Pattern[str], start: int) -> int:
        """The offset of the next match; -1 if there is none. No text is searched twice."""
        offset = self._next_offsets.get(pattern, 0)
        if 0 <= offset < start:
            found = pattern.search(self.html, start)
            offset = self._next_offsets[pattern] = found.start() if found else -1
        return offset

    def tag_end(self, start: int) -> int:
        """The end of the tag that begins at `start`."""
        end = self.html.find(">", start)
        return end + 1 if end >= 0 else len(self.html)
