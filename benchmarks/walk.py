"""The modules that one scan enters when one article of a folder has changed, in order.

    python -m benchmarks.walk [MODULE [LEAF ...]]

MODULE has `scan`, `Publisher` and `Clock`. To walk another version, run a copy of this file with
the interpreter of that version's environment.

A scan enters a module when another module calls one of its functions; that it comes back from there
is no entry, nor that it goes on reading a stream. Entries of one module in a row are one stay. All
modules of the ledger count as one. Not counted are packages and modules of values and containers
(LEAVES, and those named LEAF) and the generated methods of values. What workers do in their own
processes is not seen.
"""

from __future__ import annotations

import sys
import tempfile
from collections.abc import Callable, Collection, Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from importlib import import_module
from inspect import CO_GENERATOR
from itertools import groupby
from pathlib import Path
from types import FrameType
from typing import Any

PACKAGE = "feedsvc."
LEAVES = frozenset(
    ("model", "config", "errors", "addresses", "files", "processes", "scan.disk_buffer")
)
LEDGER = "ledger"
BEGAN = datetime(2026, 6, 1, 12, tzinfo=UTC)
ARTICLE = "# Article {number}\n\nPublished at: **2026-05-{number:02} 10:00**\n\n{text}\n"
CONFIG = """\
[site]
id = "walk"
title = "Walk"
base_url = "http://feeds.example"
[articles]
folder = "articles"
settle_seconds = 0
[store]
url = "sqlite:///ledger.db"
"""


def stays(scan: Callable[[], object], leaves: Collection[str] = LEAVES) -> list[str]:
    """The modules in which this scan stays, in order, without the name of the package."""
    with _entries(leaves) as entries:
        scan()
    return [module for module, _ in groupby(entries)]


@contextmanager
def _entries(leaves: Collection[str]) -> Iterator[list[str]]:
    """The modules that the block enters in this thread."""
    entries: list[str] = []
    streams: dict[int, FrameType] = {}  # kept, so that no other frame gets the same id

    def note(frame: FrameType, event: str, _argument: Any) -> None:
        if event != "call" or frame.f_code.co_filename.startswith("<"):
            return
        module = _module(frame, leaves)
        if not module or frame.f_code.co_name.startswith("<"):
            return
        if frame.f_code.co_flags & CO_GENERATOR:
            if id(frame) in streams:
                return
            streams[id(frame)] = frame
        if module != _caller(frame, leaves):
            entries.append(module)

    before = sys.getprofile()
    sys.setprofile(note)
    try:
        yield entries
    finally:
        sys.setprofile(before)


def _module(frame: FrameType, leaves: Collection[str]) -> str:
    """The module of a frame, as it counts; empty if it does not."""
    name = str(frame.f_globals.get("__name__", ""))
    module = name.removeprefix(PACKAGE)
    package = module.partition(".")[0]
    if module == name or package in leaves or module in leaves:
        return ""
    return LEDGER if package == LEDGER else module


def _caller(frame: FrameType, leaves: Collection[str]) -> str:
    """The module of ours that called this frame, perhaps through a library."""
    above = frame.f_back
    while above and not (module := _module(above, leaves)):
        above = above.f_back
    return module if above else ""


@contextmanager
def one_changed(name: str) -> Iterator[Callable[[], object]]:
    """A scan by this module, of a folder in which one of five articles has changed."""
    from feedsvc import config as configuration  # noqa: PLC0415 - the version that is walked
    from feedsvc.ledger.migrating import migrate  # noqa: PLC0415
    from feedsvc.ledger.store import Store  # noqa: PLC0415

    module = import_module(name)
    with tempfile.TemporaryDirectory() as place:
        folder = Path(place, "articles")
        folder.mkdir()
        Path(place, "config.toml").write_text(CONFIG, encoding="utf-8")
        config = configuration.load(Path(place, "config.toml"))
        store = Store(config.store.url)
        migrate(store)
        moments = (BEGAN + timedelta(hours=hours) for hours in (0, 1))

        def scan() -> object:
            now = next(moments)
            clock = module.Clock(lambda: now, lambda _seconds: None)
            return module.scan(module.Publisher(store, config, clock))

        for number in range(1, 6):
            _write(folder, number, "Some text.")
        scan()
        _write(folder, 3, "Other text.")
        yield scan
        store.close()


def _write(folder: Path, number: int, text: str) -> None:
    text = ARTICLE.format(number=number, text=text)
    (folder / f"{number}.txt").write_text(text, encoding="utf-8")


def report(name: str, found: Sequence[str]) -> str:
    """The stays as a list, the returns marked, and their numbers."""
    seen: set[str] = set()
    lines = []
    for module in found:
        lines.append(f"  {module}{'  (return)' if module in seen else ''}")
        seen.add(module)
    numbers = f"{len(found)} stays in {len(seen)} modules, {len(found) - len(seen)} returns"
    without = [module for module, _ in groupby(one for one in found if one != LEDGER)]
    more = f"{len(without) - len(set(without))} without those from and to the ledger"
    return "\n".join([f"{name}: {numbers} ({more})", *lines])


if __name__ == "__main__":
    walked, *more = sys.argv[1:] or ["feedsvc.scan.run"]
    with one_changed(walked) as changed:
        print(report(walked, stays(changed, LEAVES.union(more))))  # noqa: T201 - what it is for
