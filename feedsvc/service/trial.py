"""Opens a configuration's ledger, and tries one that is to replace another."""

from __future__ import annotations

from feedsvc import __version__
from feedsvc.config import Config
from feedsvc.errors import LedgerUnavailable
from feedsvc.ledger.editions import revision
from feedsvc.ledger.known import state
from feedsvc.ledger.migrating import is_made, migrate
from feedsvc.ledger.scans import claim
from feedsvc.ledger.store import Store
from feedsvc.processes.reloading import MOST_WAITING, Configurations
from feedsvc.scan.walk import check_root


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


def succeed(running: Configurations, config: Config) -> Configurations:
    """What a service runs with once `config` has replaced its current configuration.

    Nothing is made: who needs the folder or the ledger sees to them when it prepares.

    Raises:
        FeedsvcError: its ledger is another site's, or cannot be reached.
    """
    store = Store(config.store.url)
    try:
        is_made(store, config.site.id)
    finally:
        store.close()
    published, between = _published(running)
    return Configurations(config, published, between)


def _published(running: Configurations) -> tuple[Config, tuple[Config, ...]]:
    """The configuration that the ledger was last published with, and those that follow it.

    As far as that can be told: the latest of those that may be it.
    """
    chain = (running.published, *(step.current for step in running.steps))
    for place in range(len(chain) - 1, 0, -1):
        if _is_in_force(chain[place]):
            return chain[place], chain[place + 1 :]
    return chain[0], chain[1:][1 - MOST_WAITING :]  # and the new one waits too


def _is_in_force(config: Config) -> bool:
    store = Store(config.store.url, reader=True)
    try:
        return revision(store).settings == config.document_digest(__version__)
    except LedgerUnavailable:
        return False
    finally:
        store.close()
