"""A service under the random life of a folder: `python -m benchmarks.soak --minutes 10`.

A poller follows the feed meanwhile. At the end a fresh import of the folder must agree with the
ledger in ids and titles, no answer may have been a 5xx, and the scheduler's memory must not have
grown without bound. Prints counts; exit status 1 says what went wrong.
"""

from __future__ import annotations

import argparse
import os
import random
import sys
import tempfile
import threading
import time
from collections import Counter
from pathlib import Path
from typing import Any

import feedparser
import httpx
from sqlalchemy import select

from feedsvc.ledger.migrating import migrate
from feedsvc.ledger.schema import entries
from feedsvc.ledger.store import Store
from feedsvc.scan import run
from feedsvc.scan.run import Publisher, Request
from tests.processes import child
from tests.site import CONFIG, Service, Site

FEWEST, MOST = 10, 400  # files
GROWTH = 1.5  # times the memory after the first fifth of the time, and no more
POLL_SECONDS = 0.5
FRESH = "sqlite:///BASE/fresh.db"
SETTLE = {"ARTICLES__SETTLE_SECONDS": 0.5, "SCHEDULE__RESCAN_SECONDS": 5}


class Folder:
    """The folder and its random life; every article claims an id of its own."""

    def __init__(self, folder: Path, chance: random.Random) -> None:
        self.folder, self.chance, self.made = folder, chance, 0
        self.done: Counter[str] = Counter()

    def step(self) -> None:
        """Do one thing to one file."""
        acts = [self.write, self.write_slowly, self.rename_into, self.edit, self.edit, self.move]
        acts += [self.delete, self.draft, self.spoil]
        files = sorted(file for file in self.folder.rglob("*.md") if file.is_file())
        act = self.write if len(files) < FEWEST else self.chance.choice(acts)
        act = self.delete if len(files) > MOST else act
        act(self.chance.choice(files) if files else self.folder)
        self.done[act.__name__] += 1

    def place(self) -> Path:
        """A path that is free."""
        self.made += 1
        section = self.chance.choice(["", "news", "news/world", "notes"])
        (self.folder / section).mkdir(parents=True, exist_ok=True)
        return self.folder / section / f"{self.made:06}.md"

    def text(self, key: str, keys: str = "") -> str:
        words = " ".join(self.chance.choices(["AT&T", "<b>", "*one*", "two.", "]]>", "x"], k=40))
        title = f"Title {self.chance.randrange(1_000_000)} of {key}"
        return f"---\ntitle: {title}\nid: {key}\n{keys}---\n\n{words}\n"

    def write(self, _file: Path) -> None:
        file = self.place()
        file.write_text(self.text(file.stem))

    def write_slowly(self, _file: Path) -> None:
        file = self.place()
        text = self.text(file.stem)
        with file.open("w", encoding="utf-8") as handle:
            for part in (text[:30], text[30:60], text[60:]):
                handle.write(part)
                handle.flush()
                time.sleep(self.chance.random())

    def rename_into(self, file: Path) -> None:
        beside = file.with_name(f".{file.name}.new")
        beside.write_text(self.text(self.key(file)))
        beside.rename(file)

    def edit(self, file: Path) -> None:
        file.write_text(self.text(self.key(file)))

    def draft(self, file: Path) -> None:
        file.write_text(self.text(self.key(file), "draft: true\n"))

    def spoil(self, _file: Path) -> None:
        """A file that was never good: what it says by itself, a fresh import says too."""
        file = self.place()
        file.write_bytes(b"---\ntitle: Spoilt\ndate: never\n---\n" + self.chance.randbytes(99))

    def move(self, file: Path) -> None:
        file.rename(self.place())

    def delete(self, file: Path) -> None:
        file.unlink()

    def key(self, file: Path) -> str:
        """The id that the file claims, or one that is new."""
        lines = file.read_bytes().decode("utf-8", "replace").splitlines()
        claimed = [line.removeprefix("id: ") for line in lines if line.startswith("id: ")]
        return claimed[0] if claimed else f"{file.stem}-{self.made}"


