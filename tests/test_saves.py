"""The short form of `benchmarks.saves`, whose long form runs in `make soak`."""

from __future__ import annotations

import random

import pytest

from benchmarks.saves import campaign
from tests.site import Site

pytestmark = pytest.mark.slow

SECONDS = 20


def test_every_save_is_published_alongside_scans_reloads_and_steps_of_the_clock(site: Site) -> None:
    result = campaign(site, SECONDS, random.Random(12))
    assert result.saved
    assert not result.missing, result.log
    assert {what for _, what in result.disturbances} == {"scan", "scan --full", "SIGHUP", "clock"}
    assert "Traceback" not in result.log
