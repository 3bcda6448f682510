"""The systemd unit: systemd has nothing to say against it, and the service runs as it wants."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from tests import site as sites
from tests.fronts import fitted, program
from tests.site import Service, Site

pytestmark = pytest.mark.slow

# As MemoryDenyWriteExecute: no memory of this process or of its children is ever both.
_RESTRICT = """
import ctypes, sys
PR_SET_MDWE, PR_MDWE_REFUSE_EXEC_GAIN = 65, 1
if ctypes.CDLL(None).prctl(PR_SET_MDWE, PR_MDWE_REFUSE_EXEC_GAIN, 0, 0, 0):
    sys.exit(1)
"""
_RUN = """
import runpy
runpy.run_module("feedsvc", run_name="__main__", alter_sys=True)
"""


@pytest.fixture
def unit(tmp_path: Path) -> Path:
    """The unit with a program that is there."""
    file = tmp_path / "feedsvc.service"
    installed = str(Path(sys.executable).with_name("feedsvc"))
    file.write_text(fitted("feedsvc.service", {"/opt/feedsvc/bin/feedsvc": installed}))
    return file


def analyse(*arguments: str) -> subprocess.CompletedProcess[str]:
    call = [program("systemd-analyze", "systemd"), *arguments]
    return subprocess.run(call, capture_output=True, text=True, check=False)


def test_systemd_has_nothing_to_say_against_the_unit(unit: Path) -> None:
    told = analyse("verify", str(unit))
    assert (told.returncode, told.stdout, told.stderr) == (0, "", "")


def test_what_the_unit_is_exposed_to_stays_small(unit: Path) -> None:
    told = analyse("security", "--offline=true", "--threshold=15", str(unit))
    assert told.returncode == 0, told.stdout


def test_the_service_runs_without_memory_to_write_and_execute(
    site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    if subprocess.run([sys.executable, "-c", _RESTRICT], check=False).returncode:
        pytest.skip("this kernel does not know PR_SET_MDWE, which came with Linux 6.3")
    (site.folder / "a.md").write_text("---\ntitle: A\ndate: 2026-01-02\n---\nSome *text*.\n")
    monkeypatch.setattr(sites, "FEEDSVC", (sys.executable, "-c", _RESTRICT + _RUN))
    service = Service(site, "serve", {})
    try:
        assert b"<em>text</em>" in service.ready("/feed.json").content
    finally:
        service.stop()
