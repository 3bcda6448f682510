"""Tell hubs of new editions: delivers the pings that a commit queued (WebSub section 7)."""

from __future__ import annotations

import logging
from datetime import datetime, timedelta

import httpx

from feedsvc import __version__
from feedsvc.ledger import pings
from feedsvc.ledger.pings import Ping
from feedsvc.ledger.store import Store

TIMEOUT_SECONDS = 10
FIRST_RETRY = timedelta(seconds=30)
ATTEMPTS = 10  # doubling each time: given up after some four hours

log = logging.getLogger(__name__)


def deliver(store: Store, now: datetime) -> int:
    """Send every ping that is due, each kept for a later try if its hub does not take it.

    Returns:
        How many hubs took one.
    """
    waiting = pings.waiting(store, now)
    if not waiting:
        return 0
    headers = {"User-Agent": f"feedsvc/{__version__}"}
    with httpx.Client(timeout=TIMEOUT_SECONDS, headers=headers) as client:
        return sum(_send(client, store, ping, now) for ping in waiting)


def _send(client: httpx.Client, store: Store, ping: Ping, now: datetime) -> bool:
    form = {"hub.mode": "publish", "hub.url": ping.topic, "hub.topic": ping.topic}
    try:
        client.post(ping.hub, data=form).raise_for_status()
    except httpx.HTTPError as error:
        pings.settle(store, ping, _next_try(ping, now, error))
        return False
    pings.settle(store, ping, None)
    log.info("hub %s knows of %s", ping.hub, ping.topic)
    return True


def _next_try(ping: Ping, now: datetime, error: httpx.HTTPError) -> datetime | None:
    if ping.attempts + 1 >= ATTEMPTS:
        log.error("hub %s: given up on %s: %s", ping.hub, ping.topic, error)
        return None
    wait: timedelta = FIRST_RETRY * 2**ping.attempts
    log.warning("hub %s: %s; trying again in %s", ping.hub, error, wait)
    return now + wait
