"""Which feeds there are, in which formats, and at which addresses."""

from __future__ import annotations

from enum import Enum

from feedsvc.config import Config
from feedsvc.model import Feed, urn


class Format(Enum):
    """A feed format: the suffix of its address, its media type and its name for people."""

    ATOM = ("atom", "application/atom+xml", "Atom")
    RSS = ("rss", "application/rss+xml", "RSS")

    def __init__(self, suffix: str, media_type: str, label: str) -> None:
        self.suffix = suffix
        self.media_type = media_type
        self.label = label


def feeds(config: Config) -> tuple[Feed, ...]:
    """Every feed of the site; the first is the site's own."""
    return (Feed("site", config.site.title, "/feed"),)


def path(feed: Feed, form: Format) -> str:
    """Where the feed is served in this format, below the site's base URL."""
    return f"{feed.stem}.{form.suffix}"


def feed_id(config: Config, feed: Feed) -> str:
    """The feed's atom:id: it depends on the site's id and the feed's name alone."""
    return urn(config.site.id, "feed", feed.name)


def topics(config: Config) -> list[str]:
    """The absolute address of every feed in every format, as hubs know them."""
    return [config.address(path(feed, form)) for feed in feeds(config) for form in Format]
