"""A folder of articles with its configuration, and the real commands run on it."""

from __future__ import annotations

import os
import re
import signal
import ssl
import subprocess
import sys
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import httpx

from feedsvc import config as configuration
from feedsvc.config import Config

SEED = Path(__file__).parents[2] / "shared" / "seeds" / "000_2fa6fdf0f86fbc41.txt"
SAMPLE = Path(__file__).parents[1] / "seeds"
TLS = ssl.create_default_context()  # which takes long to make, and nobody uses
FEEDSVC = (sys.executable, "-P", "-m", "feedsvc")  # as its script: without the current folder
PATIENCE = 60.0  # seconds that a test waits for what must happen, on however busy a machine

CONFIG = """\
[site]
id = "test"
title = "Test & Trial"
subtitle = "A feed for tests"
base_url = "http://feeds.example"
author = "The desk"
[articles]
folder = "articles"
settle_seconds = 0
[schedule]
rescan_seconds = 0.3
[http]
port = 0
full_answers_per_minute = 0
[store]
url = "sqlite:///ledger.db"
"""


def eventually(check: Callable[[], Any], what: str = "it did not happen") -> Any:
    """The first true value of `check`, which is tried until patience ends."""
    deadline = time.monotonic() + PATIENCE
    while time.monotonic() < deadline:
        if value := check():
            return value
        time.sleep(0.05)
    raise AssertionError(what)


class Site:
    """A folder below `base` with `config.toml` and `articles/`."""

    def __init__(self, base: Path, config: str = CONFIG) -> None:
        self.base = base
        self.folder = base / "articles"
        self.folder.mkdir()
        self.file = base / "config.toml"
        self.file.write_text(config, encoding="utf-8")

    def config(self) -> Config:
        return configuration.load(self.file)

    def write(
        self,
        path: str,
        title: str = "A title",
        body: str = "A paragraph.",
        date: str | None = "2026-01-02T03:04:05+00:00",
        **headers: str,
    ) -> Path:
        """Write an article in the news layout; a header such as `Author` by keyword."""
        lines = [f"# {title}", ""]
        lines += [f"Published at: **{date}**", ""] if date else []
        for name, value in headers.items():
            lines += [f"{name}: {value}", ""]
        file = self.folder / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text("\n".join([*lines, body, ""]), encoding="utf-8")
        return file

    def environment(self, variables: Mapping[str, Any] | None = None) -> dict[str, str]:
        """This process's environment for a command on this site; keys such as `HTTP__PORT`."""
        ours = {k: v for k, v in os.environ.items() if not k.startswith("FEEDSVC_")}
        ours["FEEDSVC_CONFIG"] = str(self.file)
        ours["PYTHONUNBUFFERED"] = "1"
        return ours | {f"FEEDSVC_{k}": str(v) for k, v in (variables or {}).items()}

    def command(
        self, *arguments: str, variables: Mapping[str, Any] | None = None
    ) -> subprocess.CompletedProcess[str]:
        """Run `feedsvc ARGUMENTS` to its end."""
        return subprocess.run(
            [*FEEDSVC, *arguments],
            env=self.environment(variables),
            capture_output=True,
            text=True,
            timeout=PATIENCE * 2,
            check=False,
        )

    def scan(self, *arguments: str) -> str:
        """Run `feedsvc scan` and return its first line."""
        result = self.command("scan", *arguments)
        assert result.returncode == 0, result.stderr
        return result.stdout.splitlines()[0]


class Service:
    """A running `feedsvc serve`, `web` or `scheduler`, its log in a file."""

    def __init__(self, site: Site, command: str, variables: Mapping[str, Any]) -> None:
        self.log_file = site.base / f"{command}-{time.monotonic_ns()}.log"
        with self.log_file.open("wb") as log:
            self.process = subprocess.Popen(
                [*FEEDSVC, command],
                env=site.environment(variables),
                stdout=log,
                stderr=log,
                start_new_session=True,
            )

    @property
    def log(self) -> str:
        return self.log_file.read_text(encoding="utf-8")

    def logged(self, pattern: str) -> re.Match[str]:
        """Wait until the log has a line that fits."""
        found = eventually(lambda: re.search(pattern, self.log), f"no {pattern!r} in the log")
        assert isinstance(found, re.Match)
        return found

    @property
    def address(self) -> str:
        """Where it listens; waits until it does."""
        return self.logged(r"listening on (http://\S+)")[1]

    def get(self, path: str, method: str = "GET", **headers: str) -> httpx.Response:
        """One request on a connection of its own, its headers by keyword: `if_none_match`."""
        fields = {name.replace("_", "-"): value for name, value in headers.items()}
        fields.setdefault("accept-encoding", "identity")
        return httpx.request(
            method, self.address + path, headers=fields, timeout=PATIENCE, verify=TLS
        )

    def ready(self, path: str = "/feed.atom") -> httpx.Response:
        """The first answer 200, waited for."""

        def attempt() -> httpx.Response | None:
            try:
                response = self.get(path)
            except httpx.TransportError:
                return None
            return response if response.status_code == httpx.codes.OK else None

        response = eventually(attempt, f"{path} was not served")
        assert isinstance(response, httpx.Response)
        return response

    def stop(self, number: int = signal.SIGTERM) -> int:
        """Send the signal, wait for the end, and return the exit status."""
        if self.process.poll() is None:
            self.process.send_signal(number)
        try:
            return self.process.wait(PATIENCE)
        finally:
            _end_session(self.process.pid)


def _end_session(leader: int) -> None:
    try:
        os.killpg(leader, signal.SIGKILL)
    except ProcessLookupError:
        return
