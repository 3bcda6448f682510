"""Headings of a rendered text get ids, as GitHub makes them, so that links lead to them.

`## Title {#id .class}`, as Hugo, Zola and kramdown have it, gives the id itself.
"""

from __future__ import annotations

import re
from html import unescape

_HEADING = re.compile(r"<(h[1-6])>((?:(?!</?h[1-6]>).)*+)</\1>", re.DOTALL)
_GIVEN = re.compile(r" \{(?=[#.])(?:#([\w:-][\w:.-]*+))?[\w:. #-]*+\}$")
_TAG = re.compile(r"<[^<>]*+>")
_LEFT_OUT = re.compile(r"[^\w\- ]")
LONGEST = 200  # characters of an id


def with_ids(html: str) -> str:
    """HTML that the renderer made, with an id for each heading that has any letters."""
    return _HEADING.sub(_Ids().heading, html) if "<h" in html else html


class _Ids:
    """The ids that headings of one text have so far."""

    def __init__(self) -> None:
        self._times: dict[str, int] = {}

    def heading(self, found: re.Match[str]) -> str:
        """One heading with its id."""
        tag, inner = found.groups()
        given = _GIVEN.search(inner)
        inner = inner[: given.start()] if given else inner
        identity = given[1] if given and given[1] else self._unique(slug(inner))
        return f'<{tag} id="{identity}">{inner}</{tag}>' if identity else f"<{tag}>{inner}</{tag}>"

    def _unique(self, name: str) -> str:
        if not name:
            return ""
        times = self._times[name] = self._times.get(name, -1) + 1
        return f"{name}-{times}" if times else name


def slug(heading: str) -> str:
    """The id that GitHub gives to a heading, whose HTML this is."""
    text = unescape(_TAG.sub("", heading)).strip().lower()
    return _LEFT_OUT.sub("", text).replace(" ", "-")[:LONGEST]
