"""One scan: the folder becomes a plan, and the plan is committed in one transaction."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from functools import partial

from feedsvc.config import Config
from feedsvc.errors import FeedsvcError, LeaseHeld
from feedsvc.ledger import known, leases, scans
from feedsvc.ledger.apply import apply
from feedsvc.ledger.known import State, Wanted
from feedsvc.ledger.leases import Lease
from feedsvc.ledger.store import Store
from feedsvc.model import ChangeSet, Problem, Report, View
from feedsvc.reading import pool
from feedsvc.reading.nearby.beside import MISSING
from feedsvc.scan.compare import Found, Look, compare, glance
from feedsvc.scan.decide import companions_changed, decide, reads_differently
from feedsvc.scan.plan import SAME_ORIGINAL, Announcing
from feedsvc.scan.results import ROOT, Intake, Progress, take_in, unwatched
from feedsvc.scan.walk import RootUnreadable, check_root

TRIES_AT_REST = 5
# New articles of two scans belong to one arrival if no more time lies between them: hinted scans
# are a settle time apart, and a slow copy brings a file every few seconds.
ARRIVAL_GAP = timedelta(minutes=1)
MOST_WAITING = 100  # articles that a hinted scan reads for a file that may be what they miss
LONGEST_PAUSE = 2.0  # seconds; more than this is a clock set back, not an edition just made


@dataclass(frozen=True, slots=True)
class Clock:
    """The time, and how to let it pass; a test brings its own."""

    now: Callable[[], datetime] = lambda: datetime.now(UTC)
    sleep: Callable[[float], object] = time.sleep


def give_up(_held: LeaseHeld) -> bool:
    """Do not wait for another scan to end."""
    return False


@dataclass(frozen=True, slots=True)
class Publisher:
    """Who scans: the folder and rules in `config`, the ledger in `store`.

    `waiting` is asked what to do while another process scans (see `leases.held`); `progress` is
    told how the reading goes.
    """

    store: Store
    config: Config
    clock: Clock = Clock()
    waiting: leases.Waiting = give_up
    progress: Progress = unwatched


@dataclass(frozen=True, slots=True)
class Request:
    """How to scan.

    `at_rest` waits for files that are still being written, as the first import always does, so
    that what is dropped in together is published together. `allow_empty` believes an empty
    folder, and withdraws everything. `full` reads every file again, whatever its stat says.
    `hints` are paths that have changed: where that does, they alone are looked at.
    """

    at_rest: bool = False
    allow_empty: bool = False
    full: bool = False
    hints: frozenset[str] = frozenset()


def scan(publisher: Publisher, request: Request = Request()) -> Report:
    """Look at the folder once and publish what changed.

    Raises:
        LeaseHeld: another process scans, and `publisher.waiting` gave up.
        LeaseLost: another process took over meanwhile; nothing was committed.
        LedgerUnavailable: the ledger cannot be reached.
    """
    if request.at_rest:
        _await_rest(publisher)
    with _turn(publisher) as lease:
        change_set = prepare(publisher, request)
        edition = _edition(publisher.clock, change_set)
        apply(publisher.store, lease, change_set, edition, publisher.clock.now())
    return change_set.report


def prepare(publisher: Publisher, request: Request) -> ChangeSet:
    """Look at the folder once and decide what is to change; nothing is written.

    Raises:
        ConfigError: the folder cannot be read, and the ledger has never had an article.
        LedgerUnavailable: the ledger cannot be reached.
        NoRoom: there is no room for what was read.
    """
    state = known.state(publisher.store)
    look = _look(publisher, state, request)
    if state.first_import or look.afresh:
        pool.load()
    intake = None
    if request.hints and not (look.afresh or state.first_import):
        intake = _take_hints(publisher, look, _widened(request.hints, look, state))
    if intake is None:
        intake = _take_in(publisher, look, state, request)
    view = _view(publisher, state, look, intake)
    return decide(publisher.config, state, look, intake, view, publisher.clock.now())


@contextmanager
def _turn(publisher: Publisher) -> Iterator[Lease]:
    """Be the one process that scans, with a line in the history."""
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


def _look(publisher: Publisher, state: State, request: Request) -> Look:
    """How to look: every file afresh where a setting reads them differently now."""
    config = publisher.config
    return Look(
        settings=config.articles,
        now=publisher.clock.now(),
        clock=publisher.clock.now,
        afresh=request.full or reads_differently(config, state),
        watched=frozenset((*(problem.path for problem in state.problems), *state.redirects)),
    )


def _widened(hints: frozenset[str], look: Look, state: State) -> frozenset[str]:
    """The hints; where a path is no article's, with those of the articles that miss a file."""
    if all(map(look.sieve().fits, hints)):
        return hints
    waiting = {problem.path for problem in state.problems if problem.code == MISSING}
    return hints | waiting if len(waiting) <= MOST_WAITING else hints


