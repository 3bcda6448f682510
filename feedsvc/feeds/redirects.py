"""Files that only redirect: their addresses and targets."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import NamedTuple

from feedsvc.config import Config
from feedsvc.config.moves import circular
from feedsvc.feeds.addressing import with_base_url


class _Redirect(NamedTuple):
    """A file that redirects, its addresses, and its target."""

    file: str
    addresses: tuple[str, ...]
    target: str


def leading(files: Mapping[str, str], config: Config) -> dict[str, str]:
    """Where each address leads, given where each file does.

    A redirect that would send a client round in a circle, alone or with `[[redirects]]`, leads
    nowhere.
    """
    redirects = _redirects(files, config)
    circles = frozenset(_circular(redirects, config))
    return _leads(redirect for redirect in redirects if redirect.file not in circles)


def going_round(files: Mapping[str, str], config: Config) -> list[str]:
    """The files whose redirects form a loop."""
    return _circular(_redirects(files, config), config)


def _redirects(files: Mapping[str, str], config: Config) -> list[_Redirect]:
    return [
        _Redirect(file, tuple(addresses(file)), with_base_url(to, config.site.base_url))
        for file, to in files.items()
    ]


def _circular(redirects: Sequence[_Redirect], config: Config) -> list[str]:
    configured = {one.old: one.to for one in config.redirects}
    circles = circular({**_leads(redirects), **configured}, config.site.base_url)
    ends = {path.rstrip("/") for path in circles}
    return [file for file, paths, _ in redirects if any(path.rstrip("/") in ends for path in paths)]


def _leads(redirects: Iterable[_Redirect]) -> dict[str, str]:
    leads: dict[str, str] = {}
    for _, paths, target in redirects:
        for path in paths:
            leads.setdefault(path, target)
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
