"""A signal that comes while a service starts means what it means later."""

from __future__ import annotations

import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.site import Service, Site, eventually

pytestmark = pytest.mark.slow

Serve = Callable[..., Service]


def waits_for_signals(service: Service) -> bool:
    """Whether the kernel holds SIGTERM back from the process, as it does from our first line on."""
    status = Path(f"/proc/{service.process.pid}/status").read_text()
    held = next(line for line in status.splitlines() if line.startswith("SigBlk:"))
    return bool(int(held.split()[1], 16) & 1 << (signal.SIGTERM - 1))


@pytest.fixture(params=["serve", "web", "scheduler"])
def starting(site: Site, serve: Serve, request: pytest.FixtureRequest) -> Service:
    """A service that has begun to start, on a site with an article."""
    site.write("a.txt")
    site.scan()
    service = serve(request.param)
    eventually(lambda: waits_for_signals(service), "no signal is held")
    return service


def test_a_service_that_is_told_to_stop_as_it_starts_ends_well(starting: Service) -> None:
    assert starting.stop() == 0
    assert "Traceback" not in starting.log


def test_a_service_that_is_told_to_reload_as_it_starts_does_so(starting: Service) -> None:
    starting.process.send_signal(signal.SIGHUP)
    starting.logged("the new configuration is in force")
    assert starting.stop() == 0


def test_a_signal_that_comes_as_python_ends_does_no_harm() -> None:
    """All is done then; the exit status would say that the process was killed."""
    program = (
        "import atexit, os, signal, sys\n"
        "from feedsvc.__main__ import main\n"
        "for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):\n"
        "    atexit.register(os.kill, os.getpid(), number)\n"
        "    signal.pthread_sigmask(signal.SIG_UNBLOCK, {number})\n"
        "atexit.register(signal.pthread_sigmask, signal.SIG_SETMASK, ())\n"
        "sys.argv = ['feedsvc', '--help']\n"
        "main()\n"
    )
    ended = subprocess.run([sys.executable, "-c", program], capture_output=True, check=False)
    assert ended.returncode == 0
