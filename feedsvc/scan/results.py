"""Reads new and changed files, and keeps the results until the scan decides."""

from __future__ import annotations

import pickle
from array import array
from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from itertools import chain, islice
from typing import Any
from zoneinfo import ZoneInfo

from feedsvc.config import Config
from feedsvc.model import (
    NO_DATE,
    Article,
    ArticleSummary,
    FileRead,
    Problem,
    Skipped,
    SkipReason,
    Stat,
    in_microseconds,
)
from feedsvc.reading.jobs import DIGEST, Job
from feedsvc.reading.metadata.names import is_index
from feedsvc.reading.nearby.beside import MISSING
from feedsvc.reading.pool import FileResult, read_all
from feedsvc.reading.source import Reading
from feedsvc.scan.compare import SECOND_NS, Diff, ScanOptions, in_nanoseconds
from feedsvc.scan.disk_buffer import DiskBuffer

NEVER_READ = Stat(-1, 0, 0)  # equals no file's stat, so the next scan reads the file again
NO_DIGEST = bytes(DIGEST)
ROOT = "."
TOGETHER = 100  # results that are compared with the ledger at once
RACY_NS = 2 * SECOND_NS  # the coarsest clock of a file system in use: FAT's

# Returns what was published from these paths: its digest, and the id that the file claims.
Published = Callable[[Collection[str]], Mapping[str, tuple[str, str]]]
# Called every few files and during waits with the number of files read, and of all; may raise.
Progress = Callable[[int, int], None]


def no_progress(_done: int, _total: int) -> None:
    """Report progress to nobody."""


Pair = tuple[tuple[Any, ...], Article]  # the values of an ArticleSummary, and its Article


def _kept() -> DiskBuffer[bytes, Pair]:
    return DiskBuffer(encode=bytes, decode=pickle.loads)  # the workers have pickled them


@dataclass(slots=True)
class ReadResults:
    """Everything that one scan has read.

    Attributes:
        diff: None if the folder could not be examined.
        articles: those that differ from what is published, in the order of paths.
        places: the offset of each of these in the buffer.
        dates: when each was published, in microseconds since 1970, or NO_DATE.
        special: the numbers of those that are withheld, expire or claim an id.
        originals: a hash of the URL of each one's Original, 0 if it has none.
        problems: what is wrong with the files that were read, or could not be.
        read: the watched paths that were read.
        again: paths that the next scan reads in any case.
        unsettled: files that are still being written.
        gone: paths of files that no longer exist, apart from those that may be moving.
        skipped: files that were read and are not articles.
        redirects: the target of each file that only redirects.
        digests: those of the bytes of each changed file, concatenated, blank if it is no article.
    """

    diff: Diff | None = None
    articles: DiskBuffer[bytes, Pair] = field(default_factory=_kept)
    places: array[int] = field(default_factory=lambda: array("q"))
    dates: array[int] = field(default_factory=lambda: array("q"))
    special: list[int] = field(default_factory=list)
    originals: array[int] = field(default_factory=lambda: array("q"))
    problems: list[Problem] = field(default_factory=list)
    read: set[str] = field(default_factory=set)
    again: set[str] = field(default_factory=set)
    unsettled: list[str] = field(default_factory=list)
    gone: set[str] = field(default_factory=set)
    skipped: list[Skipped] = field(default_factory=list)
    redirects: dict[str, str] = field(default_factory=dict)
    digests: bytearray = field(default_factory=bytearray)

    def summary_at(self, place: int) -> ArticleSummary:
        """The summary of the article at this offset."""
        return ArticleSummary._make((*self.articles.at(place)[0][:-1], place))

    def summary(self, number: int) -> ArticleSummary:
        """The summary of the article with this number."""
        return self.summary_at(self.places[number])

    def summaries(self) -> Iterator[ArticleSummary]:
        """The summaries of all articles, in the order of paths."""
        return map(self.summary_at, self.places)

    def article(self, summary: ArticleSummary) -> Article:
        """The article of a summary."""
        return self.articles.at(summary.place)[1]

    def keep(
        self, file_result: FileResult, published: tuple[str, str] | None, watched: Collection[str]
    ) -> None:
        """Keep the result of one file; `published` is what was published from its path, if any."""
        path, said = file_result.file.path, file_result.summary
        if path in watched:
            self.read.add(path)
        self.problems += file_result.problems
        if file_result.left_out:
            self.skipped.append(Skipped(path, SkipReason.CONTENT, file_result.left_out))
        if file_result.leads_to:
            self.redirects[path] = file_result.leads_to
        if any(_may_pass(problem, first=path not in watched) for problem in file_result.problems):
            self.again.add(path)
        if said and (said.withheld or said.expires or _differs(said, published)):
            if said.withheld or said.expires or said.key:
                self.special.append(len(self.places))
            self.places.append(self.articles.add(file_result.article))
            self.originals.append(hash(said.original) if said.original else 0)
            self.dates.append(
                NO_DATE if said.published is None else in_microseconds(said.published)
            )

    def remember(
        self, began: datetime, ended: datetime, undecided: Collection[str]
    ) -> Iterator[FileRead]:
        """Each file that was read, as the ledger is to remember it.

        What was changed a moment before it was read, or since, may change again without its stat
        showing it (the "racy" files of git); what could not be opened, or not be decided, may be
        tomorrow. All these are read again.
        """
        again = {*undecided, *self.again}
        unsettled = set(self.unsettled)
        first, last = sorted(map(in_nanoseconds, (began, ended)))  # the clock may be set meanwhile
        racy = range(first - RACY_NS, last + 1)
        for number, file in enumerate(self.diff.changed if self.diff else ()):
            if file.path not in unsettled:
                uncertain = file.path in again or file.stat.ctime_ns in racy
                stat = NEVER_READ if uncertain else file.stat
                yield FileRead(file.path, stat, self._digest(number), file.known)

    def _digest(self, number: int) -> bytes | None:
        digest = bytes(self.digests[number * DIGEST : (number + 1) * DIGEST])
        return None if digest == NO_DIGEST else digest

    def stirred(self) -> Iterator[str]:
        """Folders where an index page appeared or vanished: files below may be articles now."""
        new = (file.path for file in self.diff.changed if not file.known) if self.diff else ()
        for path in chain(new, sorted(self.gone)):
            if is_index(path) and "/" in path:
                yield path.rpartition("/")[0]

    def leaves(self, problem: Problem) -> bool:
        """Whether a problem of an earlier scan persists, because its file was not read."""
        if self.diff is None:
            return problem.path != ROOT
        return self.stands(problem.path)

    def stands(self, path: str) -> bool:
        """Whether the findings of an earlier scan about a watched file are still valid."""
        return self.diff is None or (self.diff.there(path) and path not in self.read)


