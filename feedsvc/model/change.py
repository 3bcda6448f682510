"""What a scan finds and decides: problems, what the ledger knows, and changes."""

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


class SkipReason(StrEnum):
    """Why a file is no article: by its kind, by its name, or by what it says."""

    KIND = "kind"
    EXCLUDED = "excluded"
    CONTENT = "content"


@dataclass(frozen=True, slots=True)
class Skipped:
    """A file that is no article, or a folder (its path ends with a `/`) that holds none.

    `why` tells a person in a few words.
    """

    path: str
    reason: SkipReason
    why: str


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


FEW = 10  # new articles at once that are all announced, whatever their dates

SILENT = (None, ChangeKind.HELD)  # what subscribers see nothing of


@dataclass(frozen=True, slots=True)
class StoredEntry:
    """What the ledger knows of one entry; `released` is None while it is held.

    `withdrawn` is when its file was found to be gone; None while it is there. `declared` says that
    the file itself claims the key; otherwise it is the path at first sight. `expires` is from when
    on nobody is to see it. `file_digest` is that of the bytes of its file, where that is gone and
    was read by a version that kept it.
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
        """Whether it is there still, and has expired by now."""
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
    """The ledger's side of the question.

    `entries` holds every entry, withdrawn ones too, that a path, key or digest of this scan may
    meet, and all that are held and due, or have expired. `last_stamp` is the latest `released` or
    `updated` ever given out; `taken` are those that an article of this scan may run into if it is
    filed under its own date, in microseconds since 1970. `originals` has
    URL, path and id of each entry with an Original that an article of this scan names too, or of
    which a problem says so. `arriving` counts new articles beside those of this scan that came with
    them: published a moment ago, or still being written. `first_import` is true until the ledger
    has held an entry.
    """

    entries: tuple[StoredEntry, ...] = ()
    last_stamp: datetime = BEGINNING
    taken: frozenset[int] = frozenset()
    originals: tuple[tuple[str, str, str], ...] = ()
    arriving: int = 0
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
