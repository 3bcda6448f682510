"""The jobs given to worker processes, and their results."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

from feedsvc.model import ArticleSummary, Problem, Stat
from feedsvc.reading.errors import ReadError
from feedsvc.reading.source import Reading

DIGEST = 16  # bytes of the digest of a file's bytes
CPU_SECONDS = 3.0  # CPU time limit for one file, a thousand times what most need


class ChangedFile(NamedTuple):
    """A new file, or a file changed since it was last read; `known` tells the two apart."""

    path: str
    stat: Stat
    known: bool


@dataclass(frozen=True, slots=True)
class Job:
    """The settings for reading any file; each may take at most `cpu_seconds` of CPU time.

    An article is read once its enclosures and companion files have been unmodified for
    `settle_seconds`. `alone` means that the folder has no companion files, so none are looked up.
    """

    root: Path
    max_bytes: int
    how: Reading
    cpu_seconds: float = CPU_SECONDS
    settle_seconds: float = 0
    alone: bool = False


# The article's summary; the pickled pair of summary and Article (or None); all problems; the reason
# why the file is not an article; the target of its redirect. All are empty if the file was still
# changing.
JobResult = tuple[ArticleSummary | None, bytes, tuple[Problem, ...], str, str]


def too_slow(seconds: float) -> ReadError:
    """The error for a file that takes long to read but uses little CPU time."""
    return ReadError(
        "too-slow",
        f"reading the file takes over {seconds:g} s, mostly waiting; "
        "check whether the disk or the machine is overloaded; the next scan tries again",
    )


def too_complex(why: str) -> ReadError:
    """The error for a file that exceeds the limits on CPU time or memory."""
    return ReadError("too-complex", f"{why}; simplify it or split it into several files")


def failed(error: ReadError, path: str, remarks: Sequence[Problem] = ()) -> JobResult:
    """The result for a file that cannot be published, with its other problems."""
    return None, b"", (error.problem(path), *remarks), "", ""
