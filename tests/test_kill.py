"""A scan that is killed at any commit point: the next one ends as if nothing had happened."""

import re
import shutil
import subprocess
import sys

import pytest

from tests.campaigns import LONG
from tests.site import Site

pytestmark = pytest.mark.slow

LEAST = 10
# at each of so many statements; both databases get nearly the same, so they are taken in turn
STEPS = {"sqlite": "1", "postgresql": "1"} if LONG else {"sqlite": "2", "postgresql": "5"}


def test_a_scan_killed_at_any_statement_or_commit_is_made_good_by_the_next(
    site: Site, store_url: str
) -> None:
    site.write("kept.txt", title="Kept")
    site.write("edited.txt", title="Before")
    site.write("moved.txt", title="Moved", date="2026-01-03T00:00:00Z")
    site.write("gone.txt", title="Gone")
    before = site.base / "before"
    shutil.copytree(site.folder, before)
    site.write("edited.txt", title="After")
    site.write("new.txt", title="New")
    site.write("held.txt", title="Held", date="2026-06-02T00:00:00Z")
    site.write("broken.txt", title="Broken", date="yesterday")
    (site.folder / "elsewhere").mkdir()
    (site.folder / "moved.txt").rename(site.folder / "elsewhere" / "moved.txt")
    (site.folder / "gone.txt").unlink()
    step = STEPS["sqlite" if store_url.startswith("sqlite") else "postgresql"]
    result = subprocess.run(
        [sys.executable, "-m", "tests.kill_points", site.file, before, site.folder, step],
        env=site.environment({"STORE__URL": store_url, "WEBSUB__HUBS": '["http://hub.example/"]'}),
        capture_output=True,
        text=True,
        check=False,
    )
    assert result.returncode == 0, result.stderr[-2000:]
    times = re.fullmatch(r"killed (\d+) times\n", result.stdout)
    assert times is not None
    assert int(times[1]) >= LEAST
