"""Names that are never articles: hidden, half written or an editor's, or companions of others."""

from __future__ import annotations

import re

# Hidden, half written or an editor's own.
IGNORED = re.compile(r"\.|#.*#$|.*(?:~|\.swp|\.tmp|\.part)$", re.DOTALL)
# of names that may be so, or that tell of others: a pattern takes long beside them
FIRST_CHARACTERS, LAST_CHARACTERS = ".#_", "~pta"


def is_ignored(path: str) -> bool:
    """Whether a walk would not come to this path, for its own name or that of a folder above."""
    return any(IGNORED.match(name) for name in path.split("/"))


def is_companion(path: str) -> bool:
    """Whether a file may say something of articles near it, as `_index.md` and `a.meta` do."""
    folder, _, name = path.rpartition("/")
    return is_companion_name(name) and not (folder and is_ignored(folder))


def is_companion_name(name: str) -> bool:
    """The same of a name without its folder."""
    return name.startswith("_index.") or (name.endswith(".meta") and name[0] != ".")
