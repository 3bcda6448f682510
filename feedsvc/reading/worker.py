"""The work of a worker process: reads files into articles, whatever the files contain.

Every worker imports this module, so it imports only what reading needs.
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
from feedsvc.reading.jobs import DIGEST, Job, JobResult, failed, too_complex
from feedsvc.reading.markup.content import xml_text
from feedsvc.reading.nearby import bundles
from feedsvc.reading.nearby.companions import CompanionReader
from feedsvc.reading.nearby.measuring import measured
from feedsvc.reading.source import NO_COMPANIONS, Companions

T = TypeVar("T")

NO_CONTENT = {"empty", "no-text", "no-title"}


def _reduce(
    kind: type[T], parts: Callable[[T], tuple[object, ...]], value: T
) -> tuple[type[T], tuple[object, ...]]:
    return kind, parts(value)


# Values sent between processes are pickled field by field: the default for a frozen dataclass
# takes ten times as long.
for _kind in (Article, Enclosure, Original, Person, Problem):
    _parts = attrgetter(*(field.name for field in fields(_kind)))
    copyreg.pickle(_kind, partial(_reduce, _kind, _parts))


def read_files(job: Job, files: Sequence[tuple[str, Stat]]) -> list[JobResult]:
    """Read these files.

    A file that exceeds its CPU time ends the worker by SIGPROF, even inside a parser written in C.
    CPU time does not depend on the machine's load, so no other file is blamed.
    """
    companions = CompanionReader(job.root, job.how, job.max_bytes, job.settle_seconds)
    with LastFolder(job.root) as folder:
        return [_timed(job, folder, companions, path, stat) for path, stat in files]


def _timed(
    job: Job, folder: LastFolder, companions: CompanionReader, path: str, stat: Stat
) -> JobResult:
    signal.setitimer(signal.ITIMER_PROF, job.cpu_seconds)
    try:
        return _read(job, folder, companions, path, stat)
    finally:
        signal.setitimer(signal.ITIMER_PROF, 0)


def _read(
    job: Job, folder: LastFolder, companions: CompanionReader, path: str, stat: Stat
) -> JobResult:
    remarks: list[Problem] = []
    try:
        data = read_bytes(folder.open, path, stat, job.max_bytes)
        metadata = NO_COMPANIONS if job.alone else companions.of(path)
        article = _article(job, path, data, remarks, metadata)
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
    except ReadError as error:
        return failed(error, path, remarks)
    except (MemoryError, RecursionError):
        return failed(too_complex("reading the file takes too much memory"), path)
    except BaseException as error:  # also SystemExit, which would end the scanning process
        return failed(_defect(error), path)


def _article(
    job: Job, path: str, data: bytes, remarks: list[Problem], companions: Companions
) -> Article:
    try:
        return read_article(path, data, job.how, remarks, companions)
    except ReadError as error:
        if error.code in NO_CONTENT:  # such as a chart in an article's folder
            bundles.check(path, data, job.root, job.max_bytes, job.how)
        raise


def _digest(data: bytes) -> bytes:
    return hashlib.sha256(data).digest()[:DIGEST]  # in hardware: a third of the time of others


def left_out(why: NotAnArticle, path: str) -> JobResult:
    """The result for a file that is not an article; anything published from it is withdrawn."""
    summary = ArticleSummary(path, "", withheld=str(why))
    data = pickle.dumps((tuple(summary), None), pickle.HIGHEST_PROTOCOL)
    problems = (why.problem.problem(path),) if why.problem else ()
    return summary, data, problems, str(why), why.leads_to


def _check_original(article: Article) -> None:
    if article.original and len(article.original.url) > LONGEST:
        message = f"the URL of the original has more than {LONGEST} characters; shorten it"
        raise ReadError("bad-link", message)


def _defect(error: BaseException) -> ReadError:
    details = xml_text(f"{type(error).__name__}: {error}")[:200]
    message = f"the reader for this input format failed ({details}); please report it"
    return ReadError("reader-failed", message)
