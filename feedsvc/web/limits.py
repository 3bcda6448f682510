"""Rate limits: a client that repeatedly fetches the same complete document is asked to wait.

Clients are told apart by network and User-Agent. One that sends the entity tag that it has gets
304, which is never limited.
"""

from __future__ import annotations

import math
import re
import time
from collections.abc import Mapping
from functools import lru_cache
from http import HTTPStatus
from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network

from limits import RateLimitItemPerMinute
from limits.storage import MemoryStorage
from limits.strategies import SlidingWindowCounterRateLimiter

from feedsvc.config import Http
from feedsvc.web.responses import Response, plain

BURST = 10  # complete responses a minute that are never limited
WINDOW_SECONDS = 60.0
MAX_CLIENTS = 50_000  # that are counted; when there are more, all counts start again
MAX_CACHED_CLIENTS = 4096
MAX_ADDRESS_LENGTH = 64  # characters, with brackets and port
IPV4_PREFIX, IPV6_PREFIX = 24, 56  # bits of an address that identify one client's network

_WITH_PORT = re.compile(r"(?:(?P<four>[\d.]+)|\[(?P<six>[^]]*)\])(?::\d+)?")


class Limits:
    """Counts complete responses per client and document, in a sliding minute.

    Nearly all clients stay below BURST, which a dictionary counts; only the others are counted by
    the `limits` package, which takes 20 µs each time.
    """

    def __init__(self, settings: Http) -> None:
        self._limit = RateLimitItemPerMinute(settings.full_answers_per_minute)
        self._proxies = settings.proxies
        self._unlimited = [ip_network(network) for network in settings.unlimited]
        self._network = lru_cache(MAX_CACHED_CLIENTS)(self._network_of)
        self._counts = SlidingWindowCounterRateLimiter(MemoryStorage())
        self._seen: dict[tuple[str, ...], int] = {}
        self._until = 0.0

    def refusal(self, path: str, environ: Mapping[str, str]) -> Response | None:
        """429 with the seconds to wait (RFC 6585 section 4); None below the limit."""
        client = self._client(path, environ)
        if client is None:
            return None
        if self._times(client) <= BURST or self._counts.hit(self._limit, *client):
            return None
        return self._wait(client)

    def is_over(self, path: str, environ: Mapping[str, str]) -> Response | None:
        """The same without counting, before a document is built for a client that must wait."""
        client = self._client(path, environ)
        if client is None or self._seen.get(client, 0) <= BURST or time.monotonic() >= self._until:
            return None
        return None if self._counts.test(self._limit, *client) else self._wait(client)

    def _client(self, path: str, environ: Mapping[str, str]) -> tuple[str, ...] | None:
        """The client and document that are counted; None for a client that is not limited."""
        network = self._network(client_of(environ, self._proxies))
        if network is None:
            return None
        return network, environ.get("HTTP_USER_AGENT", "")[:200], path

    def _wait(self, client: tuple[str, ...]) -> Response:
        left = self._counts.get_window_stats(self._limit, *client).reset_time - time.time()
        wait = min(60, max(1, math.ceil(left)))
        text = (
            f"You have this document. Send its ETag in If-None-Match, or wait {wait} seconds; "
            "an unchanged document costs you nothing."
        )
        return plain(HTTPStatus.TOO_MANY_REQUESTS, text, [("Retry-After", str(wait))])

    def _times(self, client: tuple[str, ...]) -> int:
        """The number of responses to the client in this minute, this one included.

        Two threads may count two responses as one, in the client's favour.
        """
        now = time.monotonic()
        full = len(self._seen) >= MAX_CLIENTS
        if full:
            self._counts = SlidingWindowCounterRateLimiter(MemoryStorage())
        if full or now >= self._until:
            self._seen, self._until = {}, now + WINDOW_SECONDS
        seen = self._seen
        seen[client] = times = seen.get(client, 0) + 1
        return times

    def _network_of(self, client: str) -> str | None:
        """The network of a client; None for one that is not limited.

        Clients without an address are not limited: they would all count as one.
        """
        address = address_of(client)
        if address is None or any(address in network for network in self._unlimited):
            return None
        return network_of(client)


def client_of(environ: Mapping[str, str], proxies: int) -> str:
    """The address of the client: the peer's or, behind proxies of ours, the one they forward."""
    peer = environ.get("REMOTE_ADDR", "")
    if not proxies:
        return peer
    return first_seen(peer, environ.get("HTTP_X_FORWARDED_FOR", ""), proxies)


def first_seen(peer: str, forwarded: str, proxies: int) -> str:
    """The peer or, behind so many proxies of ours, the peer of the first of them.

    Each proxy appends its peer to X-Forwarded-For; anything further left can be forged.
    """
    seen = (address.strip() for address in forwarded.split(","))
    chain = [*filter(None, seen), peer]
    return chain[max(0, len(chain) - 1 - proxies)][:MAX_ADDRESS_LENGTH]


def address_of(client: str) -> IPv4Address | IPv6Address | None:
    """An address, with or without a port; None where the text is none."""
    bare = _WITH_PORT.fullmatch(client)
    try:
        address = ip_address(bare["six"] or bare["four"] if bare else client)
    except ValueError:
        return None
    mapped = address.ipv4_mapped if isinstance(address, IPv6Address) else None
    return mapped or address


@lru_cache(MAX_CACHED_CLIENTS)
def network_of(client: str) -> str | None:
    """The network that identifies a client; None for a client without an address."""
    address = address_of(client)
    if address is None:
        return None
    prefix = IPV4_PREFIX if address.version == 4 else IPV6_PREFIX  # noqa: PLR2004 - IP's own
    return str(ip_network((address, prefix), strict=False))
