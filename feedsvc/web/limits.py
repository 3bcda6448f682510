"""Polite limits: who takes the same document whole again and again is asked to wait.

A poller that sends the tag that it has gets 304, which is never limited.
"""

from __future__ import annotations

import math
import time
from collections.abc import Mapping
from functools import lru_cache
from http import HTTPStatus
from ipaddress import ip_network

from limits import RateLimitItemPerMinute
from limits.storage import MemoryStorage
from limits.strategies import SlidingWindowCounterRateLimiter

from feedsvc.config import Http
from feedsvc.web.answers import Answer, plain
from feedsvc.web.clients import KNOWN, address_of, client_of, network_of

BURST = 10  # whole answers a minute that nobody is asked about
WINDOW_SECONDS = 60.0
MOST_CLIENTS = 50_000  # that are remembered; when there are more, all begin anew


class Limits:
    """Counts whole answers, for each client and document by itself, in a sliding minute.

    Nearly all clients stay below BURST, which a dictionary tells; the library, which takes 20 µs
    a time, is asked about the others alone.
    """

    def __init__(self, settings: Http) -> None:
        self._limit = RateLimitItemPerMinute(settings.full_answers_per_minute)
        self._proxies = settings.proxies
        self._unlimited = [ip_network(one) for one in settings.unlimited]
        self._network = lru_cache(KNOWN)(self._network_of)
        self._counts = SlidingWindowCounterRateLimiter(MemoryStorage())
        self._seen: dict[tuple[str, ...], int] = {}
        self._until = 0.0

    def refusal(self, path: str, environ: Mapping[str, str]) -> Answer | None:
        """429 with the seconds to wait (RFC 6585 section 4); None where there is no need to."""
        client = self._client(path, environ)
        if client is None:
            return None
        if self._times(client) <= BURST or self._counts.hit(self._limit, *client):
            return None
        return self._wait(client)

    def is_over(self, path: str, environ: Mapping[str, str]) -> Answer | None:
        """The same without counting, before anything is built for a client that must wait."""
        client = self._client(path, environ)
        if client is None or self._seen.get(client, 0) <= BURST or time.monotonic() >= self._until:
            return None
        return None if self._counts.test(self._limit, *client) else self._wait(client)

    def _client(self, path: str, environ: Mapping[str, str]) -> tuple[str, ...] | None:
        """Who asks for which document; None for one that is not limited."""
        network = self._network(client_of(environ, self._proxies))
        if network is None:
            return None
        return network, environ.get("HTTP_USER_AGENT", "")[:200], path

    def _wait(self, client: tuple[str, ...]) -> Answer:
        left = self._counts.get_window_stats(self._limit, *client).reset_time - time.time()
        wait = min(60, max(1, math.ceil(left)))
        text = (
            f"You have this document. Send its ETag in If-None-Match, or wait {wait} seconds; "
            "an unchanged document costs you nothing."
        )
        return plain(HTTPStatus.TOO_MANY_REQUESTS, text, [("Retry-After", str(wait))])

    def _times(self, client: tuple[str, ...]) -> int:
        """How often the client was met in this minute, this time included.

        Two threads may count one time as one, which is a gift to the client.
        """
        now = time.monotonic()
        full = len(self._seen) >= MOST_CLIENTS
        if full:
            self._counts = SlidingWindowCounterRateLimiter(MemoryStorage())
        if full or now >= self._until:
            self._seen, self._until = {}, now + WINDOW_SECONDS
        seen = self._seen
        seen[client] = times = seen.get(client, 0) + 1
        return times

    def _network_of(self, client: str) -> str | None:
        """The network that stands for a client; None for one that is not limited.

        That is also one without an address: all of them would be taken for one client.
        """
        address = address_of(client)
        if address is None or any(address in network for network in self._unlimited):
            return None
        return network_of(client)
