"""The supervisor: nothing outlives it, and one wrong start of a part does not end the other."""

from __future__ import annotations

import os
import signal
from collections.abc import Callable

import pytest

from tests.processes import child, children
from tests.site import Service, Site, eventually

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


def test_a_configuration_that_breaks_later_does_not_end_what_runs(site: Site, serve: Serve) -> None:
    site.write("a.txt")
    service = serve()
    service.ready()
    whole = site.file.read_text()
    site.file.write_text("[site\n")
    os.kill(child(service.process.pid, "scheduler"), signal.SIGKILL)
    service.logged(r"feedsvc scheduler ended with status 2; starting it again")
    assert service.get("/feed.atom").status_code == 200
    site.file.write_text(whole)
    site.write("b.txt")
    service.logged("1 new[^$]*1 new")


def test_a_configuration_that_is_wrong_from_the_start_ends_it(site: Site, serve: Serve) -> None:
    site.file.write_text(site.file.read_text().replace("rescan_seconds", "rescan_second"))
    service = serve()
    assert service.process.wait(30) == 2
    assert len(service.log.splitlines()) == 1
