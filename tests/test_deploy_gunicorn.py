"""The start under gunicorn that the documentation gives."""

from __future__ import annotations

import re
import shlex
import subprocess
import sys
from pathlib import Path

import httpx
import pytest

from tests.site import PATIENCE, TLS, Site, eventually

pytestmark = pytest.mark.slow

OPERATING = Path(__file__).parents[1] / "docs" / "operating.md"


def documented() -> list[str]:
    """The arguments of the documented call of gunicorn."""
    line = re.search(r"^FEEDSVC_CONFIG=\S+ gunicorn (.+)$", OPERATING.read_text(), re.MULTILINE)
    assert line
    return shlex.split(line[1])


def test_a_real_gunicorn_serves_the_feed(site: Site) -> None:
    site.write("a.txt", "Under gunicorn")
    site.scan()
    log = site.base / "gunicorn.log"
    # -P: as its script, which takes no module from the current folder
    call = [sys.executable, "-P", "-m", "gunicorn", *documented(), "--bind", "127.0.0.1:0"]
    with log.open("wb") as output:
        process = subprocess.Popen(call, env=site.environment(), stdout=output, stderr=output)
    try:
        found = eventually(lambda: re.search(r"Listening at: (http://\S+)", log.read_text()))
        polls_twice(f"{found[1]}/feed.atom")
    finally:
        process.terminate()
    assert process.wait(PATIENCE) == 0


def polls_twice(address: str) -> None:
    """The whole feed, then 304."""
    answer = httpx.get(address, timeout=PATIENCE, verify=TLS)
    assert (answer.status_code, "Under gunicorn" in answer.text) == (200, True)
    tag = {"if-none-match": answer.headers["etag"]}
    assert httpx.get(address, headers=tag, timeout=PATIENCE, verify=TLS).status_code == 304
