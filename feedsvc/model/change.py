"""The values between a scan and the ledger: problems, stored entries and decisions."""

from __future__ import annotations

import uuid
from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from functools import cache

from feedsvc.model.article import ArticleSummary
from feedsvc.model.moments import BEGINNING, in_microseconds


@dataclass(frozen=True, slots=True)
class Problem:
    """The reason why a file is not published as it is, and the remedy.

    `line` and `column` are counted from 1; 0 if the problem has none. `since` is set once the
    problem is in the ledger.
    """

    path: str
    code: str
    message: str
    line: int = 0
    column: int = 0
    since: datetime | None = None

    @property
    def location(self) -> str:
        """`FILE`, `FILE:LINE` or `FILE:LINE:COLUMN`, fit for a terminal."""
        path = "".join(c if c.isprintable() else repr(c)[1:-1] for c in self.path)
        return ":".join([path, *(str(number) for number in (self.line, self.column) if number)])

    def __str__(self) -> str:
        return f"{self.location}: {self.code}: {self.message}"


class SkipReason(StrEnum):
    """What makes a file no article: its kind, its name, or its content."""

    KIND = "kind"
    EXCLUDED = "excluded"
    CONTENT = "content"


@dataclass(frozen=True, slots=True)
class Skipped:
    """A file that is not an article, or a folder (its path ends with `/`) without articles.

    `why` is a short explanation for people.
    """

    path: str
    reason: SkipReason
    why: str


class ChangeKind(StrEnum):
    """The kind of a change to an entry, or to all of them (CONFIGURED), in the change log.

    IMPORTED is a release by the first import, under the article's own date. HELD changes no
    document, only its freshness lifetime: a release or an expiry to come has changed.
    """

    IMPORTED = "imported"
    RELEASED = "released"
    EDITED = "edited"
    MOVED = "moved"
    WITHDRAWN = "withdrawn"
    CONFIGURED = "configured"
    HELD = "held"


FEW = 10  # new articles at once that are all announced, whatever their dates

SILENT = (None, ChangeKind.HELD)  # changes that are invisible to subscribers


@dataclass(frozen=True, slots=True)
class StoredEntry:
    """An entry of the ledger, without its text.

    Attributes:
        key: the id that the file claims (`declared`), or its path when it was new.
        released: None while it is held.
        withdrawn: when its file was found to be missing; None while it exists.
        expires: the moment from which on it is withdrawn.
        file_digest: that of the bytes of its file, if the file is missing and a version has read
            it that keeps digests.
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
    expires: datetime | None = None
    file_digest: bytes = b""

    @property
    def is_held(self) -> bool:
        """Whether it waits for its date."""
        return self.released is None and not self.withdrawn

    def is_over(self, now: datetime) -> bool:
        """Whether it has expired by now and is not withdrawn yet."""
        return not self.withdrawn and self.expires is not None and self.expires <= now


@dataclass(frozen=True, slots=True)
class Announcing:
    """Which new articles are announced.

    One scan announces at most `burst`. Of a bulk arrival, it announces only articles younger than
    `days`. `others` counts the new articles of the same arrival beside those of this scan: copying
    a folder takes longer than a scan, which finds some files still being written, and others
    published a moment ago.
    """

    burst: int = 100
    days: int = 30
    others: int = 0

    def unannounced(self, dates: Sequence[int], now: datetime) -> tuple[int, int]:
        """How many of the new articles are too old to be announced, and how many over the burst.

        `dates` are in microseconds since 1970, oldest first.
        """
        bulk = len(dates) + self.others > FEW
        young_from = in_microseconds(now - timedelta(days=self.days))
        too_old = bisect_right(dates, young_from) if bulk else 0
        return too_old, max(0, len(dates) - too_old - self.burst)


@dataclass(frozen=True, slots=True)
class LedgerInput:
    """The ledger's side of a plan.

    Attributes:
        entries: all entries, withdrawn ones too, at the paths or with the keys or digests of this
            scan, and all that are due or have expired.
        last_timestamp: the latest `released` or `updated` ever given out.
        taken: the timestamps, in microseconds since 1970, that an article of this scan may run
            into if it is filed under its own date.
        originals: URL, path and id of each entry with an Original that an article of this scan
            names too, or that a problem is about.
        arriving: the number of new articles that arrived together with those of this scan:
            published a moment ago, or still being written.
        first_import: there has never been an entry.
    """

    entries: tuple[StoredEntry, ...] = ()
    last_timestamp: datetime = BEGINNING
    taken: frozenset[int] = frozenset()
    originals: tuple[tuple[str, str, str], ...] = ()
    arriving: int = 0
    first_import: bool = True


@dataclass(frozen=True, slots=True)
class Decision:
    """The new state of one entry, and its line in the change log.

    Attributes:
        key: the id that the file claims (`declared`), or its path when it was new.
        kind: None if the change log gets no line.
        article: None if the content does not change.
        released: None for a held entry, which is due at `published`.
        new: the entry is not in the ledger yet.
    """

    id: str
    key: str
    kind: ChangeKind | None
    article: ArticleSummary | None
    published: datetime
    released: datetime | None
    updated: datetime | None
    withdrawn: bool = False
    new: bool = False
    declared: bool = False


def is_ahead(article: ArticleSummary, now: datetime) -> bool:
    """Whether the file itself names a date in the future.

    The ledger's date of an article whose file names none came from this machine's clock, which may
    have been ahead then. It holds nothing back.
    """
    return article.published is not None and article.published > now


def urn(site_id: str, kind: str, name: str) -> str:
    """An id that is given once and kept: `urn:uuid:` and UUIDv5 (RFC 9562 section 5.5).

    It depends on `site_id`, the `kind` of thing and its `name` alone, so a new host, title or
    date changes no id.
    """
    return uuid.uuid5(_namespace(site_id, kind), name).urn


@cache
def _namespace(site_id: str, kind: str) -> uuid.UUID:
    return uuid.uuid5(uuid.uuid5(uuid.NAMESPACE_URL, f"feedsvc:{site_id}"), kind)
