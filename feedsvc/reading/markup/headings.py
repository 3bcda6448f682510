"""Headings of a rendered text get ids, as GitHub makes them, so that links lead to them.

`## Title {#id .class}`, as Hugo, Zola and kramdown have it, gives the id itself.
"""

from __future__ import annotations

import re
from functools import partial
from html import unescape

from feedsvc.reading.markup.hiding import without_hidden

_HEADING = re.compile(r"<(h[1-6])>([^<]*+(?:<(?!/?h[1-6]>)[^<]*+)*+)</\1>")
_TAKEN = re.compile(r"""\bid=["']?([^\s"'<>]++)|(?<= \{#)[\w:-][\w:.-]*+(?=[^<>}]*+\}</h[1-6]>)""")
_GIVEN = re.compile(r" \{(?=[#.])(?:#([\w:-][\w:.-]*+))?[\w:. #-]*+\}$")
_TAG = re.compile(r"<[^<>]*+>")
_LEFT_OUT = re.compile(r"[^\w-]+")
LONGEST = 200  # characters of an id


def with_ids(html: str) -> str:
    """HTML that the renderer made, with an id for each heading that has any letters."""
    if "<h" not in html:
        return html
    taken = (
        {found[1] or found[0] for found in _TAKEN.finditer(html)}
        if "id=" in html or "{#" in html
        else set()
    )
    return _HEADING.sub(partial(_with_id, taken, {}), html)


def _with_id(taken: set[str], times: dict[str, int], found: re.Match[str]) -> str:
    tag, inner = found.groups()
    given = _GIVEN.search(inner) if inner.endswith("}") else None
    inner = inner[: given.start()] if given else inner
    identity = given[1] if given and given[1] else _unique(slug(inner), taken, times)
    return f'<{tag} id="{identity}">{inner}</{tag}>' if identity else f"<{tag}>{inner}</{tag}>"


def _unique(name: str, taken: set[str], times: dict[str, int]) -> str:
    """A name with a number where others have it, as GitHub counts; `taken` are those of others."""
    if not name:
        return ""
    free = name
    while free in taken:
        times[name] = times.get(name, 0) + 1
        free = f"{name}-{times[name]}"
    taken.add(free)
    return free


def slug(heading: str) -> str:
    """The id that GitHub gives to a heading, whose HTML this is."""
    if "<" in heading or "&" in heading:
        heading = unescape(_TAG.sub("", without_hidden(heading)[0]))
    name = heading.strip().lower().replace(" ", "-")
    return name[:LONGEST] if name.isalnum() else _LEFT_OUT.sub("", name)[:LONGEST]
