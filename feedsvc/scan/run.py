"""One scan: the folder becomes a plan, and the plan is committed in one transaction."""

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
from feedsvc.feeds.catalogue import topics
from feedsvc.feeds.slicing import Slicing
from feedsvc.ledger import commits, leases, scans
from feedsvc.ledger.commits import SAME_ORIGINAL, Commit, Pushes
from feedsvc.ledger.leases import Lease
from feedsvc.ledger.scans import State
from feedsvc.ledger.store import Store
from feedsvc.model import Problem
from feedsvc.reading import pool
from feedsvc.reading.nearby.beside import MISSING
from feedsvc.scan.compare import Found, Look, compare, glance
from feedsvc.scan.plan import Announcing, Counts, Import, Plan, Seen, make_import, make_plan
from feedsvc.scan.results import ROOT, Intake, Progress, take_in, unwatched
from feedsvc.scan.walk import RootUnreadable, check_root

TRIES_AT_REST = 5
AROUND = "around"  # the fact that tells how files are that say something of others
# New articles of two scans belong to one arrival if no more time lies between them: hinted scans
# are a settle time apart, and a slow copy brings a file every few seconds.
ARRIVAL_GAP = timedelta(minutes=1)
PASSED_OVER = "passed over"  # the fact that keeps what was last told of what is no article
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


def filing(counts: Counts) -> str:
    """What became of the new articles that are not announced, and why."""
    reasons = (
        (counts.too_old, "older than publish.announce_days"),
        (counts.over_burst, "over publish.burst"),
    )
    why = ", ".join(f"{number} {reason}" for number, reason in reasons if number)
    return f"filed under their own dates, unannounced ({why})"


@dataclass(frozen=True, slots=True)
class Report:
    """What a scan found: its counts, every problem that stands, the files not yet at rest.

    `passed_over` tells of what is no article, where it is not as the last scan told it.
    """

    counts: Counts
    problems: tuple[Problem, ...] = ()
    unsettled: tuple[str, ...] = ()
    passed_over: str = ""

    def __str__(self) -> str:
        counts, number = self.counts, len(self.problems)
        told = [
            f"{counts.new} new",
            f"{counts.changed} changed",
            f"{counts.moved} moved",
            f"{counts.withdrawn} withdrawn",
            f"{counts.held} held",
            f"{number} problem" + ("" if number == 1 else "s"),
        ]
        if counts.filed:
            told.append(f"{counts.filed} of the new {filing(counts)}")
        if self.unsettled:
            told.append(f"{len(self.unsettled)} still being written")
        return ", ".join(told)


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


@dataclass(frozen=True, slots=True)
class Prepared:
    """All that a scan is going to do."""

    state: State
    look: Look
    intake: Intake
    plan: Plan | Import


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
        ready = prepare(publisher, request)
        problems = _commit(publisher, lease, ready)
    told = _passed_over(ready)
    news = "" if told == ready.state.facts.get(PASSED_OVER) else told
    return Report(ready.plan.counts, problems, tuple(ready.intake.unsettled), news)


def prepare(publisher: Publisher, request: Request) -> Prepared:
    """Look at the folder once and decide what is to change; nothing is written.

    Raises:
        ConfigError: the folder cannot be read, and the ledger has never had an article.
        LedgerUnavailable: the ledger cannot be reached.
        NoRoom: there is no room for what was read.
    """
    state = scans.state(publisher.store)
    look = _look(publisher, state, request)
    if state.first_import or look.afresh:
        pool.load()
    if request.hints and not (look.afresh or state.first_import):
        intake = _take_hints(publisher, look, _widened(request.hints, look, state))
        if intake:
            return Prepared(state, look, intake, _plan(publisher, intake, state, look.now))
    intake = _take_in(publisher, look, state, request)
    return Prepared(state, look, intake, _plan(publisher, intake, state, look.now))


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
        afresh=request.full or _reads_differently(config, state),
        watched=frozenset((*(problem.path for problem in state.problems), *state.redirects)),
    )


def _reads_differently(config: Config, state: State) -> bool:
    return state.facts.get("reading") != config.reading_digest(__version__)


def _widened(hints: frozenset[str], look: Look, state: State) -> frozenset[str]:
    """The hints; where a path is no article's, with those of the articles that miss a file."""
    if all(map(look.sieve().fits, hints)):
        return hints
    waiting = {problem.path for problem in state.problems if problem.code == MISSING}
    return hints | waiting if len(waiting) <= MOST_WAITING else hints


def _is_told_differently(found: Found | None, state: State) -> bool:
    """Whether a file that says something of articles near it has come, changed or gone."""
    if found is None or found.around is None:
        return False
    return found.around != state.facts.get(AROUND, "")


def _take_hints(publisher: Publisher, look: Look, hints: frozenset[str]) -> Intake | None:
    """Take in these files alone; None where the whole folder must be looked at."""
    store = publisher.store
    found = glance(look, hints, scans.files_at(store, hints))
    if found is None:
        return None
    known = partial(scans.published, store)
    intake = take_in(publisher.config, look, found, known, publisher.progress)
    return None if scans.any_elsewhere(store, list(intake.sightings())) else intake


