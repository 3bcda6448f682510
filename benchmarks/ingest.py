"""Reading a folder: feedsvc beside Hugo building only the feed, and `find` as the floor.

    python -m benchmarks.ingest [--articles 100000] [--folder DIR] [--no-hugo]

The same articles for both: a first import, a rescan with no change, one file added. While feedsvc
scans, its web server is asked for the feed, and while it serves, the file is added.
"""

from __future__ import annotations

import argparse
import shutil
import sqlite3
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import httpx

from benchmarks.articles import article, make
from benchmarks.processes import Cost, Session

FEEDSVC = (sys.executable, "-P", "-m", "feedsvc")
PORT = 8917
FEED = f"http://127.0.0.1:{PORT}/feed.atom"
SETTLE = 2
RESCANS = 5
RUNS_OF_FIND = 5
MB = 1 << 20

CONFIG = """\
[site]
id = "benchmark"
title = "Benchmark"
base_url = "http://127.0.0.1:{port}"
[articles]
folder = "{folder}"
settle_seconds = {settle}
[schedule]
rescan_seconds = {rescan}
[http]
port = {port}
full_answers_per_minute = 0
"""

HUGO = """\
baseURL = "http://example.org/"
title = "Benchmark"
contentDir = "{folder}"
disableKinds = ["section", "taxonomy", "term", "sitemap", "robotsTXT", "404"]
[outputs]
home = ["RSS"]
[services.rss]
limit = 50
[[cascade]]
[cascade.build]
render = "never"
list = "always"
publishResources = false
[cascade.target]
kind = "page"
"""


@dataclass(slots=True)
class Polls:
    """What came of asking for the feed while something else went on."""

    seconds: list[float] = field(default_factory=list)
    failed: int = 0

    def ask(self) -> httpx.Response | None:
        """Ask once."""
        started = time.monotonic()
        try:
            response = httpx.get(FEED, timeout=10)
        except httpx.TransportError:
            self.failed += 1
            return None
        self.seconds.append(time.monotonic() - started)
        self.failed += response.status_code >= httpx.codes.INTERNAL_SERVER_ERROR
        return response


class Feedsvc:
    """feedsvc on a folder of articles, its ledger in a place of its own."""

    def __init__(self, base: Path, content: Path) -> None:
        self.base = base
        self.content = content
        self.log = base / "feedsvc.log"
        self._configure(rescan=3600)

    def _configure(self, rescan: float) -> None:
        text = CONFIG.format(port=PORT, folder=self.content, settle=SETTLE, rescan=rescan)
        (self.base / "config.toml").write_text(text, encoding="utf-8")

    def start(self, command: str) -> Session:
        """Start one of its commands."""
        variables = {"FEEDSVC_CONFIG": str(self.base / "config.toml")}
        return Session([*FEEDSVC, command], variables, self.log)

    def first_import(self) -> Cost:
        """`feedsvc scan` on an empty ledger."""
        for file in self.base.glob("feedsvc.db*"):
            file.unlink()
        return self.start("scan").wait()

    def rescan(self) -> tuple[Cost, Polls]:
        """`feedsvc scan` with nothing changed, while `feedsvc web` is asked for the feed."""
        polls = Polls()
        with self.running("web"):
            time.sleep(3)  # until it listens
            scan = self.start("scan")
            while scan.process.poll() is None:
                polls.ask()
                time.sleep(0.1)
            return scan.wait(), polls

    def rescan_inside(self) -> float:
        """The median wall time in seconds of a running scheduler's scans with nothing changed."""
        before = len(self._scans())
        self._configure(rescan=1)
        with self.running("scheduler"):
            while len(self._scans()) < before + RESCANS:
                time.sleep(1)
        self._configure(rescan=3600)
        return statistics.median(self._scans()[:RESCANS])

    def _scans(self) -> list[float]:
        """The durations in seconds of the latest scans, the newest first."""
        with sqlite3.connect(self.base / "feedsvc.db") as connection:
            rows = connection.execute(
                "SELECT finished - started FROM scans WHERE outcome = 'committed' "
                "ORDER BY token DESC"
            )
            return [row[0] / 1_000_000 for row in rows]

    def one_added(self, index: int) -> Cost:
        """From closing a new file to its entry in the feed, and the CPU until a second later."""
        title = f"Article number {index} &amp; more"
        with self.running("serve") as service:
            while (response := Polls().ask()) is None or response.status_code != httpx.codes.OK:
                time.sleep(0.2)
            time.sleep(3)  # the scan at the start is over
            before = service.cpu
            file = self.content / "post" / "added.md"
            file.write_text(article(index, ["Added.\n"] * 7).replace("2010-", "2026-"))
            written = time.monotonic()
            while title not in httpx.get(FEED).text:
                time.sleep(0.1)
            wall = time.monotonic() - written
            time.sleep(1)
            cost = Cost(wall, service.cpu - before, service.memory)
        file.unlink()
        return cost

    @contextmanager
    def running(self, command: str) -> Iterator[Session]:
        """A service for the length of the block."""
        service = self.start(command)
        try:
            yield service
        finally:
            service.stop()


