"""What an article's HTML needs before it stands on a page of ours."""

from __future__ import annotations

import re

# Sections without a heading of their own, which is what most of these are, mean nothing.
_SECTION = re.compile(r"<(/?)(?:section|article)\b")
# The attribute is obsolete, and no feed reader takes a style in its place; a page has classes.
_ALIGNED = re.compile(r'(<(?:td|th|col|colgroup)\b[^>]*?) align="(left|center|right|justify)"')


def for_people(safe: str) -> str:
    """Safe HTML of an entry as the HTML Standard has it: no obsolete attribute, no bare section."""
    return _ALIGNED.sub(r'\1 class="\2"', _SECTION.sub(r"<\1div", safe))
