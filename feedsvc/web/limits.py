"""Polite limits: who takes the same document whole again and again is asked to wait.

A poller that sends the tag that it has gets 304, which is never limited.
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
from feedsvc.web.answers import Answer, plain

BURST = 10  # whole answers a minute that nobody is asked about
WINDOW_SECONDS = 60.0
MOST_CLIENTS = 50_000  # that are remembered; when there are more, all begin anew
KNOWN_PEERS = 4096  # whose networks are remembered
LONGEST_ADDRESS = 64  # characters, with brackets and port
IPV4_PREFIX, IPV6_PREFIX = 24, 56  # bits of an address that stand for one client's network

_WITH_PORT = re.compile(r"(?:(?P<four>[\d.]+)|\[(?P<six>[^]]*)\])(?::\d+)?")


class Limits:
    """Counts whole answers, for each client and document by itself, in a sliding minute.

    Nearly all clients stay below BURST, which a dictionary tells; the library, which takes 20 µs
    a time, is asked about the others alone.
    """

    def __init__(self, settings: Http) -> None:
        self._limit = RateLimitItemPerMinute(settings.full_answers_per_minute)
        self._proxies = settings.proxies
        self._unlimited = [ip_network(one) for one in settings.unlimited]
        self._network = lru_cache(KNOWN_PEERS)(self._network_of)
        self._counts = SlidingWindowCounterRateLimiter(MemoryStorage())
        self._seen: dict[tuple[str, ...], int] = {}
        self._until = 0.0

    def refusal(self, path: str, environ: Mapping[str, str]) -> Answer | None:
        """429 with the seconds to wait (RFC 6585 section 4); None where there is no need to."""
        network = self._network(self._client(environ))
        if network is None:
            return None
        client = network, environ.get("HTTP_USER_AGENT", "")[:200], path
        if self._times(client) <= BURST or self._counts.hit(self._limit, *client):
            return None
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

    def _client(self, environ: Mapping[str, str]) -> str:
        peer = environ.get("REMOTE_ADDR", "")
        if not self._proxies:
            return peer
        return first_seen(peer, environ.get("HTTP_X_FORWARDED_FOR", ""), self._proxies)

    def _network_of(self, client: str) -> str | None:
        """The network that stands for a client; None for one that is not limited.

        That is also one without an address: all of them would be taken for one client.
        """
        address = address_of(client)
        if address is None or any(address in network for network in self._unlimited):
            return None
        prefix = IPV4_PREFIX if address.version == 4 else IPV6_PREFIX  # noqa: PLR2004 - IP's own
        return str(ip_network((address, prefix), strict=False))


def first_seen(peer: str, forwarded: str, proxies: int) -> str:
    """Who asks: the peer or, behind so many proxies of ours, whom the first of them saw.

    Each proxy adds its peer to the right of X-Forwarded-For; what is further left anyone can
    write.
    """
    seen = (one.strip() for one in forwarded.split(","))
    chain = [*filter(None, seen), peer]
    return chain[max(0, len(chain) - 1 - proxies)][:LONGEST_ADDRESS]


def address_of(client: str) -> IPv4Address | IPv6Address | None:
    """The address, which may have a port behind it; None where it is none."""
    bare = _WITH_PORT.fullmatch(client)
    try:
        address = ip_address(bare["six"] or bare["four"] if bare else client)
    except ValueError:
        return None
    mapped = address.ipv4_mapped if isinstance(address, IPv6Address) else None
    return mapped or address
