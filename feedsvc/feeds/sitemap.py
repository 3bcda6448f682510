"""Where the site's pages are, for search engines: sitemaps (https://www.sitemaps.org/protocol.html)
and robots.txt (RFC 9309).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime
from html import escape

from feedsvc.config import Config
from feedsvc.feeds.addressing import page_of
from feedsvc.feeds.registry import FEED_LIST, chief_feeds, home_of
from feedsvc.model import Collection, Entry

SITEMAP, NEWS, ROBOTS = "/sitemap.xml", "/sitemap-news.xml", "/robots.txt"

_HEAD = '<?xml version="1.0" encoding="UTF-8"?>'
_NAMESPACE = 'xmlns="http://www.sitemaps.org/schemas/sitemap/0.9"'
_WITH_NEWS = f'{_NAMESPACE} xmlns:news="http://www.google.com/schemas/sitemap-news/0.9"'

Page = tuple[str, datetime]  # an entry's id, and when it last changed


def article_part(number: int) -> str:
    """Where the part of this number with pages of articles is."""
    return f"/sitemap-{number}.xml"


def collection_part(number: int) -> str:
    """Where the part of this number with pages of collections is."""
    return f"/sitemap-slices-{number}.xml"


def whole(
    config: Config, listed: Iterable[Collection], pages: Iterable[Page], news: Mapping[str, Entry]
) -> bytes:
    """All pages of a site in one sitemap."""
    urls = [*_chief_pages(config), *_collection_pages(config, listed)]
    urls += _article_pages(config, pages, news)
    return _urlset(_WITH_NEWS, urls)


def of_articles(config: Config, pages: Iterable[Page]) -> bytes:
    """A part with pages of articles."""
    return _urlset(_NAMESPACE, _article_pages(config, pages, {}))


def of_collections(config: Config, listed: Iterable[Collection], *, chief: bool) -> bytes:
    """A part with pages of collections; with `chief` also those that every site has."""
    first = _chief_pages(config) if chief else ()
    return _urlset(_NAMESPACE, [*first, *_collection_pages(config, listed)])


def of_news(config: Config, pages: Iterable[Page], news: Mapping[str, Entry]) -> bytes:
    """The articles that are news, where the site has more pages than one sitemap."""
    return _urlset(_WITH_NEWS, _article_pages(config, pages, news))


def index(config: Config, parts: Iterable[tuple[str, datetime | None]]) -> bytes:
    """The list of the parts: where each is, and when it last changed, where that is known."""
    lines = [_HEAD, f"<sitemapindex {_NAMESPACE}>"]
    lines += (f"<sitemap>{_place(config, path, moment)}</sitemap>" for path, moment in parts)
    return "\n".join([*lines, "</sitemapindex>", ""]).encode()


def robots(config: Config) -> bytes:
    """Everything may be read, and here is what there is."""
    return f"User-agent: *\nDisallow:\n\nSitemap: {config.address(SITEMAP)}\n".encode()


def _urlset(namespaces: str, urls: Iterable[str]) -> bytes:
    return "\n".join([_HEAD, f"<urlset {namespaces}>", *urls, "</urlset>", ""]).encode()


def _chief_pages(config: Config) -> Iterator[str]:
    for home in (*(feed.home for feed in chief_feeds(config)), FEED_LIST):
        yield f"<url>{_place(config, home)}</url>"


def _collection_pages(config: Config, listed: Iterable[Collection]) -> Iterator[str]:
    for one in listed:
        yield f"<url>{_place(config, home_of(one))}</url>"


def _article_pages(
    config: Config, pages: Iterable[Page], news: Mapping[str, Entry]
) -> Iterator[str]:
    for entry_id, moment in pages:
        place = _place(config, page_of(entry_id), moment)
        told = _news(config, news[entry_id]) if entry_id in news else ""
        yield f"<url>{place}{told}</url>"


def _place(config: Config, path: str, moment: datetime | None = None) -> str:
    changed = f"<lastmod>{_moment(moment)}</lastmod>" if moment else ""
    return f"<loc>{escape(config.address(path))}</loc>{changed}"


def _news(config: Config, entry: Entry) -> str:
    """What Google News wants to know of an article."""
    language = _language(entry.article.language or config.site.language)
    return (
        "<news:news><news:publication>"
        f"<news:name>{escape(config.site.title)}</news:name>"
        f"<news:language>{language}</news:language></news:publication>"
        f"<news:publication_date>{_moment(entry.published)}</news:publication_date>"
        f"<news:title>{escape(entry.article.title)}</news:title></news:news>"
    )


def _language(tag: str) -> str:
    """The two or three letters of a language (ISO 639), which is all that Google News takes.

    It has Chinese in two: zh-cn is written in simplified characters, zh-tw in traditional ones.
    """
    first, *rest = tag.lower().split("-")
    if first != "zh":
        return first
    return "zh-tw" if {"hant", "tw", "hk", "mo"} & set(rest) else "zh-cn"


def _moment(moment: datetime) -> str:
    return f"{moment:%Y-%m-%dT%H:%M:%SZ}"
