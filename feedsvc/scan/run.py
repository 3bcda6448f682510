"""One scan, from top to bottom: compare, read, decide, apply."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from functools import partial

from feedsvc import __version__
from feedsvc.config import Config
from feedsvc.errors import FeedsvcError, LeaseHeld
from feedsvc.ledger import known, leases, scans
from feedsvc.ledger.apply import apply
from feedsvc.ledger.known import State, Wanted
from feedsvc.ledger.leases import Lease
from feedsvc.ledger.store import Store
from feedsvc.model import (
    NO_DATE,
    Announcing,
    ChangeSet,
    LedgerInput,
    Problem,
    Report,
    in_microseconds,
)
from feedsvc.reading import pool
from feedsvc.reading.nearby.beside import MISSING
from feedsvc.reading.site.facts import facts
from feedsvc.scan.compare import Diff, ScanOptions, compare, compare_paths
from feedsvc.scan.decide import AROUND, READING, decide
from feedsvc.scan.plan import SAME_ORIGINAL
from feedsvc.scan.read import Progress, no_progress, read_changed
from feedsvc.scan.results import ROOT, ReadResults
from feedsvc.scan.walk import RootUnreadable, check_root

TRIES_AT_REST = 5
# New articles of two scans belong together if they are no further apart: partial scans are a settle
# time apart, and a slow copy brings a file every few seconds.
ARRIVAL_GAP = timedelta(minutes=1)
MOST_WAITING = 100  # articles that a partial scan reads because a file they miss may have come
LONGEST_PAUSE = 2.0  # seconds; more than this is a clock set back, not a revision just made


@dataclass(frozen=True, slots=True)
class Clock:
    """The time, and how to wait; tests bring their own."""

    now: Callable[[], datetime] = lambda: datetime.now(UTC)
    sleep: Callable[[float], object] = time.sleep


def give_up(_held: LeaseHeld) -> bool:
    """Do not wait for another scan to end."""
    return False


@dataclass(frozen=True, slots=True)
class Publisher:
    """What a scan works with: the folder and rules in `config`, the ledger in `store`.

    `waiting` decides what to do while another process scans (see `leases.held`); `progress` is
    called during reading.
    """

    store: Store
    config: Config
    clock: Clock = Clock()
    waiting: leases.Waiting = give_up
    progress: Progress = no_progress


@dataclass(frozen=True, slots=True)
class Request:
    """How to scan.

    Attributes:
        at_rest: wait for files that are still being written, as the first import always does, so
            that what is dropped in together is published together.
        allow_empty: trust an empty folder, and withdraw everything.
        full: read every file again, whatever its stat says.
        hints: paths that have changed; if possible, only these are examined.
    """

    at_rest: bool = False
    allow_empty: bool = False
    full: bool = False
    hints: frozenset[str] = frozenset()


def scan(publisher: Publisher, request: Request = Request()) -> Report:
    """Scan the folder once and publish what changed.

    Raises:
        LeaseHeld: another process scans, and `publisher.waiting` gave up.
        LeaseLost: another process took over meanwhile; nothing was committed.
        LedgerUnavailable: the ledger cannot be reached.
    """
    if request.at_rest:
        _await_rest(publisher)
    with _turn(publisher) as lease:
        change_set = prepare(publisher, request)
        revision_time = _revision_time(publisher.clock, change_set)
        apply(publisher.store, lease, change_set, revision_time, publisher.clock.now())
    return change_set.report


def prepare(publisher: Publisher, request: Request) -> ChangeSet:
    """Scan the folder once and decide what changes; nothing is written.

    Raises:
        ConfigError: the folder cannot be read, and the ledger has never had an article.
        LedgerUnavailable: the ledger cannot be reached.
        NoRoom: there is no room for what was read.
    """
    state = known.state(publisher.store)
    options = _options(publisher, state, request)
    if state.first_import or options.afresh:
        pool.load()
    results = None
    if request.hints and not (options.afresh or state.first_import):
        results = _read_hinted(publisher, options, _widened(request.hints, options, state))
    if results is None:
        results = _read(publisher, options, state, request)
    view = _view(publisher, state, options, results)
    return decide(publisher.config, state, options, results, view, publisher.clock.now())


@contextmanager
def _turn(publisher: Publisher) -> Iterator[Lease]:
    """Hold the scan lease, with an entry in the history of scans."""
    store, clock = publisher.store, publisher.clock
    with leases.held(store, leases.SCAN, publisher.waiting) as lease:
        scans.begin(store, lease, clock.now())
        try:
            yield lease
        except FeedsvcError as error:
            scans.fail(store, lease, clock.now(), str(error))
            raise
        except Exception as error:
            scans.fail(store, lease, clock.now(), repr(error))
            raise


def _options(publisher: Publisher, state: State, request: Request) -> ScanOptions:
    """The options of this scan; a setting that reads files differently means reading all again."""
    config = publisher.config
    site = facts(config.articles.folder)
    digest = config.reading_digest(__version__, site.digest)
    return ScanOptions(
        settings=config.articles,
        now=publisher.clock.now(),
        clock=publisher.clock.now,
        afresh=request.full or state.facts.get(READING) != digest,
        site=site,
        watched=frozenset((*(problem.path for problem in state.problems), *state.redirects)),
    )


def _widened(hints: frozenset[str], options: ScanOptions, state: State) -> frozenset[str]:
    """The hints, with the articles that miss a file if one of the hints may be that file."""
    if all(map(options.sieve().fits, hints)):
        return hints
    waiting = {problem.path for problem in state.problems if problem.code == MISSING}
    return hints | waiting if len(waiting) <= MOST_WAITING else hints


def _read_hinted(
    publisher: Publisher, options: ScanOptions, hints: frozenset[str]
) -> ReadResults | None:
    """Read these files alone; None if the whole folder must be examined."""
    store = publisher.store
    diff = compare_paths(options, hints, known.files_at(store, hints))
    if diff is None:
        return None
    published = partial(known.published, store)
    results = read_changed(publisher.config, options, diff, published, publisher.progress)
    return None if known.any_elsewhere(store, list(results.summaries())) else results


def _read(
    publisher: Publisher, options: ScanOptions, state: State, request: Request
) -> ReadResults:
    try:
        diff = _compare(publisher, options, wait=state.first_import)
        if diff.around != state.facts.get(AROUND, "") and not options.afresh:
            diff = _compare(publisher, replace(options, afresh=True), wait=False)
    except RootUnreadable as refusal:
        if state.first_import:  # nothing depends on it yet, so this is a mistake in the settings
            check_root(publisher.config.articles.folder)
        return ReadResults(problems=[refusal.problem(ROOT)])
    if _has_become_empty(diff) and not request.allow_empty:
        message = (
            "articles.folder is suddenly empty, as if unmounted; nothing is withdrawn and the "
            "feeds stay as they are; `feedsvc scan --allow-empty` withdraws all"
        )
        return ReadResults(problems=[Problem(ROOT, "root-empty", message)])
    published = partial(known.published, publisher.store)
    return read_changed(publisher.config, options, diff, published, publisher.progress)


def _has_become_empty(diff: Diff) -> bool:
    unchanged = diff.same or diff.hidden.unlisted
    return bool(diff.gone) and not (unchanged or diff.changed or diff.recently_modified)


def _await_rest(publisher: Publisher) -> None:
    """Wait until no file is being written, without holding the lease: others may scan meanwhile."""
    now = publisher.clock.now
    settings = publisher.config.articles
    options = ScanOptions(settings=settings, now=now(), clock=now, site=facts(settings.folder))
    with suppress(RootUnreadable):  # which the scan reports
        _compare(publisher, options, wait=True)


def _compare(publisher: Publisher, options: ScanOptions, *, wait: bool) -> Diff:
    """Compare the folder with the ledger; with `wait`, again until no file is being written."""
    for last in (*[not wait] * (TRIES_AT_REST - 1), True):
        moment = replace(options, now=publisher.clock.now())
        with known.known_files(publisher.store) as rows:
            diff = compare(moment, rows)
        if last or not (diff.recently_modified or not diff.around_rests):
            break
        publisher.clock.sleep(options.settings.settle_seconds)
    return diff


def _incoming(store: Store, results: ReadResults) -> int:
    """The number of files still being written that seem to be new articles.

    A file that is only being moved does not count: its old path is missing already.
    """
    unknown = set(results.unsettled) - known.published(store, results.unsettled).keys()
    moving = len(results.diff.gone) - len(results.gone) if results.diff else 0
    return max(0, len(unknown) - moving)


def _view(
    publisher: Publisher, state: State, options: ScanOptions, results: ReadResults
) -> LedgerInput:
    """The ledger's side of what was read."""
    if state.first_import:
        return LedgerInput()
    store, settings = publisher.store, publisher.config.publish
    now = options.now.replace(microsecond=0)
    recent = known.recent(store, now - ARRIVAL_GAP, now + ARRIVAL_GAP)
    arriving = recent + _incoming(store, results)
    announcing = Announcing(settings.burst, settings.announce_days, arriving)
    present = in_microseconds(now)
    dates = sorted(present if date == NO_DATE else date for date in results.dates)
    wanted = Wanted(
        results.summaries(),
        results.gone,
        filing=dates if any(announcing.unannounced(dates, now)) else (),
        # what is due is released by a scan that has looked at its file
        due=results.diff is None or results.diff.looked_at is None,
        warned=[problem.path for problem in state.problems if problem.code == SAME_ORIGINAL],
    )
    return replace(known.view(store, wanted, now), arriving=arriving)


def _revision_time(clock: Clock, change_set: ChangeSet) -> int:
    """A time in whole seconds, later than that of the last revision and not in the future."""
    last = change_set.last_revision_time
    now = clock.now().timestamp()  # read once: a second reading may be beyond the next revision
    revision_time = int(now)
    if change_set.logged and revision_time <= last:
        revision_time = last + 1
        if revision_time - now <= LONGEST_PAUSE:
            clock.sleep(revision_time - now)
    return revision_time
