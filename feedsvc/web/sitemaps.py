"""Sitemaps (sitemaps.org): one of all pages, or an index of parts, and that of the news."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta

from feedsvc.config import Config
from feedsvc.feeds import sitemap
from feedsvc.feeds.document import document
from feedsvc.ledger import listing
from feedsvc.ledger.status import LedgerStatus
from feedsvc.ledger.store import Store
from feedsvc.model import Document, Entry, Span
from feedsvc.web.routes import Kind, Route

XML = "application/xml; charset=utf-8"
PART = 10_000  # addresses in one sitemap; the protocol allows 50,000
NEWS_SPAN = timedelta(days=2)
MAX_NEWS = 1000  # the limit of Google News


def sitemap_document(
    config: Config, store: Store, route: Route, now: LedgerStatus
) -> Document | None:
    """The sitemap of a route; None where there is none.

    One sitemap lists all pages while they are few; with more, it is an index of parts.
    """
    match route.kind:
        case Kind.ARTICLE_SITEMAP:
            return _articles(config, store, route.part, now)
        case Kind.COLLECTION_SITEMAP:
            return _collections(config, store, route.part, now)
        case Kind.NEWS_SITEMAP:
            body = _news(config, store)
        case _:
            body = _sitemap(config, store)
    return _document(body, now.modified, now.next_due) if body else None


def _sitemap(config: Config, store: Store) -> bytes:
    last_position, last_collection = listing.extent(store)
    if last_position + last_collection > PART:
        return _index(config, store)
    everything = Span(1, PART)
    return sitemap.whole(
        config,
        listing.living_collections(store, everything),
        listing.pages(store, everything).pages,
        _by_id(listing.news(store, NEWS_SPAN, MAX_NEWS)),
    )


def _index(config: Config, store: Store) -> bytes:
    """The index of all parts; that of the news only where there is any."""
    numbers = sorted(
        {1, *listing.collection_parts(store, PART)}
    )  # the first also has the main pages
    parts: list[tuple[str, datetime | None]] = [
        (sitemap.collection_part(number), None) for number in numbers
    ]
    parts += [(sitemap.NEWS, None)] if listing.news(store, NEWS_SPAN, 1) else []
    parts += ((sitemap.article_part(number), at) for number, at in listing.parts(store, PART))
    return sitemap.index(config, parts)


def _news(config: Config, store: Store) -> bytes | None:
    news = listing.news(store, NEWS_SPAN, MAX_NEWS)
    pages = [(entry.id, entry.updated) for entry in news]
    return sitemap.of_news(config, pages, _by_id(news)) if news else None


def _articles(config: Config, store: Store, number: int, now: LedgerStatus) -> Document | None:
    """A part of the articles: it changes only with them, and grows until it is full."""
    found = listing.pages(store, _span(number))
    if not found.pages:
        return None
    body = sitemap.of_articles(config, found.pages)
    grows = listing.extent(store)[0] < number * PART
    return _document(
        body, max(now.settled, found.changed), now.next_due if grows else now.next_expiry
    )


def _collections(config: Config, store: Store, number: int, now: LedgerStatus) -> Document | None:
    listed = listing.living_collections(store, _span(number))
    if number > 1 and not listed:
        return None
    body = sitemap.of_collections(config, listed, chief=number == 1)
    return _document(body, now.modified, now.next_due)


def _span(number: int) -> Span:
    return Span((number - 1) * PART + 1, number * PART)


def _by_id(entries: list[Entry]) -> dict[str, Entry]:
    return {entry.id: entry for entry in entries}


def _document(body: bytes, modified: int, next_due: datetime | None) -> Document:
    return replace(document(body, XML, modified), next_due=next_due)