class Poller(threading.Thread):
    """Follows the feed with its validator, as a reader would."""

    def __init__(self, address: str) -> None:
        super().__init__(name="poller", daemon=True)
        self.address, self.over = address + "/feed.atom", threading.Event()
        self.answers: Counter[Any] = Counter()
        self.seen: set[str] = set()

    def run(self) -> None:
        tag = ""
        while not self.over.wait(POLL_SECONDS):
            try:
                answer = httpx.get(self.address, headers={"If-None-Match": tag} if tag else {})
            except httpx.TransportError as error:
                self.answers[type(error).__name__] += 1
                continue
            self.answers[answer.status_code] += 1
            if answer.status_code == httpx.codes.OK:
                tag = answer.headers["etag"]
                told = feedparser.parse(answer.content)
                self.answers["malformed"] += bool(told.bozo)
                self.seen.update(entry.id for entry in told.entries)


def scanned(site: Site, url: str) -> dict[str, str]:
    """Id and title of what is published in a ledger once the folder was scanned into it."""
    store = Store(url.replace("BASE", str(site.base)))
    migrate(store)
    run.scan(Publisher(store, site.config()), Request(at_rest=True))
    query = select(entries.c.id, entries.c.title).where(entries.c.withdrawn.is_(None))
    with store.read() as connection:
        found = {row.id: row.title for row in connection.execute(query)}
    store.close()
    return found


def soak(site: Site, minutes: float, chance: random.Random) -> list[str]:
    """Let the folder live for so long; what went wrong."""
    folder = Folder(site.folder, chance)
    folder.step()
    service = Service(site, "serve", SETTLE | {"PUBLISH__BURST": 1000})
    try:
        service.ready()
        scheduler = child(service.process.pid, "scheduler")
        poller = Poller(service.address)
        poller.start()
        sizes = live(folder, scheduler, minutes)
        poller.over.set()
        poller.join()
    finally:
        status = service.stop()
    found, expected = scanned(site, site.config().store.url), scanned(site, FRESH)
    early, odd = max(sizes[: len(sizes) // 5 + 1]), set(poller.answers) - {200, 304, "malformed"}
    print(f"done: {dict(folder.done)}; answers: {dict(poller.answers)}")  # noqa: T201
    print(f"seen in the feed: {len(poller.seen)}; living: {len(found)}")  # noqa: T201
    print(f"the scheduler's memory: {early} kB at first, {sizes[-1]} kB at last")  # noqa: T201
    wrong = {
        f"answers {odd}": bool(odd),
        "a feed was malformed": poller.answers["malformed"],
        f"the ledger differs in {len(found.items() ^ expected.items())}": found != expected,
        f"memory grew to {sizes[-1]} kB": sizes[-1] > GROWTH * early,
        f"the service ended with {status}": status,
        "the log has a traceback": "Traceback" in service.log,
    }
    return [what for what, is_so in wrong.items() if is_so]


def live(folder: Folder, scheduler: int, minutes: float) -> list[int]:
    """Do one thing after the other; the scheduler's memory in kB after each."""
    sizes, status = [], Path(f"/proc/{scheduler}/status")
    deadline = time.monotonic() + minutes * 60
    while time.monotonic() < deadline:
        folder.step()
        sizes.append(int(status.read_text().partition("VmRSS:")[2].split()[0]))
        time.sleep(folder.chance.random() / 4)
    return sizes


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--minutes", type=float, default=10)
    parser.add_argument("--seed", type=int, default=os.getpid())
    given = parser.parse_args()
    print(f"seed {given.seed}")  # noqa: T201
    with tempfile.TemporaryDirectory() as base:
        wrongs = soak(Site(Path(base), CONFIG), given.minutes, random.Random(given.seed))  # noqa: S311
    sys.exit("\n".join(wrongs) or None)
