"""What subscribers see: entries, the feeds that they are in, and the bytes that are served."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import NamedTuple

from feedsvc.model.article import Article


@dataclass(frozen=True, slots=True)
class Entry:
    """A released article as subscribers see it (RFC 4287 section 4.1.2).

    `released`, by which feeds are ordered, is when subscribers could first see it; `published` is
    the article's own date; `updated` moves with each edit. All three are aware, in UTC.
    """

    id: str
    article: Article
    published: datetime
    released: datetime
    updated: datetime


class Tombstone(NamedTuple):
    """A withdrawn entry, and when it was withdrawn (RFC 6721)."""

    id: str
    when: datetime


class Span(NamedTuple):
    """Positions in a feed, from `first` to `last`, counted from 1 in the order of release.

    An entry keeps its position; a withdrawn entry leaves it empty.
    """

    first: int
    last: int


@dataclass(frozen=True, slots=True)
class FeedContent:
    """The entries of one document at one revision of the ledger.

    `entries` are newest release first. `modified` is when this selection last changed, in whole
    seconds since 1970; `updated` is the same for subscribers, and depends on when the first import
    was only if the site was published empty before. `next_due` is when the next held article joins
    it. `tombstones` are entries withdrawn not long before. `span` is set where this is an archive;
    `older` and `newer` are the ranges of the adjacent archives.
    """

    sequence: int
    entries: tuple[Entry, ...]
    modified: int
    updated: datetime
    next_due: datetime | None = None
    tombstones: tuple[Tombstone, ...] = ()
    span: Span | None = None
    older: Span | None = None
    newer: Span | None = None


class CollectionKind(StrEnum):
    """The property that the entries of a collection share.

    A table `[[feeds]]` defines a CONFIGURED collection.
    """

    SITE = "site"
    SECTION = "section"
    AUTHOR = "author"
    TAG = "tag"
    SOURCE = "source"
    CONFIGURED = "feed"


class Collection(NamedTuple):
    """Entries that share a feed. `slug` is unique among its kind; `name` is for people."""

    kind: CollectionKind
    slug: str
    name: str


@dataclass(frozen=True, slots=True)
class Feed:
    """One feed of the feed registry, in any format.

    `name` is unique and never changes. `home` is the path of its page, `stem` its own path
    without a suffix. `pushed` says that hubs are told of its changes.
    """

    name: str
    title: str
    subtitle: str
    home: str
    stem: str
    pushed: bool = False


@dataclass(frozen=True, slots=True)
class Document:
    """A representation ready to be served: bytes per content coding and their validators.

    `tag` is the opaque part of the entity tag (RFC 9110 section 8.8.3), the SHA-256 of the
    identity bytes; each coding adds its own suffix. `modified` is in whole seconds since 1970;
    `dated` says that a commit accounts for these very bytes, so that this date may stand for them.
    `shared` lets pages of other origins read it; `policy` is its Content-Security-Policy;
    `varies` are the request's fields, beside Accept-Encoding, that chose it.
    `next_due` cuts freshness short: at that moment these bytes are out of date.
    """

    media_type: str
    bodies: Mapping[str, bytes]
    tag: str
    modified: int
    links: tuple[str, ...] = ()
    shared: bool = False
    policy: str = ""
    next_due: datetime | None = None
    varies: tuple[str, ...] = ()
    dated: bool = True

    @property
    def date(self) -> int | None:
        """The time of its last change; None if unknown."""
        return self.modified if self.dated else None

    @property
    def size(self) -> int:
        """The total size of all content codings, in bytes."""
        return sum(len(body) for body in self.bodies.values())
