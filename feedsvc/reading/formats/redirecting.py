"""Recognises files that only redirect; they are not articles.

They have `redirect_to` in the front matter (jekyll-redirect-from, GitHub Pages) or
`<meta http-equiv="refresh" content="0; url=…">` in the page (Hugo's aliases), and hardly any text.
"""

from __future__ import annotations

import re

from lxml.html import HtmlElement

from feedsvc.addresses import LONGEST, is_web_address
from feedsvc.reading.errors import NotAnArticle, ReadError, quoted
from feedsvc.reading.markup.content import one_line, plain
from feedsvc.reading.markup.links import resolve
from feedsvc.reading.metadata.cascades import passed_down
from feedsvc.reading.metadata.dates import moment
from feedsvc.reading.metadata.fields import Fields
from feedsvc.reading.metadata.names import name_of
from feedsvc.reading.metadata.withheld import visibility
from feedsvc.reading.source import Source

MAX_TEXT = 200  # characters of a notice such as "This page has moved."
MAX_HTML = 20 * MAX_TEXT  # characters; longer HTML surely has more text than a notice
MAX_DELAY = 10  # seconds; a page displayed for longer is meant to be read

_HAS_MOVED = re.compile(
    r"\bmoved\b|redirect|relocat|new (?:home|address|location|url)|not (?:automatically|taken)"
    r"|weiterleit|weitergeleit|umgezogen|verschoben|d\u00e9plac|redirig|traslad|doorverw|verhuis",
    re.IGNORECASE,
)
_SHOWN = re.compile(r"<(?:iframe|img|picture|video|audio|embed|object|svg)\b", re.IGNORECASE)
_KEYS = ("redirectto", "redirect", "redirecturl")
_REFRESH = re.compile(
    r"\s*+(\d{1,5})[\d.]*+\s*+[;,]\s*+(?:url\s*+=\s*+)?+[\"']?+([^\s\"']++)", re.IGNORECASE
)


def check_keys(fields: Fields, unsafe: str, source: Source) -> None:
    """Raise NotAnArticle if a key names a redirect target and the HTML has hardly any content."""
    _, value = fields.first(*_KEYS)
    target = value[0] if isinstance(value, list) else value
    if isinstance(target, str) and _is_address(target) and not _SHOWN.search(unsafe):
        text = one_line(plain(unsafe) if len(unsafe) < MAX_HTML else unsafe)
        if not text or _HAS_MOVED.search(text):  # other text is an introduction to the target
            _check(target, text, fields, source)


def check_page(page: HtmlElement, body: HtmlElement, fields: Fields, source: Source) -> None:
    """Raise NotAnArticle if the page redirects and its body has hardly any text."""
    for element in page.iter("meta"):
        if (element.get("http-equiv") or "").strip().lower() != "refresh":
            continue
        found = _REFRESH.match(element.get("content") or "")
        if found and int(found[1]) <= MAX_DELAY:
            _check(found[2], "" if body is page else body.text_content(), fields, source)


def _is_address(value: str) -> bool:
    return "/" in value or value.endswith((".html", ".htm"))


def _check(target: str, text: str, fields: Fields, source: Source) -> None:
    if len(one_line(text)) > MAX_TEXT:
        return
    if source.companions.cascades:
        fields = passed_down(fields, source)
    why = f"it only redirects to {quoted(target)}"
    withheld = visibility(fields, source).withheld
    if withheld:
        raise NotAnArticle(f"{why}, and is withheld ({withheld})")
    address = resolve(target, source) or ""
    if problem := _problem(address, why, fields, source):
        raise NotAnArticle(why, problem=problem)
    raise NotAnArticle(why, address)


def _problem(address: str, why: str, fields: Fields, source: Source) -> ReadError | None:
    """The error that prevents the redirect, if any."""
    if not is_web_address(address) or len(address) > LONGEST:
        return ReadError("bad-redirect", f"{why}, which is not a valid URL; fix it")
    if address.startswith(f"{source.how.base_url}/media/"):
        message = f"{why}, a file that is served only if an article links to it"
        return ReadError("bad-redirect", f"{message}; link the file in an article")
    timezone, day = source.how.timezone, name_of(source.path).date
    published = fields.published(timezone) or (moment(day, timezone) if day else None)
    if published and published > source.how.now:
        message = f"{why}, and its date {published.isoformat()} is in the future"
        return ReadError("redirect-ahead", f"{message}; it is not active until then")
    if visibility(fields, source).expires:
        message = f"{why} and has an expiry date, but redirects cannot expire"
        return ReadError("bad-redirect", f"{message}; remove the expiry date")
    return None
