"""Adds an id to each heading, as GitHub does, so that fragment links work.

`## Title {#id .class}`, the syntax of Hugo, Zola and kramdown, sets the id explicitly.
"""

from __future__ import annotations

import re
from functools import partial
from html import unescape

from feedsvc.reading.markup.hiding import without_hidden

_HEADING = re.compile(r"<(h[1-6])>([^<]*+(?:<(?!/?h[1-6]>)[^<]*+)*+)</\1>")
_TAKEN = re.compile(r"""\bid=["']?([^\s"'<>]++)|(?<= \{#)[\w:-][\w:.-]*+(?=[^<>}]*+\}</h[1-6]>)""")
_EXPLICIT = re.compile(r" \{(?=[#.])(?:#([\w:-][\w:.-]*+))?[\w:. #-]*+\}$")
_TAG = re.compile(r"<[^<>]*+>")
_REMOVED = re.compile(r"[^\w-]+")
MAX_ID_LENGTH = 200  # characters


def with_ids(html: str) -> str:
    """Rendered HTML with an id on each heading that contains a letter or digit."""
    if "<h" not in html:
        return html
    taken = (
        {found[1] or found[0] for found in _TAKEN.finditer(html)}
        if "id=" in html or "{#" in html
        else set()
    )
    return _HEADING.sub(partial(_with_id, taken, {}), html)


def _with_id(taken: set[str], counts: dict[str, int], found: re.Match[str]) -> str:
    tag, inner = found.groups()
    explicit = _EXPLICIT.search(inner) if inner.endswith("}") else None
    inner = inner[: explicit.start()] if explicit else inner
    heading_id = explicit[1] if explicit and explicit[1] else _unique(slug(inner), taken, counts)
    return f'<{tag} id="{heading_id}">{inner}</{tag}>' if heading_id else f"<{tag}>{inner}</{tag}>"


def _unique(name: str, taken: set[str], counts: dict[str, int]) -> str:
    """The name, with a numeric suffix as GitHub adds it if `taken` contains the name."""
    if not name:
        return ""
    candidate = name
    while candidate in taken:
        counts[name] = counts.get(name, 0) + 1
        candidate = f"{name}-{counts[name]}"
    taken.add(candidate)
    return candidate


def slug(heading: str) -> str:
    """GitHub's id for a heading, given as HTML."""
    if "<" in heading or "&" in heading:
        heading = unescape(_TAG.sub("", without_hidden(heading)[0]))
    name = heading.strip().lower().replace(" ", "-")
    return name[:MAX_ID_LENGTH] if name.isalnum() else _REMOVED.sub("", name)[:MAX_ID_LENGTH]
