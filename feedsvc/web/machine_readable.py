"""Machine-readable documents: the OPML subscription list, robots.txt, OpenAPI and the changes."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from importlib import resources
from typing import Any

from feedsvc import __version__
from feedsvc.config import Config
from feedsvc.feeds import opml, sitemap
from feedsvc.feeds.addressing import entry_link, for_page, page_path
from feedsvc.feeds.document import document
from feedsvc.ledger.change_log import Change, Page
from feedsvc.ledger.status import LedgerStatus
from feedsvc.model import ChangeKind, Collection, Document, Entry
from feedsvc.web.routes import changes_path

JSON = "application/json; charset=utf-8"
OPML_TYPE = "text/x-opml; charset=utf-8"  # not registered, but what autodiscovery uses
TEXT = "text/plain; charset=utf-8"
KINDS = {
    ChangeKind.IMPORTED: "released",
    ChangeKind.RELEASED: "released",
    ChangeKind.EDITED: "edited",
    ChangeKind.MOVED: "edited",
    ChangeKind.WITHDRAWN: "withdrawn",
}


def subscription_list(
    config: Config, listed: Sequence[tuple[Collection, int]], now: LedgerStatus
) -> Document:
    """Every feed as OPML; `listed` are the collections with their numbers of entries."""
    body = opml.written(config, listed, now.updated)
    return replace(document(body, OPML_TYPE, now.modified), shared=True, next_due=now.next_due)


def robots(config: Config, now: LedgerStatus) -> Document:
    """robots.txt (RFC 9309)."""
    return document(sitemap.robots(config), TEXT, now.settled)


def openapi(config: Config, now: LedgerStatus) -> Document:
    """The description of all addresses (OpenAPI 3.1), relative to the site's base URL."""
    text = resources.files("feedsvc.web").joinpath("openapi.json").read_text("utf-8")
    description = json.loads(text)
    description["info"]["version"] = __version__
    description["servers"] = [{"url": config.site.base_url}]
    body = json.dumps(description, ensure_ascii=False).encode()
    return replace(document(body, JSON, now.settled), shared=True)


def changes(config: Config, page: Page) -> Document:
    """One page of the change log, for services that follow it with a cursor."""
    following = config.address(changes_path(max(page.after, page.last)))
    fields = {
        "after": page.after,
        "last": page.last,
        "next": following,
        "changes": [_change(config, change) for change in page.changes],
    }
    body = json.dumps(fields, ensure_ascii=False).encode()
    links = (
        f'<{config.address(changes_path(page.after))}>; rel="self"',
        f'<{following}>; rel="next"',
    )
    built = document(body, JSON, page.modified)
    return replace(built, links=links, shared=True, next_due=page.next_due)


def _change(config: Config, change: Change) -> dict[str, Any]:
    fields: dict[str, Any] = {
        "sequence": change.sequence,
        "kind": KINDS[change.kind],
        "at": _timestamp(change.at),
        "id": change.id,
    }
    if change.kind is ChangeKind.IMPORTED:
        fields["imported"] = True
    return fields | (_entry(config, change.entry) if change.entry else {})


def _entry(config: Config, entry: Entry) -> dict[str, str]:
    """Enough of an entry to decide whether to fetch it."""
    shown = for_page(config, entry)
    return {
        "url": entry_link(config, shown),
        "page": config.address(page_path(shown)),
        "title": shown.article.title,
        "published": _timestamp(shown.published),
        "updated": _timestamp(shown.updated),
    }


def _timestamp(moment: datetime) -> str:
    """A date-time of RFC 3339, in UTC."""
    return moment.isoformat().replace("+00:00", "Z")
