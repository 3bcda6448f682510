"""A folder with files beside its articles, scanned under a clock of ours, and its media."""

from __future__ import annotations

import os
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path, PurePosixPath

from feedsvc.config import Http
from feedsvc.ledger import feed_content
from feedsvc.ledger.store import Store
from feedsvc.model import urn
from feedsvc.scan import run
from feedsvc.scan.run import Clock, Publisher, Request
from feedsvc.web.digests import Digests
from feedsvc.web.media import Media
from feedsvc.web.responses import Response
from feedsvc.web.sending import CHUNK
from tests.site import Site

NOON = datetime(2026, 6, 1, 12, tzinfo=UTC)
SMALL = bytes(range(256)) * 40
LARGE = os.urandom(CHUNK) * 20 + b"the end"  # which is hashed in the background


def address(path: str, site_id: str = "test") -> str:
    """Where the file at a path below the root is served."""
    name = urn(site_id, "media", path).removeprefix("urn:uuid:")
    return f"/media/{name}{PurePosixPath(path).suffix.lower()}"


class Desk:
    """A folder that is scanned into a ledger under a clock of ours, and its media."""

    def __init__(self, site: Site, store: Store) -> None:
        self.site, self.store, self.now = site, store, NOON
        self.digests = Digests()
        self.media = Media(
            store,
            lambda: feed_content.revision(store),
            site.folder,
            Http(max_age=300),
            self.digests,
        )

    def write(self, path: str, text: str | bytes) -> Path:
        file = self.site.folder / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(text if isinstance(text, bytes) else text.encode())
        return file

    def article(self, path: str, link: str, date: str = "2026-01-02") -> Path:
        return self.write(path, f"---\ntitle: {path}\ndate: {date}\n---\n![A picture]({link})\n")

    def scan(self, *hints: str) -> None:
        self.now += timedelta(minutes=1)
        clock = Clock(now=lambda: self.now, sleep=lambda _: None)
        publisher = Publisher(self.store, self.site.config(), clock)
        run.scan(publisher, Request(hints=frozenset(hints)))

    def ask(self, path: str, method: str = "GET", **fields: str) -> Response | None:
        environ = {f"HTTP_{name}": value for name, value in fields.items()}
        return self.media.respond(path, environ | {"REQUEST_METHOD": method}, time.time() + 10)

    def get(self, path: str, method: str = "GET", **fields: str) -> Response:
        given = self.ask(path, method, **fields)
        assert given is not None
        return given
