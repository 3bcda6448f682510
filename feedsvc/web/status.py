"""How the service is doing: for supervisors and load balancers, for monitors, for people."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from http import HTTPStatus

from flask import Blueprint, Response, request

from feedsvc.config import Config
from feedsvc.errors import LedgerUnavailable
from feedsvc.ledger import editions
from feedsvc.ledger.overview import overview
from feedsvc.ledger.store import Store
from feedsvc.web.glance import Glance
from feedsvc.web.metrics import Metrics
from feedsvc.web.pages import HTML, POLICY, status_page
from feedsvc.web.state import Fields, public

PERIODS = 3  # scans that may be missed before the service counts as not ready
AWAY = "the ledger cannot be reached"


def status_pages(config: Config, store: Store, metrics: Metrics) -> Blueprint:
    """`/healthz` and `/readyz` in plain text, `/metrics`, `/status` and `/status.json`.

    None of them is kept by a cache, and what they say is at most a second old.
    """
    pages = Blueprint("status", __name__)
    patience = timedelta(seconds=PERIODS * config.schedule.rescan_seconds)
    last_scan = Glance(lambda: editions.last_scan(store))
    seen = Glance(lambda: overview(store))

    @pages.get("/healthz")
    def healthz() -> Response:
        return _text(HTTPStatus.OK, "up")

    @pages.get("/readyz")
    def readyz() -> Response:
        if not _is_lately(last_scan(), patience):
            return _text(HTTPStatus.SERVICE_UNAVAILABLE, "no scan has ended lately")
        return _text(HTTPStatus.OK, "ready")

    @pages.get("/status")
    def status() -> Response:
        return _told(status_page(config, state()), HTML, {"Content-Security-Policy": POLICY})

    @pages.get("/status.json")
    def status_json() -> Response:
        text = json.dumps(state(), indent=2, default=datetime.isoformat)
        return _told(f"{text}\n", "application/json", {"Access-Control-Allow-Origin": "*"})

    @pages.get("/metrics")
    def monitored() -> Response:
        try:
            now = seen()
        except LedgerUnavailable:
            now = None
        return _told(*metrics.text(request.headers.get("Accept", ""), now))

    def state() -> Fields:
        now = seen()
        return public(now, ready=_is_lately(now.ended, patience))

    @pages.errorhandler(LedgerUnavailable)
    def away(_error: LedgerUnavailable) -> Response:
        return _text(HTTPStatus.SERVICE_UNAVAILABLE, AWAY)

    return pages


def _is_lately(ended: datetime | None, patience: timedelta) -> bool:
    return ended is not None and datetime.now(UTC) - ended <= patience


def _text(status: HTTPStatus, text: str) -> Response:
    answer = _told(f"{text}\n", "text/plain; charset=utf-8")
    answer.status_code = status
    return answer


def _told(body: str | bytes, media_type: str, headers: dict[str, str] | None = None) -> Response:
    return Response(
        body, headers={"Cache-Control": "no-store", **(headers or {})}, content_type=media_type
    )
