"""The first import of one folder by this version and by another, in turns.

    python -m benchmarks.versions OTHER/.venv/bin/python [--articles 20000] [--runs 5]

OTHER is a checkout of another version, set up by `make test` there.
"""

from __future__ import annotations

import argparse
import os
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from benchmarks.articles import make

CONFIG = """\
[site]
id = "benchmark"
title = "Benchmark"
base_url = "http://127.0.0.1"
[articles]
folder = "{folder}"
settle_seconds = 0
[store]
url = "sqlite:///{ledger}"
"""


def first_import(python: str, folder: Path, base: Path) -> tuple[float, float]:
    """Seconds by the clock and of processor time for one import into an empty ledger."""
    with tempfile.TemporaryDirectory(dir=base) as place:
        config = Path(place, "config.toml")
        config.write_text(CONFIG.format(folder=folder, ledger=Path(place, "ledger.db")))
        before, began = _children(), time.monotonic()
        subprocess.run(  # noqa: S603 - an interpreter that the caller names
            [python, "-P", "-m", "feedsvc", "--config", str(config), "scan"],
            check=True,
            capture_output=True,
            env={**os.environ, "PYTHONDONTWRITEBYTECODE": "1"},
        )
        return time.monotonic() - began, _children() - before


def _children() -> float:
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def main() -> None:
    """Run both in turns and print the medians."""
    parser = argparse.ArgumentParser()
    parser.add_argument("other", help="the interpreter of another version's environment")
    parser.add_argument("--articles", type=int, default=20_000)
    parser.add_argument("--runs", type=int, default=5)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as base:
        folder = Path(base, "articles")
        make(folder, options.articles)
        pythons = {"other": options.other, "this": sys.executable}
        found: dict[str, list[tuple[float, float]]] = {name: [] for name in pythons}
        for python in pythons.values():  # each compiles itself and warms the disk
            first_import(python, folder, Path(base))
        for _ in range(options.runs):
            for name, python in pythons.items():
                found[name].append(first_import(python, folder, Path(base)))
    for place, what in enumerate(("by the clock", "of processor time")):
        medians = {
            name: statistics.median(run[place] for run in runs) for name, runs in found.items()
        }
        ratio = medians["this"] / medians["other"]
        print(  # noqa: T201
            f"first import of {options.articles:,} articles {what}: {medians['this']:.2f} s, "
            f"the other version {medians['other']:.2f} s: {ratio:.3f} times"
        )


if __name__ == "__main__":
    main()
