"""Diffs the folder against the ledger: two streams in the order of paths, merged."""

from __future__ import annotations

import hashlib
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
from feedsvc.model import LATEST_NS, SECOND_NS, FileRow, Stat, in_nanoseconds
from feedsvc.reading.ignored import is_companion, is_ignored
from feedsvc.reading.jobs import ChangedFile
from feedsvc.reading.markup.content import xml_text
from feedsvc.reading.selection import LeftOut, Sieve
from feedsvc.reading.site.facts import NO_SITE, SiteFacts
from feedsvc.scan.disk_buffer import DiskBuffer, changed_files
from feedsvc.scan.walk import Hidden, walk

LONGEST = 2000  # bytes of a path: no index of PostgreSQL takes more than 2704

_BAD_NAME = "its name is not UTF-8 or holds a character that no feed can carry; rename it"
_LONG_NAME = "its path is longer than 2000 bytes; give its folders shorter names"


@dataclass(slots=True)
class Diff:
    """The differences between the folder and the ledger.

    Attributes:
        hidden: what could not be examined.
        changed: files to be read, in the order of paths.
        gone: files that no longer exist, with their last known stat.
        recently_modified: files that may still be being written, with their stat.
        seen: the watched paths that exist.
        same: the number of unchanged files.
        looked_at: the only paths that were examined; None if all were.
        left_out: files that are not articles.
        around: a digest of the stats of companion files; empty if there are none, None if unknown.
        around_rests: no companion file was modified recently.
    """

    hidden: Hidden = field(default_factory=Hidden)
    changed: DiskBuffer[ChangedFile, ChangedFile] = field(default_factory=changed_files)
    gone: dict[str, Stat] = field(default_factory=dict)
    recently_modified: dict[str, Stat] = field(default_factory=dict)
    seen: set[str] = field(default_factory=set)
    same: int = 0
    looked_at: frozenset[str] | None = None
    left_out: LeftOut = field(default_factory=LeftOut)
    around: str | None = None
    around_rests: bool = True

    @property
    def files(self) -> int:
        """The number of files in the folder."""
        return self.same + len(self.changed) + len(self.recently_modified)

    def watch(self, options: ScanOptions, paths: Iterable[str]) -> None:
        """Record which of these paths are watched: they exist."""
        if options.watched:
            self.seen.update(path for path in paths if path in options.watched)

    def add_changed(
        self, path: str, result: os.stat_result, options: ScanOptions, *, known: bool
    ) -> None:
        """Record a new or changed file."""
        self.watch(options, [path])
        now = Stat.of(result)
        if is_recently_modified(now, options.clock(), options.settings.settle_seconds):
            self.recently_modified[path] = now
        else:
            self.changed.add(ChangedFile(path, now, known))

    def add_missing(self, row: FileRow) -> None:
        """Record a file that no longer exists, unless its folder could not be listed."""
        if not self.hidden.hides(row[0]):
            self.gone[row[0]] = Stat(*row[1:])


@dataclass(frozen=True, slots=True)
class ScanOptions:
    """How to scan the folder.

    Attributes:
        settings: the table `[articles]`.
        now: the start of the scan; `clock` returns the time as it goes on.
        afresh: treat every file as changed.
        watched: paths whose existence the caller wants to know.
        listing: name each file that is not an article, instead of only counting them.
        site: what the configuration of the site's generator says of all articles.
    """

    settings: Articles
    now: datetime
    clock: Callable[[], datetime]
    afresh: bool = False
    watched: Collection[str] = ()
    listing: bool = False
    site: SiteFacts = NO_SITE

    def sieve(self) -> Sieve:
        """The filter that picks articles among the names in a folder."""
        settings = self.settings
        return Sieve(settings.include, settings.exclude, listing=self.listing)


class _Rows:
    """The files in the ledger, in the order of paths, consumed from the front."""

    def __init__(self, rows: Iterable[FileRow]) -> None:
        self._rest = iter(rows)
        self._ahead: deque[FileRow] = deque()

    def take(self, expected: Sequence[FileRow]) -> bool:
        """Consume these rows, if they are next."""
        lacking = len(expected) - len(self._ahead)
        self._ahead.extend(islice(self._rest, max(lacking, 0)))
        if list(islice(self._ahead, len(expected))) != expected:
            return False
        for _ in expected:
            self._ahead.popleft()
        return True

    def before(self, path: str) -> Iterator[FileRow]:
        """Consume the rows whose paths come before this one."""
        while (row := self._next()) and row[0] < path:
            yield self._ahead.popleft()

    def at(self, path: str) -> FileRow | None:
        """Consume the row of this path, if it is next."""
        row = self._next()
        return self._ahead.popleft() if row and row[0] == path else None

    def _next(self) -> FileRow | None:
        if not self._ahead:
            self._ahead.extend(islice(self._rest, 1))
        return self._ahead[0] if self._ahead else None

    def rest(self) -> Iterator[FileRow]:
        """Consume all remaining rows."""
        return chain(self._ahead, self._rest)