def _take_in(publisher: Publisher, look: Look, state: State, request: Request) -> Intake:
    try:
        found = _compare(publisher, look, wait=state.first_import)
        if _is_told_differently(found, state) and not look.afresh:
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
    known = partial(scans.published, publisher.store)
    return take_in(publisher.config, look, found, known, publisher.progress)


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
        with scans.known_files(publisher.store) as rows:
            found = compare(moment, rows)
        if last or not (found.restless or not found.around_rests):
            break
        publisher.clock.sleep(look.settings.settle_seconds)
    return found


def _plan(publisher: Publisher, intake: Intake, state: State, moment: datetime) -> Plan | Import:
    now = moment.replace(microsecond=0)
    site_id = publisher.config.site.id
    if state.first_import:
        return make_import(intake.dates, intake.special, intake.numbered, now, site_id=site_id)
    articles = list(intake.sightings())
    announcing = _announcing(publisher, intake, now)
    may_file = announcing.may_file(articles, now)
    # what is due is released by a scan that has looked at its file
    whole = intake.found is None or intake.found.looked_at is None
    view = scans.view(publisher.store, articles, intake.gone, now, filing=may_file, due=whole)
    seen = Seen(articles, intake.gone, intake.unsettled)
    return make_plan(seen, view, now, site_id=site_id, announcing=announcing)


def _announcing(publisher: Publisher, intake: Intake, now: datetime) -> Announcing:
    """Which new articles this scan announces."""
    store, settings = publisher.store, publisher.config.publish
    recent = scans.recent(store, now - ARRIVAL_GAP, now + ARRIVAL_GAP)
    others = recent + _incoming(store, intake)
    return Announcing(settings.burst, settings.announce_days, others)


def _incoming(store: Store, intake: Intake) -> int:
    """How many of the files that are still being written are new articles, as far as one can see.

    A file that is only being moved is not: its old path is missing already.
    """
    unknown = set(intake.unsettled) - scans.published(store, intake.unsettled).keys()
    moving = len(intake.found.gone) - len(intake.gone) if intake.found else 0
    return max(0, len(unknown) - moving)


def _passed_over(ready: Prepared) -> str:
    """What there is to tell of what is no article; of a hinted scan, what was told last."""
    found = ready.intake.found
    if found is None or found.looked_at is not None:
        return ready.state.facts.get(PASSED_OVER, "")
    return found.left_out.summary


def _work(config: Config, ready: Prepared, now: datetime) -> Commit:
    state, intake, plan = ready.state, ready.intake, ready.plan
    slicing = Slicing(config)
    facts = {
        "reading": config.reading_digest(__version__),
        "documents": config.document_digest(__version__),
        "slices": slicing.digest,
        PASSED_OVER: _passed_over(ready),
    }
    told_differently = _is_told_differently(intake.found, state)
    if told_differently and intake.found and intake.found.around is not None:
        facts[AROUND] = intake.found.around
    # what is in which feed is a setting too
    configured = any(facts[name] != state.facts.get(name) for name in ("documents", "slices"))
    standing = [
        problem
        for problem in state.problems
        if intake.leaves(problem) and problem.code != SAME_ORIGINAL  # which the commit looks after
    ]
    return Commit(
        decisions=plan.decisions,
        article=intake.article,
        visible=configured or plan.visible,
        # what was decided by a date or by another file is read again until that has changed
        read=intake.remember(ready.look.now, now, {problem.path for problem in plan.problems}),
        # what was not read now is read later
        unread=told_differently or _reads_differently(config, state),
        stirred=() if state.first_import else intake.stirred(),
        forgotten=intake.gone,
        problems=(*standing, *intake.problems, *plan.problems),
        redirects={
            **{path: to for path, to in state.redirects.items() if intake.stands(path)},
            **intake.redirects,
        },
        facts={name: value for name, value in facts.items() if state.facts.get(name, "") != value},
        configured=configured,
        pushes=_pushes(config),
        site_id=config.site.id,
        slices_of=slicing,
        sliced_anew=facts["slices"] != state.facts.get("slices"),
        first=state.first_import,
        summary=lambda problems: str(Report(plan.counts, problems, tuple(intake.unsettled))),
    )


def _pushes(config: Config) -> Pushes:
    hubs, settings = config.websub.hubs, config.feed
    if not hubs:
        return Pushes()
    of = {
        chosen: [(hub, topic) for hub in hubs for topic in addresses]
        for chosen, addresses in topics(config).items()
    }
    return Pushes(of, settings.entries, tombstones=settings.tombstone_days > 0)


def _commit(publisher: Publisher, lease: Lease, ready: Prepared) -> tuple[Problem, ...]:
    """Commit as an edition of its own: in a later second than the last, never a future one."""
    clock, last = publisher.clock, ready.state.edition
    work = _work(publisher.config, ready, clock.now())
    now = clock.now().timestamp()  # read once: a second reading may be beyond the next edition
    edition = int(now)
    if (work.configured or ready.plan.noted) and edition <= last:
        edition = last + 1
        if edition - now <= LONGEST_PAUSE:
            clock.sleep(edition - now)
    return commits.commit(publisher.store, lease, work, edition, clock.now())
