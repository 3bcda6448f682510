"""The processes that a service started, as the kernel tells of them."""

from __future__ import annotations

from pathlib import Path

from tests.site import eventually

PROC = Path("/proc")


def children(parent: int) -> dict[int, str]:
    """The child processes of `parent` but for Python's own: process id and command line."""
    found = {}
    for folder in PROC.glob("[0-9]*"):
        try:
            status = (folder / "stat").read_text().rpartition(")")[2].split()
            line = (folder / "cmdline").read_text().replace("\0", " ")
            if int(status[1]) == parent and status[0] != "Z" and "resource_tracker" not in line:
                found[int(folder.name)] = line
        except (FileNotFoundError, ProcessLookupError):
            continue  # ended meanwhile
    return found


def child(parent: int, command: str) -> int:
    """The process of `feedsvc COMMAND` below `parent`, waited for."""

    def found() -> int | None:
        named = [number for number, line in children(parent).items() if f" {command} " in line]
        return named[0] if named else None

    number = eventually(found, f"there is no {command} process")
    assert isinstance(number, int)
    return number
