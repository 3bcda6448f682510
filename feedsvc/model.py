"""The values that flow through the program: frozen, without I/O, importing nothing of ours."""

from __future__ import annotations

import hashlib
import json
import os
import posixpath
import re
import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from functools import cache
from typing import NamedTuple

BEGINNING = datetime(1970, 1, 1, tzinfo=UTC)
MICROSECOND = timedelta(microseconds=1)
LATEST_NS = (1 << 63) - 1  # what a database can keep: April 2262, which a wrong mtime may pass
NO_DATE = -1  # among dates in microseconds since 1970
# Stands for site.base_url in what the ledger keeps, so that a new address is no edit.
SITE_ADDRESS = "http://site.invalid"


_MEDIA_ADDRESS = re.compile(re.escape(SITE_ADDRESS) + "/media/[0-9a-f-]{36}")


def single_spaced(text: str) -> str:
    """`text` with each run of what HTML takes for white space as one space, none at the ends.

    A no-break space is a character and stays.
    """
    if not text.isprintable():
        for space in "\n\t\r\f\v":  # this takes a twentieth of what a pattern takes
            text = text.replace(space, " ")
    while "  " in text:
        text = text.replace("  ", " ")
    return text.strip(" ")


# A file as it was when last read: path, size, mtime_ns, ctime_ns.
FileRow = tuple[str, int, int, int]


def in_microseconds(moment: datetime) -> int:
    """A moment as whole microseconds since 1970."""
    return (moment - BEGINNING) // MICROSECOND


@dataclass(frozen=True, slots=True)
class Person:
    """An author (RFC 4287 section 3.2)."""

    name: str
    uri: str = ""
    email: str = ""


@dataclass(frozen=True, slots=True)
class Original:
    """Where an article first appeared: the source's name and the absolute URL."""

    source: str
    url: str


class Stat(NamedTuple):
    """What tells a changed file from an unchanged one without reading it.

    ctime cannot be set by a program, so a rewrite that keeps size and mtime still shows.
    """

    size: int
    mtime_ns: int
    ctime_ns: int

    @classmethod
    def of(cls, result: os.stat_result) -> Stat:
        """The part of a stat result that counts."""
        mtime = min(result.st_mtime_ns, LATEST_NS)
        return cls(result.st_size, mtime, min(result.st_ctime_ns, LATEST_NS))


@dataclass(frozen=True, slots=True)
class Enclosure:
    """A file that goes with an article (RFC 4287 section 4.2.7.2).

    `length` is in bytes, `duration` how long it plays in seconds; 0 where that is unknown.
    """

    url: str
    type: str = ""
    length: int = 0
    duration: int = 0


def section_of(path: str) -> str:
    """The folders between the root and the file; empty for a file in the root itself.

    A file named `index` stands for the folder that holds it and its pictures, so its section is
    the folder above.
    """
    folder, _, name = path.rpartition("/")
    return folder.rpartition("/")[0] if name.partition(".")[0] == "index" else folder


