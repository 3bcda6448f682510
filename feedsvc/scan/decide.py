"""Decides what a scan changes, from what was read and what is in the ledger; pure."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import datetime

from feedsvc import __version__
from feedsvc.config import Config
from feedsvc.feeds.classification import Classifier
from feedsvc.feeds.redirects import going_round
from feedsvc.feeds.registry import topics
from feedsvc.ledger.known import State
from feedsvc.model import (
    Announcing,
    ChangeSet,
    FileChanges,
    FileRead,
    LedgerInput,
    Problem,
    Pushes,
    Report,
)
from feedsvc.scan.compare import ScanOptions
from feedsvc.scan.plan import SAME_ORIGINAL, FolderInput, Plan, make_plan
from feedsvc.scan.results import ReadResults

# Facts of the ledger: digests of companion files and of the settings for reading, documents and
# collections, and what the last report said of files that are not articles.
AROUND, READING, DOCUMENTS, COLLECTIONS = "around", "reading", "documents", "slices"
PASSED_OVER = "passed over"


def decide(
    config: Config,
    state: State,
    options: ScanOptions,
    results: ReadResults,
    view: LedgerInput,
    ended: datetime,
) -> ChangeSet:
    """All that this scan changes.

    `results` were read with these `options`, `view` has the entries that they may concern, and
    `ended` is the moment at which reading ended.
    """
    plan = plan_entries(config, options, results, view)
    classifier = Classifier(config)
    facts = _changed_facts(config, options, state, results, classifier.digest)
    configured = not facts.keys().isdisjoint((DOCUMENTS, COLLECTIONS))
    redirects = _redirects(state, results)
    circular = round_trips(config, redirects)
    problems = _problems(state, results, (*plan.problems, *plan.warnings, *circular), options.now)
    files = results.remember(options.now, ended, {problem.path for problem in plan.problems})
    return ChangeSet(
        changes=results.changes(plan.decisions),
        report=Report(plan.counts, problems, tuple(results.unsettled), facts.get(PASSED_OVER, "")),
        visible=configured or plan.visible,
        logged=configured or plan.logged,
        configured=configured,
        files=_file_changes(state, results, files, facts),
        redirects=redirects,
        facts=facts,
        pushes=_pushes(config),
        site_id=config.site.id,
        collections_of=classifier,
        reclassified=COLLECTIONS in facts,
        first_import=state.first_import,
        last_revision_time=state.revision_time,
    )


def _file_changes(
    state: State, results: ReadResults, read: Iterable[FileRead], facts: Mapping[str, str]
) -> FileChanges:
    """The files that were `read` and are gone, and those that the next scan reads again."""
    return FileChanges(
        read,
        reread_all=not facts.keys().isdisjoint((AROUND, READING)),
        reread_below=() if state.first_import and not results.gone else results.stirred(),
        forgotten=results.gone,
    )


def plan_entries(
    config: Config, options: ScanOptions, results: ReadResults, view: LedgerInput
) -> Plan:
    """The decisions on entries."""
    settings, now = config.publish, options.now.replace(microsecond=0)
    announcing = Announcing(settings.burst, settings.announce_days, view.arriving)
    folder = FolderInput(results, results.gone, results.unsettled)
    return make_plan(folder, view, now, site_id=config.site.id, announcing=announcing)


def _changed_facts(
    config: Config, options: ScanOptions, state: State, results: ReadResults, collections: str
) -> Mapping[str, str]:
    """The facts that differ from those in the ledger."""
    facts = {
        READING: config.reading_digest(__version__, options.site.digest),
        DOCUMENTS: config.document_digest(__version__),
        COLLECTIONS: collections,
        PASSED_OVER: _passed_over(state, results),
    }
    if results.diff and results.diff.around is not None:
        facts[AROUND] = results.diff.around
    return {name: value for name, value in facts.items() if state.facts.get(name, "") != value}


def _passed_over(state: State, results: ReadResults) -> str:
    """What to report of files that are not articles; after a partial scan, what was reported."""
    diff = results.diff
    if diff is None or diff.looked_at is not None:
        return state.facts.get(PASSED_OVER, "")
    return diff.left_out.summary


def _problems(
    state: State, results: ReadResults, others: Iterable[Problem], now: datetime
) -> tuple[Problem, ...]:
    """All problems after this scan, one for each file and code, with the moment it appeared."""
    anew = (SAME_ORIGINAL, "circular-redirect")  # these are looked for in each scan
    left = (one for one in state.problems if results.leaves(one) and one.code not in anew)
    since = {(problem.path, problem.code): problem.since for problem in state.problems}
    current: dict[tuple[str, str], list[Problem]] = {}
    for problem in (*left, *results.problems, *others):
        current.setdefault((problem.path, problem.code), []).append(problem)
    return tuple(
        replace(_as_one(current[key]), since=since.get(key, now)) for key in sorted(current)
    )


def _as_one(several: Sequence[Problem]) -> Problem:
    """The first of several problems of one file and code, with the number of the others."""
    first, more = several[0], len(several) - 1
    if not more:
        return first
    return replace(first, message=f"{first.message} (and {more} more; see `feedsvc check`)")


def _redirects(state: State, results: ReadResults) -> Mapping[str, str]:
    left = {path: to for path, to in state.redirects.items() if results.stands(path)}
    return left | results.redirects


def round_trips(config: Config, redirects: Mapping[str, str]) -> Iterator[Problem]:
    """A problem for each of these files that redirects to itself in the end."""
    for path in going_round(redirects, config):
        message = (
            "it leads back to itself, alone or with others, so nobody is sent anywhere; fix it"
        )
        yield Problem(path, "circular-redirect", message)


def _pushes(config: Config) -> Pushes:
    hubs, settings = config.websub.hubs, config.feed
    if not hubs:
        return Pushes()
    of = {
        chosen: [(hub, topic) for hub in hubs for topic in addresses]
        for chosen, addresses in topics(config).items()
    }
    return Pushes(of, settings.entries, tombstones=settings.tombstone_days > 0)
