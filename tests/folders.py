"""Real folders for tests of what is found and read in them, beside a ledger of plain values."""

from __future__ import annotations

import errno
import os
from collections.abc import Callable, Iterable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from feedsvc.config import Articles
from feedsvc.model import FileRow, Stat
from feedsvc.reading.jobs import ChangedFile, Job
from feedsvc.reading.pool import FileResult, read_files
from feedsvc.scan.compare import Diff, ScanOptions, compare

HOUR = timedelta(hours=1)


def write(root: Path, path: str, text: str = "text") -> Path:
    """Write the file at `path` below `root`, its folders too."""
    file = root / path
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(text, encoding="utf-8")
    return file


def articles(root: Path, **values: Any) -> Articles:
    """The settings of a folder whose files are at rest at once."""
    return Articles(**{"folder": root, "settle_seconds": 0, **values})


def long_after() -> datetime:
    """A moment at which all that was written until now has long been at rest."""
    return datetime.now(UTC) + HOUR


def changed_at(file: Path) -> datetime:
    """When the file was last touched, by the server's own clock."""
    return datetime.fromtimestamp(file.stat().st_ctime, UTC)


def look(
    root: Path,
    rows: Iterable[FileRow] = (),
    *,
    now: datetime | None = None,
    afresh: bool = False,
    watched: Iterable[str] = (),
    listing: bool = False,
    **values: Any,
) -> Diff:
    """What is in `root` against `rows`, with the patterns that are the default."""
    moment = now or long_after()
    return compare(
        ScanOptions(
            articles(root, **values), moment, lambda: moment, afresh, frozenset(watched), listing
        ),
        rows,
    )


def row(path: str, stat: Stat) -> FileRow:
    """The file as the ledger has it."""
    return path, stat.size, stat.mtime_ns, stat.ctime_ns


def rows(root: Path, *paths: str) -> list[FileRow]:
    """The files as a ledger has them that read all of them just now."""
    return [row(path, Stat.of((root / path).lstat())) for path in sorted(paths)]


def files(found: Diff) -> dict[str, Stat]:
    """The files to be read, in the order in which they come."""
    return {file.path: file.stat for file in found.changed}


def problems(found: Diff) -> list[tuple[str, str]]:
    """Path and code of what could not be looked at."""
    return [(problem.path, problem.code) for problem in found.hidden.problems]


def read_here(job: Job, changed: Iterable[ChangedFile], _poll: object) -> Iterator[FileResult]:
    """Stands in for `read_all` where a test patches what the workers would call."""
    for file in changed:
        yield FileResult(file, *read_files(job, [(file.path, file.stat)])[0])


def refusing(
    real: Callable[..., Any], place: str, number: int = errno.EACCES
) -> Callable[..., Any]:
    """`real`, but it fails for `place`: permissions that hold for root as well."""

    def call(path: Any, *arguments: Any, **named: Any) -> Any:
        if str(path).rstrip("/") == place:
            raise OSError(number, os.strerror(number))
        return real(path, *arguments, **named)

    return call
