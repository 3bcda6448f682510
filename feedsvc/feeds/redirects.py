"""Files of the folder that only redirect: the addresses at which they do, and where each leads."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from feedsvc.config import Config
from feedsvc.config.moves import circular
from feedsvc.feeds.addressing import at_home


def leading(files: Mapping[str, str], config: Config) -> dict[str, str]:
    """Where each address leads, given where each file does.

    A redirect that would send a client round in a circle, alone or with `[[redirects]]`, leads
    nowhere.
    """
    round_trips = set(going_round(files, config))
    return _leads({file: to for file, to in files.items() if file not in round_trips}, config)


def going_round(files: Mapping[str, str], config: Config) -> list[str]:
    """The files that lead back to themselves, in the end."""
    configured = {one.old: one.to for one in config.redirects}
    circles = circular({**_leads(files, config), **configured}, config.site.base_url)
    ends = {path.rstrip("/") for path in circles}
    return [file for file in files if any(one.rstrip("/") in ends for one in addresses(file))]


def _leads(files: Mapping[str, str], config: Config) -> dict[str, str]:
    leads: dict[str, str] = {}
    for file, to in files.items():
        target = at_home(to, config.site.base_url)
        for address in addresses(file):
            leads.setdefault(address, target)
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
