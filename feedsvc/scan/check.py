"""Reports problems in the files, without a ledger and without changing anything."""

from __future__ import annotations

import os
import stat
from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from itertools import chain
from pathlib import Path, PurePosixPath
from typing import Any, TypeVar

from feedsvc.config import Config
from feedsvc.errors import ConfigError
from feedsvc.files import stat_below
from feedsvc.model import ArticleSummary, Decision, Entry, LedgerInput, Problem, Skipped, urn
from feedsvc.reading.ignored import is_ignored
from feedsvc.reading.selection import Sieve
from feedsvc.reading.site.facts import facts
from feedsvc.scan.compare import Diff, ScanOptions, compare, is_file
from feedsvc.scan.decide import plan_entries, round_trips
from feedsvc.scan.plan import Plan
from feedsvc.scan.read import Progress, no_progress, read_changed
from feedsvc.scan.results import ROOT, ReadResults
from feedsvc.scan.walk import Here, Hidden, RootUnreadable, printable, walk

T = TypeVar("T", Problem, Skipped)

HINT = "so no scan reads it; rename or move it, or do not name it here"


class NotBelow(ConfigError):
    """The user named something that is not in `articles.folder`."""


@dataclass(frozen=True, slots=True)
class Target:
    """A file or folder to check: its path below the root (`.` for the root), and its given name."""

    path: str
    shown: str


@dataclass(frozen=True, slots=True)
class Expected:
    """An article as an entry of a first import; `withheld` is the reason if it is not published."""

    entry: Entry
    withheld: str = ""


@dataclass(frozen=True, slots=True)
class Checked:
    """The result of a check, with paths as the user named them.

    Attributes:
        files: the number of files.
        problems: in the order of their places.
        withheld: the number of articles that are not published, by reason.
        passed_over: a sentence about texts that no pattern includes; empty if there are none.
        left_out: the number of files that are not articles by their names or content.
        skipped: all files that are not articles, if asked for.
        articles: all articles that were read, if asked for.
    """

    files: int
    problems: tuple[Problem, ...]
    withheld: Mapping[str, int] = field(default_factory=dict)
    passed_over: str = ""
    left_out: int = 0
    skipped: tuple[Skipped, ...] | None = None
    articles: Iterable[Expected] = ()


def targets(root: Path, named: Sequence[str]) -> tuple[Target, ...]:
    """The files and folders to check: those that the user named, or the whole folder.

    Raises:
        NotBelow: one of them does not exist, or is not in the folder.
    """
    plain = Path(os.path.normpath(root))  # without `..`, unless that goes through a link
    root = plain if os.path.realpath(plain) == os.path.realpath(root) else root
    if named:
        return tuple(_target(root, name) for name in named)
    here = Path.cwd()
    return (Target(ROOT, str(root.relative_to(here) if root.is_relative_to(here) else root)),)


def _target(root: Path, name: str) -> Target:
    path, outer = Path(os.path.normpath(Path(name).absolute())), Path(os.path.realpath(root))
    if not os.path.lexists(path):
        raise NotBelow(f"{printable(name)}: there is no such file or folder; name one that is")
    # a link in the folder is checked itself, a link elsewhere is followed
    at_home = Path(os.path.realpath(path.parent)) / path.name
    for inner, folder in (path, root), (at_home, outer), (Path(os.path.realpath(path)), outer):
        if inner.is_relative_to(folder):
            return Target(inner.relative_to(folder).as_posix(), name)
    raise NotBelow(
        f"{printable(name)}: this is not in articles.folder ({root}); name a file or folder there"
    )


def check(
    config: Config,
    named: Sequence[Target],
    progress: Progress = no_progress,
    *,
    listing: bool = False,
    showing: bool = False,
) -> Checked:
    """Read every file of these targets and report the problems in them and between them.

    Files that are still being written are read as they are. With `listing`, the result names every
    file that is not an article; with `showing`, it has the articles.

    Raises:
        NoRoom: there is no room for what was read.
    """
    names = {printable(target.path): printable(target.shown) for target in named}
    options = _options(config, listing=listing)
    try:
        diff = _find(options, [target.path for target in named])
    except RootUnreadable as refusal:
        return Checked(0, (_as_named(refusal.problem(ROOT), names),))
    results = read_changed(config, options, diff, _nothing_known, progress)
    plan = plan_entries(config, options, results, LedgerInput())
    return Checked(
        diff.files,
        _sorted(_problems(config, results, plan), names),
        _withheld(results, options.now),
        diff.left_out.unsupported,
        diff.left_out.excluded + len(results.skipped),
        _sorted((*diff.left_out.skipped, *results.skipped), names) if listing else None,
        _expected(config, results, plan, options.now) if showing else (),
    )


def _options(config: Config, *, listing: bool) -> ScanOptions:
    """The options of a scan that waits for no file."""
    now = datetime.now(UTC).replace(microsecond=0)  # the precision of a scan
    settings = config.articles.model_copy(update={"settle_seconds": 0})
    site = facts(settings.folder)
    return ScanOptions(settings, now, lambda: now, listing=listing, site=site)


def _problems(config: Config, results: ReadResults, plan: Plan) -> Iterator[Problem]:
    """All problems of the files that were read, or that should have been."""
    yield from results.problems
    yield from map(_unsettled, results.unsettled)
    yield from plan.problems
    yield from plan.warnings
    yield from round_trips(config, results.redirects)


def _nothing_known(_paths: Collection[str]) -> Mapping[str, Any]:
    return {}


def _unsettled(path: str) -> Problem:
    message = "it was written or removed while it was read; check again"
    return Problem(printable(path), "still-changing", message)


