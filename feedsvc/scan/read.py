"""Reads the new and changed files, in worker processes."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from itertools import islice
from zoneinfo import ZoneInfo

from feedsvc.config import Config
from feedsvc.reading.jobs import Job
from feedsvc.reading.pool import read_all
from feedsvc.reading.source import Reading
from feedsvc.scan.compare import Diff, ScanOptions
from feedsvc.scan.results import ReadResults

TOGETHER = 100  # results that are compared with the ledger at once

# Returns what was published from these paths: its digest, and the id that the file claims.
Published = Callable[[Collection[str]], Mapping[str, tuple[str, str]]]
# Called every few files and during waits with the number of files read, and of all; may raise.
Progress = Callable[[int, int], None]


def no_progress(_done: int, _total: int) -> None:
    """Report progress to nobody."""


def read_changed(
    config: Config,
    options: ScanOptions,
    diff: Diff,
    published: Published,
    progress: Progress = no_progress,
) -> ReadResults:
    """Read the new and changed files.

    Articles equal to those `published` from their paths are not kept. An exception in `progress`
    ends the reading.

    Raises:
        NoRoom: there is no room for what was read.
    """
    results = ReadResults(diff, problems=list(diff.hidden.problems))
    unsettled = dict(diff.recently_modified)
    done, total = 0, len(diff.changed)
    files = read_all(_job(config, options, diff), diff.changed, lambda: progress(done, total))
    while batch := list(islice(files, TOGETHER)):
        done += len(batch)
        progress(done, total)
        unsettled |= {file.file.path: file.file.stat for file in batch if file.still_changing}
        known = published([file.file.path for file in batch if file.file.known])
        for file in batch:
            results.keep(file, known.get(file.file.path), options.watched)
    # a move keeps size and mtime, so one of the files still being written may be its new place
    arriving = {(stat.size, stat.mtime_ns) for stat in unsettled.values()}
    results.unsettled += unsettled
    results.gone.update(path for path, stat in diff.gone.items() if stat[:2] not in arriving)
    return results


def _job(config: Config, options: ScanOptions, diff: Diff) -> Job:
    settings, site = config.articles, options.site
    has_timezone = "timezone" in settings.model_fields_set
    how = Reading(
        ZoneInfo(settings.timezone if has_timezone else site.timezone or settings.timezone),
        settings.encoding,
        site_id=config.site.id,
        site_title=config.site.title,
        root=settings.folder,
        include=settings.include,
        exclude=settings.exclude,
        authors=site.authors,
        languages=site.languages,
        generator=site.generator,
        now=options.now,
    )
    return Job(
        settings.folder,
        settings.max_bytes,
        how,
        settle_seconds=options.settings.settle_seconds,
        alone=diff.around == "",
    )
