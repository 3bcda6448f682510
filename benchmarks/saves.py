"""Every save is soon in the feed: `python -m benchmarks.saves --minutes 10`.

Articles are saved at random moments, alongside `feedsvc scan`, `scan --full`, SIGHUP to the service
and steps of its clock by an hour, with the periodic rescan an hour away. Each save must be in the
feed within the settle time and two seconds. Prints how long the saves took and how many of each
disturbance there were; exit status 1 says what went wrong.
"""

from __future__ import annotations

import argparse
import os
import random
import re
import signal
import subprocess
import sys
import tempfile
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path
from statistics import median

import httpx
import pytest

from tests.clock import Clock
from tests.site import CONFIG, FEEDSVC, PATIENCE, Service, Site

HOUR = 3600
SETTLE_SECONDS = 0.2
ALLOWED_SECONDS = SETTLE_SECONDS + 2
AROUND_SECONDS = 5.0  # before a late save, in which a disturbance may be the cause
POLL_SECONDS = 0.05
SAVE_SECONDS, DISTURB_SECONDS = 1.0, 2.0  # on average between two
EDITS = 0.3  # of the saves
ARTICLES = 300  # at first, so that `scan --full` takes a moment
SERVICE = {
    "ARTICLES__SETTLE_SECONDS": SETTLE_SECONDS,
    "SCHEDULE__RESCAN_SECONDS": HOUR,
    "PUBLISH__BURST": 1000,
}


@dataclass(frozen=True)
class Result:
    """When each title was saved and first shown, and each disturbance began."""

    saved: dict[str, float]
    shown: dict[str, float]
    disturbances: list[tuple[float, str]]
    log: str

    @property
    def seconds(self) -> list[float]:
        """How long each save took."""
        return [self.shown[title] - moment for title, moment in self.saved.items()]

    @property
    def missing(self) -> list[str]:
        """What was saved and never shown."""
        return sorted(self.saved.keys() - self.shown.keys())

    def late(self) -> Iterator[str]:
        """Each save that took too long, with what happened around it."""
        for title, saved in self.saved.items():
            if (took := self.shown[title] - saved) > ALLOWED_SECONDS:
                around = [
                    f"{what} at {moment - saved:+.1f} s"
                    for moment, what in self.disturbances
                    if -AROUND_SECONDS < moment - saved < took
                ]
                yield f"{title} took {took:.2f} s ({', '.join(around)})"

    def __str__(self) -> str:
        seconds, counts = self.seconds, Counter(what for _, what in self.disturbances)
        times = f"median {median(seconds):.2f} s, maximum {max(seconds):.2f} s"
        return f"{len(seconds)} saves: {times}; {dict(counts)}"


class Feed(threading.Thread):
    """Follows the feed, and notes when it first shows each title."""

    def __init__(self, address: str) -> None:
        super().__init__(name="feed", daemon=True)
        self._address, self._over = f"{address}/feed.atom", threading.Event()
        self.shown: dict[str, float] = {}

    def run(self) -> None:
        with httpx.Client(timeout=PATIENCE) as client:
            while not self._over.wait(POLL_SECONDS):
                try:
                    text = client.get(self._address).text
                except httpx.TransportError:
                    continue  # others judge how a web server is replaced
                now = time.monotonic()
                for title in re.findall(r"Save \d+", text):
                    self.shown.setdefault(title, now)

    def stop(self) -> None:
        self._over.set()
        self.join()


class Desk:
    """Saves articles: new ones, and edits of recent ones that the feed shows."""

    def __init__(self, site: Site, feed: Feed, chance: random.Random) -> None:
        self._site, self._feed, self._chance = site, feed, chance
        self._titles: dict[str, str] = {}
        self.saved: dict[str, float] = {}

    def save(self) -> None:
        """Save one article."""
        title = f"Save {len(self.saved):06}"
        recent = list(self._titles.items())[-5:]
        shown = [path for path, last in recent if last in self._feed.shown]
        edit = shown and self._chance.random() < EDITS
        path = self._chance.choice(shown) if edit else f"save-{len(self.saved)}.txt"
        # a day that is past by every clock here, and not yet old
        date = (datetime.now(UTC) - timedelta(days=2)).isoformat()
        self._site.write(path, title=title, date=date)
        self._titles[path] = title
        self.saved[title] = time.monotonic()