def _find(options: ScanOptions, paths: Collection[str]) -> Diff:
    """The files to read, in the order of paths, each once; a problem for each of the others."""
    if ROOT in paths:
        return compare(options, ())
    sieve = options.sieve()
    diff = Diff(left_out=sieve.left_out)
    folder = options.settings.folder
    last = "/"  # the last folder that was listed; nothing below it is read again
    for path in sorted(set(paths), key=lambda path: f"{path}/"):
        result = _reachable(folder, path, diff.hidden, sieve)
        again = path.startswith(last)
        if result and stat.S_ISDIR(result.st_mode):
            if not again:
                _add(options, _below(folder, path, diff.hidden, sieve), diff)
                last = f"{path}/"
        elif result and _is_included(options, (path, result), diff.hidden, sieve) and not again:
            _add(options, [(path, result)], diff)
    return diff


def _add(options: ScanOptions, files: Iterable[Here], diff: Diff) -> None:
    for path, result in files:
        if is_file(path, result.st_mode, diff.hidden):
            diff.add_changed(path, result, options, known=False)


def _is_included(options: ScanOptions, here: Here, hidden: Hidden, sieve: Sieve) -> bool:
    """Whether a scan would read this file, which the user named; if not, a problem says why."""
    path, result = here
    if sieve.fits(path):
        return True  # if it is a link, the problem is that of a scan
    if is_file(path, result.st_mode, hidden):
        patterns = ", ".join(options.settings.include)
        _leave_out(path, f"no pattern of articles.include fits it ({patterns})", hidden)
    return False


def _leave_out(path: str, why: str, hidden: Hidden) -> None:
    hidden.problems.append(Problem(printable(path), "not-included", f"{why}, {HINT}"))


def _reachable(root: Path, path: str, hidden: Hidden, sieve: Sieve) -> os.stat_result | None:
    """The stat of a path that a scan would see; otherwise None, and a problem gives the reason."""
    if is_ignored(path):
        _leave_out(path, "a name in its path is that of a hidden or half-written file", hidden)
        return None
    try:
        result = stat_below(root, path)
    except OSError as error:
        why = f"a folder on the way to it is a link or cannot be read ({error.strerror})"
        _leave_out(path, why, hidden)
        return None
    if pattern := sieve.excluding(f"{path}/" if stat.S_ISDIR(result.st_mode) else path):
        _leave_out(path, f"{pattern} in articles.exclude, or built in, excludes it", hidden)
        return None
    return result


def _below(root: Path, folder: str, hidden: Hidden, sieve: Sieve) -> Iterator[Here]:
    """The articles below this folder."""
    inner = Hidden()

    def choose(prefix: str, names: list[str]) -> list[str]:
        return sieve.chosen(f"{folder}/{prefix}", names)

    try:
        for path, result in chain.from_iterable(walk(root / folder, inner, choose)):
            yield f"{folder}/{path}", result
    except RootUnreadable:
        message = "it cannot be read; fix its permissions"
        hidden.problems.append(Problem(printable(folder), "unreadable-folder", message))
    prefix = printable(folder)
    hidden.problems += (replace(one, path=f"{prefix}/{one.path}") for one in inner.problems)


def _expected(
    config: Config, results: ReadResults, plan: Plan, now: datetime
) -> Iterator[Expected]:
    """Each article as an entry, with the reason if it would not be published."""
    decisions = {one.article.path: one for one in plan.decisions if one.article}
    left_out = {skipped.path for skipped in results.skipped}
    for summary in results.summaries():
        if summary.path in left_out:
            continue
        article, decision = results.article(summary), decisions.get(summary.path)
        date = summary.published or now
        entry_id = urn(config.site.id, "article", summary.key or summary.path)
        entry = Entry(entry_id, article, date, date, summary.updated or date)
        yield Expected(entry, _why_unseen(summary, decision, now))


def _why_unseen(summary: ArticleSummary, decision: Decision | None, now: datetime) -> str:
    if withheld := summary.withheld_at(now):
        return withheld
    if decision is None:
        return "its id is that of another article"
    return "" if decision.released else "until its date"


def _withheld(results: ReadResults, now: datetime) -> Mapping[str, int]:
    """The number of articles that are not published, by reason, the most frequent first."""
    skipped = {one.path for one in results.skipped}
    special = map(results.summary, results.special)
    reasons = (one.withheld_at(now) for one in special if one.path not in skipped)
    return dict(Counter(filter(None, sorted(reasons))).most_common())


def _sorted(found: Iterable[T], names: Mapping[str, str]) -> tuple[T, ...]:
    """Each once, in the order of places, with its path as the user named it."""
    return tuple(sorted({_as_named(one, names) for one in found}, key=_order))


def _order(found: Problem | Skipped) -> tuple[str | int, ...]:
    if isinstance(found, Skipped):
        return (found.path,)
    return found.path, found.line, found.column, found.code, found.message


def _as_named(found: T, names: Mapping[str, str]) -> T:
    """The same with its path as the user named it, or a folder above it."""
    return replace(found, path=_shown(printable(found.path), names))


def _shown(name: str, names: Mapping[str, str]) -> str:
    path = PurePosixPath(name)
    above = next((one for one in (path, *path.parents) if str(one) in names), None)
    if above is None:
        return name
    shown = names[str(above)]
    if above == path:
        return shown
    # keep the rest as it is: the path of a folder ends with a slash
    rest = name if str(above) == ROOT else name[len(str(above)) + 1 :]
    return rest if shown == ROOT else f"{shown.rstrip('/')}/{rest}"
