"""`/changes.json?after=SEQUENCE`: the journal as a cursor for services."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from datetime import datetime
from typing import Any
from urllib.parse import parse_qs

from feedsvc.config import Config
from feedsvc.feeds.addressing import entry_link, for_page, page_path
from feedsvc.feeds.document import document
from feedsvc.ledger.journal import Line, Page
from feedsvc.model import ChangeKind, Document, Entry

CHANGES = "/changes.json"
JSON = "application/json; charset=utf-8"
KINDS = {
    ChangeKind.IMPORTED: "released",
    ChangeKind.RELEASED: "released",
    ChangeKind.EDITED: "edited",
    ChangeKind.MOVED: "edited",
    ChangeKind.WITHDRAWN: "withdrawn",
}

_KEY = re.compile(re.escape(CHANGES) + r"\?after=([0-9]{1,15})")


class BadCursor(ValueError):
    """`after` is no number of a line of the journal; the text says so to the client."""


def key_of(query: str) -> str:
    """The address of the page that a query asks for, as `cursor` takes it; the first without one.

    Raises:
        BadCursor: nobody could tell which page that is.
    """
    given = parse_qs(query, keep_blank_values=True).get("after", ["0"])
    if len(given) > 1 or not re.fullmatch(r"[0-9]{1,15}", given[0]):
        raise BadCursor(
            f"after takes one whole number of up to 15 digits, as in {CHANGES}?after=137."
        )
    return _address(int(given[0]))


def cursor(key: str) -> int | None:
    """The number of the line behind which the page at this address begins."""
    found = _KEY.fullmatch(key)
    return int(found[1]) if found else None


def changes_document(config: Config, page: Page) -> Document:
    """One page of the journal."""
    follows = config.address(_address(max(page.after, page.last)))
    told = {
        "after": page.after,
        "last": page.last,
        "next": follows,
        "changes": [_change(config, line) for line in page.lines],
    }
    made = document(json.dumps(told, ensure_ascii=False).encode(), JSON, page.modified)
    links = (
        f'<{config.address(_address(page.after))}>; rel="self"',
        f'<{follows}>; rel="next"',
    )
    return replace(made, links=links, shared=True, next_due=page.next_due)


def _address(after: int) -> str:
    return f"{CHANGES}?after={after}"


def _change(config: Config, line: Line) -> dict[str, Any]:
    made: dict[str, Any] = {
        "sequence": line.sequence,
        "kind": KINDS[line.kind],
        "at": _moment(line.at),
        "id": line.id,
    }
    if line.kind is ChangeKind.IMPORTED:
        made["imported"] = True
    return made | (_entry(config, line.entry) if line.entry else {})


def _entry(config: Config, entry: Entry) -> dict[str, str]:
    """What there is to know of an entry before it is fetched."""
    shown = for_page(config, entry)
    return {
        "url": entry_link(config, shown),
        "page": config.address(page_path(shown)),
        "title": shown.article.title,
        "published": _moment(shown.published),
        "updated": _moment(shown.updated),
    }


def _moment(moment: datetime) -> str:
    return moment.isoformat().replace("+00:00", "Z")
