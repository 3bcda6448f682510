"""Opens a configuration's ledger, and tries one that is to replace another."""

from __future__ import annotations

from feedsvc.articles.folder import check_root
from feedsvc.config import Config
from feedsvc.ledger.migrating import is_made, migrate
from feedsvc.ledger.scans import claim, state
from feedsvc.ledger.store import Store


def open_ledger(config: Config) -> Store:
    """This site's ledger, made where there is none.

    Raises:
        ConfigError: it is another site's, or it never had an article and the folder is not there.
        LedgerUnavailable: it cannot be reached.
    """
    store = Store(config.store.url)
    migrate(store)
    claim(store, config.site.id)
    if state(store).first_import:
        check_root(config.articles.folder)
    return store


def check(config: Config) -> None:
    """See that a configuration's folder and ledger can be used.

    Raises:
        FeedsvcError: one of them cannot.
    """
    check_root(config.articles.folder)
    store = Store(config.store.url)
    try:
        made = is_made(store, config.site.id)
    finally:
        store.close()
    if not made:
        open_ledger(config).close()