@dataclass(frozen=True, slots=True)
class Article:
    """What one file says, as its reader understood it.

    `path` is relative to the root, parted by `/`. `content` is safe HTML whose links are absolute
    or lead to a place in it (`#note`); `title` and `summary` are plain text. `published` and
    `updated` are aware and in UTC, or None where the file names no such date. `key` is the id that
    the file claims, if any. A `draft` is not to be seen by anyone. `image` is the absolute address
    of a picture, `image_length` its length in bytes, 0 where that is unknown. `media` are the paths
    of files in the folder that the article shows.
    """

    path: str
    title: str
    content: str
    summary: str = ""
    published: datetime | None = None
    authors: tuple[Person, ...] = ()
    tags: tuple[str, ...] = ()
    original: Original | None = None
    updated: datetime | None = None
    language: str = ""
    image: str = ""
    enclosures: tuple[Enclosure, ...] = ()
    media: tuple[str, ...] = ()
    key: str = ""
    draft: bool = False
    image_length: int = 0

    @property
    def section(self) -> str:
        """The folders between the root and the file, see `section_of`."""
        return section_of(self.path)

    def _from_here(self, text: str) -> str:
        """`text` with the addresses that depend on the article's path as they are seen from it."""
        if SITE_ADDRESS not in text:
            return text
        folder = self.path.rpartition("/")[0]
        return _MEDIA_ADDRESS.sub("media:", text).replace(f"{SITE_ADDRESS}/{folder}/", "here:")

    @property
    def digest(self) -> str:
        """SHA-256 (hex) of what a subscriber sees, blind to white space and to the path.

        Equal digests mean "nothing changed" for a path, and "moved" for two paths.
        """
        original = (self.original.source, self.original.url) if self.original else ()
        said = [
            [self.title, self._from_here(self.content), self.summary],
            [self.published.isoformat() if self.published else ""],
            [part for a in self.authors for part in (a.name, a.uri, a.email)],
            self.tags,
            original,
        ]
        more = [
            self.language,
            self._from_here(self.image),
            self.updated.isoformat() if self.updated else "",
        ]
        more += [
            part
            for e in self.enclosures
            for part in (self._from_here(e.url), e.type, str(e.length))
        ]
        more += [f"{n} plays {e.duration} s" for n, e in enumerate(self.enclosures) if e.duration]
        more += [f"shows {self.image_length} bytes"] if self.image_length else []
        more += [posixpath.relpath(file, posixpath.dirname(self.path)) for file in self.media]
        if any(more):  # what says none of it has the digest that it had in ledgers of 0.1.0
            said.append(more)
        plain = [[single_spaced(text) for text in group] for group in said]
        return hashlib.sha256(json.dumps(plain).encode()).hexdigest()


class Sighting(NamedTuple):
    """What a plan needs to know of an article that was read; there may be a million of them.

    The Article itself, which may be long, waits at `place` in the spool of its scan. `digest`,
    `key` and the dates are the article's.
    """

    path: str
    digest: str
    published: datetime | None = None
    updated: datetime | None = None
    key: str = ""
    draft: bool = False
    place: int = 0

    @classmethod
    def of(cls, article: Article, place: int = 0) -> Sighting:
        """What there is to know of this article."""
        return cls(
            article.path,
            article.digest,
            article.published,
            article.updated,
            article.key,
            article.draft,
            place,
        )

    @property
    def section(self) -> str:
        """The folders between the root and the file, see `section_of`."""
        return section_of(self.path)


@dataclass(frozen=True, slots=True)
class Entry:
    """A released article as subscribers see it (RFC 4287 section 4.1.2).

    `released` is when subscribers could first see it and orders every feed; `published` is the
    article's own date; `updated` moves with each edit. All three are aware, in UTC.
    """

    id: str
    article: Article
    published: datetime
    released: datetime
    updated: datetime


class Tombstone(NamedTuple):
    """An entry that was withdrawn, and when (RFC 6721)."""

    id: str
    when: datetime


class Span(NamedTuple):
    """Places in a feed, from `first` to `last`, counted from 1 in the order of release.

    An entry keeps its place for ever. A withdrawn one leaves it empty.
    """

    first: int
    last: int


@dataclass(frozen=True, slots=True)
class Edition:
    """What the ledger says at one journal sequence of the entries that one document shows.

    `entries` are newest release first. `modified` is when this selection last changed, in whole
    seconds since 1970; `updated` is the same for subscribers, and does not depend on when the
    first import was. `next_due` is when the next held article joins it. `tombstones` are entries
    withdrawn not long before. `span` is set where this is an archive; `older` are the places of
    the archive that goes on where this ends.
    """

    sequence: int
    entries: tuple[Entry, ...]
    modified: int
    updated: datetime = BEGINNING
    next_due: datetime | None = None
    tombstones: tuple[Tombstone, ...] = ()
    span: Span | None = None
    older: Span | None = None