def _differs(said: ArticleSummary, published: tuple[str, str] | None) -> bool:
    """Whether an article differs from the published one, in its words or in its id."""
    digest, key = published or ("", "")
    return said.digest != digest or bool(said.key and key and said.key != key)


def _may_pass(problem: Problem, *, first: bool) -> bool:
    """Whether a problem may end without a change of its file: a linked file may appear."""
    passes = problem.code in ("unreadable", "too-slow", "not-served", "redirect-ahead", MISSING)
    return passes or (problem.code == "too-complex" and first)


def read_changed(
    config: Config,
    options: ScanOptions,
    diff: Diff,
    published: Published,
    progress: Progress = no_progress,
) -> ReadResults:
    """Read the new and changed files.

    Articles that say the same as what was `published` from their paths are not kept. An exception
    in `progress` ends the reading.

    Raises:
        NoRoom: there is no room for what was read.
    """
    results = ReadResults(
        diff, problems=list(diff.hidden.problems), unsettled=list(diff.recently_modified)
    )
    arriving = {(stat.size, stat.mtime_ns) for stat in diff.recently_modified.values()}
    done = 0
    file_results = read_all(
        _job(config, options, diff), diff.changed, lambda: progress(done, len(diff.changed))
    )
    while some := list(islice(file_results, TOGETHER)):
        done += len(some)
        for one in some:
            results.digests += (one.summary and one.summary.file_digest) or NO_DIGEST
        progress(done, len(diff.changed))
        known = published([one.file.path for one in some if one.file.known])
        for one in some:
            if one.still_changing:
                results.unsettled.append(one.file.path)
                arriving.add((one.file.stat.size, one.file.stat.mtime_ns))
            else:
                results.keep(one, known.get(one.file.path), options.watched)
    # a move keeps size and mtime, so one of the files still being written may be its new place
    results.gone = {
        path for path, stat in diff.gone.items() if (stat.size, stat.mtime_ns) not in arriving
    }
    return results


def _job(config: Config, options: ScanOptions, diff: Diff) -> Job:
    settings = config.articles
    how = Reading(
        ZoneInfo(settings.timezone),
        settings.encoding,
        site_id=config.site.id,
        site_title=config.site.title,
        root=settings.folder,
        include=settings.include,
        exclude=settings.exclude,
        now=options.now,
    )
    return Job(
        settings.folder,
        settings.max_bytes,
        how,
        settle_seconds=options.settings.settle_seconds,
        alone=diff.around == "",
    )
