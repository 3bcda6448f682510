"""Atom 1.0 (RFC 4287) and RSS 2.0 documents of an edition, written by feedgen."""

from __future__ import annotations

from dataclasses import replace
from email.utils import format_datetime
from html import escape
from urllib.parse import urljoin

import feedgen.entry
import feedgen.feed
from feedgen.entry import FeedEntry
from feedgen.feed import FeedGenerator

from feedsvc import __version__
from feedsvc.config import Config
from feedsvc.feeds.addressing import for_feed, page_path
from feedsvc.feeds.catalogue import Format, feed_id, path
from feedsvc.feeds.document import document
from feedsvc.feeds.extensions import DC, FeedsvcEntryExtension, FeedsvcExtension, Link
from feedsvc.model import Document, Edition, Entry, Feed

GENERATOR = "feedsvc"
MINUTE = 60

# feedgen writes RFC 2822 dates through setlocale, which is the whole process's.
feedgen.feed.formatRFC2822 = format_datetime
feedgen.entry.formatRFC2822 = format_datetime


def feed_document(config: Config, feed: Feed, form: Format, edition: Edition) -> Document:
    """The feed's subscription document in one format.

    The bytes depend on the arguments and this program's version alone.
    """
    generator = _feed(config, feed, form, edition)
    for entry in edition.entries:
        _add_entry(generator.add_entry(order="append"), config, form, for_feed(config, entry))
    body = generator.atom_str() if form is Format.ATOM else generator.rss_str()
    made = document(body, f"{form.media_type}; charset=utf-8", edition.modified)
    return replace(
        made,
        links=_header_links(config, feed, form),
        shared=True,
        next_due=edition.next_due,
    )


def entry_link(config: Config, entry: Entry) -> str:
    """Where the entry's link leads: the Original where there is one and it is wanted."""
    original = entry.article.original
    if original and config.entry.link == "original":
        return original.url
    return config.address(page_path(entry))


def _feed(config: Config, feed: Feed, form: Format, edition: Edition) -> FeedGenerator:
    site = config.site
    generator = FeedGenerator()
    generator.register_extension("feedsvc", FeedsvcExtension, FeedsvcEntryExtension)
    generator.id(feed_id(config, feed))
    generator.title(feed.title)
    generator.subtitle(site.subtitle or feed.title)  # RSS requires a description
    generator.link(href=config.address("/"), rel="alternate")
    generator.language(site.language)
    generator.author({"name": config.author})
    generator.rights(site.rights)
    if site.icon:
        generator.icon(urljoin(config.address("/"), site.icon))
    if form is Format.ATOM:
        generator.generator(GENERATOR, version=__version__)
    else:  # RSS has no attribute for the version
        generator.generator(f"{GENERATOR} {__version__}")
    generator.ttl(max(1, config.http.max_age // MINUTE))
    generator.updated(edition.updated)
    generator.feedsvc.namespaces = {} if form is Format.ATOM else {"dc": DC}
    generator.feedsvc.links = feed_links(config, feed, form)
    return generator


def feed_links(config: Config, feed: Feed, form: Format) -> list[Link]:
    """The feed's links: the page for people, the feed itself, and its hubs.

    There is one alternate only: strict parsers refuse a second, whatever its type.
    """
    return [
        {"rel": "alternate", "type": "text/html", "href": config.address("/")},
        {"rel": "self", "type": form.media_type, "href": config.address(path(feed, form))},
        *({"rel": "hub", "href": hub} for hub in config.websub.hubs),
    ]


def _add_entry(writer: FeedEntry, config: Config, form: Format, entry: Entry) -> None:
    article = entry.article
    writer.id(entry.id)
    writer.title(article.title)
    writer.updated(entry.updated)
    writer.published(entry.published if form is Format.ATOM else entry.released)
    for person in article.authors if form is Format.ATOM else ():  # in RSS: dc:creator
        writer.author({"name": person.name, "uri": person.uri, "email": person.email})
    for term in dict.fromkeys((*article.tags, *filter(None, [article.section]))):
        writer.category({"term": term})
    writer.link(href=entry_link(config, entry), rel="alternate")
    if config.feed.content == "full":
        writer.content(article.content, type="html")
    if article.summary:
        # Atom's is plain text, RSS's description is HTML
        writer.summary(article.summary if form is Format.ATOM else escape(article.summary))
    if form is Format.RSS and article.original and article.original.source:
        writer.source(url=article.original.url, title=article.original.source)
    _extend(writer.feedsvc, config, entry)


def _extend(extension: FeedsvcEntryExtension, config: Config, entry: Entry) -> None:
    link, original = entry_link(config, entry), entry.article.original
    extension.links = [{"rel": "alternate", "href": link}]
    if original and original.url != link:
        extension.links.append({"rel": "via", "href": original.url})
    extension.creators = [person.name for person in entry.article.authors]
    if entry.published != entry.released:  # the validator warns of both dates on one item
        extension.published = entry.published
    extension.updated = entry.updated


def header(link: Link) -> str:
    """One link as an HTTP Link header writes it (RFC 8288 section 3), its values quoted."""
    rest = "".join(f'; {name}="{value}"' for name, value in link.items() if name != "href")
    return f"<{link['href']}>{rest}"


def _header_links(config: Config, feed: Feed, form: Format) -> tuple[str, ...]:
    others = [
        {"rel": "alternate", "type": other.media_type, "href": config.address(path(feed, other))}
        for other in Format
        if other is not form
    ]
    return tuple(header(link) for link in (*feed_links(config, feed, form), *others))
