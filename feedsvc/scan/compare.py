"""What is in the folder against what the ledger knows: two sorted streams, merged."""

from __future__ import annotations

import hashlib
import marshal
import os
import posixpath
import stat
from collections import deque
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from itertools import chain, islice

from feedsvc.config import Articles
from feedsvc.files import stat_below
from feedsvc.model import LATEST_NS, FileRow, Stat
from feedsvc.reading.ignored import is_companion, is_ignored
from feedsvc.reading.jobs import ChangedFile
from feedsvc.reading.selection import LeftOut, Sieve
from feedsvc.scan.disk_buffer import Spool
from feedsvc.scan.walk import Hidden, is_file, walk

SECOND_NS = 1_000_000_000


def _encode(file: ChangedFile) -> bytes:
    return marshal.dumps((file.path, tuple(file.stat), file.known))


def _decode(data: bytes) -> ChangedFile:
    path, numbers, known = marshal.loads(data)  # noqa: S302 - written by this very process
    return ChangedFile(path, Stat(*numbers), known)


def _changed() -> Spool[ChangedFile, ChangedFile]:
    return Spool(_encode, _decode)  # there may be a million, for which pickle takes thrice as long


@dataclass(slots=True)
class Found:
    """What one look at the folder found out.

    `changed` are the files to be read, in order of path. `gone` and `restless` are the files that
    are no more and those not yet at rest, as they were and as they are. `seen` are those of the
    watched paths that are there. `same` counts the files that are as they were. `looked_at` are the
    only paths that were looked at, None where all were. `left_out` is what is no article. `around`
    is a digest of how those files are that say something of articles near them: empty where there
    is none, None where that is unknown. `around_rests` says whether they are at rest.
    """

    hidden: Hidden = field(default_factory=Hidden)
    changed: Spool[ChangedFile, ChangedFile] = field(default_factory=_changed)
    gone: dict[str, Stat] = field(default_factory=dict)
    restless: dict[str, Stat] = field(default_factory=dict)
    seen: set[str] = field(default_factory=set)
    same: int = 0
    looked_at: frozenset[str] | None = None
    left_out: LeftOut = field(default_factory=LeftOut)
    around: str | None = None
    around_rests: bool = True

    @property
    def files(self) -> int:
        """How many files are there."""
        return self.same + len(self.changed) + len(self.restless)

    @property
    def empty(self) -> bool:
        """Whether nothing is there where something was."""
        return bool(self.gone) and not (self.files or self.hidden.unlisted)

    def watch(self, look: Look, paths: Iterable[str]) -> None:
        """Take note of which watched paths are there."""
        if look.watched:
            self.seen.update(path for path in paths if path in look.watched)

    def meet(self, path: str, result: os.stat_result, look: Look, *, known: bool) -> None:
        """Take note of a file that is new, or other than it was."""
        self.watch(look, [path])
        now = Stat.of(result)
        if is_restless(now, look.clock(), look.settings.settle_seconds):
            self.restless[path] = now
        else:
            self.changed.add(ChangedFile(path, now, known))

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
    changed. `watched` are paths of which the caller wants to know whether they are there. With
    `listing`, each file that is no article is named, and not only counted.
    """

    settings: Articles
    now: datetime
    clock: Callable[[], datetime]
    afresh: bool = False
    watched: Collection[str] = ()
    listing: bool = False

    def sieve(self) -> Sieve:
        """What picks the articles among the names of a folder."""
        settings = self.settings
        return Sieve(settings.include, settings.exclude, listing=self.listing)


class _Rows:
    """What the ledger knows, in the order of paths, taken from the front."""

    def __init__(self, rows: Iterable[FileRow]) -> None:
        self._rest = iter(rows)
        self._ahead: deque[FileRow] = deque()

    def take(self, expected: Sequence[FileRow]) -> bool:
        """Take these rows, if they are the next."""
        lacking = len(expected) - len(self._ahead)
        self._ahead.extend(islice(self._rest, max(lacking, 0)))
        if list(islice(self._ahead, len(expected))) != expected:
            return False
        for _ in expected:
            self._ahead.popleft()
        return True

    def before(self, path: str) -> Iterator[FileRow]:
        """Take the rows whose paths come before this one."""
        while (row := self._next()) and row[0] < path:
            yield self._ahead.popleft()

    def at(self, path: str) -> FileRow | None:
        """Take the row of this path, if it is the next."""
        row = self._next()
        return self._ahead.popleft() if row and row[0] == path else None

    def _next(self) -> FileRow | None:
        if not self._ahead:
            self._ahead.extend(islice(self._rest, 1))
        return self._ahead[0] if self._ahead else None

    def rest(self) -> Iterator[FileRow]:
        """Take all that is left."""
        return chain(self._ahead, self._rest)


def compare(look: Look, rows: Iterable[FileRow]) -> Found:
    """Walk the folder beside `rows`, which are in the order of paths.

    A file that equals its row costs its stat and a comparison, and nothing of it is kept.

    Raises:
        RootUnreadable: nothing is known of any article.
    """
    sieve = look.sieve()
    found, known = Found(left_out=sieve.left_out), _Rows(rows)
    for some in walk(look.settings.folder, found.hidden, sieve.chosen):
        if not look.afresh:
            expected = [(path, now.st_size, now.st_mtime_ns, now.st_ctime_ns) for path, now in some]
            if known.take(expected):
                found.same += len(expected)
                found.watch(look, (path for path, *_ in expected))
                continue
        for path, result in some:
            for row in known.before(path):
                found.lose(row)
            _weigh(found, look, path, result, known.at(path))
    for row in known.rest():
        found.lose(row)
    _look_around(found, look)
    return found


def _look_around(found: Found, look: Look) -> None:
    """Take note of the paths, sizes and times of files that say something of articles near them."""
    digest = hashlib.sha256()
    for path in sorted(found.hidden.companions):
        try:
            now = Stat.of(stat_below(look.settings.folder, path))
        except OSError:
            now = Stat(-1, 0, 0)
        found.around_rests &= not is_restless(now, look.clock(), look.settings.settle_seconds)
        digest.update(repr((path, tuple(now))).encode("utf-8", "surrogatepass"))
    found.around = digest.hexdigest() if found.hidden.companions else ""


def _weigh(
    found: Found, look: Look, path: str, result: os.stat_result, row: FileRow | None
) -> None:
    """Take note of one file beside its row."""
    if row is not None and not look.afresh and is_same(result, row):
        found.same += 1
        found.watch(look, [path])
    elif is_file(path, result.st_mode, found.hidden):
        found.meet(path, result, look, known=row is not None)


def glance(look: Look, paths: Collection[str], rows: Mapping[str, FileRow]) -> Found | None:
    """Look at these paths alone; `rows` are what the ledger knows there or below.

    None where that does not do, because a file is gone or a folder has come: what has moved shows
    only where all is looked at. So does what a file says of others.
    """
    found = Found(looked_at=frozenset(paths))
    sieve = look.sieve()
    for path in sorted(paths):
        if is_companion(path):
            return None
        if is_ignored(path) or posixpath.normpath(path) != path:
            continue  # where a walk would never come
        row = rows.get(path)
        try:
            result = stat_below(look.settings.folder, path)
        except OSError:
            if row:
                return None
            continue
        is_folder = stat.S_ISDIR(result.st_mode)
        if not row and sieve.excluding(f"{path}/" if is_folder else path):
            continue
        if is_folder or (row and row[0] != path):
            return None
        found.seen.add(path)
        if row and is_same(result, row):
            found.same += 1
        elif (row or sieve.fits(path)) and is_file(path, result.st_mode, found.hidden):
            found.meet(path, result, look, known=row is not None)
    return found


def is_same(result: os.stat_result, row: FileRow) -> bool:
    """Whether a file is as it was when it was read."""
    if result.st_ctime_ns != row[3] or result.st_size != row[1]:
        return False
    mtime = result.st_mtime_ns
    return mtime == row[2] or mtime > LATEST_NS == row[2]


def is_restless(file: Stat, now: datetime, settle_seconds: float) -> bool:
    """Whether the file changed less than the settle time ago.

    ctime is the server's own clock and cannot be set, so an mtime from the future or from a
    backup does not matter. A ctime far ahead of now (a clock set back) counts as at rest.
    """
    return abs(in_nanoseconds(now) - file.ctime_ns) < settle_seconds * SECOND_NS


def in_nanoseconds(moment: datetime) -> int:
    """A moment as a file system tells it."""
    return int(moment.timestamp() * SECOND_NS)
