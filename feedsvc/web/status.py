"""Is the process up, and is it ready: for supervisors and load balancers."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from http import HTTPStatus

from flask import Blueprint, Response

from feedsvc.config import Config
from feedsvc.errors import LedgerUnavailable
from feedsvc.ledger import editions
from feedsvc.ledger.store import Store

PERIODS = 3  # scans that may be missed before the service counts as not ready


def status_pages(config: Config, store: Store) -> Blueprint:
    """`/healthz` and `/readyz`, in plain text."""
    pages = Blueprint("status", __name__)
    patience = timedelta(seconds=PERIODS * config.schedule.rescan_seconds)

    @pages.get("/healthz")
    def healthz() -> Response:
        return _told(HTTPStatus.OK, "up")

    @pages.get("/readyz")
    def readyz() -> Response:
        try:
            last = editions.last_scan(store)
        except LedgerUnavailable:
            return _told(HTTPStatus.SERVICE_UNAVAILABLE, "the ledger cannot be reached")
        if last is None or datetime.now(UTC) - last > patience:
            return _told(HTTPStatus.SERVICE_UNAVAILABLE, "no scan has ended lately")
        return _told(HTTPStatus.OK, "ready")

    return pages


def _told(status: HTTPStatus, text: str) -> Response:
    answer = Response(f"{text}\n", status, mimetype="text/plain")
    answer.headers["Cache-Control"] = "no-store"
    return answer
