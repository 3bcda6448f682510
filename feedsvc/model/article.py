"""Articles, and the summaries of them that plans use."""

from __future__ import annotations

import hashlib
import json
import posixpath
import re
from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple

# A placeholder for site.base_url in the ledger, so that a new base URL is not an edit.
SITE_ADDRESS = "http://site.invalid"

_MEDIA_ADDRESS = re.compile(re.escape(SITE_ADDRESS) + "/media/[0-9a-f-]{36}")


def single_spaced(text: str) -> str:
    """`text` stripped, with each run of HTML whitespace collapsed into one space.

    No-break spaces are kept.
    """
    if not text.isprintable():
        for space in "\n\t\r\f\v":  # 20 times as fast as a pattern
            text = text.replace(space, " ")
    while "  " in text:
        text = text.replace("  ", " ")
    return text.strip(" ")


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


@dataclass(frozen=True, slots=True)
class Enclosure:
    """A file that goes with an article (RFC 4287 section 4.2.7.2).

    `length` is in bytes, `duration` is the play time in seconds; 0 if unknown.
    """

    url: str
    type: str = ""
    length: int = 0
    duration: int = 0


def section_of(path: str) -> str:
    """The folders between the root and the file; empty for a file in the root itself.

    A file named `index` represents its folder (a leaf bundle), so its section is the parent folder.
    """
    folder, _, name = path.rpartition("/")
    return folder.rpartition("/")[0] if name.partition(".")[0] == "index" else folder


@dataclass(frozen=True, slots=True)
class Article:
    """The content and metadata of one file, as its reader parsed them.

    `path` is relative to the root, separated by `/`. `content` is safe HTML, with absolute links or
    fragments (`#note`); `title` and `summary` are plain text. `published` and `updated` are aware
    and in UTC, or None if the file has no such date. `key` is the id that the file claims, if any.
    `withheld` is the reason for withholding the article, in a few words, empty if it is public;
    `expires` is when it is unpublished. `image` is the absolute URL of a picture,
    `image_length` its length in bytes, 0 if unknown. `media` are the paths of the files in the
    folder that the article shows.
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
    withheld: str = ""
    expires: datetime | None = None
    image_length: int = 0

    @property
    def section(self) -> str:
        """The folders between the root and the file, see `section_of`."""
        return section_of(self.path)

    def _from_here(self, text: str) -> str:
        """`text` with the URLs that contain the article's path made relative to it."""
        if SITE_ADDRESS not in text:
            return text
        folder = self.path.rpartition("/")[0]
        return _MEDIA_ADDRESS.sub("media:", text).replace(f"{SITE_ADDRESS}/{folder}/", "here:")

    @property
    def digest(self) -> str:
        """SHA-256 (hex) of the content that subscribers see, regardless of whitespace and path.

        Equal digests mean "nothing changed" for a path, and "moved" for two paths.
        """
        original = (self.original.source, self.original.url) if self.original else ()
        groups = [
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
        if any(more):  # without any of it, the digest is that of 0.1.0
            groups.append(more)
        plain = [[single_spaced(text) for text in group] for group in groups]
        return hashlib.sha256(json.dumps(plain).encode()).hexdigest()


class ArticleSummary(NamedTuple):
    """The properties of an article that a plan needs; there may be a million of them.

    The Article itself, which may be long, is at `position` in the disk buffer. `digest`, `key` and
    the dates are the article's, `original` is the URL of its Original. `file_digest` is that of its
    file's bytes, which does not depend on the file's name.
    """

    path: str
    digest: str
    published: datetime | None = None
    updated: datetime | None = None
    key: str = ""
    withheld: str = ""
    expires: datetime | None = None
    original: str = ""
    file_digest: bytes = b""
    position: int = 0

    @classmethod
    def of(cls, article: Article, position: int = 0, file_digest: bytes = b"") -> ArticleSummary:
        """The summary of this article."""
        return cls(
            article.path,
            article.digest,
            article.published,
            article.updated,
            article.key,
            article.withheld,
            article.expires,
            article.original.url if article.original else "",
            file_digest,
            position,
        )

    def withheld_at(self, now: datetime) -> str:
        """The reason for withholding it at that time; empty if it is public."""
        expired = self.expires is not None and self.expires <= now
        return self.withheld or ("expired" if expired else "")

    @property
    def section(self) -> str:
        """The folders between the root and the file, see `section_of`."""
        return section_of(self.path)
