"""How far the reading of a long scan has come: a bar on a terminal, now and then a line elsewhere.

All of it goes to standard error, and a scan that takes a moment says nothing.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Protocol

import click
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

QUIET = 1.5  # seconds in which nothing is said
PAUSE = 5.0  # seconds between two lines at the least

Told = Callable[[int, int], None]


class _Teller(Protocol):
    def tell(self, done: int, total: int) -> None:
        """So many files of so many are read."""

    def end(self) -> None:
        """No more of them will be."""


@contextmanager
def reading() -> Iterator[Told]:
    """Gives what is to be told how the reading goes, of which the user then hears."""
    console = Console(stderr=True)
    seen = console.is_terminal and not console.is_dumb_terminal
    teller: _Teller = Bar(console) if seen else Lines()
    try:
        yield teller.tell
    finally:
        teller.end()


class Lines:
    """Tells it in lines such as `read 12,000 of 100,000 files`, for logs."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._next = 0.0

    def tell(self, done: int, total: int) -> None:
        """Print a line where it is time for one."""
        now = self._clock()
        if not self._next:
            self._next = now + QUIET
        elif now >= self._next:
            self._next = now + PAUSE
            click.echo(f"read {done:,} of {total:,} files", err=True)

    def end(self) -> None:
        """There is nothing to be cleared away."""


class Bar:
    """Shows it as a bar, which goes with the last file."""

    def __init__(self, console: Console, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._since: float | None = None
        self._bar = Progress(
            TextColumn("reading"),
            BarColumn(),
            MofNCompleteColumn(),
            TimeRemainingColumn(),
            console=console,
            transient=True,
        )
        self._task = self._bar.add_task("reading", total=None)

    def tell(self, done: int, total: int) -> None:
        """Move the bar on, once it is time for one."""
        now = self._clock()
        if self._since is None:
            self._since = now
        if done == total:
            self.end()
        elif now >= self._since + QUIET:
            self._bar.update(self._task, completed=done, total=total)
            self._bar.start()

    def end(self) -> None:
        """Take the bar away."""
        self._bar.stop()
