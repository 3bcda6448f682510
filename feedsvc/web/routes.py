"""Router: the path of a request, with its query or Accept where these matter, becomes a Route."""

from __future__ import annotations

import re
from collections.abc import Mapping
from enum import StrEnum
from functools import lru_cache
from typing import NamedTuple
from urllib.parse import parse_qs

from feedsvc.feeds import opml, sitemap
from feedsvc.feeds.registry import FEED_LIST, FeedAddress, Format, parse_address

CHANGES = "/changes.json"
OPENAPI = "/openapi.json"
MAX_CACHED_PATHS = 4096
MAX_CACHED_PATH_LENGTH = 256  # characters

_ARTICLE = re.compile(r"/articles/([0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})")
_SITEMAP_PART = re.compile(r"/sitemap-(slices-)?([1-9][0-9]{0,8})\.xml")
_SEQUENCE = re.compile(r"[0-9]{1,15}")
_MEDIA_RANGE = re.compile(r"\*/\*|[!#$%&'*+.^_`|~0-9a-z-]+/(?:\*|[!#$%&'+.^_`|~0-9a-z-]+)")
_WEIGHT = re.compile(r"0(?:\.\d{0,3})?|1(?:\.0{0,3})?")
# The media types by which a client may ask for each format, the most specific first.
_OFFERS = (
    (Format.ATOM, ("application/atom+xml", "application/xml", "text/xml")),
    (Format.RSS, ("application/rss+xml", "application/xml", "text/xml")),
    (Format.JSON, ("application/feed+json", "application/json")),
)


class Kind(StrEnum):
    """The kinds of document that are built from the ledger."""

    FEED = "feed"
    NEGOTIATED_FEED = "negotiated feed"  # its format is chosen by Accept
    COLLECTION_PAGE = "collection page"
    ARTICLE_PAGE = "article page"
    FEED_LIST_PAGE = "feed list page"
    OPML = "opml"
    CHANGES = "changes"
    SITEMAP = "sitemap"
    NEWS_SITEMAP = "news sitemap"
    ARTICLE_SITEMAP = "article sitemap"
    COLLECTION_SITEMAP = "collection sitemap"
    ROBOTS = "robots"
    OPENAPI = "openapi"


FEEDS = frozenset((Kind.FEED, Kind.NEGOTIATED_FEED))
_VARYING = frozenset((Kind.NEGOTIATED_FEED, Kind.CHANGES))  # which the path does not determine
_FIXED_PATHS = {
    FEED_LIST: Kind.FEED_LIST_PAGE,
    FEED_LIST.removesuffix("/"): Kind.FEED_LIST_PAGE,
    opml.OPML: Kind.OPML,
    CHANGES: Kind.CHANGES,
    sitemap.SITEMAP: Kind.SITEMAP,
    sitemap.NEWS: Kind.NEWS_SITEMAP,
    sitemap.ROBOTS: Kind.ROBOTS,
    OPENAPI: Kind.OPENAPI,
}


class Route(NamedTuple):
    """Identifies one document; requests with equal routes get the same representation.

    `path` is below the site's base URL, percent-decoded. The other fields depend on the kind:

    - `feed_address`: the collection of a feed or page, the feed's format, an archive's span
    - `entry_id`: that of an article page's entry
    - `part`: the number of an article sitemap or collection sitemap, counted from 1
    - `after`: the sequence of the change log after which a page of changes begins
    - `since`: of a delta, the sequence since which its entries have changed; 0 for a whole feed
    """

    path: str
    kind: Kind
    feed_address: FeedAddress | None = None
    entry_id: str = ""
    part: int = 0
    after: int = 0
    since: int = 0

    def __str__(self) -> str:
        """The address, as logs show it."""
        return changes_path(self.after) if self.kind is Kind.CHANGES else self.path


class InvalidCursor(ValueError):
    """`after` is not a sequence number; the message is written for the client."""


