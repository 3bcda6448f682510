"""Metrics in Prometheus's format: responses, builds, and the ledger's status."""

from __future__ import annotations

import logging
import os
import threading
import time
from collections import Counter as Tally
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from datetime import datetime
from multiprocessing.util import Finalize
from pathlib import Path
from typing import ParamSpec, TypeVar

from prometheus_client import CollectorRegistry, Counter, Histogram
from prometheus_client.exposition import choose_encoder
from prometheus_client.metrics_core import GaugeMetricFamily, Metric
from prometheus_client.multiprocess import MultiProcessCollector
from prometheus_client.registry import Collector

from feedsvc import __version__
from feedsvc.ledger.overview import Overview
from feedsvc.model import Problem
from feedsvc.web.counters import TOGETHER

SECONDS = 1.0  # between two counts of the queued responses
MAX_QUEUED = 1_000_000  # responses that wait to be counted
BUCKETS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10)  # of a build, in seconds

P = ParamSpec("P")
Built = TypeVar("Built")

log = logging.getLogger(__name__)


class Metrics:
    """Counts responses and builds of this process, together with all that count in one folder.

    Counting in memory that processes share takes 3 µs, a tenth of a response. So responses are
    queued, and a thread counts those in the queue once a second.
    """

    def __init__(self) -> None:
        if folder := os.environ.get(TOGETHER):
            Path(folder).mkdir(parents=True, exist_ok=True)
        self._own = own = CollectorRegistry()
        self._answers = Counter("feedsvc_answers", "Answers by status.", ["status"], registry=own)
        self._bytes = Counter(
            "feedsvc_answers_bytes", "Bytes in their bodies, but for media.", registry=own
        )
        self._builds = Histogram(
            "feedsvc_build_seconds", "Documents by how long it took to build them.",
            registry=own, buckets=BUCKETS,
        )  # fmt: skip
        self._queue: deque[tuple[int, int]] = deque(maxlen=MAX_QUEUED)
        self._thread: threading.Thread | None = None
        self._starting = threading.Lock()

    def count(self, status: int, size: int) -> None:
        """Count a response with so many bytes in its body."""
        self._queue.append((status, size))
        if self._thread is None:
            self._start()

    def timed(self, build: Callable[P, Built]) -> Callable[P, Built]:
        """The same function, each call of which is counted as a build of a document."""

        def run(*args: P.args, **kwargs: P.kwargs) -> Built:
            with self._builds.time():
                return build(*args, **kwargs)

        return run

    def text(self, accepted: str, overview: Overview | None) -> tuple[bytes, str]:
        """All metrics, and their media type; `overview` is None while the ledger does not answer.

        `accepted` is the Accept field, in which a monitor may ask for OpenMetrics.
        """
        self._count()
        every = CollectorRegistry()
        every.register(_Ledger(overview))
        if os.environ.get(TOGETHER):
            MultiProcessCollector(every)  # type: ignore[no-untyped-call]
        else:
            every.register(self._own)
        try:
            encode, media_type = choose_encoder(accepted)
        except (TypeError, ValueError):  # a version that is not a number
            encode, media_type = choose_encoder("")
        return encode(every), media_type

    def _start(self) -> None:
        """Start the thread at the first response: until then, a server may fork."""
        with self._starting:
            if self._thread is None:
                Finalize(None, self._count, exitpriority=1)  # the last responses count too
                self._thread = threading.Thread(target=self._go_on, name="metrics", daemon=True)
                self._thread.start()

    def _go_on(self) -> None:
        while True:
            time.sleep(SECONDS)
            try:
                self._count()
            except Exception:  # such as a full disk; later ones may be counted
                log.exception("answers cannot be counted")

    def _count(self) -> None:
        answers: Tally[int] = Tally()
        size = 0
        for _ in range(len(self._queue)):
            try:
                status, length = self._queue.popleft()
            except IndexError:  # another thread counts them
                break
            answers[status] += 1
            size += length
        for status, number in answers.items():
            self._answers.labels(str(int(status))).inc(number)
        self._bytes.inc(size)


class _Ledger(Collector):
    """The ledger's status."""

    def __init__(self, overview: Overview | None) -> None:
        self._overview = overview

    def collect(self) -> Iterator[Metric]:
        yield _labelled("feedsvc_info", "The version.", "version", {__version__: 1})
        up = float(self._overview is not None)
        yield GaugeMetricFamily("feedsvc_ledger_up", "1: the ledger can be reached.", up)
        if self._overview:
            yield from _gauges(self._overview)


def _gauges(now: Overview) -> Iterator[Metric]:
    entries = {"released": now.released, "held": now.held, "withdrawn": now.withdrawn}
    yield _labelled("feedsvc_entries", "Entries by state.", "state", entries)
    yield _labelled("feedsvc_problems", "Problems by code.", "code", by_code(now.problems))
    gauges = (
        ("edition", "The change log's sequence number.", now.sequence),
        ("edition_timestamp_seconds", "When it last moved.", _seconds(now.last_changed)),
        ("next_release_timestamp_seconds", "When an article is due.", _seconds(now.next_due)),
        ("pings", "Pings that hubs have yet to get.", now.pings),
        ("scheduler_up", "1: a scheduler has the lease.", float(now.scheduled)),
    )
    scans = (
        ("scan_timestamp_seconds", "When the last scan ended.", _seconds(now.ended)),
        ("scan_seconds", "How long it took.", now.last.seconds if now.last else None),
        ("scan_failed", "1: a later one came to nothing.", float(now.failed is not None)),
    )
    for name, text, value in (*gauges, *scans):
        if value is not None:
            yield GaugeMetricFamily(f"feedsvc_{name}", text, value)


def _labelled(name: str, text: str, label: str, values: dict[str, int]) -> Metric:
    family = GaugeMetricFamily(name, text, labels=[label])
    for value, number in values.items():
        family.add_metric([value], number)
    return family


def _seconds(moment: datetime | None) -> float | None:
    return moment.timestamp() if moment else None


def by_code(problems: Iterable[Problem]) -> dict[str, int]:
    """Problem code to the number of problems, in the order of codes."""
    return dict(sorted(Tally(problem.code for problem in problems).items()))
