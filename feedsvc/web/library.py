"""Which Document is at which path: feeds of the catalogue and pages for people."""

from __future__ import annotations

import re
from dataclasses import replace

from feedsvc import __version__
from feedsvc.config import Config
from feedsvc.feeds.catalogue import CATALOGUE, Format, Place, configured, feed_of, home_of, place
from feedsvc.feeds.publication import feed_document
from feedsvc.feeds.slicing import SITE
from feedsvc.ledger import editions
from feedsvc.ledger.editions import Moved, Revision, Withdrawn
from feedsvc.ledger.standing import standing
from feedsvc.ledger.store import Store
from feedsvc.model import Document, Edition, Slice, SliceKind
from feedsvc.web.documents import Elsewhere, Gone, Outdated
from feedsvc.web.pages import article_page, catalogue_page, slice_page
from feedsvc.web.services import Services

_ARTICLE = re.compile(r"/articles/([0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})")


class Library:
    """Builds the Document at a path from the ledger, as it stands."""

    def __init__(self, config: Config, store: Store) -> None:
        self.config = config
        self._store = store
        self._services = Services(config, store)
        self._configured = {one.slug: one for one in configured(config)}
        self.settings = config.document_digest(__version__)

    def close(self) -> None:
        """Let the ledger's connections go."""
        self._store.close()

    def holds(self, where: str) -> bool:
        """Whether there is, or may be, a Document at this path."""
        own = _is_catalogue(where) or bool(_ARTICLE.fullmatch(where)) or place(where) is not None
        return own or self._services.holds(where)

    def negotiated(self, where: str) -> bool:
        """Whether the format of the feed at this path is the client's choice."""
        asked = place(where)
        return asked is not None and asked.feed and asked.form is None

    def revision(self) -> Revision:
        """The ledger's revision: whenever it moves, Documents may have changed."""
        return editions.revision(self._store)

    def document(self, key: str, revision: Revision) -> Document | None:
        """The Document at a path (see `build`) at this revision, which the ledger still has.

        The ledger dates what was committed with its own settings. Bytes made with other settings,
        which a scan has yet to commit, have no date (RFC 9110 section 8.8.2): under that of the
        committed ones, a poller that goes by dates would never get them.
        """
        document = self.build(key)
        if document and revision.settings != self.settings:
            return replace(document, dated=False)
        return document

    def build(self, key: str) -> Document | None:
        """The Document at a path; None where there is none.

        Where the path leaves the format open, the key is the path, a `#` and the format's suffix.
        Behind another `#` stands the journal's sequence since which entries must have changed.

        Raises:
            Gone: what was there is withdrawn.
            Elsewhere: it has another address now.
            LedgerUnavailable: the ledger cannot be reached.
        """
        where, suffix, since = (*key.split("#"), "", "")[:3]
        asked = place(where)
        if asked and asked.feed:
            chosen = self._slice(asked)
            liked = Format.of(suffix) or Format.ATOM
            return self._feed(asked, chosen, liked, since) if chosen else None
        return None if since else self._no_feed(where, asked)

    def _no_feed(self, where: str, asked: Place | None) -> Document | None:
        """What is there for people, and for programs that are no readers."""
        if self._services.holds(where.partition("?")[0]):
            return self._services.build(where)
        if _is_catalogue(where):
            return self._catalogue(where)
        if article := _ARTICLE.fullmatch(where):
            return self._article(f"urn:uuid:{article[1]}")
        chosen = self._slice(asked) if asked else None
        if chosen is None:
            return None
        if not where.endswith("/"):
            raise Elsewhere(self.config.address(home_of(chosen)))
        return slice_page(self.config, chosen, self._newest(chosen, days=0))

    def _slice(self, asked: Place) -> Slice | None:
        """The slice that is asked for; a configured one is there before its first entry is."""
        if asked.kind is SliceKind.SITE:
            return SITE
        if asked.slug in self._configured and asked.kind is SliceKind.CONFIGURED:
            return self._configured[asked.slug]
        found = editions.find_slice(self._store, asked.kind, asked.slug)
        if isinstance(found, Moved):
            raise Elsewhere(self._address(asked, found.slug))
        if found and asked.kind is SliceKind.CONFIGURED:
            if self.revision().settings != self.settings:  # readers give up on 410 for good
                raise Outdated(f"the feed {asked.slug} is not in this configuration yet")
            raise Gone(asked.slug)
        if isinstance(found, Withdrawn):
            raise Gone(asked.slug)
        return found

    def _address(self, asked: Place, slug: str) -> str:
        """The same of another slice; its archives are cut in another way."""
        there = feed_of(self.config, Slice(asked.kind, slug, slug))
        suffix = f".{asked.form.suffix}" if asked.form else ""
        return self.config.address(there.stem + suffix if asked.feed else there.home)

    def _feed(self, asked: Place, chosen: Slice, liked: Format, since: str) -> Document | None:
        settings = self.config.feed
        kind, slug, _ = chosen
        edition: Edition | None
        if asked.span:
            edition = editions.archive(self._store, asked.span, settings.entries, kind, slug)
        else:
            edition = self._newest(chosen, settings.tombstone_days)
        if edition and since:
            edition = editions.changed_since(self._store, edition, int(since))
        if edition is None:
            return None
        feed = feed_of(self.config, chosen)
        if asked.form is None:
            return feed_document(self.config, feed, liked, edition, negotiated=True)
        return feed_document(self.config, feed, asked.form, edition)

    def _newest(self, chosen: Slice, days: int) -> Edition:
        entries = self.config.feed.entries
        return editions.newest(self._store, entries, chosen.kind, chosen.slug, days)

    def _catalogue(self, where: str) -> Document:
        if where != CATALOGUE:
            raise Elsewhere(self.config.address(CATALOGUE))
        listed = editions.all_slices(self._store)
        return catalogue_page(self.config, standing(self._store), listed)

    def _article(self, entry_id: str) -> Document | None:
        edition = editions.single(self._store, entry_id)
        if edition is None:
            return None
        if not edition.entries:
            raise Gone(entry_id)
        return article_page(self.config, edition, edition.entries[0])


def _is_catalogue(where: str) -> bool:
    """Whether a path is that of the page of all feeds, be its last slash missing."""
    return f"{where.removesuffix('/')}/" == CATALOGUE