class Gone(Exception):
    """The document of a route has been withdrawn (RFC 9110 section 15.5.11)."""


class MovedPermanently(Exception):
    """The document of a route has permanently moved to `address` (RFC 9110 section 15.4.2)."""

    def __init__(self, address: str) -> None:
        super().__init__(address)
        self.address = address


def parse(path: str, query: str = "", accept: str | None = None) -> Route | None:
    """The route of a request; None where no document can be at `path`.

    `query` is the query component; `accept` is the Accept field, None where there is none.

    Raises:
        InvalidCursor: the query does not name a page of changes.
    """
    is_short = len(path) <= MAX_CACHED_PATH_LENGTH
    route = _cached_route(path) if is_short else _route_of_path(path)
    if route is None or route.kind not in _VARYING:
        return route
    if route.feed_address is None:
        return route._replace(after=_cursor(query))
    return route._replace(feed_address=route.feed_address._replace(form=choose_format(accept)))


def changes_path(after: int) -> str:
    """The path and query of the page of changes that follow a sequence."""
    return f"{CHANGES}?after={after}"


def choose_format(accept: str | None) -> Format:
    """The feed format that the client prefers (RFC 9110 section 12.5.1).

    Atom precedes RSS, and RSS precedes JSON, where the client prefers none of them or accepts
    none: a feed that it may not understand is better than an error.
    """
    weights = _media_ranges(accept or "*/*")
    return max(_OFFERS, key=lambda offer: _quality(weights, offer[1]))[0]


def _route_of_path(path: str) -> Route | None:
    """The route as far as the path determines it."""
    if kind := _FIXED_PATHS.get(path):
        return Route(path, kind)
    if address := parse_address(path):
        if not address.feed:
            return Route(path, Kind.COLLECTION_PAGE, address)
        kind = Kind.FEED if address.form else Kind.NEGOTIATED_FEED
        return Route(path, kind, address)
    if article := _ARTICLE.fullmatch(path):
        return Route(path, Kind.ARTICLE_PAGE, entry_id=f"urn:uuid:{article[1]}")
    if part := _SITEMAP_PART.fullmatch(path):
        kind = Kind.COLLECTION_SITEMAP if part[1] else Kind.ARTICLE_SITEMAP
        return Route(path, kind, part=int(part[2]))
    return None


_cached_route = lru_cache(MAX_CACHED_PATHS)(_route_of_path)


def _cursor(query: str) -> int:
    """The sequence that a query names, 0 where it names none."""
    values = parse_qs(query, keep_blank_values=True).get("after", ["0"])
    if len(values) > 1 or not _SEQUENCE.fullmatch(values[0]):
        raise InvalidCursor(
            f"after takes one whole number of up to 15 digits, as in {changes_path(137)}."
        )
    return int(values[0])


def _quality(weights: Mapping[str, float], media_types: tuple[str, ...]) -> float:
    """The weight of a format; that of its own media type overrides all others."""
    if media_types[0] in weights:
        return weights[media_types[0]]
    return max(_weight(weights, media_type) for media_type in media_types)


def _weight(weights: Mapping[str, float], media_type: str) -> float:
    """The weight of the most specific range that matches a media type."""
    kind = media_type.partition("/")[0]
    found = (weights.get(name) for name in (media_type, f"{kind}/*", "*/*"))
    return next((weight for weight in found if weight is not None), 0.0)


def _media_ranges(accept: str) -> dict[str, float]:
    """Media range to weight; malformed ranges and other parameters are ignored."""
    ranges: dict[str, float] = {}
    for part in accept.split(","):
        name, *parameters = (piece.strip(" \t").lower() for piece in part.split(";"))
        weight = next((text[2:] for text in parameters if text.startswith("q=")), "1")
        if _MEDIA_RANGE.fullmatch(name) and _WEIGHT.fullmatch(weight):
            ranges[name] = max(ranges.get(name, 0.0), float(weight))
    return ranges
