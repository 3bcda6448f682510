"""What changed in the folder since the last scan, read: articles, problems, what is gone."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from zoneinfo import ZoneInfo

from feedsvc.articles.folder import StillChanging, Survey, read_bytes, survey
from feedsvc.articles.reader import read_article
from feedsvc.articles.refusal import Refusal
from feedsvc.articles.source import Reading
from feedsvc.config import Articles
from feedsvc.model import Article, Problem, Stat

NEVER_READ = Stat(-1, 0, 0)  # equals no file's stat, so the next scan reads the file again
ROOT = "."


@dataclass(slots=True)
class Intake:
    """What one look at the folder brought.

    `found` is None where the folder could not be looked at. `read` are the files as they were
    when read. `unsettled` are the paths that are still being written.
    """

    found: Survey | None = None

    articles: list[Article] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)
    read: dict[str, Stat] = field(default_factory=dict)
    gone: set[str] = field(default_factory=set)
    unsettled: list[str] = field(default_factory=list)

    def leaves(self, problem: Problem) -> bool:
        """Whether a problem of an earlier scan still stands, its file not having been read."""
        if self.found is None:
            return problem.path != ROOT
        there = problem.path in self.found.files or self.found.hides(problem.path)
        return there and problem.path not in self.read


def changed_files(found: Survey, known: Mapping[str, Stat]) -> dict[str, Stat]:
    """The new files, and those that look other than when they were read."""
    return {path: stat for path, stat in found.files.items() if known.get(path) != stat}


def restless(changed: Mapping[str, Stat], now: datetime, settle_seconds: float) -> set[str]:
    """The paths whose file changed less than the settle time ago.

    ctime is the server's own clock and cannot be set, so an mtime from the future or from a
    backup does not matter. A ctime ahead of now (a clock set back) counts as at rest.
    """
    now_ns = int(now.timestamp() * 1_000_000_000)
    settle_ns = int(settle_seconds * 1_000_000_000)
    return {path for path, stat in changed.items() if 0 <= now_ns - stat.ctime_ns < settle_ns}


def look(settings: Articles) -> Survey:
    """What is in the folder now.

    Raises:
        RootUnreadable: nothing is known of any article.
    """
    return survey(settings.folder, settings.include)


def take_in(settings: Articles, found: Survey, known: Mapping[str, Stat], now: datetime) -> Intake:
    """Read what changed, in order of path.

    `known` are the files as they were when last read: what equals them is not opened.
    """
    intake = Intake(found, problems=list(found.problems))
    changed = changed_files(found, known)
    unsettled = restless(changed, now, settings.settle_seconds)
    how = Reading(ZoneInfo(settings.timezone), settings.encoding)
    for path in sorted(changed):
        if path in unsettled:
            intake.unsettled.append(path)
        else:
            _read(settings, path, changed[path], how, intake)
    vanished = {path for path in known if path not in found.files and not found.hides(path)}
    intake.gone = vanished - _perhaps_moving(vanished, known, changed, intake.unsettled)
    return intake


def _read(settings: Articles, path: str, stat: Stat, how: Reading, intake: Intake) -> None:
    intake.read[path] = stat
    try:
        data = read_bytes(settings.folder, path, stat, settings.max_bytes)
        intake.articles.append(read_article(path, data, how))
    except StillChanging:
        del intake.read[path]
        intake.unsettled.append(path)
    except Refusal as refusal:
        intake.problems.append(refusal.problem(path))
        if refusal.code == "unreadable":
            intake.read[path] = NEVER_READ


def _perhaps_moving(
    vanished: set[str],
    known: Mapping[str, Stat],
    changed: Mapping[str, Stat],
    unsettled: Iterable[str],
) -> set[str]:
    """Vanished paths whose file may be one that is not at rest yet: a move keeps size and mtime."""
    arriving = {(changed[path].size, changed[path].mtime_ns) for path in unsettled}
    return {path for path in vanished if (known[path].size, known[path].mtime_ns) in arriving}
