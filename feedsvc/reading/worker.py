"""What a worker does: files below a folder become articles, whatever they hold.

It is imported by every worker, and so imports only what reading needs.
"""

from __future__ import annotations

import copyreg
import hashlib
import pickle
import signal
from collections.abc import Callable, Sequence
from dataclasses import fields
from functools import partial
from operator import attrgetter
from typing import TypeVar

from feedsvc.addresses import LONGEST
from feedsvc.files import LastFolder
from feedsvc.model import Article, ArticleSummary, Enclosure, Original, Person, Problem, Stat
from feedsvc.reading.errors import NotAnArticle, ReadError
from feedsvc.reading.file_bytes import StillChanging, read_bytes
from feedsvc.reading.formats.reader import read_article
from feedsvc.reading.jobs import DIGEST, Job, JobResult, refused, too_complex
from feedsvc.reading.markup.content import xml_text
from feedsvc.reading.nearby import bundles
from feedsvc.reading.nearby.measuring import measured
from feedsvc.reading.nearby.surroundings import Surroundings
from feedsvc.reading.source import NOTHING_AROUND, Around

T = TypeVar("T")

NOTHING_TO_SEE = {"empty", "no-text", "no-title"}


def _apart(
    kind: type[T], parts: Callable[[T], tuple[object, ...]], value: T
) -> tuple[type[T], tuple[object, ...]]:
    return kind, parts(value)


# What crosses between the processes, pickled field by field: a frozen dataclass takes ten times
# as long by itself.
for _kind in (Article, Enclosure, Original, Person, Problem):
    _parts = attrgetter(*(field.name for field in fields(_kind)))
    copyreg.pickle(_kind, partial(_apart, _kind, _parts))


def read_files(job: Job, files: Sequence[tuple[str, Stat]]) -> list[JobResult]:
    """Read these files: what a worker does.

    A file that takes more processor time than it may ends the worker by SIGPROF, also inside a
    parser that is written in C. However busy the machine is, that blames no other file.
    """
    around = Surroundings(job.root, job.how, job.max_bytes, job.settle_seconds)
    with LastFolder(job.root) as folder:
        return [_timed(job, folder, around, path, stat) for path, stat in files]


def _timed(job: Job, folder: LastFolder, around: Surroundings, path: str, stat: Stat) -> JobResult:
    signal.setitimer(signal.ITIMER_PROF, job.cpu_seconds)
    try:
        return _read(job, folder, around, path, stat)
    finally:
        signal.setitimer(signal.ITIMER_PROF, 0)


def _read(job: Job, folder: LastFolder, around: Surroundings, path: str, stat: Stat) -> JobResult:
    remarks: list[Problem] = []
    try:
        data = read_bytes(folder.open, path, stat, job.max_bytes)
        near = NOTHING_AROUND if job.alone else around.of(path)
        article = _article(job, path, data, remarks, near)
        if article.published is None:
            bundles.check(path, data, job.root, job.max_bytes, job.how)
        article = measured(article, job.root, job.how, job.settle_seconds)
        _check_original(article)
        summary = ArticleSummary.of(article, file_digest=_digest(data))
        pair = (tuple(summary), article)
        return summary, pickle.dumps(pair, pickle.HIGHEST_PROTOCOL), tuple(remarks), "", ""
    except StillChanging:
        return None, b"", (), "", ""
    except NotAnArticle as why:
        return left_out(why, path)
    except ReadError as refusal:
        return refused(refusal, path, remarks)
    except (MemoryError, RecursionError):
        return refused(too_complex("reading it takes too much memory"), path)
    except BaseException as error:  # SystemExit too: it would end the process that scans
        return refused(_defect(error), path)


def _article(job: Job, path: str, data: bytes, remarks: list[Problem], around: Around) -> Article:
    try:
        return read_article(path, data, job.how, remarks, around)
    except ReadError as refusal:
        if refusal.code in NOTHING_TO_SEE:  # such as a chart beside an article
            bundles.check(path, data, job.root, job.max_bytes, job.how)
        raise


def _digest(data: bytes) -> bytes:
    return hashlib.sha256(data).digest()[:DIGEST]  # a third of the time of others, by hardware


def left_out(why: NotAnArticle, path: str) -> JobResult:
    """The reply where a file is no article; what was published from it is withdrawn."""
    summary = ArticleSummary(path, "", withheld=str(why))
    data = pickle.dumps((tuple(summary), None), pickle.HIGHEST_PROTOCOL)
    problems = (why.problem.problem(path),) if why.problem else ()
    return summary, data, problems, str(why), why.leads_to


def _check_original(article: Article) -> None:
    if article.original and len(article.original.url) > LONGEST:
        message = f"the original's address has more than {LONGEST} characters; shorten it"
        raise ReadError("bad-link", message)


def _defect(error: BaseException) -> ReadError:
    what = xml_text(f"{type(error).__name__}: {error}")[:200]
    return ReadError("reader-failed", f"the reader of its layout failed ({what}); please report it")
