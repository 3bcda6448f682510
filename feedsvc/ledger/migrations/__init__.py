"""How an older ledger becomes one of this version (Alembic)."""

from __future__ import annotations

from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.script import ScriptDirectory
from sqlalchemy import Connection


def run(connection: Connection, until: str = "head") -> None:
    """Bring the tables to what they are after the migration `until`."""
    config = _config()
    config.attributes["connection"] = connection
    command.upgrade(config, until)


def latest() -> str | None:
    """The last of the migrations."""
    return _scripts().get_current_head()


def known() -> set[str]:
    """All migrations of this version."""
    return {script.revision for script in _scripts().walk_revisions()}


def _scripts() -> ScriptDirectory:
    return ScriptDirectory.from_config(_config())


def _config() -> Config:
    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent))
    return config
