"""Elements that a page hides: what nobody sees on it may be meant for nobody.

<p hidden>…</p>    <div style="display: none">…</div>
"""

from __future__ import annotations

import re

from feedsvc.reading.markup.nesting import TOKEN, VOID

_MAY_HIDE = re.compile(
    r"<[a-z][^<>]*?\s(?:hidden(?=[\s=/>])|style\s*=[^<>]*?(?:display\s*:\s*none|visibility\s*:\s*hid))",
    re.IGNORECASE,
)
_QUOTED = re.compile(r"=\s*(?:\"[^\"]*\"|'[^']*')")
_HIDDEN = re.compile(r"\shidden(?=[\s=/>])", re.IGNORECASE)
_FOUND = re.compile(r"\shidden\s*=\s*[\"']?(?:until-found|false)\b", re.IGNORECASE)
_UNSEEN = re.compile(
    r"\sstyle\s*=\s*(?:\"[^\"]*?|'[^']*?|)(?:display\s*:\s*none|visibility\s*:\s*hidden)",
    re.IGNORECASE,
)
# Elements that need not be closed: another of them, or the end of what they stand in, does it.
_OPTIONAL = frozenset(("p", "li", "dd", "dt", "tr", "td", "th", "option"))


def without_hidden(html: str) -> tuple[str, str]:
    """HTML without the elements that it hides, and the tag of the first of these, if any is."""
    if not _MAY_HIDE.search(html):
        return html, ""
    told, position, first = list[str](), 0, ""
    while found := TOKEN.search(html, position):
        name = (found["name"] or "").lower()
        if not name or found["slash"] or name in VOID or not _is_hidden(found[0]):
            told.append(html[position : found.end()])
            position = found.end()
            continue
        first = first or found[0]
        told.append(html[position : found.start()])
        position = _end(html, found.end(), name)
    return "".join([*told, html[position:]]), first


def _is_hidden(tag: str) -> bool:
    if _UNSEEN.search(tag):
        return True
    return bool(_HIDDEN.search(_QUOTED.sub("=x", tag))) and not _FOUND.search(tag)


def _end(html: str, start: int, name: str) -> int:
    """Where an element ends whose content begins at `start`; with the text if nothing closes it."""
    depth, position = 1, start
    while found := TOKEN.search(html, position):
        position = found.end()
        this = (found["name"] or "").lower()
        if name in _OPTIONAL and (this in _OPTIONAL or found["slash"]):
            return found.end() if found["slash"] and this == name else found.start()
        if this == name:
            depth += -1 if found["slash"] else 1
        if not depth:
            return found.end()
    return len(html)