def _take_hints(publisher: Publisher, look: Look, hints: frozenset[str]) -> Intake | None:
    """Take in these files alone; None where the whole folder must be looked at."""
    store = publisher.store
    found = glance(look, hints, known.files_at(store, hints))
    if found is None:
        return None
    published = partial(known.published, store)
    intake = take_in(publisher.config, look, found, published, publisher.progress)
    return None if known.any_elsewhere(store, list(intake.sightings())) else intake


def _take_in(publisher: Publisher, look: Look, state: State, request: Request) -> Intake:
    try:
        found = _compare(publisher, look, wait=state.first_import)
        if companions_changed(found, state) and not look.afresh:
            found = _compare(publisher, replace(look, afresh=True), wait=False)
    except RootUnreadable as refusal:
        if state.first_import:  # nothing depends on it yet, so this is a mistake in the settings
            check_root(publisher.config.articles.folder)
        return Intake(problems=[refusal.problem(ROOT)])
    if found.empty and not request.allow_empty:
        message = (
            "articles.folder is suddenly empty, as if unmounted; nothing is withdrawn and the "
            "feeds stay as they are; `feedsvc scan --allow-empty` withdraws all"
        )
        return Intake(problems=[Problem(ROOT, "root-empty", message)])
    published = partial(known.published, publisher.store)
    return take_in(publisher.config, look, found, published, publisher.progress)


def _await_rest(publisher: Publisher) -> None:
    """Wait until all files are at rest, before it is this scan's turn.

    Others may scan meanwhile: files that are saved one after the other put off nobody's turn.
    """
    now = publisher.clock.now
    look = Look(settings=publisher.config.articles, now=now(), clock=now)
    with suppress(RootUnreadable):  # which the scan reports
        _compare(publisher, look, wait=True)


def _compare(publisher: Publisher, look: Look, *, wait: bool) -> Found:
    """Look at the folder, again and again until all is at rest where that is to be waited for."""
    for last in (*[not wait] * (TRIES_AT_REST - 1), True):
        moment = replace(look, now=publisher.clock.now())
        with known.known_files(publisher.store) as rows:
            found = compare(moment, rows)
        if last or not (found.restless or not found.around_rests):
            break
        publisher.clock.sleep(look.settings.settle_seconds)
    return found


def _incoming(store: Store, intake: Intake) -> int:
    """How many of the files that are still being written are new articles, as far as one can see.

    A file that is only being moved is not: its old path is missing already.
    """
    unknown = set(intake.unsettled) - known.published(store, intake.unsettled).keys()
    moving = len(intake.found.gone) - len(intake.gone) if intake.found else 0
    return max(0, len(unknown) - moving)


def _view(publisher: Publisher, state: State, look: Look, intake: Intake) -> View:
    """The ledger's side of what was read."""
    if state.first_import:
        return View()
    store, settings, now = publisher.store, publisher.config.publish, look.now
    recent = known.recent(store, now - ARRIVAL_GAP, now + ARRIVAL_GAP)
    arriving = recent + _incoming(store, intake)
    articles = list(intake.sightings())
    announcing = Announcing(settings.burst, settings.announce_days, arriving)
    wanted = Wanted(
        articles,
        intake.gone,
        filing=announcing.may_file(articles, now),
        # what is due is released by a scan that has looked at its file
        due=intake.found is None or intake.found.looked_at is None,
        warned=[problem.path for problem in state.problems if problem.code == SAME_ORIGINAL],
    )
    return replace(known.view(store, wanted, now), arriving=arriving)


def _edition(clock: Clock, change_set: ChangeSet) -> int:
    """The moment of this edition: in a later second than the last, and not in the future."""
    last = change_set.last_edition
    now = clock.now().timestamp()  # read once: a second reading may be beyond the next edition
    edition = int(now)
    if change_set.logged and edition <= last:
        edition = last + 1
        if edition - now <= LONGEST_PAUSE:
            clock.sleep(edition - now)
    return edition
