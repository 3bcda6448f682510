"""The servers that are measured beside each other: nginx, feedsvc and a plain Flask view.

All run on one core, and listen on ports of their own.
"""

from __future__ import annotations

import grp
import os
import pwd
import shutil
import socket
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path

import httpx

from benchmarks import plain_view
from benchmarks.newspaper import PATH, Newspaper
from benchmarks.processes import Session

SERVERS_CORE, CLIENTS_CORE = 0, 1
LOOK_SECONDS = 1.0  # between two looks at memory, which cost time on the cores that measure
START_SECONDS = 30
STATIC, OURS, PLAIN = "nginx", "feedsvc", "plain"

# Debian's own settings, without the access log, which feedsvc does not write either
NGINX = """\
{user}
daemon off;
pid {base}/nginx.pid;
error_log {base}/nginx.log;
worker_processes 1;
events {{ worker_connections 768; }}
http {{
    sendfile on;
    tcp_nopush on;
    access_log off;
    keepalive_requests 1000000;
    client_body_temp_path {base}/body;
    proxy_temp_path {base}/proxy;
    fastcgi_temp_path {base}/fastcgi;
    uwsgi_temp_path {base}/uwsgi;
    scgi_temp_path {base}/scgi;
    types {{ application/atom+xml atom; }}
    charset utf-8;
    charset_types application/atom+xml;
    gzip_static on;
    gzip_vary on;
    add_header Cache-Control "max-age=300, stale-while-revalidate=60, stale-if-error=86400";
    add_header Access-Control-Allow-Origin *;
    add_header X-Content-Type-Options nosniff;
    server {{
        listen 127.0.0.1:{port};
        root {files};
    }}
}}
"""


class Server:
    """A server on a port of this machine."""

    def __init__(
        self, name: str, command: Sequence[str], variables: Mapping[str, str], log: Path, port: int
    ) -> None:
        self.name, self.port = name, port
        pinned = ("taskset", "-c", str(SERVERS_CORE), *command)
        self.session = Session(pinned, variables, log, every=LOOK_SECONDS)
        self.url = f"http://127.0.0.1:{port}{PATH}"

    def ready(self) -> None:
        """Wait until it answers.

        Raises:
            SystemExit: it does not.
        """
        until = time.monotonic() + START_SECONDS
        while time.monotonic() < until and self.session.process.poll() is None:
            try:
                if httpx.get(self.url).status_code == httpx.codes.OK:
                    return
            except httpx.TransportError:
                pass
            time.sleep(0.1)
        raise SystemExit(f"{self.name} does not serve {self.url}")


@contextmanager
def servers(paper: Newspaper) -> Iterator[dict[str, Server]]:
    """All three for the length of the block, each by its name, with the same feed."""
    with ExitStack() as stack:
        ours = _started(stack, feedsvc(paper))
        paper.write(httpx.get(ours.url, headers={"Accept-Encoding": "identity"}).content)
        yield {
            STATIC: _started(stack, nginx(paper)),
            OURS: ours,
            PLAIN: _started(stack, plain(paper)),
        }


def _started(stack: ExitStack, server: Server) -> Server:
    stack.callback(server.session.stop)
    server.ready()
    return server


def feedsvc(paper: Newspaper) -> Server:
    """`feedsvc web`, with its own settings."""
    port = free_port()
    variables = {"FEEDSVC_CONFIG": str(paper.file), "FEEDSVC_HTTP__PORT": str(port)}
    command = (sys.executable, "-P", "-m", "feedsvc", "web")
    return Server(OURS, command, variables, paper.base / "feedsvc.log", port)


def nginx(paper: Newspaper) -> Server:
    """The feed as a file, with another that is compressed beside it."""
    port, base = free_port(), paper.base
    file = base / "nginx.conf"
    text = NGINX.format(user=_user(), base=base, port=port, files=paper.files)
    file.write_text(text, encoding="utf-8")
    log = base / "nginx.log"
    command = (found("nginx"), "-c", str(file), "-e", str(log))
    return Server(STATIC, command, {}, log, port)


def _user() -> str:
    """Root's workers would be somebody who cannot read the folder; only root may say who."""
    me = pwd.getpwuid(os.geteuid())
    return "" if os.geteuid() else f"user {me.pw_name} {grp.getgrgid(me.pw_gid).gr_name};"


def plain(paper: Newspaper) -> Server:
    """The plain view under gunicorn, with gunicorn's own settings."""
    port = free_port()
    variables = {plain_view.ARTICLES: str(paper.base / "articles.json")}
    gunicorn = (sys.executable, "-m", "gunicorn", "--bind", f"127.0.0.1:{port}")
    command = (*gunicorn, "benchmarks.plain_view:app")
    return Server(PLAIN, command, variables, paper.base / "gunicorn.log", port)


def found(program: str) -> str:
    """Where a program is; Debian keeps some where only root looks.

    Raises:
        SystemExit: it is not installed.
    """
    path = shutil.which(program, path=f"{os.environ.get('PATH', '')}:/usr/sbin")
    if path is None:
        raise SystemExit(f"{program} is missing: apt-get install nginx-light wrk")
    return path


def free_port() -> int:
    """A port where nobody listens."""
    with socket.create_server(("127.0.0.1", 0)) as one:
        return int(one.getsockname()[1])
