"""What a scan takes in of the folder: what the new and changed files say, and what is gone."""

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
    FileRead,
    Problem,
    Sighting,
    Skipped,
    SkipReason,
    Stat,
    in_microseconds,
)
from feedsvc.reading.jobs import DIGEST, Orders
from feedsvc.reading.metadata.names import is_index
from feedsvc.reading.nearby.beside import MISSING
from feedsvc.reading.pool import Outcome, read_all
from feedsvc.reading.source import Reading
from feedsvc.scan.compare import SECOND_NS, Found, Look, in_nanoseconds
from feedsvc.scan.disk_buffer import Spool
from feedsvc.scan.plan import Import, make_import

NEVER_READ = Stat(-1, 0, 0)  # equals no file's stat, so the next scan reads the file again
NO_DIGEST = bytes(DIGEST)
ROOT = "."
TOGETHER = 100  # outcomes that are compared with the ledger at once
RACY_NS = 2 * SECOND_NS  # the coarsest clock of a file system in use: FAT's

# What was published from some paths: its digest, and the id that the file claims.
Published = Callable[[Collection[str]], Mapping[str, tuple[str, str]]]
# Files read, of how many. It is called every few files and every moment of a wait, and may raise.
Progress = Callable[[int, int], None]


def unwatched(_done: int, _total: int) -> None:
    """Nobody watches how the reading goes."""


Pair = tuple[tuple[Any, ...], Article]  # a sighting's values, and what it is a sighting of


def _kept() -> Spool[bytes, Pair]:
    return Spool(encode=bytes, decode=pickle.loads)  # the workers have pickled them


@dataclass(slots=True)
class Intake:
    """What one look at the folder brought.

    `found` is None where the folder could not be looked at. `articles` are those that are
    not as the ledger has them, in order of path: `places` says where each is, `dates` when it was
    published, in microseconds since 1970, and `special` the numbers of those that are withheld,
    that expire or that claim an id; `originals` are hashes of the URLs of their Originals, 0 where
    there is none. `again` are the paths to be read again in any case, `unsettled`
    those that are still being written. `skipped` are the files that were read and are no articles.
    `redirects` has where those lead among them that do no more. `digests` has that of the bytes of
    each file to be read, one after the other, blank where it is no article.
    """

    found: Found | None = None
    articles: Spool[bytes, Pair] = field(default_factory=_kept)
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

    def sighting(self, place: int) -> Sighting:
        """What a plan needs to know of the article there."""
        return Sighting._make((*self.articles.at(place)[0][:-1], place))

    def numbered(self, number: int) -> Sighting:
        """The same of the article with this number."""
        return self.sighting(self.places[number])

    def sightings(self) -> Iterator[Sighting]:
        """The same of all articles, in order of path."""
        return map(self.sighting, self.places)

    def first_import(self, now: datetime, site_id: str) -> Import:
        """The plan of a first import of these articles."""
        return make_import(
            self.dates, self.special, self.originals, self.numbered, now, site_id=site_id
        )

    def article(self, sighting: Sighting) -> Article:
        """The article itself."""
        return self.articles.at(sighting.place)[1]

    def keep(
        self, outcome: Outcome, published: tuple[str, str] | None, watched: Collection[str]
    ) -> None:
        """Keep what became of one file, from whose path something was `published`, perhaps."""
        path, said = outcome.file.path, outcome.sighting
        if path in watched:
            self.read.add(path)
        self.problems += outcome.problems
        if outcome.left_out:
            self.skipped.append(Skipped(path, SkipReason.CONTENT, outcome.left_out))
        if outcome.leads_to:
            self.redirects[path] = outcome.leads_to
        if any(_may_pass(problem, first=path not in watched) for problem in outcome.problems):
            self.again.add(path)
        if said and (said.withheld or said.expires or _differs(said, published)):
            if said.withheld or said.expires or said.key:
                self.special.append(len(self.places))
            self.places.append(self.articles.add(outcome.article))
            self.originals.append(hash(said.original) if said.original else 0)
            self.dates.append(
                NO_DATE if said.published is None else in_microseconds(said.published)
            )

    def remember(
        self, began: datetime, ended: datetime, undecided: Collection[str]
    ) -> Iterator[FileRead]:
        """Each file that was read, as it is to be remembered.

        What was changed a moment before it was read, or since, may change again without its stat
        showing it (the "racy" files of git); what could not be opened, or not be decided, may be
        tomorrow. All these are read again.
        """
        again = {*undecided, *self.again}
        unsettled = set(self.unsettled)
        first, last = sorted(map(in_nanoseconds, (began, ended)))  # the clock may be set meanwhile
        racy = range(first - RACY_NS, last + 1)
        for number, file in enumerate(self.found.changed if self.found else ()):
            if file.path not in unsettled:
                uncertain = file.path in again or file.stat.ctime_ns in racy
                stat = NEVER_READ if uncertain else file.stat
                yield FileRead(file.path, stat, self._digest(number), file.known)

    def _digest(self, number: int) -> bytes | None:
        digest = bytes(self.digests[number * DIGEST : (number + 1) * DIGEST])
        return None if digest == NO_DIGEST else digest

    def stirred(self) -> Iterator[str]:
        """The folders in which an index came or went: what lies below may be an article or not."""
        new = (file.path for file in self.found.changed if not file.known) if self.found else ()
        for path in chain(new, sorted(self.gone)):
            if is_index(path) and "/" in path:
                yield path.rpartition("/")[0]

    def leaves(self, problem: Problem) -> bool:
        """Whether a problem of an earlier scan still stands, its file not having been read."""
        if self.found is None:
            return problem.path != ROOT
        return self.stands(problem.path)

    def stands(self, path: str) -> bool:
        """Whether what an earlier scan found out about a watched file still stands."""
        return self.found is None or (self.found.there(path) and path not in self.read)


