"""Without a temporary folder, each command that needs one says so in a sentence."""

from __future__ import annotations

import subprocess
import sys

import pytest

from tests.site import PATIENCE, Site

pytestmark = pytest.mark.slow

# a machine on which nothing is writable is not to be had here, so the list of places is empty
PROGRAM = """
import tempfile
tempfile._candidate_tempdir_list = lambda: ["/nowhere"]
from feedsvc.cli.commands import main
main()
"""


@pytest.mark.parametrize("command", ["scan", "check", "plan", "serve"])
def test_a_command_that_needs_a_temporary_folder_names_tmpdir(site: Site, command: str) -> None:
    site.write("a.txt")
    told = subprocess.run(
        [sys.executable, "-c", PROGRAM, command],
        env=site.environment(),
        capture_output=True,
        text=True,
        timeout=PATIENCE,
        check=False,
    )
    assert told.returncode == 1
    assert told.stderr.splitlines() == [
        "feedsvc: there is no writable temporary folder; set one with TMPDIR"
    ]
