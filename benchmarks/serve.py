"""What an answer costs: feedsvc beside nginx with the same bytes from disk and a plain Flask view.

    python -m benchmarks.serve [--articles 100000] [--rounds 5] [--seconds 3]

One feed of 50 entries, asked for by wrk without pause: whole and compressed, and with the entity
tag of what is served. The servers have one core, wrk another; nginx and wrk are Debian's. CPU is
the kernel's account of all processes of a server. Figures are medians of rounds that take turns.
"""

from __future__ import annotations

import argparse
import gzip
import re
import statistics
import subprocess
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import httpx

from benchmarks.newspaper import ENTRIES, Newspaper
from benchmarks.servers import CLIENTS_CORE, OURS, PLAIN, STATIC, Server, found, servers

CONNECTIONS = 8
WARM_SECONDS = 1
MICRO = 1_000_000
MB = 1 << 20
Headers = dict[str, str]


@dataclass(frozen=True, slots=True)
class Load:
    """What is asked for: the status that answers it, and the headers for each server."""

    name: str
    status: int
    asks: Mapping[str, Headers]


@dataclass(frozen=True, slots=True)
class Rate:
    """Requests a second, and CPU microseconds of the server for each."""

    requests: float
    cpu: float


Rates = dict[tuple[str, str], list[Rate]]


def main() -> None:
    """Fill a ledger, start the servers, measure, print."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--articles", type=int, default=1000)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--seconds", type=int, default=3)
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        paper = Newspaper(Path(folder), max(ENTRIES, arguments.articles))
        with servers(paper) as running:
            loads = _loads(running)
            rates: Rates = {}
            for number in range(arguments.rounds + 1):  # the first one warms up
                seconds = arguments.seconds if number else WARM_SECONDS
                _round(running, loads, seconds, rates if number else {})
            _report(running, loads, rates, paper.number)


def _loads(running: Mapping[str, Server]) -> tuple[Load, Load]:
    """The two loads, once each server has shown that it answers them as it should."""
    whole = {name: {"Accept-Encoding": "gzip"} for name in running}
    tags = {name: _checked_whole(server, whole[name]) for name, server in running.items()}
    same = {name: whole[name] | {"If-None-Match": tags[name]} for name in running}
    for name, server in running.items():
        answer = httpx.get(server.url, headers=same[name])
        if answer.status_code != httpx.codes.NOT_MODIFIED or answer.content:
            raise SystemExit(f"{name} answers {answer.status_code} to its own entity tag")
    return Load("200", httpx.codes.OK, whole), Load("304", httpx.codes.NOT_MODIFIED, same)


def _checked_whole(server: Server, asks: Headers) -> str:
    """The entity tag of an answer that is the whole feed, compressed."""
    with httpx.stream("GET", server.url, headers=asks) as answer:
        sent = b"".join(answer.iter_raw())
    coding, length = answer.headers.get("Content-Encoding"), answer.headers.get("Content-Length")
    if (answer.status_code, coding, length) != (httpx.codes.OK, "gzip", str(len(sent))):
        raise SystemExit(f"{server.name} answers {answer.status_code}, {coding}, {length} bytes")
    raw = gzip.decompress(sent)
    entries = raw.count(b"<entry>")
    if entries != ENTRIES:
        raise SystemExit(f"{server.name} serves {entries} entries, not {ENTRIES}")
    head = sum(len(name) + len(value) + 4 for name, value in answer.headers.raw)
    _say(f"{server.name:10}{len(raw):9,} bytes, {len(sent):,} as gzip, {head} of headers")
    return str(answer.headers["ETag"])


def _round(
    running: Mapping[str, Server], loads: tuple[Load, ...], seconds: int, rates: Rates
) -> None:
    for load in loads:
        for name, server in running.items():
            rates.setdefault((load.name, name), []).append(_measured(server, load, seconds))


def _measured(server: Server, load: Load, seconds: int) -> Rate:
    before = server.session.cpu
    told = _wrk(server.url, load.asks[server.name], seconds)
    spent = server.session.cpu - before
    count = re.search(r"(\d+) requests in", told)
    rate = re.search(r"Requests/sec:\s*([\d.]+)", told)
    if not (count and rate and int(count[1])) or "Non-2xx" in told or "Socket errors" in told:
        raise SystemExit(f"{server.name}, {load.name}: {told}")
    return Rate(float(rate[1]), spent * MICRO / int(count[1]))


def _wrk(url: str, asks: Headers, seconds: int) -> str:
    command = ["taskset", "-c", str(CLIENTS_CORE), found("wrk"), "-t1", f"-c{CONNECTIONS}"]
    headers = [part for name, value in asks.items() for part in ("-H", f"{name}: {value}")]
    command += [f"-d{seconds}s", *headers, url]
    done = subprocess.run(command, capture_output=True, text=True, check=True)  # noqa: S603
    return done.stdout


def _report(
    running: Mapping[str, Server], loads: tuple[Load, ...], rates: Rates, articles: int
) -> None:
    for load in loads:
        _say(f"{load.name:10}{'requests/s':>12}{'CPU µs each':>13}{'from':>9}{'to':>9}")
        for name in running:
            seen = rates[load.name, name]
            each = sorted(one.cpu for one in seen)
            rate = statistics.median(one.requests for one in seen)
            cost = statistics.median(each)
            _say(f"{name:10}{rate:12,.0f}{cost:13.1f}{each[0]:9.1f}{each[-1]:9.1f}")
        _say(f"{load.name} CPU, feedsvc / nginx: {_ratio(rates, load, OURS, STATIC):.2f}")
        _say(f"{load.name} CPU, plain / feedsvc: {_ratio(rates, load, PLAIN, OURS):.0f}")
    _say(f"memory with {articles:,} articles, the most of one process and of all, in MB")
    for name, server in running.items():
        _say(f"{name:10}{server.session.largest / MB:12.1f}{server.session.memory / MB:13.1f}")


def _ratio(rates: Rates, load: Load, one: str, other: str) -> float:
    """The median of the ratios of each round, in which the machine was in one mood."""
    pairs = zip(rates[load.name, one], rates[load.name, other], strict=True)
    return statistics.median(first.cpu / second.cpu for first, second in pairs)


def _say(line: str) -> None:
    print(line, flush=True)  # noqa: T201 - this is what it is for


if __name__ == "__main__":
    main()
