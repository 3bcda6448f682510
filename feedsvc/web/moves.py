"""Files of the folder that only lead elsewhere, as redirects at their addresses."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping

from feedsvc.config import Config
from feedsvc.config.moves import circle
from feedsvc.errors import LedgerUnavailable
from feedsvc.feeds.addressing import at_home
from feedsvc.web.background import Glance

LOOK_SECONDS = 1.0  # how often, at the most, the ledger is asked


class Moves:
    """Where the addresses of such files lead; `read` reads both, by path, from the ledger.

    What was read last counts while the ledger does not answer. Safe to call from many threads.
    """

    def __init__(self, read: Callable[[], Mapping[str, str]], config: Config) -> None:
        self._look = Glance(read, LOOK_SECONDS)
        self._base_url = config.site.base_url
        self._known: tuple[Mapping[str, str], dict[str, str]] = {}, {}

    def of(self, path: str) -> str | None:
        """The address that a path below the site leads to; None where it leads nowhere."""
        known, leads = self._known
        try:
            found = self._look()
        except LedgerUnavailable:
            return leads.get(path)
        if found != known:
            leads = _leading(found, self._base_url)
            self._known = found, leads
        return leads.get(path)


def _leading(files: Mapping[str, str], base_url: str) -> dict[str, str]:
    """Where each address leads; what would send a client round in a circle leads nowhere."""
    leads: dict[str, str] = {}
    for file, to in files.items():
        for address in addresses(file):
            leads.setdefault(address, at_home(to, base_url))
    while round_trip := circle(leads.items(), base_url):
        leads = {old: to for old, to in leads.items() if old.rstrip("/") != round_trip.rstrip("/")}
    return leads


def addresses(file: str) -> Iterator[str]:
    """The addresses at which site generators would put the page of a file, by its path.

    `a/b.md` is `/a/b.md`, `/a/b`, `/a/b/` and `/a/b.html`, `a/index.html` is `/a/` too.
    """
    stem = file[: file.rindex(".")] if "." in file.rpartition("/")[2] else file
    yield f"/{file}"
    yield f"/{stem}"
    yield f"/{stem}/"
    yield f"/{stem}.html"
    folder, _, name = stem.rpartition("/")
    if name == "index" and folder:
        yield f"/{folder}"
        yield f"/{folder}/"
