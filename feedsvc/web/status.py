"""How the service is doing: for supervisors and load balancers, for monitors, for people."""

from __future__ import annotations

import json
import time
from datetime import UTC, datetime, timedelta
from http import HTTPStatus

from flask import Blueprint, Response, request

from feedsvc.config import Config
from feedsvc.errors import LedgerUnavailable
from feedsvc.ledger import editions
from feedsvc.ledger.overview import overview
from feedsvc.ledger.store import Store
from feedsvc.web.background import TtlCache
from feedsvc.web.metrics import Metrics
from feedsvc.web.pages import HTML, POLICY, status_page
from feedsvc.web.readiness import Readiness, StepReport
from feedsvc.web.state import Fields, public

PERIODS = 3  # scans that may be missed before the service counts as not ready
AWAY = "the ledger cannot be reached"


def status_pages(config: Config, store: Store, metrics: Metrics) -> Blueprint:
    """`/healthz` and `/readyz` in plain text, `/metrics`, `/status` and `/status.json`.

    None of them is kept by a cache, and what they say is at most a second old.
    """
    pages = Blueprint("status", __name__)
    status_of = _Status(config, store)

    @pages.get("/healthz")
    def healthz() -> Response:
        return _text(HTTPStatus.OK, "up")

    @pages.get("/readyz")
    def readyz() -> Response:
        if not status_of.is_ready():
            return _text(HTTPStatus.SERVICE_UNAVAILABLE, "no scan has ended lately")
        return _text(HTTPStatus.OK, "\n".join(filter(None, ("ready", status_of.step()))))

    @pages.get("/status")
    def status() -> Response:
        page = status_page(config, status_of.fields())
        return _told(page, HTML, {"Content-Security-Policy": POLICY})

    @pages.get("/status.json")
    def status_json() -> Response:
        text = json.dumps(status_of.fields(), indent=2, default=datetime.isoformat)
        return _told(f"{text}\n", "application/json", {"Access-Control-Allow-Origin": "*"})

    @pages.get("/metrics")
    def monitored() -> Response:
        try:
            now = status_of.overview()
        except LedgerUnavailable:
            now = None
        return _told(*metrics.text(request.headers.get("Accept", ""), now))

    @pages.errorhandler(LedgerUnavailable)
    def away(_error: LedgerUnavailable) -> Response:
        return _text(HTTPStatus.SERVICE_UNAVAILABLE, AWAY)

    return pages


class _Status:
    """The ledger's state as this process sees it.

    Each method raises LedgerUnavailable where the ledger cannot be asked.
    """

    def __init__(self, config: Config, store: Store) -> None:
        self._readiness = Readiness(timedelta(seconds=PERIODS * config.schedule.rescan_seconds))
        self._steps = StepReport(datetime.now(UTC), time.monotonic())
        self._last_scan = TtlCache(lambda: editions.last_scan(store))
        self.overview = TtlCache(lambda: overview(store))

    def is_ready(self) -> bool:
        return self._readiness.is_recent(self._last_scan(), datetime.now(UTC), time.monotonic())

    def step(self) -> str:
        return self._steps.text(datetime.now(UTC), time.monotonic())

    def fields(self) -> Fields:
        return public(self.overview(), ready=self.is_ready())


def _text(status: HTTPStatus, text: str) -> Response:
    answer = _told(f"{text}\n", "text/plain; charset=utf-8")
    answer.status_code = status
    return answer


def _told(body: str | bytes, media_type: str, headers: dict[str, str] | None = None) -> Response:
    return Response(
        body, headers={"Cache-Control": "no-store", **(headers or {})}, content_type=media_type
    )
