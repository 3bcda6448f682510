"""Redirect cycles."""

from __future__ import annotations

from collections.abc import Mapping
from urllib.parse import quote, unquote, urljoin, urlsplit

_DEFAULT_PORTS = {"http": 80, "https": 443}


def circular(targets: Mapping[str, str], base_url: str) -> list[str]:
    """The paths in redirect cycles, each cycle in its order.

    `targets` maps a path to its target: another path, or an address, perhaps of this site. The
    scheme is ignored: a reverse proxy sends the same path for http and https.
    """
    leads = {_resolved(old): _path_here(to, base_url) for old, to in targets.items()}
    # a page without its trailing slash redirects to the page
    leads |= {old[:-1]: old for old in leads if old[-1] == "/" and old[:-1] not in leads}
    cycles: list[str] = []
    visited: set[str] = set()
    for start in leads:
        trail: dict[str, None] = {}
        here: str | None = start
        while here in leads and here not in visited:
            visited.add(here)
            trail[here] = None
            here = leads[here]
        if here is not None and here in trail:
            paths = list(trail)
            cycles += paths[paths.index(here) :]
    return cycles


def _resolved(path: str) -> str:
    """A path as a client requests it, without `.` and `..` (RFC 3986 section 5.2.4)."""
    return unquote(urlsplit(urljoin("http://site.invalid/", quote(path))).path)


def _path_here(to: str, base_url: str) -> str | None:
    """The path of a target within this site; None for another site."""
    if to.startswith("/"):
        return _resolved(unquote(to))
    there, here = urlsplit(to), urlsplit(base_url)
    prefix = here.path.rstrip("/")
    path = _resolved(unquote(there.path))
    if _host(to) != _host(base_url) or not f"{path}/".startswith(f"{prefix}/"):
        return None
    return path.removeprefix(prefix) or "/"


def _host(address: str) -> tuple[str | None, int | None]:
    """Host and port; None for the scheme's default port."""
    parts = urlsplit(address)
    default = parts.port in (None, _DEFAULT_PORTS.get(parts.scheme))
    return parts.hostname, None if default else parts.port
