"""Builds the document of a route from the ledger."""

from __future__ import annotations

from dataclasses import replace

from feedsvc import __version__
from feedsvc.config import Config
from feedsvc.feeds.classification import SITE
from feedsvc.feeds.publication import feed_document
from feedsvc.feeds.registry import FEED_LIST, FeedAddress, configured, feed_of, home_of, path
from feedsvc.ledger import change_log, feed_content
from feedsvc.ledger.feed_content import Moved, Revision, Withdrawn
from feedsvc.ledger.status import status
from feedsvc.ledger.store import Store
from feedsvc.model import Collection, CollectionKind, Document, FeedContent
from feedsvc.web import machine_readable
from feedsvc.web.pages import article_page, collection_page, feed_list_page
from feedsvc.web.revisions import Outdated
from feedsvc.web.routes import FEEDS, Gone, Kind, MovedPermanently, Route
from feedsvc.web.sitemaps import sitemap_document


class DocumentBuilder:
    """Builds documents by one configuration. Safe to call from many threads.

    `settings` is the digest of everything in the configuration that shows in their bytes.
    """

    def __init__(self, config: Config, store: Store) -> None:
        self.config = config
        self._store = store
        self._configured = {table.slug: table for table in configured(config)}
        self.settings = config.document_digest(__version__)

    def close(self) -> None:
        """Close the connections to the ledger."""
        self._store.close()

    def revision(self) -> Revision:
        """The ledger's revision; a document can change only when it moves."""
        return feed_content.revision(self._store)

    def document(self, route: Route, revision: Revision) -> Document | None:
        """The document of a route (see `build`), dated where `revision` accounts for its bytes.

        The ledger dates what was committed with its own settings. Bytes made with other settings,
        which a scan has yet to commit, have no date (RFC 9110 section 8.8.2): under that of the
        committed ones, a client that polls by date would never get them.
        """
        document = self.build(route)
        if document and revision.settings != self.settings:
            return replace(document, dated=False)
        return document

    def build(self, route: Route) -> Document | None:
        """The document of a route; None where there is none.

        Raises:
            Gone: it has been withdrawn.
            MovedPermanently: it has another address now.
            LedgerUnavailable: the ledger cannot be reached.
        """
        if route.kind in FEEDS:
            return self._feed(route)
        match route.kind:
            case Kind.COLLECTION_PAGE:
                return self._collection_page(route)
            case Kind.ARTICLE_PAGE:
                return self._article_page(route.entry_id)
            case Kind.FEED_LIST_PAGE:
                return self._feed_list_page(route)
            case Kind.CHANGES:
                page = change_log.page(self._store, route.after)
                return machine_readable.changes(self.config, page)
        return self._whole_site(route)

    def _whole_site(self, route: Route) -> Document | None:
        """A machine-readable document about the site as a whole."""
        now = status(self._store)
        match route.kind:
            case Kind.OPML:
                listed = feed_content.all_collections(self._store)
                return machine_readable.subscription_list(self.config, listed, now)
            case Kind.ROBOTS:
                return machine_readable.robots(self.config, now)
            case Kind.OPENAPI:
                return machine_readable.openapi(self.config, now)
        return sitemap_document(self.config, self._store, route, now)

    def _feed(self, route: Route) -> Document | None:
        address = route.feed_address
        assert address and address.form  # noqa: S101, PT018 - every route of a feed has both
        chosen = self._collection(route)
        content = self._content(address, chosen) if chosen else None
        if content and route.since:
            content = feed_content.changed_since(self._store, content, route.since)
        if chosen is None or content is None:
            return None
        negotiated = route.kind is Kind.NEGOTIATED_FEED
        feed = feed_of(self.config, chosen)
        return feed_document(self.config, feed, address.form, content, negotiated=negotiated)

    def _content(self, address: FeedAddress, chosen: Collection) -> FeedContent | None:
        """The newest entries of a collection, or those of an archive."""
        settings = self.config.feed
        if address.span is None:
            return self._newest(chosen, settings.tombstone_days)
        kind, slug = chosen.kind, chosen.slug
        return feed_content.archive(self._store, address.span, settings.entries, kind, slug)

    def _newest(self, chosen: Collection, days: int) -> FeedContent:
        entries = self.config.feed.entries
        return feed_content.newest(self._store, entries, chosen.kind, chosen.slug, days)

    def _collection(self, route: Route) -> Collection | None:
        """The collection of a route; a configured one exists before its first entry does."""
        address = route.feed_address
        if address is None:
            return None
        if address.kind is CollectionKind.SITE:
            return SITE
        if address.slug in self._configured and address.kind is CollectionKind.CONFIGURED:
            return self._configured[address.slug]
        found = feed_content.find_collection(self._store, address.kind, address.slug)
        if isinstance(found, Moved):
            raise MovedPermanently(self._moved_address(route, address, found.slug))
        if found and address.kind is CollectionKind.CONFIGURED:
            if self.revision().settings != self.settings:  # readers unsubscribe on 410
                raise Outdated(f"the feed {address.slug} is not in this configuration yet")
            raise Gone(address.slug)
        if isinstance(found, Withdrawn):
            raise Gone(address.slug)
        return found

    def _moved_address(self, route: Route, address: FeedAddress, slug: str) -> str:
        """The same page or feed of another collection; its archives have other spans."""
        feed = feed_of(self.config, Collection(address.kind, slug, slug))
        if route.kind is Kind.COLLECTION_PAGE:
            return self.config.address(feed.home)
        form = address.form if route.kind is Kind.FEED else None
        return self.config.address(path(feed, form))

    def _collection_page(self, route: Route) -> Document | None:
        chosen = self._collection(route)
        if chosen is None:
            return None
        if not route.path.endswith("/"):
            raise MovedPermanently(self.config.address(home_of(chosen)))
        return collection_page(self.config, chosen, self._newest(chosen, days=0))

    def _feed_list_page(self, route: Route) -> Document:
        if route.path != FEED_LIST:
            raise MovedPermanently(self.config.address(FEED_LIST))
        listed = feed_content.all_collections(self._store)
        return feed_list_page(self.config, status(self._store), listed)

    def _article_page(self, entry_id: str) -> Document | None:
        content = feed_content.single(self._store, entry_id)
        if content is None:
            return None
        if not content.entries:
            raise Gone(entry_id)
        return article_page(self.config, content, content.entries[0])
