"""The progress of reading files: a bar on a terminal, periodic lines elsewhere.

It is shown on standard error, and not at all for a short scan.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Protocol

import click
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

DELAY = 1.5  # seconds before any progress is shown
INTERVAL = 5.0  # minimum seconds between two lines

OnProgress = Callable[[int, int], None]


class _Display(Protocol):
    def update(self, done: int, total: int) -> None:
        """`done` of `total` files are read."""

    def end(self) -> None:
        """Reading has ended."""


@contextmanager
def reading() -> Iterator[OnProgress]:
    """Yield a callback for progress in reading, and display it to the user."""
    console = Console(stderr=True)
    visual = console.is_terminal and not console.is_dumb_terminal
    display: _Display = Bar(console) if visual else Lines()
    try:
        yield display.update
    finally:
        display.end()


class Lines:
    """Progress as lines such as `read 12,000 of 100,000 files`, for logs."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._next = 0.0

    def update(self, done: int, total: int) -> None:
        """Print a line if one is due."""
        now = self._clock()
        if not self._next:
            self._next = now + DELAY
        elif now >= self._next:
            self._next = now + INTERVAL
            click.echo(f"read {done:,} of {total:,} files", err=True)

    def end(self) -> None:
        """Nothing needs to be cleared."""


class Bar:
    """Progress as a bar, which disappears with the last file."""

    def __init__(self, console: Console, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._started: float | None = None
        self._bar = Progress(
            TextColumn("reading"),
            BarColumn(),
            MofNCompleteColumn(),
            TimeRemainingColumn(),
            console=console,
            transient=True,
        )
        self._task = self._bar.add_task("reading", total=None)

    def update(self, done: int, total: int) -> None:
        """Update the bar, after the initial delay."""
        now = self._clock()
        if self._started is None:
            self._started = now
        if done == total:
            self.end()
        elif now >= self._started + DELAY:
            self._bar.update(self._task, completed=done, total=total)
            self._bar.start()

    def end(self) -> None:
        """Clear the bar."""
        self._bar.stop()
