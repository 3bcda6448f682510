"""The wrong clock that other tests give to their processes."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from datetime import UTC, datetime
from pathlib import Path

import pytest

from tests.clock import Clock

pytestmark = pytest.mark.slow

HOUR = 3600
SLACK = 600  # seconds; far below the steps, far above what a busy machine takes

# a line for each it is sent: the wall clock in two ways, and the monotonic clock
PROCESS = """
import sys, time
from datetime import UTC, datetime
for _ in sys.stdin:
    time.sleep(0.01)
    print(time.time(), datetime.now(UTC).timestamp(), time.monotonic(), flush=True)
"""


def test_a_running_process_has_its_wall_clock_set_and_its_waits_left_alone(tmp_path: Path) -> None:
    clock = Clock(tmp_path)
    process = subprocess.Popen(
        [sys.executable, "-c", PROCESS],
        env=os.environ | clock.environment(),
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert process.stdin
    assert process.stdout
    try:
        for step, ahead in ((0, 0), (HOUR, HOUR), (-2 * HOUR, -HOUR), (HOUR, 0)):
            clock.step(step)
            process.stdin.write("\n")
            process.stdin.flush()
            first, second, waits = map(float, process.stdout.readline().split())
            assert abs(first - time.time() - ahead) < SLACK
            assert abs(second - datetime.now(UTC).timestamp() - ahead) < SLACK
            assert abs(waits - time.monotonic()) < SLACK
    finally:
        process.kill()
        process.communicate()
