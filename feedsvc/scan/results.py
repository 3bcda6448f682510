"""Everything that a scan has read, until it is decided and written: on disk if large."""

from __future__ import annotations

import pickle
from array import array
from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass, field
from datetime import datetime
from itertools import chain
from typing import Any

from feedsvc.model import (
    NO_DATE,
    SECOND_NS,
    Article,
    ArticleSummary,
    Decision,
    FileRead,
    Problem,
    Skipped,
    SkipReason,
    Stat,
    in_microseconds,
    in_nanoseconds,
)
from feedsvc.reading.jobs import DIGEST
from feedsvc.reading.metadata.names import is_index
from feedsvc.reading.nearby.beside import MISSING
from feedsvc.reading.pool import FileResult
from feedsvc.scan.compare import Diff
from feedsvc.scan.disk_buffer import DiskBuffer

NEVER_READ = Stat(-1, 0, 0)  # equals no file's stat, so the next scan reads the file again
NO_DIGEST = bytes(DIGEST)
ROOT = "."
RACY_NS = 2 * SECOND_NS  # the coarsest clock of a file system in use: FAT's

Pair = tuple[tuple[Any, ...], Article]  # the values of an ArticleSummary, and its Article


def _kept() -> DiskBuffer[bytes, Pair]:
    return DiskBuffer(encode=bytes, decode=pickle.loads)  # the workers have pickled them


@dataclass(slots=True)
class ReadResults:
    """Everything that one scan has read.

    Attributes:
        diff: None if the folder could not be examined.
        articles: those that differ from what is published, in the order of paths.
        offsets: the offset of each of these in the buffer.
        dates: when each was published, in microseconds since 1970, or NO_DATE.
        special: the numbers of those that are withheld, expire or claim an id.
        originals: a hash of the URL of each one's Original, 0 if it has none.
        problems: those of files that were read, or could not be examined.
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
    offsets: array[int] = field(default_factory=lambda: array("q"))
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

    def summary(self, number: int) -> ArticleSummary:
        """The summary of the article with this number."""
        return self._summary_at(self.offsets[number])

    def summaries(self) -> Iterator[ArticleSummary]:
        """The summaries of all articles, in the order of paths."""
        return map(self._summary_at, self.offsets)

    def _summary_at(self, offset: int) -> ArticleSummary:
        return ArticleSummary._make((*self.articles.at(offset)[0][:-1], offset))

    def article(self, summary: ArticleSummary) -> Article:
        """The article of a summary."""
        return self.articles.at(summary.position)[1]

    def changes(self, decisions: Iterable[Decision]) -> Iterator[tuple[Decision, Article | None]]:
        """Each decision with the article that it publishes, if any."""
        for decision in decisions:
            yield decision, self.article(decision.article) if decision.article else None

    def keep(
        self, file_result: FileResult, published: tuple[str, str] | None, watched: Collection[str]
    ) -> None:
        """Keep the result of one file; `published` is what was published from its path, if any.

        Of a file that was still changing, only a blank digest is kept.
        """
        path, summary = file_result.file.path, file_result.summary
        self.digests += (summary and summary.file_digest) or NO_DIGEST
        if not summary and not file_result.problems:
            return
        if path in watched:
            self.read.add(path)
        self.problems += file_result.problems
        if file_result.left_out:
            self.skipped.append(Skipped(path, SkipReason.CONTENT, file_result.left_out))
        if file_result.leads_to:
            self.redirects[path] = file_result.leads_to
        if any(_may_pass(problem, first=path not in watched) for problem in file_result.problems):
            self.again.add(path)
        if summary and (summary.withheld or summary.expires or _differs(summary, published)):
            self._keep_article(summary, file_result.article)

    def _keep_article(self, summary: ArticleSummary, article: bytes) -> None:
        if summary.withheld or summary.expires or summary.key:
            self.special.append(len(self.offsets))
        self.offsets.append(self.articles.add(article))
        self.originals.append(hash(summary.original) if summary.original else 0)
        date = summary.published
        self.dates.append(NO_DATE if date is None else in_microseconds(date))

    def remember(
        self, began: datetime, ended: datetime, undecided: Collection[str]
    ) -> Iterator[FileRead]:
        """Each file that was read, with the stat that the ledger is to remember.

        A file that was changed a moment before it was read, or since, may change again without a
        change of its stat (a "racy" file in git's terms), and a file that could not be opened or
        is undecided may be readable next time. Their stats are such that they are read again.
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
        diff = self.diff
        if diff is None or (diff.looked_at is not None and path not in diff.looked_at):
            return True
        return path not in self.read and (path in diff.seen or diff.hidden.hides(path))


def _differs(summary: ArticleSummary, published: tuple[str, str] | None) -> bool:
    """Whether an article differs from the published one, in its content or its id."""
    digest, key = published or ("", "")
    return summary.digest != digest or bool(summary.key and key and summary.key != key)


def _may_pass(problem: Problem, *, first: bool) -> bool:
    """Whether a problem may end without a change of its file: a linked file may appear."""
    passes = problem.code in ("unreadable", "too-slow", "not-served", "redirect-ahead", MISSING)
    return passes or (problem.code == "too-complex" and first)
