"""What a file says: an Article, and what a plan needs to know of one."""

from __future__ import annotations

import hashlib
import json
import posixpath
import re
from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple

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
    the file claims, if any. `withheld` says in a few words why nobody is to see it, and is empty
    where it is to be seen; `expires` is from when on nobody is to. `image` is the absolute address
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
    withheld: str = ""
    expires: datetime | None = None
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


class ArticleSummary(NamedTuple):
    """What a plan needs to know of an article that was read; there may be a million of them.

    The Article itself, which may be long, waits at `place` in the spool of its scan. `digest`,
    `key` and the dates are the article's, `original` is the URL of its Original. `file_digest` is
    that of the bytes of its file, which say the same whatever the file is called.
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
    place: int = 0

    @classmethod
    def of(cls, article: Article, place: int = 0, file_digest: bytes = b"") -> ArticleSummary:
        """What there is to know of this article."""
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
            place,
        )

    def withheld_at(self, now: datetime) -> str:
        """Why nobody is to see it at that moment; empty where it is to be seen."""
        over = self.expires is not None and self.expires <= now
        return self.withheld or ("expired" if over else "")

    @property
    def section(self) -> str:
        """The folders between the root and the file, see `section_of`."""
        return section_of(self.path)
