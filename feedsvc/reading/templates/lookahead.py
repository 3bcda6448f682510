"""Forward searches that scan no part of a text twice for the same pattern."""

from __future__ import annotations

import re


class Lookahead:
    """Caches the next match of each pattern. `start` must not decrease between calls."""

    def __init__(self, text: str) -> None:
        self._text = text
        self._next: dict[re.Pattern[str], re.Match[str] | None] = {}

    def find(self, pattern: re.Pattern[str], start: int) -> re.Match[str] | None:
        """The first match that begins at `start` or later."""
        if pattern in self._next:
            known = self._next[pattern]
            if known is None or known.start() >= start:
                return known
        found = self._next[pattern] = pattern.search(self._text, start)
        return found

    def within(self, pattern: re.Pattern[str], start: int, end: int) -> bool:
        """Whether a match begins at `start` or later, and before `end`."""
        found = self.find(pattern, start)
        return found is not None and found.start() < end
