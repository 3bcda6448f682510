"""Runs the feed parsers of npm: rss-parser, feedparser and @rowanmanning/feed-parser.

`make test` installs them into `.venv/npm`. FEEDSVC_TEST_NPM names another folder.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from tests.site import PATIENCE

ROOT = Path(__file__).parents[1]
READER = ROOT / "tests" / "npm" / "read.mjs"
PARSERS = tuple(json.loads(READER.with_name("package.json").read_text())["dependencies"])
FIELDS = (
    *("id", "title", "link", "published", "updated"),
    *("authors", "categories", "content", "summary", "enclosures"),
)


def folder() -> Path:
    """Where the parsers are installed, or would be."""
    return Path(os.environ.get("FEEDSVC_TEST_NPM") or ROOT / ".venv" / "npm")


def reason_to_skip() -> str:
    """Why the parsers cannot be run here, or nothing where they can."""
    if not shutil.which("node"):
        return "there is no node here to run the parsers of npm with"
    missing = [name for name in PARSERS if not (folder() / "node_modules" / name).is_dir()]
    if missing:
        return f"{', '.join(missing)}: not installed in {folder()}; make test installs them"
    return ""


def read(bodies: Sequence[bytes], work: Path) -> list[dict[str, Any]]:
    """What each parser says of each feed, by its name: `title` and `entries`, or `error`.

    An entry has FIELDS. One node process reads all the feeds, which are written into `work`.
    """
    files = [work / f"{number}.xml" for number, _ in enumerate(bodies)]
    for file, body in zip(files, bodies, strict=True):
        file.write_bytes(body)
    told = subprocess.run(
        ["node", str(READER), *map(str, files)],
        env=os.environ | {"FEEDSVC_TEST_NPM": str(folder())},
        stdout=subprocess.PIPE,
        check=True,
        timeout=PATIENCE,
    )
    answers: list[dict[str, Any]] = json.loads(told.stdout)
    return answers
