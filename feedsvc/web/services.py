"""Documents for programs: the list of feeds, sitemaps, the journal, and what describes them."""

from __future__ import annotations

import json
from dataclasses import replace
from importlib import resources

from feedsvc import __version__
from feedsvc.config import Config
from feedsvc.feeds import opml, sitemap
from feedsvc.feeds.document import document
from feedsvc.ledger import editions, journal
from feedsvc.ledger.standing import Standing, standing
from feedsvc.ledger.store import Store
from feedsvc.model import Document
from feedsvc.web.changes import CHANGES, JSON, changes_document, cursor
from feedsvc.web.sitemaps import is_sitemap, sitemap_document

OPENAPI = "/openapi.json"
# Nobody has registered a type; this is the one that subscription lists have in autodiscovery.
OPML_TYPE = "text/x-opml; charset=utf-8"
TEXT = "text/plain; charset=utf-8"


class Services:
    """Builds the Document for programs at a path from the ledger, as it stands."""

    def __init__(self, config: Config, store: Store) -> None:
        self._config = config
        self._store = store

    def holds(self, where: str) -> bool:
        """Whether there is, or may be, such a Document at this path."""
        return where in (opml.OPML, sitemap.ROBOTS, OPENAPI, CHANGES) or is_sitemap(where)

    def build(self, key: str) -> Document | None:
        """The Document at a path; None where there is none.

        That of a page of the journal is the path with its query, see `changes.key_of`.
        """
        after = cursor(key)
        if after is not None:
            return changes_document(self._config, journal.page(self._store, after))
        now = standing(self._store)
        if is_sitemap(key):
            return sitemap_document(self._config, self._store, key, now)
        if key == opml.OPML:
            return self._opml(now)
        if key == sitemap.ROBOTS:
            return document(sitemap.robots(self._config), TEXT, now.settled)
        return self._openapi(now) if key == OPENAPI else None

    def _opml(self, now: Standing) -> Document:
        listed = editions.all_slices(self._store)
        made = document(opml.written(self._config, listed, now.updated), OPML_TYPE, now.modified)
        return replace(made, shared=True, next_due=now.next_due)

    def _openapi(self, now: Standing) -> Document:
        """The description of the addresses, which are below the site's own."""
        text = resources.files("feedsvc.web").joinpath("openapi.json").read_text("utf-8")
        told = json.loads(text)
        told["info"]["version"] = __version__
        told["servers"] = [{"url": self._config.site.base_url}]
        body = json.dumps(told, ensure_ascii=False).encode()
        return replace(document(body, JSON, now.settled), shared=True)
