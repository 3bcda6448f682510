"""The feed registry: every feed with its formats and addresses."""

from __future__ import annotations

import re
from enum import Enum
from typing import NamedTuple

from feedsvc.config import Config, FeedTable
from feedsvc.feeds.classification import SITE
from feedsvc.feeds.slugs import in_path
from feedsvc.model import Collection, CollectionKind, Feed, Span, urn


class Format(Enum):
    """A feed format: the suffix of its address, its media type and its name for people."""

    ATOM = ("atom", "application/atom+xml", "Atom")
    RSS = ("rss", "application/rss+xml", "RSS")
    JSON = ("json", "application/feed+json", "JSON Feed")

    def __init__(self, suffix: str, media_type: str, label: str) -> None:
        self.suffix = suffix
        self.media_type = media_type
        self.label = label

    @classmethod
    def of(cls, suffix: str) -> Format | None:
        """The format with this suffix; None if there is none."""
        return next((form for form in cls if form.suffix == suffix), None)


FOLDERS = {
    CollectionKind.SECTION: "/sections/",
    CollectionKind.AUTHOR: "/authors/",
    CollectionKind.TAG: "/tags/",
    CollectionKind.SOURCE: "/sources/",
    CollectionKind.CONFIGURED: "/feeds/",
}
GROUPS = {
    CollectionKind.SECTION: "Sections",
    CollectionKind.AUTHOR: "Authors",
    CollectionKind.TAG: "Tags",
    CollectionKind.SOURCE: "Sources",
}  # under which the collections are listed
LABELS = {
    CollectionKind.SECTION: "Section",
    CollectionKind.AUTHOR: "Author",
    CollectionKind.TAG: "Tag",
    CollectionKind.SOURCE: "Source",
}  # in the titles of feeds
FEED_LIST = "/feeds/"  # the page that lists all feeds

_KINDS = {folder.strip("/"): kind for kind, folder in FOLDERS.items()}
_SUFFIXES = "|".join(form.suffix for form in Format)
_POSITION = "[1-9][0-9]{0,14}"  # without leading zeros: an archive has one address
_ADDRESS = re.compile(
    rf"(?:/({'|'.join(_KINDS)})/([^\0#]+?))?"
    rf"(/|/feed(?:-({_POSITION})-({_POSITION}))?(?:\.({_SUFFIXES}))?|)"
)


class FeedAddress(NamedTuple):
    """The parsed address of a collection's page or, if `feed` is true, of its feed.

    Without a `form`, the feed's format is negotiated. With a `span`, it is an archive.
    """

    kind: CollectionKind
    slug: str
    feed: bool
    form: Format | None = None
    span: Span | None = None


def site_feed(config: Config) -> Feed:
    """The feed of the whole site."""
    return feed_of(config, SITE)


def feed_of(config: Config, chosen: Collection) -> Feed:
    """The feed of a collection of the site, with a title that no other feed of the site has."""
    kind, slug, name = chosen
    site = config.site
    if kind is CollectionKind.SITE:
        return Feed("site", site.title, site.subtitle or site.title, "/", "/feed", pushed=True)
    home = home_of(chosen)
    title = f"{site.title} – {LABELS[kind]}: {name}" if kind in LABELS else name
    subtitle = site.subtitle or title
    for table in config.feeds if kind is CollectionKind.CONFIGURED else ():
        if table.name == slug:
            title = _distinct_title(config, table)
            subtitle = table.subtitle or title
    pushed = kind is CollectionKind.CONFIGURED
    return Feed(f"{kind}/{slug}", title, subtitle, home, f"{home}feed", pushed)


def _distinct_title(config: Config, table: FeedTable) -> str:
    """The title of a configured feed, followed by its name if another feed may have that title."""
    taken = {config.site.title}
    for other in config.feeds:
        if other is not table:
            taken |= {other.title, _named_title(other)}
    of_collections = tuple(f"{config.site.title} – {label}: " for label in LABELS.values())
    if table.title in taken or table.title.startswith(of_collections):
        return _named_title(table)
    return table.title


def _named_title(table: FeedTable) -> str:
    return f"{table.title} ({table.name})"


def home_of(chosen: Collection) -> str:
    """The path of a collection's page, below the site's base URL."""
    return (
        "/"
        if chosen.kind is CollectionKind.SITE
        else f"{FOLDERS[chosen.kind]}{in_path(chosen.slug)}/"
    )


def configured(config: Config) -> list[Collection]:
    """The collections of `[[feeds]]`, empty ones included."""
    return [
        Collection(CollectionKind.CONFIGURED, table.name, table.title) for table in config.feeds
    ]


def chief_feeds(config: Config) -> list[Feed]:
    """The site's feed and those of `[[feeds]]`."""
    return [feed_of(config, one) for one in (SITE, *configured(config))]


def path(feed: Feed, form: Format | None, span: Span | None = None) -> str:
    """The path of a feed, or of an archive of it, below the site's base URL.

    Without a format, the path of the feed whose format is negotiated.
    """
    part = f"-{span.first}-{span.last}" if span else ""
    suffix = f".{form.suffix}" if form else ""
    return f"{feed.stem}{part}{suffix}"


def parse_address(path: str) -> FeedAddress | None:
    """The feed or page at a percent-decoded path; None if there is none."""
    match = _ADDRESS.fullmatch(path)
    if not match:
        return None
    folder, slug, end, first, last, suffix = match.groups()
    kind = _KINDS[folder] if folder else CollectionKind.SITE
    span = Span(int(first), int(last)) if first else None
    if span and not suffix:
        return None
    return FeedAddress(kind, slug or "", len(end) > 1, Format.of(suffix or ""), span)


def feed_id(config: Config, feed: Feed) -> str:
    """The feed's atom:id, derived from the site's id and the feed's name alone."""
    return urn(config.site.id, "feed", feed.name)


def topics(config: Config) -> dict[tuple[CollectionKind, str], list[str]]:
    """The WebSub topics of every pushed feed, by kind and slug: its absolute URLs."""
    forms = (*Format, None)
    return {
        chosen[:2]: [config.address(path(feed_of(config, chosen), form)) for form in forms]
        for chosen in (SITE, *configured(config))
    }
