"""Operations: health and readiness, the ledger's status, metrics."""

from __future__ import annotations

import json
import threading
import time
from datetime import UTC, datetime, timedelta
from http import HTTPStatus
from typing import Any

from flask import Blueprint, Response, request

from feedsvc import __version__
from feedsvc.config import Config
from feedsvc.errors import LedgerUnavailable
from feedsvc.ledger import feed_content
from feedsvc.ledger.feed_content import LastScan
from feedsvc.ledger.overview import Overview, Scan, overview
from feedsvc.ledger.store import Store
from feedsvc.processes.clocks import StepDetector, step_message
from feedsvc.web.background import TtlCache
from feedsvc.web.metrics import Metrics, by_code
from feedsvc.web.pages import HTML, POLICY, status_page

PERIODS = 3  # scans that may be missed before the service counts as not ready
AWAY = "the ledger cannot be reached"
REPORT_SECONDS = 60 * 60

Fields = dict[str, Any]


def status_pages(config: Config, store: Store, metrics: Metrics) -> Blueprint:
    """`/healthz` and `/readyz` in plain text, `/metrics`, `/status` and `/status.json`.

    No cache stores them, and they are at most a second old.
    """
    pages = Blueprint("status", __name__)
    status_of = _Status(config, store)

    @pages.get("/healthz")
    def healthz() -> Response:
        return _text(HTTPStatus.OK, "up")

    @pages.get("/readyz")
    def readyz() -> Response:
        if not status_of.is_ready():
            return _text(HTTPStatus.SERVICE_UNAVAILABLE, "no scan has ended recently")
        return _text(HTTPStatus.OK, "\n".join(filter(None, ("ready", status_of.step()))))

    @pages.get("/status")
    def status() -> Response:
        page = status_page(config, status_of.fields())
        return _response(page, HTML, {"Content-Security-Policy": POLICY})

    @pages.get("/status.json")
    def status_json() -> Response:
        text = json.dumps(status_of.fields(), indent=2, default=datetime.isoformat)
        return _response(f"{text}\n", "application/json", {"Access-Control-Allow-Origin": "*"})

    @pages.get("/metrics")
    def metrics_page() -> Response:
        try:
            now = status_of.overview()
        except LedgerUnavailable:
            now = None
        return _response(*metrics.text(request.headers.get("Accept", ""), now))

    @pages.errorhandler(LedgerUnavailable)
    def away(_error: LedgerUnavailable) -> Response:
        return _text(HTTPStatus.SERVICE_UNAVAILABLE, AWAY)

    return pages


class _Status:
    """The ledger's status as this process sees it.

    Each method raises LedgerUnavailable while the ledger does not answer.
    """

    def __init__(self, config: Config, store: Store) -> None:
        self._readiness = Readiness(timedelta(seconds=PERIODS * config.schedule.rescan_seconds))
        self._steps = StepReport(datetime.now(UTC), time.monotonic())
        self._last_scan = TtlCache(lambda: feed_content.last_scan(store))
        self.overview = TtlCache(lambda: overview(store))

    def is_ready(self) -> bool:
        return self._readiness.is_recent(self._last_scan(), datetime.now(UTC), time.monotonic())

    def step(self) -> str:
        return self._steps.text(datetime.now(UTC), time.monotonic())

    def fields(self) -> Fields:
        return public(self.overview(), ready=self.is_ready())


def _text(status: HTTPStatus, text: str) -> Response:
    response = _response(f"{text}\n", "text/plain; charset=utf-8")
    response.status_code = status
    return response


def _response(
    body: str | bytes, media_type: str, headers: dict[str, str] | None = None
) -> Response:
    return Response(
        body, headers={"Cache-Control": "no-store", **(headers or {})}, content_type=media_type
    )


class Readiness:
    """Judges whether scans keep ending, without comparing the clocks of two hosts.

    A scan counts as recent for `patience` after this process first saw it, by its own monotonic
    clock: the wall clock of the host that scanned may differ. Only the first scan that is seen,
    which may have ended long before this process started, is judged by its date; where the clocks
    differ, the next scan corrects that. Safe to call from many threads.
    """

    def __init__(self, patience: timedelta) -> None:
        self._patience = patience
        self._lock = threading.Lock()
        self._token: int | None = None
        self._recent_until = float("-inf")

    def is_recent(self, last: LastScan | None, now: datetime, monotonic: float) -> bool:
        """Whether a scan has ended recently; `monotonic` is in seconds."""
        if last is None:
            return False
        with self._lock:
            if last.token != self._token:
                first, self._token = self._token is None, last.token
                if not first or abs(now - last.finished) <= self._patience:
                    self._recent_until = monotonic + self._patience.total_seconds()
            return monotonic <= self._recent_until


class StepReport:
    """Reports the last step of this host's clock for an hour. Safe to call from many threads."""

    def __init__(self, now: datetime, monotonic: float) -> None:
        self._detector = StepDetector(now, monotonic)
        self._lock = threading.Lock()
        self._text = ""
        self._until = monotonic

    def text(self, now: datetime, monotonic: float) -> str:
        """How far the clock was set, and when; empty where it was not."""
        with self._lock:
            if step := self._detector.look(now, monotonic):
                self._text = f"{step_message(step)}, noticed at {now:%H:%M:%S} UTC"
                self._until = monotonic + REPORT_SECONDS
            return self._text if monotonic < self._until else ""


def public(now: Overview, *, ready: bool) -> Fields:
    """The status as nested fields, named as in `feedsvc status --format json`.

    It contains no name of a file, a machine or a draft.
    """
    return {
        "version": __version__,
        "ready": ready,
        "last_scan": _scan(now.last),
        "failed_scan": _scan(now.failed),
        "running_scan": _scan(now.running),
        "edition": {"sequence": now.sequence, "moment": now.last_changed},
        "entries": {"released": now.released, "held": now.held, "withdrawn": now.withdrawn},
        "next_due": now.next_due,
        "problems": by_code(now.problems),
        "scheduled": now.scheduled,
        "pings": now.pings,
    }


def _scan(scan: Scan | None) -> Fields | None:
    """A scan without its summary, which may name files."""
    if scan is None:
        return None
    return {
        "started": scan.started,
        "finished": scan.finished,
        "seconds": scan.seconds,
        "outcome": scan.outcome,
    }