def compare(options: ScanOptions, rows: Iterable[FileRow]) -> Diff:
    """Compare the whole folder with `rows`, which are in the order of paths.

    An unchanged file costs its stat and one comparison, and no memory.

    Raises:
        RootUnreadable: the folder cannot be listed.
    """
    sieve = options.sieve()
    diff, known = Diff(left_out=sieve.left_out), _Rows(rows)
    for batch in walk(options.settings.folder, diff.hidden, sieve.chosen):
        if not options.afresh:
            expected = [
                (path, now.st_size, now.st_mtime_ns, now.st_ctime_ns) for path, now in batch
            ]
            if known.take(expected):
                diff.same += len(expected)
                diff.watch(options, (path for path, *_ in expected))
                continue
        for path, result in batch:
            for row in known.before(path):
                diff.add_missing(row)
            _compare_file(diff, options, path, result, known.at(path))
    for row in known.rest():
        diff.add_missing(row)
    _look_around(diff, options)
    return diff


def _look_around(diff: Diff, options: ScanOptions) -> None:
    """Record a digest of the paths, sizes and times of companion files."""
    digest = hashlib.sha256()
    for path in sorted(diff.hidden.companions):
        try:
            now = Stat.of(stat_below(options.settings.folder, path))
        except OSError:
            now = Stat(-1, 0, 0)
        diff.around_rests &= not is_recently_modified(
            now, options.clock(), options.settings.settle_seconds
        )
        digest.update(repr((path, tuple(now))).encode("utf-8", "surrogatepass"))
    diff.around = digest.hexdigest() if diff.hidden.companions else ""


def _compare_file(
    diff: Diff, options: ScanOptions, path: str, result: os.stat_result, row: FileRow | None
) -> None:
    """Compare one file with its row."""
    if row is not None and not options.afresh and is_same(result, row):
        diff.same += 1
        diff.watch(options, [path])
    elif is_file(path, result.st_mode, diff.hidden):
        diff.add_changed(path, result, options, known=row is not None)


def compare_paths(
    options: ScanOptions, paths: Collection[str], rows: Mapping[str, FileRow]
) -> Diff | None:
    """Compare these paths alone; `rows` are the files in the ledger there or below.

    None if that is not enough: a file is missing or a folder is new, so something may have moved,
    or a companion file changed, which concerns others.
    """
    diff, sieve = Diff(looked_at=frozenset(paths)), options.sieve()
    if any(map(is_companion, paths)):
        return None
    for path in sorted(paths):
        if is_ignored(path) or posixpath.normpath(path) != path:
            continue  # a walk would skip it
        if not _compare_path(diff, options, sieve, path, rows.get(path)):
            return None
    return diff


def _compare_path(
    diff: Diff, options: ScanOptions, sieve: Sieve, path: str, row: FileRow | None
) -> bool:
    """Compare one path; False if the whole folder must be compared."""
    try:
        result = stat_below(options.settings.folder, path)
    except OSError:
        return row is None
    is_folder = stat.S_ISDIR(result.st_mode)
    if not row and sieve.excluding(f"{path}/" if is_folder else path):
        return True
    if is_folder or (row and row[0] != path):
        return False
    diff.seen.add(path)
    if row and is_same(result, row):
        diff.same += 1
    elif (row or sieve.fits(path)) and is_file(path, result.st_mode, diff.hidden):
        diff.add_changed(path, result, options, known=row is not None)
    return True


def is_file(path: str, mode: int, hidden: Hidden) -> bool:
    """Whether this can be an article; if not, a problem says why."""
    if len(os.fsencode(path)) > LONGEST:
        hidden.unknown(path, "bad-name", _LONG_NAME)
        return False
    if xml_text(path) != path:  # bytes that are no UTF-8 come as lone surrogates (PEP 383)
        hidden.unknown(path, "bad-name", _BAD_NAME)
        return False
    if stat.S_ISREG(mode):
        return True
    kind = "a symbolic link" if stat.S_ISLNK(mode) else "no regular file"
    hidden.unknown(path, "not-a-file", f"this is {kind} and never read; put the file itself here")
    return False


def is_same(result: os.stat_result, row: FileRow) -> bool:
    """Whether a file is unchanged since it was last read."""
    if result.st_ctime_ns != row[3] or result.st_size != row[1]:
        return False
    mtime = result.st_mtime_ns
    return mtime == row[2] or mtime > LATEST_NS == row[2]


def is_recently_modified(file: Stat, now: datetime, settle_seconds: float) -> bool:
    """Whether the file was modified less than the settle time ago.

    ctime is the server's own clock and cannot be set, so an mtime from the future or from a
    backup does not matter. A ctime far ahead of now (a clock set back) counts as stable.
    """
    return abs(in_nanoseconds(now) - file.ctime_ns) < settle_seconds * SECOND_NS