def hugo(base: Path, content: Path) -> Cost:
    """Build the feed of the folder, from nothing, which is also what Hugo does for one file."""
    site = base / "hugo"
    shutil.rmtree(site, ignore_errors=True)
    site.mkdir()
    (site / "hugo.toml").write_text(HUGO.format(folder=content), encoding="utf-8")
    command = Path(sys.executable).parent / "hugo"
    cost = Session([str(command), "--quiet", "--source", str(site)], {}, base / "hugo.log").wait()
    items = (site / "public" / "index.xml").read_text(encoding="utf-8").count("<item>")
    if items != 50:  # noqa: PLR2004
        raise RuntimeError(f"Hugo wrote {items} items instead of 50")
    return cost


def find(content: Path) -> float:
    """The median wall time in seconds of `find -printf` on the same tree."""
    found = []
    for _ in range(RUNS_OF_FIND):
        started = time.monotonic()
        command = ["find", str(content), "-printf", "%p %T@ %s\n"]
        subprocess.run(command, stdout=subprocess.DEVNULL, check=True)  # noqa: S603
        found.append(time.monotonic() - started)
    return statistics.median(found)


def told(name: str, cost: Cost) -> str:
    """One line of the table."""
    return f"{name:34}{cost.wall:9.2f}{cost.cpu:9.2f}{cost.memory / MB:10.0f}"


def main() -> None:
    """Measure, and print a table and the ratios."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--articles", type=int, default=100_000)
    parser.add_argument(
        "--folder", type=Path, default=Path(tempfile.gettempdir()) / "feedsvc-bench"
    )
    parser.add_argument("--no-hugo", action="store_true")
    arguments = parser.parse_args()
    root = arguments.folder / str(arguments.articles)
    root.mkdir(parents=True, exist_ok=True)
    content = make(root, arguments.articles)
    measure(root, content, arguments.articles, with_hugo=not arguments.no_hugo)


def measure(root: Path, content: Path, number: int, *, with_hugo: bool) -> None:
    """Measure everything in one run."""
    ours = Feedsvc(root, content)
    say(f"{number:,} articles{'wall s':>26}{'CPU s':>9}{'peak MB':>10}")
    peer = hugo(root, content) if with_hugo else None
    if peer:
        say(told("Hugo, build", peer))
    imported = ours.first_import()
    say(told("feedsvc, first import", imported))
    floor = find(content)
    rescanned, polls = ours.rescan()
    inside = ours.rescan_inside()
    say(told("feedsvc scan, no change", rescanned))
    say(f"{'  of which the scan (running)':34}{inside:9.2f}")
    say(f"{'find -printf':34}{floor:9.2f}")
    added = ours.one_added(number)
    say(told("feedsvc, one file added", added))
    say(
        f"asked for the feed during the rescan: {len(polls.seconds)} answers, {polls.failed} failed"
        f", median {1000 * statistics.median(polls.seconds):.0f} ms"
        f", worst {1000 * max(polls.seconds):.0f} ms"
    )
    say(f"rescan / find: {inside / floor:.2f}")
    say(f"one file added: seen {added.wall - SETTLE:.2f} s after the settle time")
    if peer:
        say(f"first import / Hugo: wall {imported.wall / peer.wall:.2f}")
        say(f"first import / Hugo: memory {imported.memory / peer.memory:.2f}")
        say(f"one file added / Hugo: CPU 1/{peer.cpu / added.cpu:.0f}")


def say(line: str) -> None:
    """Print at once, for this takes minutes."""
    print(line, flush=True)  # noqa: T201 - this is what it is for


if __name__ == "__main__":
    main()
