"""Kill an import with SIGKILL at random moments, and compare what the next scan leaves.

`python -m tests.import_kill --files 10000 --kills 20` makes a folder, imports it undisturbed and
then, as often as asked, imports it into an empty ledger in a process of its own that is killed in
one phase after the other. Each time the next scan must leave the same ledger, row by row, and no
process of the killed one may live on. Prints when each was killed and what it was at.
"""

from __future__ import annotations

import argparse
import os
import random
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from datetime import datetime, timedelta
from itertools import pairwise
from pathlib import Path
from typing import Any

from feedsvc import config as configuration
from feedsvc.config import Config
from feedsvc.ledger.migrating import migrate
from feedsvc.ledger.store import Store
from feedsvc.scan import run
from feedsvc.scan.run import Clock, Publisher
from tests.ledgers import empty, ledger

NOW = datetime.fromisoformat("2026-06-01T12:00:00Z")
PHASES = ("starting", "looking", "reading", "planning", "committing", "ending")
ORPHAN_SECONDS = 10.0  # in which what a killed scan had started must be gone
CONFIG = """\
[site]
id = "killed"
title = "Killed"
base_url = "http://feeds.example"
[articles]
folder = "articles"
settle_seconds = 0
[store]
url = "sqlite:///ledger.db"
"""

# not `-m`: what is the main module is imported by each worker too
PROGRAM = "import sys; from tests import import_kill; import_kill.scan_telling(*sys.argv[1:])"


def _news(number: int, date: str) -> str:
    origin = f"Original: [Wire](https://wire.example/{number // 2 if number % 50 else 0})"
    return f"# News {number}\n\nPublished at: **{date}**\n\n{origin}\n\nA paragraph.\n\nAnother.\n"


def _yaml(number: int, date: str) -> str:
    claimed = f"id: id-{number // 40}\n" if number % 20 == 1 else ""
    draft = "draft: true\n" if number % 35 == 1 else ""
    keys = f"title: Post {number}\ndate: {date}\n{claimed}{draft}tags: [one, t{number % 7}]\n"
    return f"---\n{keys}---\n\nSome *text* and ![a picture](picture.png).\n"


def _toml(number: int, _date: str) -> str:
    return f'+++\ntitle = "Note {number}"\n+++\n\n* one\n* two\n'


def _html(number: int, date: str) -> str:
    meta = f'<meta property="article:published_time" content="{date}">'
    return f"<html><head><title>Page {number}</title>{meta}</head><body><p>Text.</p></body></html>"


def _broken(number: int, _date: str) -> str:
    return f"# Broken {number}\n\nPublished at: **yesterday**\n\nText.\n"


FORMATS: tuple[tuple[str, Callable[[int, str], str]], ...] = (
    ("txt", _news), ("md", _yaml), ("md", _toml), ("html", _html), ("md", _yaml), ("txt", _news),
    ("txt", _broken),
)  # fmt: skip


def make_files(folder: Path, count: int) -> None:
    """Small articles in all layouts: some held, drafts, broken, or of one id or origin."""
    for number in range(count):
        suffix, layout = FORMATS[number % len(FORMATS)]
        date = (NOW - timedelta(hours=count - 20) + timedelta(hours=number)).isoformat()
        file = folder / f"section {number % 9}" / f"{number:06}.{suffix}"
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(layout(number, date), encoding="utf-8")
    for section in folder.iterdir():
        (section / "picture.png").write_bytes(b"\x89PNG")


def scan(config: Config) -> None:
    """One scan with a clock that stands still."""
    store = Store(config.store.url)
    migrate(store)
    run.scan(Publisher(store, config, Clock(lambda: NOW, lambda _seconds: None)))
    store.close()


def telling(pipe: int, phase: str, work: Callable[..., Any]) -> Callable[..., Any]:
    """`work`, which says on the pipe that it begins."""

    def told(*arguments: Any, **named: Any) -> Any:
        os.write(pipe, f"{phase}\n".encode())
        return work(*arguments, **named)

    return told


def scan_telling(file: str, number: str) -> None:
    """The scan that may be killed: each phase is told on the pipe of that number as it begins."""
    config, pipe = configuration.load(Path(file)), int(number)
    for phase, name in zip(
        PHASES[1:5], ("prepare", "read_changed", "decide", "apply"), strict=True
    ):
        setattr(run, name, telling(pipe, phase, getattr(run, name)))
    telling(pipe, PHASES[0], scan)(config)
    os.write(pipe, f"{PHASES[5]}\n".encode())


