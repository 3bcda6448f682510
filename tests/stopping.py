"""How long a service takes to end once it is told to."""

from __future__ import annotations

import time

from tests.site import Service

MOST_SECONDS = 5.0  # that it may take
ALLOWANCE = 5.0  # more, on a machine that is busy with other tests


def ends(service: Service) -> None:
    """It ends in time, and by itself."""
    began = time.monotonic()
    assert service.stop() == 0
    taken = time.monotonic() - began
    print(f"ended after {taken:.1f} s")  # noqa: T201
    assert taken < MOST_SECONDS + ALLOWANCE
    assert "Traceback" not in service.log
