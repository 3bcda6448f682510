"""The address of a client, and the network that it belongs to."""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import lru_cache
from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network

MAX_CACHED_CLIENTS = 4096
MAX_ADDRESS_LENGTH = 64  # characters, with brackets and port
IPV4_PREFIX, IPV6_PREFIX = 24, 56  # bits of an address that identify one client's network

_WITH_PORT = re.compile(r"(?:(?P<four>[\d.]+)|\[(?P<six>[^]]*)\])(?::\d+)?")


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