class SliceKind(StrEnum):
    """What the entries of a feed have in common: nothing but the site, or one of these.

    CONFIGURED are those that a table `[[feeds]]` asks for.
    """

    SITE = "site"
    SECTION = "section"
    AUTHOR = "author"
    TAG = "tag"
    SOURCE = "source"
    CONFIGURED = "feed"


class Slice(NamedTuple):
    """Some of the site's entries: `slug` tells it from others of its kind, `name` is for people."""

    kind: SliceKind
    slug: str
    name: str


@dataclass(frozen=True, slots=True)
class Feed:
    """One feed of the catalogue, whatever its format.

    `name` tells it from all others for ever. `home` is the path of its page, `stem` its own path
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
    identity bytes; each coding adds its own suffix. `modified` is in whole seconds since 1970.
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


@dataclass(frozen=True, slots=True)
class Problem:
    """Why a file is not published as it stands, and what to do about it.

    `line` and `column`, counted from 1, are 0 where none is to blame. `since` is set once the
    ledger knows the problem.
    """

    path: str
    code: str
    message: str
    line: int = 0
    column: int = 0
    since: datetime | None = None

    @property
    def place(self) -> str:
        """`FILE`, `FILE:LINE` or `FILE:LINE:COLUMN`, fit for a terminal."""
        path = "".join(c if c.isprintable() else repr(c)[1:-1] for c in self.path)
        return ":".join([path, *(str(number) for number in (self.line, self.column) if number)])

    def __str__(self) -> str:
        return f"{self.place}: {self.code}: {self.message}"


class ChangeKind(StrEnum):
    """What a line of the journal tells of an entry, or of all of them (CONFIGURED).

    IMPORTED is a release by the first import, under the article's own date. HELD changes no
    document, only how long one stays fresh: what is to come has changed.
    """

    IMPORTED = "imported"
    RELEASED = "released"
    EDITED = "edited"
    MOVED = "moved"
    WITHDRAWN = "withdrawn"
    CONFIGURED = "configured"
    HELD = "held"


@dataclass(frozen=True, slots=True)
class Known:
    """What the ledger knows of one entry; `released` is None while it is held.

    `withdrawn` is when its file was found to be gone; None while it is there. `declared` says that
    the file itself claims the key; otherwise it is the path at first sight.
    """

    id: str
    key: str
    path: str
    digest: str
    published: datetime
    released: datetime | None
    updated: datetime | None
    withdrawn: datetime | None = None
    declared: bool = False


@dataclass(frozen=True, slots=True)
class View:
    """The ledger's side of the question.

    `entries` holds every entry, withdrawn ones too, that a path, key or digest of this scan may
    meet, and all that are held and due. `last_stamp` is the latest `released` or `updated` ever
    given out; `taken` are those that a filed article may run into. `first_import` is true until
    the ledger has held an entry.
    """

    entries: tuple[Known, ...] = ()
    last_stamp: datetime = BEGINNING
    taken: frozenset[datetime] = frozenset()
    first_import: bool = True


@dataclass(frozen=True, slots=True)
class Decision:
    """One entry as it is to stand in the ledger, and its line in the journal.

    `kind` is None where subscribers see no change. `released` is None for a held entry, which is
    due at `published`. `article` is None where the content stays as it was. `new` says that the
    ledger has no such entry yet, `declared` that the file itself claims the key.
    """

    id: str
    key: str
    kind: ChangeKind | None
    article: Sighting | None
    published: datetime
    released: datetime | None
    updated: datetime | None
    withdrawn: bool = False
    new: bool = False
    declared: bool = False


def urn(site_id: str, kind: str, name: str) -> str:
    """An id that is given once and kept: `urn:uuid:` and UUIDv5 (RFC 9562 section 5.5).

    It depends on `site_id`, the `kind` of thing and its `name` alone, so a new host, title or
    date changes no id.
    """
    return uuid.uuid5(_namespace(site_id, kind), name).urn


@cache
def _namespace(site_id: str, kind: str) -> uuid.UUID:
    return uuid.uuid5(uuid.uuid5(uuid.NAMESPACE_URL, f"feedsvc:{site_id}"), kind)
