"""The list of all feeds as OPML 2.0 (http://opml.org/spec2.opml), which readers import."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import datetime
from email.utils import format_datetime
from html import escape
from itertools import groupby

from feedsvc.config import Config
from feedsvc.feeds.registry import GROUPS, Format, chief_feeds, feed_of, path
from feedsvc.model import Collection, Feed

OPML = "/feeds.opml"
SPECIFICATION = "http://opml.org/spec2.opml"


def written(config: Config, listed: Iterable[tuple[Collection, int]], updated: datetime) -> bytes:
    """Every feed of the site; `listed` are the collections, by kind, with their numbers of entries.

    It is put together as text: lxml takes nearly twice as long, 0.45 s for 20,000 collections.
    """
    lines = ['<?xml version="1.0" encoding="UTF-8"?>', '<opml version="2.0">']
    lines += (
        "<head>",
        f"<title>{escape(config.site.title)}</title>",
        f"<dateModified>{format_datetime(updated)}</dateModified>",
        f"<ownerName>{escape(config.author)}</ownerName>",
        f"<docs>{SPECIFICATION}</docs>",
        "</head>",
        "<body>",
    )
    lines += (_outline(config, feed) for feed in chief_feeds(config))
    lines += _groups(config, listed)
    return "\n".join([*lines, "</body>", "</opml>", ""]).encode()


def _groups(config: Config, listed: Iterable[tuple[Collection, int]]) -> Iterator[str]:
    shown = (one for one, _count in listed if one.kind in GROUPS)
    for kind, some in groupby(shown, key=lambda one: one.kind):
        yield f'<outline text="{GROUPS[kind]}">'
        yield from (_outline(config, feed_of(config, one)) for one in some)
        yield "</outline>"


def _outline(config: Config, feed: Feed) -> str:
    """One feed; its type is "rss" whatever its format is, by the specification."""
    title = escape(feed.title)
    address = escape(config.address(path(feed, Format.ATOM)))
    home = escape(config.address(feed.home))
    return (
        f'<outline type="rss" text="{title}" title="{title}" xmlUrl="{address}" htmlUrl="{home}"/>'
    )
