"""The supervisor: nothing outlives it, and one wrong start of a part does not end the other."""

from __future__ import annotations

import os
import signal
from collections.abc import Callable

import pytest

from tests.fronts import free_port
from tests.processes import PROC, child, children
from tests.site import Service, Site, eventually

pytestmark = pytest.mark.slow

Serve = Callable[..., Service]


@pytest.mark.parametrize("served", [False, True], ids=["at once", "while it serves"])
def test_nothing_outlives_a_supervisor_that_is_killed(
    site: Site, serve: Serve, served: bool
) -> None:
    site.write("a.txt")
    service = serve()
    if served:
        service.ready()
    below = [child(service.process.pid, name) for name in ("scheduler", "web")]
    os.kill(service.process.pid, signal.SIGKILL)
    service.process.wait()

    def over() -> bool:
        return not any(number in children(1) for number in below)

    eventually(over, "a process of the service lives on")


@pytest.mark.parametrize("killed", ["scheduler", "web", "worker"])
def test_a_process_killed_while_the_file_is_invalid_restarts_with_the_configuration_in_force(
    site: Site, serve: Serve, killed: str
) -> None:
    site.write("a.txt", title="First")
    service = serve(HTTP__PORT=free_port())
    service.ready()
    site.file.write_text("[site\n")
    process = child(service.process.pid, "web" if killed == "worker" else killed)
    victim = min(children(process)) if killed == "worker" else process
    os.kill(victim, signal.SIGKILL)
    eventually(lambda: not (PROC / str(victim)).exists(), "it lives on")
    site.write("b.txt", title="Second")
    eventually(lambda: "Second" in service.ready().text, "it did not come back")
    assert "Traceback" not in service.log


def test_an_initial_configuration_that_is_invalid_ends_it(site: Site, serve: Serve) -> None:
    site.file.write_text(site.file.read_text().replace("rescan_seconds", "rescan_second"))
    service = serve()
    assert service.process.wait(30) == 2
    assert len(service.log.splitlines()) == 1
