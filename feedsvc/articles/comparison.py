"""What is in the folder against what the ledger knows: two sorted streams, merged."""

from __future__ import annotations

import marshal
import os
import posixpath
import stat
from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from itertools import chain
from typing import NamedTuple

from feedsvc.articles.folder import Hidden, is_file, is_passed_over, walk, wanted
from feedsvc.articles.spool import Spool
from feedsvc.config import Articles
from feedsvc.files import stat_below
from feedsvc.model import LATEST_NS, FileRow, Stat

SECOND_NS = 1_000_000_000


class Changed(NamedTuple):
    """A file to be read: new, or other than when it was last read."""

    path: str
    stat: Stat
    known: bool


def _encode(file: Changed) -> bytes:
    return marshal.dumps((file.path, tuple(file.stat), file.known))


def _decode(data: bytes) -> Changed:
    path, numbers, known = marshal.loads(data)  # noqa: S302 - written by this very process
    return Changed(path, Stat(*numbers), known)


def _changed() -> Spool[Changed, Changed]:
    return Spool(_encode, _decode)  # there may be a million, for which pickle takes thrice as long


@dataclass(slots=True)
class Found:
    """What one look at the folder found out.

    `changed` are the files to be read, in order of path. `gone` and `restless` are the files that
    are no more and those not yet at rest, as they were and as they are. `seen` are those of the
    watched paths that are there. `same` counts the files that are as they were. `looked_at` are the
    only paths that were looked at, None where all were.
    """

    hidden: Hidden = field(default_factory=Hidden)
    changed: Spool[Changed, Changed] = field(default_factory=_changed)
    gone: dict[str, Stat] = field(default_factory=dict)
    restless: dict[str, Stat] = field(default_factory=dict)
    seen: set[str] = field(default_factory=set)
    same: int = 0
    looked_at: frozenset[str] | None = None

    @property
    def files(self) -> int:
        """How many files are there."""
        return self.same + len(self.changed) + len(self.restless)

    @property
    def empty(self) -> bool:
        """Whether nothing is there where something was."""
        return bool(self.gone) and not (self.files or self.hidden.unlisted)

    def meet(self, path: str, result: os.stat_result, look: Look, *, known: bool) -> None:
        """Take note of a file that is new, or other than it was."""
        if path in look.watched:
            self.seen.add(path)
        now = Stat.of(result)
        if is_restless(now, look.clock(), look.settings.settle_seconds):
            self.restless[path] = now
        else:
            self.changed.add(Changed(path, now, known))

    def lose(self, row: FileRow) -> None:
        """Take note of a file that is no more, if that can be known."""
        if not self.hidden.hides(row[0]):
            self.gone[row[0]] = Stat(*row[1:])

    def there(self, path: str) -> bool:
        """Whether the file at a watched path is, or may be, still there."""
        if self.looked_at is not None and path not in self.looked_at:
            return True
        return path in self.seen or self.hidden.hides(path)


@dataclass(frozen=True, slots=True)
class Look:
    """How to look.

    `now` is when the look began, `clock` the time as it goes on. `afresh` takes every file for
    changed. `watched` are paths of which the caller wants to know whether they are there.
    """

    settings: Articles
    now: datetime
    clock: Callable[[], datetime]
    afresh: bool = False
    watched: Collection[str] = ()


def compare(look: Look, rows: Iterable[FileRow]) -> Found:
    """Walk the folder beside `rows`, which are in the order of paths.

    A file that equals its row costs its stat and a comparison, and nothing of it is kept.

    Raises:
        RootUnreadable: nothing is known of any article.
    """
    found = Found()
    fits = wanted(look.settings.include)
    rest = iter(rows)
    row = next(rest, None)
    for path, result in walk(look.settings.folder, found.hidden):
        while row is not None and row[0] < path:
            found.lose(row)
            row = next(rest, None)
        if row is None or row[0] != path:
            if fits(path) and is_file(path, result.st_mode, found.hidden):
                found.meet(path, result, look, known=False)
            continue
        before, row = row, next(rest, None)
        if is_same(result, before) and not look.afresh:
            found.same += 1
            if path in look.watched:
                found.seen.add(path)
        elif look.afresh and not fits(path):  # the patterns are among what makes a look afresh
            found.lose(before)
        elif is_file(path, result.st_mode, found.hidden):
            found.meet(path, result, look, known=True)
    for lost in chain([row] if row else [], rest):
        found.lose(lost)
    return found


def glance(look: Look, paths: Collection[str], rows: Mapping[str, FileRow]) -> Found | None:
    """Look at these paths alone; `rows` are what the ledger knows there or below.

    None where that does not do, because a file is gone or a folder has come: what has moved shows
    only where all is looked at.
    """
    found = Found(looked_at=frozenset(paths))
    fits = wanted(look.settings.include)
    for path in sorted(paths):
        if is_passed_over(path) or posixpath.normpath(path) != path:
            continue  # where a walk would never come
        row = rows.get(path)
        try:
            result = stat_below(look.settings.folder, path)
        except OSError:
            if row:
                return None
            continue
        if stat.S_ISDIR(result.st_mode) or (row and row[0] != path):
            return None
        found.seen.add(path)
        if row and is_same(result, row):
            found.same += 1
        elif (row or fits(path)) and is_file(path, result.st_mode, found.hidden):
            found.meet(path, result, look, known=row is not None)
    return found


def is_same(result: os.stat_result, row: FileRow) -> bool:
    """Whether a file is as it was when it was read."""
    _, size, mtime, ctime = row
    return (
        result.st_ctime_ns == ctime
        and min(result.st_mtime_ns, LATEST_NS) == mtime
        and result.st_size == size
    )


def is_restless(file: Stat, now: datetime, settle_seconds: float) -> bool:
    """Whether the file changed less than the settle time ago.

    ctime is the server's own clock and cannot be set, so an mtime from the future or from a
    backup does not matter. A ctime far ahead of now (a clock set back) counts as at rest.
    """
    return abs(in_nanoseconds(now) - file.ctime_ns) < settle_seconds * SECOND_NS


def in_nanoseconds(moment: datetime) -> int:
    """A moment as a file system tells it."""
    return int(moment.timestamp() * SECOND_NS)
