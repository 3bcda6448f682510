"""A signal that comes while a service starts means what it means later."""

from __future__ import annotations

import signal
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.site import Service, Site, eventually

Serve = Callable[..., Service]
COMMANDS = ["serve", "web", "scheduler"]


def waits_for_signals(service: Service) -> bool:
    """Whether the kernel holds SIGTERM back from the process, as it does from our first line on."""
    status = Path(f"/proc/{service.process.pid}/status").read_text()
    held = next(line for line in status.splitlines() if line.startswith("SigBlk:"))
    return bool(int(held.split()[1], 16) & 1 << (signal.SIGTERM - 1))


@pytest.mark.parametrize("command", COMMANDS)
def test_a_service_that_is_told_to_stop_as_it_starts_ends_well(
    site: Site, serve: Serve, command: str
) -> None:
    site.write("a.txt")
    site.scan()
    service = serve(command)
    eventually(lambda: waits_for_signals(service), "no signal is held")
    assert service.stop() == 0
    assert "Traceback" not in service.log


@pytest.mark.parametrize("command", COMMANDS)
def test_a_service_that_is_told_to_reload_as_it_starts_does_so(
    site: Site, serve: Serve, command: str
) -> None:
    site.write("a.txt")
    site.scan()
    service = serve(command)
    eventually(lambda: waits_for_signals(service), "no signal is held")
    service.process.send_signal(signal.SIGHUP)
    service.logged("the new configuration is taken up")
    assert service.stop() == 0
