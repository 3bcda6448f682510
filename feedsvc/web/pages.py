"""Pages for people: the site, each collection and article, the list of feeds, the status."""

from __future__ import annotations

import base64
import hashlib
import html
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from itertools import groupby
from typing import Any

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup, escape

from feedsvc.config import Config
from feedsvc.feeds.addressing import entry_link, for_page, page_path
from feedsvc.feeds.document import document
from feedsvc.feeds.registry import (
    FEED_LIST,
    GROUPS,
    Format,
    chief_feeds,
    feed_of,
    home_of,
    path,
    site_feed,
)
from feedsvc.ledger.status import LedgerStatus
from feedsvc.model import Collection, CollectionKind, Document, Entry, Feed, FeedContent

HTML = "text/html; charset=utf-8"

# Most of these have no heading of their own, and so no meaning.
_SECTION = re.compile(r"<(/?)(?:section|article)\b")
# The attribute is obsolete, but feed readers accept no style; a page has classes.
_ALIGNED = re.compile(r'(<(?:td|th|col|colgroup)\b[^>]*?) align="(left|center|right|justify)"')

_templates = Environment(
    loader=PackageLoader("feedsvc.web"),
    autoescape=True,
    undefined=StrictUndefined,
    trim_blocks=True,
    lstrip_blocks=True,
)

_STYLE = _templates.get_template("style.css").render()
_STYLE_DIGEST = base64.b64encode(hashlib.sha256(_STYLE.encode()).digest()).decode()
POLICY = (
    "default-src 'none'; img-src * data:; media-src *; "
    f"style-src 'sha256-{_STYLE_DIGEST}'; "
    "base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)


def for_people(safe: str) -> str:
    """Safe HTML of an entry without obsolete attributes and sections that have no heading."""
    return _ALIGNED.sub(r'\1 class="\2"', _SECTION.sub(r"<\1div", safe))


_templates.filters["for_people"] = for_people


def collection_page(config: Config, chosen: Collection, content: FeedContent) -> Document:
    """The page of a collection: its feeds, how to subscribe, the newest articles."""
    feed = feed_of(config, chosen)
    return _page(
        config,
        content,
        "collection.html",
        feeds=chief_feeds(config) if chosen.kind is CollectionKind.SITE else [feed],
        feed=feed,
        entries=content.entries,
    )


def feed_list_page(
    config: Config, now: LedgerStatus, listed: Sequence[tuple[Collection, int]]
) -> Document:
    """Every feed of the site; `listed` are the collections, by kind, with their entry counts."""
    shown = (row for row in listed if row[0].kind in GROUPS)
    groups = [
        (GROUPS[kind], _items(config, rows))
        for kind, rows in groupby(shown, key=lambda row: row[0].kind)
    ]
    return _page(config, now, "feed_list.html", feeds=chief_feeds(config), groups=groups)


def _items(config: Config, listed: Iterable[tuple[Collection, int]]) -> Markup:
    """The items of a list of up to 20,000 collections; a template takes five times as long."""
    base = escape(config.site.base_url)
    lines = (
        f'<li><a href="{base}{home_of(item)}">{html.escape(item.name)}</a> ({count})</li>\n'
        for item, count in listed
    )
    return Markup("".join(lines))  # noqa: S704 - a path in an address needs no escapes


def article_page(config: Config, content: FeedContent, entry: Entry) -> Document:
    """The article's own page."""
    shown = for_page(config, entry)
    return _page(config, content, "article.html", feeds=[site_feed(config)], entry=shown)


def status_page(config: Config, state: Mapping[str, Any]) -> str:
    """The ledger's status for people; `state` is that of `operations.public`."""
    return _rendered(config, "status.html", feeds=[site_feed(config)], state=state)


def _page(
    config: Config,
    now: FeedContent | LedgerStatus,
    template: str,
    feeds: Iterable[Feed],
    **values: Any,
) -> Document:
    text = _rendered(config, template, feeds, **values)
    page = document(text.encode(), HTML, now.modified)
    return replace(page, policy=POLICY, next_due=now.next_due)


def _rendered(config: Config, template: str, feeds: Iterable[Feed], **values: Any) -> str:
    return _templates.get_template(template).render(
        site=config.site,
        home=config.address("/"),
        feed_list=config.address(FEED_LIST),
        base=config.site.base_url,
        style=_STYLE,
        feeds=[
            (one, [(form, config.address(path(one, form))) for form in Format]) for one in feeds
        ],
        entry_link=lambda entry: entry_link(config, entry),
        entry_page=lambda entry: config.address(page_path(entry)),
        **values,
    )
