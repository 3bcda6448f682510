"""Real nginx and Varnish, each with its file of deploy/, in front of a service on free ports."""

from __future__ import annotations

import getpass
import os
import shutil
import signal
import socket
import subprocess
from collections.abc import Mapping
from pathlib import Path

import httpx
import pytest

from tests.site import PATIENCE, TLS, Service, Site, eventually

DEPLOY = Path(__file__).parents[1] / "deploy"
_PLACES = os.pathsep.join((os.environ.get("PATH", ""), "/usr/sbin", "/sbin"))


def program(name: str, package: str) -> str:
    """Where a program is; without it the test is skipped, or fails where CI is set."""
    if found := shutil.which(name, path=_PLACES):
        return found
    reason = f"there is no {name} here; Debian has it in the package {package}"
    if os.environ.get("CI"):
        pytest.fail(reason)
    pytest.skip(reason)


def free_port() -> int:
    """A port of 127.0.0.1 that nothing listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def fitted(name: str, changes: Mapping[str, str]) -> str:
    """A file of deploy/ with places and ports of ours; each must be in it."""
    text = (DEPLOY / name).read_text(encoding="utf-8")
    for theirs, ours in changes.items():
        assert theirs in text, f"{name} has no {theirs!r}"
        text = text.replace(theirs, ours)
    return text


class Origin:
    """The service behind the fronts, which can be killed and comes back at the same port."""

    def __init__(self, site: Site) -> None:
        self.site = site
        self.port = free_port()
        self._service: Service | None = None

    def running(self) -> Service:
        """The service, started again where it was killed."""
        if self._service is None:
            self._service = Service(self.site, "serve", {"HTTP__PORT": self.port})
            self._service.ready()
        return self._service

    def kill(self) -> None:
        """Kill all its processes, so that its port refuses connections."""
        if self._service:
            self._service.stop(signal.SIGKILL)
        self._service = None


class Front:
    """A cache that runs in `base` in front of the port of an origin."""

    def __init__(self, base: Path, origin: int) -> None:
        self.base = base
        self.port = free_port()
        with (base / "output").open("wb") as output:
            self.process = subprocess.Popen(self._command(origin), stdout=output, stderr=output)
        eventually(self._listens, f"it does not listen: {(base / 'output').read_text()}")

    def _command(self, origin: int) -> list[str]:
        raise NotImplementedError

    def revalidated(self) -> int:
        """How often the origin has answered it 304."""
        raise NotImplementedError

    def _listens(self) -> bool:
        assert self.process.poll() is None, (self.base / "output").read_text()
        with socket.socket() as probe:
            return probe.connect_ex(("127.0.0.1", self.port)) == 0

    def get(self, path: str, method: str = "GET", **headers: str) -> httpx.Response:
        """One request, its headers by keyword: `if_none_match`."""
        fields = {name.replace("_", "-"): value for name, value in headers.items()}
        fields.setdefault("accept-encoding", "identity")
        address = f"http://127.0.0.1:{self.port}{path}"
        return httpx.request(method, address, headers=fields, timeout=PATIENCE, verify=TLS)

    def kept(self, path: str, **headers: str) -> httpx.Response:
        """An answer from the cache, with a header of it that the cache says so in."""
        found: list[httpx.Response] = []

        def hit() -> bool:
            found[:] = [self.get(path, **headers)]
            return found[0].headers["x-cache-status"] == "HIT"

        eventually(hit, f"{path} is never answered from the cache")
        return found[0]

    def stop(self) -> None:
        self.process.terminate()
        self.process.wait(PATIENCE)


class Nginx(Front):
    """nginx with deploy/nginx.conf."""

    def _command(self, origin: int) -> list[str]:
        nginx = program("nginx", "nginx")
        file = self.base / "nginx.conf"
        file.write_text(nginx_conf(self.base, self.port, origin), encoding="utf-8")
        errors = str(self.base / "error.log")
        return [nginx, "-p", str(self.base), "-e", errors, "-c", str(file), "-g", "daemon off;"]

    def revalidated(self) -> int:
        lines = (self.base / "access.log").read_text(encoding="utf-8").splitlines()
        return sum(line.split()[-2] == "304" for line in lines)


def nginx_conf(base: Path, port: int, origin: int) -> str:
    """deploy/nginx.conf with all that it writes below `base`."""
    mine = f"user {getpass.getuser()};" if os.geteuid() == 0 else ""
    changes = {
        "user www-data;": mine,
        "/run/nginx.pid": f"{base}/nginx.pid",
        "/var/log/nginx/": f"{base}/",
        "/var/cache/": f"{base}/",
        "server 127.0.0.1:8000;": f"server 127.0.0.1:{origin};",
        "listen 80;": f"listen 127.0.0.1:{port};",
        "server_tokens off;": "log_subrequest on;",  # what is asked behind a client is counted too
    }
    return fitted("nginx.conf", changes)


class Varnish(Front):
    """varnishd with deploy/varnish.vcl."""

    def _command(self, origin: int) -> list[str]:
        varnishd = program("varnishd", "varnish")
        file = self.base / "varnish.vcl"
        file.write_text(fitted("varnish.vcl", {'"8000"': f'"{origin}"'}), encoding="utf-8")
        line = f"-F -j none -a 127.0.0.1:{self.port} -s malloc,32m -p http_gzip_support=off"
        return [varnishd, *line.split(), "-f", str(file), "-n", str(self.base / "work")]

    def revalidated(self) -> int:
        counter = "MAIN.fetch_304"
        ask = [program("varnishstat", "varnish"), "-1", "-n", str(self.base / "work")]
        told = subprocess.run([*ask, "-f", counter], capture_output=True, check=True)
        return int(told.stdout.split()[1])
