"""Hosts whose clocks are hours apart on one PostgreSQL, their schedulers killed and frozen."""

from __future__ import annotations

import os
import signal
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from itertools import count
from pathlib import Path

import pytest
from sqlalchemy import select, text

from feedsvc.ledger.leases import SCHEDULER
from feedsvc.ledger.migrating import migrate
from feedsvc.ledger.schema import changes, leases
from feedsvc.ledger.store import Store
from feedsvc.ledger.timeouts import Timeouts
from tests.campaigns import LONG
from tests.clock import Clock
from tests.databases import new_database
from tests.site import PATIENCE, Service, Site, eventually

pytestmark = pytest.mark.slow

HOUR = 3600
SCHEDULER_CLOCKS, WEB_CLOCKS = (HOUR, -HOUR), (0, -HOUR)
# A kill takes the standby two seconds, a freeze thirty. Each turn strikes the other host, so in
# six turns both are killed, and both are frozen.
KILL, FREEZE = signal.SIGKILL, signal.SIGSTOP
TURNS = (KILL, FREEZE, FREEZE) * 4 if LONG else (KILL, FREEZE)
TAKEOVER = 40 if LONG else PATIENCE  # seconds; the short form runs beside many other tests
PATIENT = Timeouts(lock=PATIENCE, statement=PATIENCE, idle=PATIENCE)
WAITS = "wait_event_type = 'Lock'"
HAS_LOCKS = "state = 'idle in transaction'"


class Hosts:
    """Two schedulers and two web processes, each with its own idea of the time."""

    def __init__(self, site: Site, store: Store, serve: Callable[..., Service]) -> None:
        self.site, self.store, self._serve = site, store, serve
        self._url = store.engine.url.render_as_string(hide_password=False)
        self._titles = count()
        self.written: list[str] = []
        self.webs = [self.start("web", ahead) for ahead in WEB_CLOCKS]
        self.schedulers = {ahead: self.start("scheduler", ahead) for ahead in SCHEDULER_CLOCKS}

    def start(self, command: str, ahead: int) -> Service:
        """Start a command on the host whose clock is `ahead` by so many seconds."""
        folder = self.site.base / f"clock{ahead}"
        folder.mkdir(exist_ok=True)
        clock = Clock(folder)
        clock.step(ahead)
        with pytest.MonkeyPatch.context() as patch:
            for name, value in clock.environment().items():
                patch.setenv(name, value)
            return self._serve(command, STORE__URL=self._url)

    def write(self) -> str:
        """Write one more article and return its title."""
        title = f"Number {next(self._titles):03}."
        self.site.write(f"{len(self.written)}.txt", title=title)
        self.written.append(title)
        return title

    def active(self) -> int:
        """Whose scheduler works: how far ahead its clock is."""

        def found() -> list[int]:
            with self.store.read() as connection:
                row = select(leases.c.holder).where(leases.c.name == SCHEDULER)
                holder = connection.scalar(row) or ""
            number = holder.rpartition(" process ")[2]
            return [a for a, one in self.schedulers.items() if str(one.process.pid) == number]

        (ahead,) = eventually(found, "no scheduler has the lease")
        assert isinstance(ahead, int)
        return ahead

    def in_commit(self, state: str) -> bool:
        """Whether some process is within its commit, and there in this state."""
        query = (
            "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() "  # noqa: S608
            f"AND {state} AND query ILIKE 'INSERT INTO changes%'"
        )
        with self.store.read() as connection:
            return bool(connection.scalar(text(query)))

    @contextmanager
    def holding_commits(self) -> Iterator[None]:
        """Nobody gets further in a commit than to its changes in the change log."""
        with self.store.write(PATIENT) as connection:
            connection.execute(text("LOCK TABLE changes IN SHARE MODE"))
            yield

    def strike(self, number: int) -> int:
        """Signal the active scheduler in the middle of its commit; returns whose it is."""
        while True:
            active = self.active()
            with self.holding_commits():
                self.write()
                eventually(lambda: self.in_commit(WAITS), "it does not commit")
                os.kill(self.schedulers[active].process.pid, number)
            if number != FREEZE or self.stands_in_commit():
                return active
            os.kill(self.schedulers[active].process.pid, signal.SIGCONT)

    def stands_in_commit(self) -> bool:
        """Whether the frozen one has locks, and did not just give up waiting for ours."""
        deadline = time.monotonic() + 5
        while time.monotonic() < deadline:
            if self.in_commit(HAS_LOCKS):
                return True
        return False

    def served(self) -> bool:
        """Whether each web process shows all that was written, each once."""
        for web in self.webs:
            feed = web.get("/feed.atom").text
            if any(feed.count(f"<title>{title}</title>") != 1 for title in self.written):
                return False
        return True

    def change_log(self) -> list[tuple[int, str, str]]:
        with self.store.read() as connection:
            query = select(changes.c.sequence, changes.c.kind, changes.c.entry)
            rows = connection.execute(query.order_by(changes.c.sequence))
            return [(row.sequence, row.kind, row.entry) for row in rows]


@pytest.fixture
def hosts(
    postgres: str, site: Site, tmp_path: Path, serve: Callable[..., Service]
) -> Iterator[Hosts]:
    url = new_database(postgres, f"takeover_{tmp_path.parent.name.replace('-', '_')}", "template1")
    site.file.write_text(site.file.read_text() + "[feed]\nentries = 500\n", encoding="utf-8")
    with closing(Store(url)) as store:
        migrate(store)
        yield Hosts(site, store, serve)


def test_a_scheduler_struck_in_its_commit_is_followed_and_nothing_is_lost_or_told_twice(
    hosts: Hosts,
) -> None:
    hosts.write()
    for web in hosts.webs:
        web.ready()
    for number in TURNS:
        struck = hosts.strike(number)
        began = time.monotonic()
        eventually(lambda: hosts.active() != struck, "nobody took over")  # noqa: B023 - called at once
        took = time.monotonic() - began
        print(f"{signal.Signals(number).name} at {struck:+} s: taken over after {took:.1f} s")  # noqa: T201 - what the soak shows
        assert took < TAKEOVER
        hosts.write()
        eventually(hosts.served, "an article is not served")
        if number == FREEZE:
            former = hosts.schedulers[struck]
            former.process.send_signal(signal.SIGCONT)
            follower = hosts.schedulers[-struck].process.pid
            former.logged(f"standing by: the scheduler lease is held by .* process {follower}")
        else:
            hosts.schedulers[struck] = hosts.start("scheduler", struck)
    hosts.write()
    eventually(hosts.served, "the last article is not served")
    change_log = hosts.change_log()
    assert [sequence for sequence, _, _ in change_log] == list(range(1, len(change_log) + 1))
    released = Counter(entry for _, kind, entry in change_log if kind in ("imported", "released"))
    assert set(released.values()) == {1}
    assert len(released) == len(hosts.written)
