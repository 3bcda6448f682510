"""What workers are asked to do; what they need for it, they alone load.

The process that scans so starts in a third less time.
"""

from __future__ import annotations

import resource
import signal
from collections.abc import Sequence
from pathlib import Path

from feedsvc.model import Stat
from feedsvc.reading.jobs import Job, JobResult

MEMORY = 1 << 30  # bytes of address space beyond what a worker begins with


def read_files(job: Job, files: Sequence[tuple[str, Stat]]) -> list[JobResult]:
    """Read these files, see `work.read_files`."""
    from feedsvc.reading import worker  # noqa: PLC0415 - see above

    return worker.read_files(job, files)


def bound_memory() -> None:
    """Take no more address space than any article needs, far from what brings a machine down."""
    signal.signal(signal.SIGPROF, signal.SIG_DFL)
    signal.signal(signal.SIGTERM, signal.SIG_DFL)  # pebble's own handler waits for C code to end
    pages = int(Path("/proc/self/statm").read_text(encoding="ascii").split()[0])
    most = pages * resource.getpagesize() + MEMORY
    allowed = resource.getrlimit(resource.RLIMIT_AS)[1]
    if allowed != resource.RLIM_INFINITY:
        most = min(most, allowed)  # only root may raise it
    resource.setrlimit(resource.RLIMIT_AS, (most, most))


def read_nothing() -> None:
    """A task that takes no time, so that a worker starts."""
