"""Atom 1.0 (RFC 4287) and RSS 2.0 documents of a feed, written by feedgen."""

from __future__ import annotations

import re
from email.utils import format_datetime
from functools import partial
from html import escape

import feedgen.entry
import feedgen.feed
from feedgen.entry import FeedEntry
from feedgen.feed import FeedGenerator
from lxml import etree

from feedsvc import __version__
from feedsvc.config import Config
from feedsvc.feeds import media, podcast
from feedsvc.feeds.addressing import entry_link, for_feed
from feedsvc.feeds.entries import absolute, categories, foreign, gist
from feedsvc.feeds.extensions import FeedsvcEntryExtension, FeedsvcExtension, Link
from feedsvc.feeds.registry import Format, feed_id
from feedsvc.media_types import UNKNOWN_TYPE
from feedsvc.model import Article, Enclosure, Entry, Feed, FeedContent

GENERATOR = "feedsvc"
MINUTE = 60
HOUR = 60 * MINUTE
DAY = 24 * HOUR
PERIODS = {"hourly": HOUR, "daily": DAY, "weekly": 7 * DAY, "monthly": 30 * DAY}

_PICTURES = {".gif", ".jpeg", ".jpg", ".png", ""}  # that RSS's image may be
_PLAIN_IN_ITEMS = re.compile(rb"(<(?:title|category|source)(?: [^<>]*)?>)([^<]+)")

# feedgen writes RFC 2822 dates through setlocale, which is the whole process's.
feedgen.feed.formatRFC2822 = format_datetime
feedgen.entry.formatRFC2822 = format_datetime


def written(
    config: Config, feed: Feed, form: Format, content: FeedContent, links: list[Link]
) -> bytes:
    """A feed in Atom or RSS: the bytes depend on the arguments and this program's version alone."""
    generator = _feed(config, feed, form, content, links)
    add = _add_to_atom if form is Format.ATOM else _add_to_rss
    for entry in content.entries:
        writer, shown = generator.add_entry(order="append"), for_feed(config, entry)
        _add_entry(writer, config, shown)
        add(writer, config, shown)
    # what atom_str and rss_str do, with a step between: only the namespaces in use are declared
    make = generator._create_atom if form is Format.ATOM else generator._create_rss
    _, tree = make()
    etree.cleanup_namespaces(tree)
    made: bytes = etree.tostring(tree, encoding="UTF-8", xml_declaration=True)
    return made if form is Format.ATOM else _with_plain_text(made)


def _feed(
    config: Config, feed: Feed, form: Format, content: FeedContent, links: list[Link]
) -> FeedGenerator:
    generator = FeedGenerator()
    generator.load_extension("media")
    generator.register_extension("feedsvc", FeedsvcExtension, FeedsvcEntryExtension)
    generator.id(feed_id(config, feed))
    generator.title(feed.title)
    # RSS requires a description; readers take it and copyright for HTML, as they do an item's
    shown = partial(escape, quote=False) if form is Format.RSS else str
    generator.subtitle(shown(feed.subtitle))
    generator.link(href=config.address(feed.home), rel="alternate")
    generator.language(config.site.language)
    generator.author({"name": config.author})
    generator.rights(shown(config.site.rights))
    generator.updated(content.updated)
    generator.feedsvc.links = links
    generator.feedsvc.archive = content.span is not None
    generator.feedsvc.tombstones = content.tombstones
    (_atom_feed if form is Format.ATOM else _channel)(generator, config, content)
    return generator


def _atom_feed(generator: FeedGenerator, config: Config, _content: FeedContent) -> None:
    generator.generator(GENERATOR, version=__version__)
    if icon := absolute(config, config.site.icon):
        generator.icon(icon)
        generator.logo(icon)  # readers know the one or the other


