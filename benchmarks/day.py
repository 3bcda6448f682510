"""A day of 10,000 subscribers: feedsvc beside nginx serving the file and a plain Flask view.

    python -m benchmarks.day [--subscribers 10000]

Of a hundred subscribers, 65 send back both validators and take gzip, 5 the entity tag alone, 7
the date alone, 15 none; 3 send both and take no gzip, 5 neither. 5 ask every 5 minutes, 10 every
10, 20 every 15, 30 every 30 and 35 every 60.

There are 48 new articles, one each half hour. The polls between two revisions are made as fast as
the servers answer, in the order of the day, first to one server and then to the next, so that all
meet the machine in the same moods. What is counted is the kernel's account of all processes of a
server from the commit of a revision, whose building it pays, until its last poll. The commit and
the writing of nginx's files are done here and not counted. Nobody has a validator when the day
begins. The plain view is asked by a sample of subscribers, all kinds in proportion, and its
figures are multiplied: its CPU is known that way, but a few readers without gzip more or less
change its bytes, which are not compared.
"""

from __future__ import annotations

import argparse
import os
import tempfile
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from http.client import HTTPConnection
from pathlib import Path

from benchmarks.newspaper import BETWEEN, PATH, Newspaper
from benchmarks.servers import CLIENTS_CORE, OURS, PLAIN, STATIC, Server, servers
from benchmarks.subscribers import DAY, Client, Subscriber, polls, subscribers

ARTICLES = 1000
SAMPLED = 500  # one of so many subscribers asks the plain view
FEWEST = 10
REVISION_SECONDS = 30
LOOK_SECONDS = 0.05
GB = 1 << 30
Polls = list[list[Subscriber]]  # those of each half hour


@dataclass(slots=True)
class Day:
    """What a server is asked, and in the end what it did: CPU seconds, and answers."""

    server: Server
    client: Client
    polls: Polls
    cpu: float = 0.0

    @property
    def number(self) -> int:
        """How many polls it is asked."""
        return sum(len(some) for some in self.polls)


def main() -> None:
    """Fill a ledger, start the servers, let the day pass, print."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--subscribers", type=int, default=10_000)
    arguments = parser.parse_args()
    os.sched_setaffinity(0, {CLIENTS_CORE})
    with tempfile.TemporaryDirectory() as folder:
        paper = Newspaper(Path(folder), ARTICLES)
        with servers(paper) as running:
            days = _days(running, subscribers(arguments.subscribers))
            began = time.monotonic()
            _pass(paper, days)
            took = time.monotonic() - began
            _say(f"a day of {arguments.subscribers:,} subscribers in {took:.0f} s")
            _report(days)


def _days(running: Mapping[str, Server], those: Sequence[Subscriber]) -> list[Day]:
    """The day of each server; feedsvc comes first, for its answers are nginx's files."""
    some = those[:: max(1, len(those) // max(FEWEST, len(those) // SAMPLED))]
    asked = {STATIC: _by_half_hour(those), PLAIN: _by_half_hour(some)}
    asked[OURS] = asked[STATIC]
    names = (OURS, STATIC, PLAIN)
    return [Day(running[one], Client(one, running[one].port), asked[one]) for one in names]


def _by_half_hour(those: Sequence[Subscriber]) -> Polls:
    parts: Polls = [[] for _ in range(int(DAY / BETWEEN.total_seconds()))]
    for moment, one in polls(those):
        parts[int(moment / BETWEEN.total_seconds())].append(one)
    return parts


def _pass(paper: Newspaper, days: Sequence[Day]) -> None:
    for half_hour in range(len(days[0].polls)):
        paper.publish()
        for day in days:
            before = day.server.session.cpu
            feed = _revision(day.server, paper)
            if day.server.name == OURS:
                paper.write(feed)
            day.client.ask(day.polls[half_hour])
            day.cpu += day.server.session.cpu - before
    for day in days:
        day.client.close()


def _revision(server: Server, paper: Newspaper) -> bytes:
    """The feed, once it has the newest article."""
    title = f"<title>{paper.newest}</title>".encode()
    until = time.monotonic() + REVISION_SECONDS
    while time.monotonic() < until:
        connection = HTTPConnection("127.0.0.1", server.port)
        connection.request("GET", PATH)
        feed = connection.getresponse().read()
        connection.close()
        if title in feed:
            return feed
        time.sleep(LOOK_SECONDS)
    raise SystemExit(f"{server.name} does not serve the new revision")


def _report(days: Sequence[Day]) -> None:
    _say(f"{'':10}{'polls':>10}{'of them 304':>13}{'GB sent':>9}{'CPU s':>10}{'CPU µs each':>13}")
    polls_of_all = days[0].number
    cpu, sent = {}, {}
    for day in days:
        name, answers, times = day.server.name, day.client.answers, polls_of_all / day.number
        cpu[name], sent[name] = day.cpu * times, answers.size * times / GB
        same, each = answers.same / answers.number, day.cpu / day.number * 1_000_000
        _say(f"{name:10}{day.number:10,}{same:13.1%}{sent[name]:9.2f}{cpu[name]:10.1f}{each:13.1f}")
    _say(f"plain: GB and CPU s are those of its polls times {polls_of_all / days[-1].number:.0f}")
    _say(f"CPU, feedsvc / nginx: {cpu[OURS] / cpu[STATIC]:.2f}")
    _say(f"CPU, plain / feedsvc: {cpu[PLAIN] / cpu[OURS]:.0f}")
    _say(f"bytes, feedsvc / nginx: {sent[OURS] / sent[STATIC]:.2f}")


def _say(line: str) -> None:
    print(line, flush=True)  # noqa: T201 - this is what it is for


if __name__ == "__main__":
    main()