class Import:
    """An import in a process of its own, and when each of its phases began."""

    def __init__(self, file: Path) -> None:
        self.began: dict[str, float] = {}
        out, into = os.pipe()
        self._told = os.fdopen(out, encoding="utf-8")
        self.process = subprocess.Popen(
            [sys.executable, "-c", PROGRAM, str(file), str(into)],
            pass_fds=[into],
            start_new_session=True,
        )
        os.close(into)

    def follow(self, last: str = "") -> None:
        """Read what it tells, up to the phase `last` or to its end."""
        while last not in self.began and (line := self._told.readline()):
            self.began[line.strip()] = time.monotonic()

    def kill(self) -> None:
        """Kill it, as nothing can be prepared for."""
        self.process.send_signal(signal.SIGKILL)
        self.process.wait()

    def orphans(self) -> list[int]:
        """Its session's processes that are still there after a while."""
        deadline = time.monotonic() + ORPHAN_SECONDS
        while (found := _of_session(self.process.pid)) and time.monotonic() < deadline:
            time.sleep(0.02)
        for number in found:
            os.kill(number, signal.SIGKILL)
        return found


def _of_session(session: int) -> list[int]:
    found = []
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            fields = (folder / "stat").read_text(encoding="utf-8").rpartition(")")[2].split()
        except (FileNotFoundError, ProcessLookupError):
            continue  # ended meanwhile
        if int(fields[3]) == session and fields[0] != "Z":
            found.append(int(folder.name))
    return found


def durations(file: Path) -> dict[str, float]:
    """How long each phase of an undisturbed import takes, in seconds."""
    undisturbed = Import(file)
    undisturbed.follow()
    if undisturbed.process.wait() or undisturbed.orphans():
        sys.exit("the undisturbed import failed, or left processes behind")
    return {
        phase: undisturbed.began[following] - undisturbed.began[phase]
        for phase, following in pairwise(PHASES)
    }


def kill_one(file: Path, phase: str, seconds: float) -> str:
    """Import, and kill that so long after the phase began; what it was at and when, or why not."""
    victim = Import(file)
    victim.follow(phase)
    time.sleep(seconds)
    victim.kill()
    moment = time.monotonic() - victim.began[PHASES[0]]
    orphans = victim.orphans()  # these hold the pipe, so it is read to its end afterwards
    victim.follow()
    if orphans:
        sys.exit(f"{len(orphans)} processes outlived the scan that was killed while {phase}")
    return f"after {moment:.3f} s, {list(victim.began)[-1]}"


def main(config: Config, file: Path, kills: int, chance: random.Random) -> None:
    """Kill so many imports, each phase in turn, and compare what the scan after each leaves."""
    empty(config)
    lengths = durations(file)
    expected = ledger(config)
    told = ", ".join(f"{name}: {len(rows)}" for name, rows in expected.items())
    print(f"undisturbed: {sum(lengths.values()):.3f} s; {told}")  # noqa: T201
    for number in range(1, kills + 1):
        empty(config)
        phase = PHASES[2:5][number % 3] if number % 5 else PHASES[number // 5 % 2]
        told = kill_one(file, phase, chance.random() * lengths[phase])
        before = len(ledger(config)["entries"])
        scan(config)
        if (found := ledger(config)) != expected:
            tables = [name for name in expected if found[name] != expected[name]]
            sys.exit(f"killed {told}: another ledger in {', '.join(tables)}")
        print(f"killed {number}: {told}, {before} entries then")  # noqa: T201


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--files", type=int, default=10_000)
    parser.add_argument("--kills", type=int, default=20)
    parser.add_argument("--seed", type=int, default=time.time_ns() % 1_000_000)
    return parser.parse_args()


if __name__ == "__main__":
    given = _arguments()
    print(f"seed {given.seed}")  # noqa: T201
    with tempfile.TemporaryDirectory() as place:
        made = Path(place) / "config.toml"
        made.write_text(CONFIG, encoding="utf-8")
        make_files(made.parent / "articles", given.files)
        main(configuration.load(made), made, given.kills, random.Random(given.seed))