def _channel(generator: FeedGenerator, config: Config, content: FeedContent) -> None:
    generator.generator(f"{GENERATOR} {__version__}")  # RSS has no attribute for the version
    generator.ttl(max(1, config.http.max_age // MINUTE))
    generator.feedsvc.period = updates(config.http.max_age)
    icon = absolute(config, config.site.icon)
    if icon and media.suffix(icon) in _PICTURES:
        generator.image(icon)  # with the channel's own title and link
    if podcast.is_podcast(content.entries):
        podcast.tell_channel(generator, config)


def updates(max_age: int) -> tuple[str, int]:
    """A period of sy:updatePeriod, and how often in it a document goes stale, at least once."""
    stale = max(MINUTE, max_age)
    for period, seconds in PERIODS.items():
        if stale <= seconds:
            return period, seconds // stale
    return "yearly", max(1, 365 * DAY // stale)


def _add_entry(writer: FeedEntry, config: Config, entry: Entry) -> None:
    """What Atom and RSS say alike."""
    article = entry.article
    writer.id(entry.id)
    writer.title(article.title)
    writer.updated(entry.updated)
    for term in categories(article):
        writer.category({"term": term})
    writer.link(href=entry_link(config, entry), rel="alternate")
    if _is_whole(config, article):
        writer.content(article.content, type="html")
    writer.feedsvc.language = foreign(config, article)


def _is_whole(config: Config, article: Article) -> bool:
    return config.feed.content == "full" and article.content != ""


def _add_to_atom(writer: FeedEntry, config: Config, entry: Entry) -> None:
    article, link = entry.article, entry_link(config, entry)
    writer.published(entry.published)
    for person in article.authors:
        writer.author({"name": person.name, "uri": person.uri, "email": person.email})
    if article.summary or not _is_whole(config, article):
        writer.summary(gist(article))
    links: list[Link] = [{"rel": "alternate", "href": link}]
    if article.original and article.original.url != link:
        links.append({"rel": "via", "href": article.original.url})
    writer.feedsvc.links = links + [_enclosure_link(one) for one in article.enclosures]
    _add_media(writer, article)


def _enclosure_link(one: Enclosure) -> Link:
    told = {"rel": "enclosure", "type": one.type, "href": one.url, "length": str(one.length or "")}
    return {name: value for name, value in told.items() if value}


def _add_to_rss(writer: FeedEntry, config: Config, entry: Entry) -> None:
    article = entry.article
    writer.published(entry.released)
    if article.summary or not _is_whole(config, article):
        writer.summary(escape(gist(article)))  # a description is HTML
    if article.original and article.original.source:
        writer.source(url=article.original.url, title=article.original.source)
    if first := media.chief(article):
        writer.enclosure(first.url, str(first.length), first.type or UNKNOWN_TYPE)
    writer.feedsvc.creators = [person.name for person in article.authors]
    if entry.published.replace(microsecond=0) != entry.released.replace(microsecond=0):
        writer.feedsvc.published = entry.published
    writer.feedsvc.updated = entry.updated
    _add_media(writer, article, *article.enclosures)
    if hasattr(writer, "podcast"):
        podcast.tell_episode(writer.podcast, config, article)


def _add_media(writer: FeedEntry, article: Article, *files: Enclosure) -> None:
    """The files and the picture; that is the thumbnail too, which never stands alone."""
    picture = media.picture(article)
    shown = media.contents(*files, *([picture] if picture else []))
    if shown:
        writer.media.content(shown, group=None)
    if picture:
        writer.media.thumbnail({"url": picture.url}, group=None)


def _with_plain_text(rss: bytes) -> bytes:
    """The document with `&` and `<` in plain text as hexadecimal references.

    Readers that take such text for HTML show these as they are meant (RSS Profile, "Character
    Data"); to an XML parser they are the same.
    """
    head, item, items = rss.partition(b"<item>")
    return _in_hex(head) + item + _PLAIN_IN_ITEMS.sub(lambda p: p[1] + _in_hex(p[2]), items)


def _in_hex(text: bytes) -> bytes:
    return text.replace(b"&amp;", b"&#x26;").replace(b"&lt;", b"&#x3C;")
