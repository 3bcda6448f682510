"""Atom 1.0 (RFC 4287) and RSS 2.0 documents of an edition, written by feedgen."""

from __future__ import annotations

from email.utils import format_datetime
from html import escape
from urllib.parse import urljoin

import feedgen.entry
import feedgen.feed
from feedgen.entry import FeedEntry
from feedgen.feed import FeedGenerator

from feedsvc import __version__
from feedsvc.config import Config
from feedsvc.feeds.addressing import entry_link, for_feed
from feedsvc.feeds.catalogue import Format, feed_id
from feedsvc.feeds.extensions import DC, FeedsvcEntryExtension, FeedsvcExtension, Link
from feedsvc.model import Edition, Entry, Feed

GENERATOR = "feedsvc"
MINUTE = 60

# feedgen writes RFC 2822 dates through setlocale, which is the whole process's.
feedgen.feed.formatRFC2822 = format_datetime
feedgen.entry.formatRFC2822 = format_datetime


def written(config: Config, feed: Feed, form: Format, edition: Edition, links: list[Link]) -> bytes:
    """A feed in Atom or RSS: the bytes depend on the arguments and this program's version alone."""
    generator = _feed(config, feed, form, edition, links)
    for entry in edition.entries:
        _add_entry(generator.add_entry(order="append"), config, form, for_feed(config, entry))
    made: bytes = generator.atom_str() if form is Format.ATOM else generator.rss_str()
    return made


def _feed(
    config: Config, feed: Feed, form: Format, edition: Edition, links: list[Link]
) -> FeedGenerator:
    site = config.site
    generator = FeedGenerator()
    generator.register_extension("feedsvc", FeedsvcExtension, FeedsvcEntryExtension)
    generator.id(feed_id(config, feed))
    generator.title(feed.title)
    generator.subtitle(feed.subtitle)  # RSS requires a description
    generator.link(href=config.address(feed.home), rel="alternate")
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
    generator.feedsvc.links = links
    return generator


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