class Disturbances:
    """What else happens to the service and its ledger."""

    def __init__(self, site: Site, service: Service, clock: Clock, chance: random.Random) -> None:
        self._site, self._service, self._clock, self._chance = site, service, clock, chance
        self._scans: list[subprocess.Popen[bytes]] = []
        self._deck: list[str] = []
        self.done: list[tuple[float, str]] = []

    def disturb(self) -> None:
        """Do one of them, all in turn but in any order."""
        acts: dict[str, Callable[[], None]] = {
            "scan": self.scan,
            "scan --full": partial(self.scan, "--full"),
            "SIGHUP": partial(self._service.process.send_signal, signal.SIGHUP),
            "clock": self.step_clock,
        }
        self._deck = self._deck or self._chance.sample(list(acts), len(acts))
        what = self._deck.pop()
        self.done.append((time.monotonic(), what))
        acts[what]()

    def scan(self, *options: str) -> None:
        """Start a scan by hand, perhaps while another runs."""
        with (self._site.base / "scans.log").open("ab") as log:
            scan = subprocess.Popen(  # noqa: S603 - our own command
                [*FEEDSVC, "scan", *options],
                env=self._site.environment(SERVICE),
                stdout=log,
                stderr=log,
            )
        self._scans.append(scan)

    def step_clock(self) -> None:
        """Set the clock an hour back or ahead, or right again."""
        steps = [-HOUR, HOUR] if self._clock.seconds == 0 else [-self._clock.seconds]
        self._clock.step(self._chance.choice(steps))

    def end(self) -> None:
        """Wait for the scans by hand."""
        for scan in self._scans:
            scan.wait(PATIENCE)


@contextmanager
def served(site: Site, clock: Clock) -> Iterator[Service]:
    """The service, which goes by this clock, as do commands that are started meanwhile."""
    with pytest.MonkeyPatch.context() as patch:
        for name, value in clock.environment().items():
            patch.setenv(name, value)
        service = Service(site, "serve", SERVICE)
        try:
            service.ready()
            yield service
        finally:
            service.stop()


def campaign(site: Site, seconds: float, chance: random.Random) -> Result:
    """Save and disturb for so long."""
    for number in range(ARTICLES):
        site.write(f"old/{number}.txt", title=f"Old {number}")
    clock = Clock(site.base)
    with served(site, clock) as service:
        feed = Feed(service.address)
        # each by chances of its own, so that a seed gives the same moments again
        desk = Desk(site, feed, random.Random(chance.random()))  # noqa: S311
        disturbances = Disturbances(site, service, clock, random.Random(chance.random()))  # noqa: S311
        feed.start()
        live(desk, disturbances, seconds, chance)
        wait_until_shown(desk, feed)
        feed.stop()
        disturbances.end()
    return Result(desk.saved, feed.shown, disturbances.done, service.log)


def live(desk: Desk, disturbances: Disturbances, seconds: float, chance: random.Random) -> None:
    """Save and disturb at random moments."""
    end = time.monotonic() + seconds
    save = disturb = time.monotonic()
    while (moment := min(save, disturb)) < end:
        time.sleep(max(0.0, moment - time.monotonic()))
        if moment == save:
            desk.save()
            save += chance.expovariate(1 / SAVE_SECONDS)
        else:
            disturbances.disturb()
            disturb += chance.expovariate(1 / DISTURB_SECONDS)


def wait_until_shown(desk: Desk, feed: Feed) -> None:
    """Wait until the feed has shown every save, or patience ends."""
    deadline = time.monotonic() + PATIENCE
    while desk.saved.keys() - feed.shown.keys() and time.monotonic() < deadline:
        time.sleep(POLL_SECONDS)


def main() -> str | None:
    """Run the long form; what went wrong."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--minutes", type=float, default=10)
    parser.add_argument("--seed", type=int, default=os.getpid())
    given = parser.parse_args()
    print(f"seed {given.seed}")  # noqa: T201
    with tempfile.TemporaryDirectory() as base:
        result = campaign(
            Site(Path(base), CONFIG),
            given.minutes * 60,
            random.Random(given.seed),  # noqa: S311
        )
    if result.missing:
        return f"never in the feed: {', '.join(result.missing)}"
    print(result)  # noqa: T201
    return "\n".join(result.late()) or None


if __name__ == "__main__":
    sys.exit(main())
