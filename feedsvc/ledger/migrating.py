"""Make the ledger's tables, or bring an older version's up to date (Alembic)."""

from __future__ import annotations

from pathlib import Path

from alembic import command
from alembic.config import Config as AlembicConfig
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import text

from feedsvc.errors import LedgerUnavailable
from feedsvc.ledger.store import Store

MIGRATIONS = Path(__file__).parent / "migrations"
LOCK = 0x66656564  # any number that all our processes share


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
