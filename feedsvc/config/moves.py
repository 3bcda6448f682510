"""Redirects that would send a client round in a circle."""

from __future__ import annotations

from collections.abc import Mapping
from urllib.parse import quote, unquote, urljoin, urlsplit

_DEFAULT_PORTS = {"http": 80, "https": 443}


def circular(moves: Mapping[str, str], base_url: str) -> list[str]:
    """The paths that these moves lead back to, each circle in its order.

    A move is a path and where it leads: another path, or an address, perhaps of this site. The
    scheme does not count: a proxy in front asks us for the same path over http and https.
    """
    leads = {_resolved(old): _path_here(to, base_url) for old, to in moves.items()}
    # the site itself leads from a page without its last slash to the page
    leads |= {old[:-1]: old for old in leads if old[-1] == "/" and old[:-1] not in leads}
    found: list[str] = []
    passed: set[str] = set()
    for start in leads:
        way: dict[str, None] = {}
        here: str | None = start
        while here in leads and here not in passed:
            passed.add(here)
            way[here] = None
            here = leads[here]
        if here is not None and here in way:
            paths = list(way)
            found += paths[paths.index(here) :]
    return found


def _resolved(path: str) -> str:
    """A path as a client asks for it, without `.` and `..` (RFC 3986 section 5.2.4)."""
    return unquote(urlsplit(urljoin("http://site.invalid/", quote(path))).path)


def _path_here(to: str, base_url: str) -> str | None:
    """The path below the site that an address leads to; None where that is elsewhere."""
    if to.startswith("/"):
        return _resolved(unquote(to))
    there, here = urlsplit(to), urlsplit(base_url)
    prefix = here.path.rstrip("/")
    path = _resolved(unquote(there.path))
    if _host(to) != _host(base_url) or not f"{path}/".startswith(f"{prefix}/"):
        return None
    return path.removeprefix(prefix) or "/"


def _host(address: str) -> tuple[str | None, int | None]:
    """Host and port; no port where it is the scheme's own."""
    parts = urlsplit(address)
    own = parts.port in (None, _DEFAULT_PORTS.get(parts.scheme))
    return parts.hostname, None if own else parts.port
