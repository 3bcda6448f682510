"""One scan: the folder becomes a plan, and the plan is committed in one transaction."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime

from feedsvc import __version__
from feedsvc.articles.folder import RootUnreadable, Survey
from feedsvc.articles.intake import (
    NEVER_READ,
    ROOT,
    Intake,
    changed_files,
    look,
    restless,
    take_in,
)
from feedsvc.config import Config
from feedsvc.errors import FeedsvcError, LeaseHeld
from feedsvc.feeds.catalogue import topics
from feedsvc.ledger import commits, leases, scans
from feedsvc.ledger.commits import Commit
from feedsvc.ledger.leases import Lease
from feedsvc.ledger.scans import State
from feedsvc.ledger.store import Store
from feedsvc.model import Problem, Stat
from feedsvc.plan import Counts, Plan, Seen, make_plan

TRIES_AT_REST = 5
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

    `waiting` is asked what to do while another process scans (see `leases.held`).
    """

    store: Store
    config: Config
    clock: Clock = Clock()
    waiting: leases.Waiting = give_up


@dataclass(frozen=True, slots=True)
class Report:
    """What a scan found: its counts, every problem that stands, the files not yet at rest."""

    counts: Counts
    problems: tuple[Problem, ...] = ()
    unsettled: tuple[str, ...] = ()

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
            told.append(f"{counts.filed} of the new filed under their own dates, unannounced")
        if self.unsettled:
            told.append(f"{len(self.unsettled)} still being written")
        return ", ".join(told)


def scan(publisher: Publisher, *, at_rest: bool = False, allow_empty: bool = False) -> Report:
    """Look at the folder once and publish what changed.

    Args:
        publisher: who scans.
        at_rest: wait for files that are still being written, as the first import always does,
            so that what is dropped in together is published together.
        allow_empty: believe an empty folder, and withdraw everything.

    Raises:
        LeaseHeld: another process scans, and `publisher.waiting` gave up.
        LeaseLost: another process took over meanwhile; nothing was committed.
        LedgerUnavailable: the ledger cannot be reached.
    """
    with _turn(publisher) as lease:
        state = scans.state(publisher.store)
        now = publisher.clock.now()
        known = _known_files(publisher.config, state)
        wait = at_rest or state.first_import
        intake = _take_in(publisher, known, wait=wait, allow_empty=allow_empty)
        plan = _plan(publisher, intake, now)
        report = _report(plan, intake, state, now)
        _commit(publisher, lease, state, _work(publisher.config, plan, intake, report, state))
    return report


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


def _known_files(config: Config, state: State) -> dict[str, Stat]:
    """The files as they were when read; as never read where a setting reads them differently."""
    if state.facts.get("reading") == config.reading_digest(__version__):
        return dict(state.files)
    return dict.fromkeys(state.files, NEVER_READ)


def _take_in(
    publisher: Publisher, known: dict[str, Stat], *, wait: bool, allow_empty: bool
) -> Intake:
    settings = publisher.config.articles
    try:
        found = _at_rest(publisher, known) if wait else look(settings)
    except RootUnreadable as refusal:
        return Intake(problems=[refusal.problem(ROOT)])
    if known and not (found.files or found.unlisted or allow_empty):
        message = (
            "articles.folder is suddenly empty, as if unmounted; nothing is withdrawn and the "
            "feeds stay as they are; `feedsvc scan --allow-empty` withdraws all"
        )
        return Intake(problems=[Problem(ROOT, "root-empty", message)])
    return take_in(settings, found, known, publisher.clock.now())


def _at_rest(publisher: Publisher, known: dict[str, Stat]) -> Survey:
    """Look until all is at rest, or for a good while."""
    settings = publisher.config.articles
    for _ in range(TRIES_AT_REST):
        found = look(settings)
        changed = changed_files(found, known)
        if not restless(changed, publisher.clock.now(), settings.settle_seconds):
            break
        publisher.clock.sleep(settings.settle_seconds)
    return found


def _plan(publisher: Publisher, intake: Intake, moment: datetime) -> Plan:
    now = moment.replace(microsecond=0)
    burst = publisher.config.publish.burst
    filing = len(intake.articles) > burst
    plan = make_plan(
        Seen(intake.articles, intake.gone, intake.unsettled),
        scans.view(publisher.store, intake.articles, intake.gone, now, filing=filing),
        now,
        site_id=publisher.config.site.id,
        burst=burst,
    )
    for problem in plan.problems:  # decided by the date: to be read again until it has come
        intake.read[problem.path] = NEVER_READ
    return plan


def _report(plan: Plan, intake: Intake, state: State, now: datetime) -> Report:
    before = {_key(problem): problem for problem in state.problems}
    standing = {key: problem for key, problem in before.items() if intake.leaves(problem)}
    for problem in (*intake.problems, *plan.problems):
        known = before.get(_key(problem))
        standing[_key(problem)] = replace(problem, since=known.since if known else now)
    problems = tuple(standing[key] for key in sorted(standing))
    return Report(plan.counts, problems, tuple(intake.unsettled))


def _key(problem: Problem) -> tuple[str, str]:
    return problem.path, problem.code


def _work(config: Config, plan: Plan, intake: Intake, report: Report, state: State) -> Commit:
    facts = {
        "reading": config.reading_digest(__version__),
        "documents": config.document_digest(__version__),
    }
    known, read = state.files, intake.read
    if facts["reading"] != state.facts.get("reading"):  # what was not read now is read later
        unread = {path: NEVER_READ for path in known if path not in intake.gone}
        read = unread | read
    return Commit(
        decisions=plan.decisions,
        read={path: stat for path, stat in read.items() if known.get(path) != stat},
        forgotten=intake.gone,
        problems=report.problems,
        facts={name: value for name, value in facts.items() if state.facts.get(name) != value},
        configured=facts["documents"] != state.facts.get("documents"),
        pings=_pings(config),
        summary=str(report),
    )


def _pings(config: Config) -> list[tuple[str, str]]:
    return [(hub, topic) for hub in config.websub.hubs for topic in topics(config)]


def _commit(publisher: Publisher, lease: Lease, state: State, work: Commit) -> None:
    """Commit as an edition of its own: in a later second than the last, never a future one."""
    clock = publisher.clock
    edition = int(clock.now().timestamp())
    if work.visible and edition <= state.edition:
        edition = state.edition + 1
        ahead = edition - clock.now().timestamp()
        if ahead <= LONGEST_PAUSE:
            clock.sleep(ahead)
    commits.commit(publisher.store, lease, work, edition, clock.now())
