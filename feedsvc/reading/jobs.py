"""What a worker is told, and what it replies."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

from feedsvc.model import ArticleSummary, Problem, Stat
from feedsvc.reading.errors import ReadError
from feedsvc.reading.source import Reading

DIGEST = 16  # bytes of the digest of a file's bytes
CPU_SECONDS = 3.0  # of processor time for one file, a thousand times what most take


class ChangedFile(NamedTuple):
    """A file to be read: new, or other than when it was last read."""

    path: str
    stat: Stat
    known: bool


@dataclass(frozen=True, slots=True)
class Job:
    """What a worker needs to know to read any file, which takes `cpu_seconds` at the most.

    An article is read when the files that it encloses, and those that say something of it, are at
    rest, for `settle_seconds`. `alone` says that nothing says something of any, so that nobody need
    look.
    """

    root: Path
    max_bytes: int
    how: Reading
    cpu_seconds: float = CPU_SECONDS
    settle_seconds: float = 0
    alone: bool = False


# What is known of the article and the pickled pair of that and the Article itself, where there is
# one, every problem, why the file is no article, and where it leads; nothing where the file was
# still changing.
JobResult = tuple[ArticleSummary | None, bytes, tuple[Problem, ...], str, str]


def too_slow(seconds: float) -> ReadError:
    """Why a file is not read that takes long and yet little processor time."""
    return ReadError(
        "too-slow",
        f"reading it takes over {seconds:g} s, most of which the reader waits; "
        "see whether the disk or the machine is overloaded; the next scan tries again",
    )


def too_complex(why: str) -> ReadError:
    """Why a file that costs too much to read is not read."""
    return ReadError("too-complex", f"{why}; simplify it or part it into several files")


def refused(refusal: ReadError, path: str, remarks: Sequence[Problem] = ()) -> JobResult:
    """The reply where a file is not published, with what else is wrong with it."""
    return None, b"", (refusal.problem(path), *remarks), "", ""
