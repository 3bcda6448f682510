"""Text for a terminal: content of articles must not control it."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Any

import click
from rich.console import Console
from rich.text import Text

from feedsvc.model import Problem

JOINERS = "\u200c\u200d"  # join the parts of an emoji or a Persian word; harmless

_UNITS = (("d", 86_400), ("h", 3600), ("min", 60))


def printed(text: str) -> str:
    """`text` on one line, with non-printable characters escaped."""
    return "".join(
        c if c.isprintable() or c in JOINERS else repr(c)[1:-1] for c in " ".join(text.split())
    )


def moment(value: datetime) -> str:
    """A time in UTC, to the second."""
    return f"{value:%Y-%m-%d %H:%M:%S} UTC"


def span(length: timedelta) -> str:
    """An approximate duration: `0.3 s`, `12 s`, `5 min`, `3 h`, `2 d`."""
    seconds = abs(length.total_seconds())
    for unit, size in _UNITS:
        if seconds >= size:
            return f"{int(seconds // size)} {unit}"
    return f"{seconds:.1f} s" if 0 < seconds < 10 else f"{seconds:.0f} s"  # noqa: PLR2004


def number(count: int, thing: str) -> str:
    """`1 file`, `12,000 files`."""
    return f"{count:,} {thing}" + ("" if count == 1 else "s")


def more(count: int) -> Iterable[str]:
    """A line for `count` omitted lines; none if `count` is not positive."""
    return [f"  and {count:,} more"] if count > 0 else []


def problem_fields(problem: Problem) -> dict[str, Any]:
    """A problem's fields in JSON; unknown positions are null."""
    return {
        "path": problem.path,
        "line": problem.line or None,
        "column": problem.column or None,
        "code": problem.code,
        "message": problem.message,
    }


def print_lines(lines: Iterable[str | Text]) -> None:
    """Print lines on standard output, with colours on a terminal."""
    console = Console(highlight=False, markup=False, emoji=False)
    for line in lines:
        if isinstance(line, Text) and console.is_terminal:
            console.print(line, soft_wrap=True)
        else:
            click.echo(str(line))
