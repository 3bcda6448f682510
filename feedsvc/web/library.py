"""Which Document is at which path: feeds of the catalogue and pages for people."""

from __future__ import annotations

import re
from collections.abc import Callable

from feedsvc.config import Config
from feedsvc.feeds.catalogue import Format, feeds, path
from feedsvc.feeds.syndication import feed_document
from feedsvc.ledger import editions
from feedsvc.ledger.store import Store
from feedsvc.model import Document, Edition, Feed
from feedsvc.web.documents import Gone
from feedsvc.web.pages import article_page, index_page

_ARTICLE = re.compile(r"/articles/([0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})")


class Library:
    """Builds the Document at a path from the ledger, as it stands."""

    def __init__(self, config: Config, store: Store) -> None:
        self._config = config
        self._store = store
        self._at: dict[str, Callable[[], Document]] = {"/": self._index}
        for feed in feeds(config):
            for form in Format:
                self._at[path(feed, form)] = self._feed_builder(feed, form)

    def holds(self, where: str) -> bool:
        """Whether there is, or may be, a Document at this path."""
        return where in self._at or bool(_ARTICLE.fullmatch(where))

    def sequence(self) -> int:
        """The journal's sequence: whenever it moves, Documents may have changed."""
        return editions.sequence(self._store)

    def build(self, where: str) -> Document | None:
        """The Document at this path; None where there is none.

        Raises:
            Gone: what was there is withdrawn.
            LedgerUnavailable: the ledger cannot be reached.
        """
        if where in self._at:
            return self._at[where]()
        article = _ARTICLE.fullmatch(where)
        return self._article(f"urn:uuid:{article[1]}") if article else None

    def _newest(self) -> Edition:
        return editions.newest(self._store, self._config.feed.entries)

    def _index(self) -> Document:
        return index_page(self._config, self._newest())

    def _feed_builder(self, feed: Feed, form: Format) -> Callable[[], Document]:
        return lambda: feed_document(self._config, feed, form, self._newest())

    def _article(self, entry_id: str) -> Document | None:
        edition = editions.single(self._store, entry_id)
        if edition is None:
            return None
        if not edition.entries:
            raise Gone(entry_id)
        return article_page(self._config, edition, edition.entries[0])
