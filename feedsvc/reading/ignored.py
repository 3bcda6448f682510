"""File names that are never articles: hidden and temporary files, and companions of articles."""

from __future__ import annotations

import re

# Hidden files, partial downloads and editors' temporary files.
IGNORED = re.compile(r"\.|#.*#$|.*(?:~|\.swp|\.tmp|\.part)$", re.DOTALL)
# Every ignored or companion name begins or ends with one of these; testing them is far cheaper
# than matching the pattern.
FIRST_CHARACTERS, LAST_CHARACTERS = ".#_", "~pta"


def is_ignored(path: str) -> bool:
    """Whether a walk skips this path because of its name or the name of a parent folder."""
    return any(IGNORED.match(name) for name in path.split("/"))


def is_companion(path: str) -> bool:
    """Whether a file may hold metadata of other articles, as `_index.md` and `a.meta` do."""
    folder, _, name = path.rpartition("/")
    return is_companion_name(name) and not (folder and is_ignored(folder))


def is_companion_name(name: str) -> bool:
    """Like `is_companion`, for a name without its folder."""
    return name.startswith("_index.") or (name.endswith(".meta") and name[0] != ".")
