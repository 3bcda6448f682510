"""Files that only lead elsewhere: they are no articles, and become redirects.

A front matter with `redirect_to` (jekyll-redirect-from, GitHub Pages), a page with
`<meta http-equiv="refresh" content="0; url=…">` (Hugo's aliases), and hardly any text.
"""

from __future__ import annotations

import re

from lxml.html import HtmlElement

from feedsvc.addresses import LONGEST
from feedsvc.reading.errors import NotAnArticle, quoted
from feedsvc.reading.markup.content import one_line, plain
from feedsvc.reading.markup.links import resolve
from feedsvc.reading.metadata.fields import Fields
from feedsvc.reading.source import Source

LITTLE = 200  # characters of text, such as "This page has moved."
MARKED_UP = 20 * LITTLE  # characters of HTML that surely hold more text than that
SOON = 10  # seconds; a page that is shown longer is meant to be read

_HAS_MOVED = re.compile(
    r"\bmoved\b|redirect|relocat|new (?:home|address|location|url)|not (?:automatically|taken)"
    r"|weiterleit|weitergeleit|umgezogen|verschoben|d\u00e9plac|redirig|traslad|doorverw|verhuis",
    re.IGNORECASE,
)
_KEYS = ("redirectto", "redirect", "redirecturl")
_REFRESH = re.compile(
    r"\s*+(\d{1,5})[\d.]*+\s*+[;,]\s*+(?:url\s*+=\s*+)?+[\"']?+([^\s\"']++)", re.IGNORECASE
)


def check_keys(fields: Fields, unsafe: str, source: Source) -> None:
    """Raise NotAnArticle where a key names another place, and the HTML has hardly any text."""
    _, value = fields.first(*_KEYS)
    target = value[0] if isinstance(value, list) else value
    if isinstance(target, str) and _is_address(target):
        text = one_line(plain(unsafe) if len(unsafe) < MARKED_UP else unsafe)
        if not text or _HAS_MOVED.search(text):  # else it is a word about what is there
            _check(target, text, source)


def check_page(page: HtmlElement, body: HtmlElement, source: Source) -> None:
    """Raise NotAnArticle where the page sends its reader on, and its body has hardly any text."""
    for element in page.iter("meta"):
        if (element.get("http-equiv") or "").strip().lower() != "refresh":
            continue
        found = _REFRESH.match(element.get("content") or "")
        if found and int(found[1]) <= SOON:
            _check(found[2], "" if body is page else body.text_content(), source)


def _is_address(value: str) -> bool:
    return "/" in value or value.endswith((".html", ".htm"))


def _check(target: str, text: str, source: Source) -> None:
    if len(one_line(text)) <= LITTLE:
        address = resolve(target, source) or ""
        raise NotAnArticle(
            f"it only leads to {quoted(target)}", address if len(address) <= LONGEST else ""
        )
