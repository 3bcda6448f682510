"""One scan goes through the modules as the documentation draws it, through each of them once."""

from __future__ import annotations

import re
from pathlib import Path

from benchmarks.walk import one_changed, stays

ARCHITECTURE = Path(__file__).parents[1] / "docs" / "architecture.md"
HOLDS_WHAT_WAS_READ = "scan.results"


def drawn() -> list[str]:
    """The modules of `scan` in the drawing of an article's life, in order."""
    life = ARCHITECTURE.read_text(encoding="utf-8").split("\n## Life of an article\n")[1]
    return re.findall(r"^ +(scan\.[a-z_.]+) ", life.split("```")[1], re.MULTILINE)


def test_a_scan_enters_its_modules_in_the_order_of_the_drawing_and_each_once() -> None:
    with one_changed("feedsvc.scan.run") as scan:
        entered = [module for module in stays(scan) if module.startswith("scan.")]
    assert list(dict.fromkeys(entered)) == drawn()
    once = [module for module in entered if module != HOLDS_WHAT_WAS_READ]
    assert len(set(once)) == len(once)