def _differs(said: Sighting, published: tuple[str, str] | None) -> bool:
    """Whether an article is not the one that was published: other words, or another id."""
    digest, key = published or ("", "")
    return said.digest != digest or bool(said.key and key and said.key != key)


def _may_pass(problem: Problem, *, first: bool) -> bool:
    """Whether a problem may end without its file being touched: a slow machine may be faster, a
    file that the article links may come."""
    passes = problem.code in ("unreadable", "too-slow", "not-served", "redirect-ahead", MISSING)
    return passes or (problem.code == "too-complex" and first)


def take_in(
    config: Config, look: Look, found: Found, published: Published, progress: Progress = unwatched
) -> Intake:
    """Read what changed.

    What says the same as what was `published` from its path is not kept. What `progress` raises
    ends the reading.

    Raises:
        NoRoom: there is no room for what was read.
    """
    intake = Intake(found, problems=list(found.hidden.problems), unsettled=list(found.restless))
    arriving = {(stat.size, stat.mtime_ns) for stat in found.restless.values()}
    done = 0
    outcomes = read_all(
        _orders(config, look, found), found.changed, lambda: progress(done, len(found.changed))
    )
    while some := list(islice(outcomes, TOGETHER)):
        done += len(some)
        for outcome in some:
            intake.digests += (outcome.sighting and outcome.sighting.file_digest) or NO_DIGEST
        progress(done, len(found.changed))
        settled = [outcome for outcome in some if not outcome.still_changing]
        known = published([outcome.file.path for outcome in settled if outcome.file.known])
        for outcome in settled:
            intake.keep(outcome, known.get(outcome.file.path), look.watched)
        for outcome in some:
            if outcome.still_changing:
                intake.unsettled.append(outcome.file.path)
                arriving.add((outcome.file.stat.size, outcome.file.stat.mtime_ns))
    # a move keeps size and mtime, so this may be one whose file is not at rest yet
    intake.gone = {
        path for path, stat in found.gone.items() if (stat.size, stat.mtime_ns) not in arriving
    }
    return intake


def _orders(config: Config, look: Look, found: Found) -> Orders:
    settings = config.articles
    how = Reading(
        ZoneInfo(settings.timezone),
        settings.encoding,
        site_id=config.site.id,
        site_title=config.site.title,
        root=settings.folder,
        include=settings.include,
        exclude=settings.exclude,
        now=look.now,
    )
    return Orders(
        settings.folder,
        settings.max_bytes,
        how,
        settle_seconds=look.settings.settle_seconds,
        alone=found.around == "",
    )
