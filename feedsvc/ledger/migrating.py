"""Whether there is a ledger; makes it, or brings an older version's up to date (Alembic)."""

from __future__ import annotations

from pathlib import Path

from alembic import command
from alembic.config import Config as AlembicConfig
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import select, text

from feedsvc.errors import ConfigError, LedgerUnavailable
from feedsvc.ledger.scans import SITE
from feedsvc.ledger.schema import facts
from feedsvc.ledger.store import Store

MIGRATIONS = Path(__file__).parent / "migrations"
LOCK = 0x66656564  # any number that all our processes share


def is_made(store: Store, site_id: str) -> bool:
    """Whether there is a ledger, which is then this site's; nothing is made or migrated.

    Raises:
        LedgerUnavailable: it cannot be reached, or another version made it.
        ConfigError: it is another site's.
    """
    if store.file and not store.file.exists():
        return False
    with store.read() as connection:
        version = MigrationContext.configure(connection).get_current_revision()
        if version is None:
            return False
        if version != ScriptDirectory(str(MIGRATIONS)).get_current_head():
            raise LedgerUnavailable(
                f"{store}: another version of feedsvc made this ledger; "
                "`feedsvc scan` brings an older one up to date"
            )
        owner = connection.scalar(select(facts.c.value).where(facts.c.name == SITE))
    if owner not in (None, site_id):
        raise ConfigError(
            f"store.url: the ledger {store} is that of another site, with site.id = {owner!r}; "
            "name this site's own, or give site.id back"
        )
    return True


def migrate(store: Store) -> None:
    """Bring the tables up to this version's schema; safe from several processes at once.

    Raises:
        LedgerUnavailable: the database cannot be reached, or a newer version made it.
    """
    if store.file:
        _make_folder(store.file.parent)
    config = AlembicConfig()
    config.set_main_option("script_location", str(MIGRATIONS))
    scripts = ScriptDirectory.from_config(config)
    with store.write() as connection:
        if not store.sqlite:
            connection.execute(text(f"SELECT pg_advisory_xact_lock({LOCK})"))
        current = MigrationContext.configure(connection).get_current_revision()
        if current == scripts.get_current_head():
            return
        if current and current not in {script.revision for script in scripts.walk_revisions()}:
            raise LedgerUnavailable(f"{store}: a newer feedsvc made this ledger; update feedsvc")
        config.attributes["connection"] = connection
        command.upgrade(config, "head")


def _make_folder(folder: Path) -> None:
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise LedgerUnavailable(
            f"{folder}: the folder for the ledger cannot be made ({error.strerror}); mend store.url"
        ) from None
