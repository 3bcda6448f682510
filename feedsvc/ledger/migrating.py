"""Whether there is a ledger; makes it, or brings an older version's up to date (Alembic)."""

from __future__ import annotations

from pathlib import Path

from sqlalchemy import Connection, column, inspect, select, table, text

from feedsvc.errors import ConfigError, LedgerUnavailable
from feedsvc.ledger.scans import SITE
from feedsvc.ledger.schema import facts
from feedsvc.ledger.store import Store

LATEST = "0010"  # the last of the migrations, which makes the tables as they are in the schema
LOCK = 0x66656564  # any number that all our processes share

_version = table("alembic_version", column("version_num"))


def is_made(store: Store, site_id: str) -> bool:
    """Whether there is a ledger, which is then this site's; nothing is made or migrated.

    Raises:
        LedgerUnavailable: it cannot be reached, or another version made it.
        ConfigError: it is another site's.
    """
    if store.file and not store.file.exists():
        return False
    with store.read() as connection:
        version = _made_by(connection)
        if version is None:
            return False
        _check(store, version)
        owner = connection.scalar(select(facts.c.value).where(facts.c.name == SITE))
    if owner not in (None, site_id):
        raise ConfigError(
            f"store.url: the ledger {store} is that of another site, with site.id = {owner!r}; "
            "name this site's own, or give site.id back"
        )
    return True


def see_version(store: Store, connection: Connection) -> None:
    """See that the ledger's tables are those of this version.

    Raises:
        LedgerUnavailable: there are none, or another version made them.
    """
    _check(store, _made_by(connection))


def _check(store: Store, version: str | None) -> None:
    if version is None:
        raise LedgerUnavailable(f"{store}: there is no ledger yet; `feedsvc scan` makes it")
    if version > LATEST:
        raise _newer(store)
    if version < LATEST:
        raise LedgerUnavailable(
            f"{store}: an older feedsvc made this ledger; `feedsvc scan` brings it up to date"
        )


def _newer(store: Store) -> LedgerUnavailable:
    return LedgerUnavailable(f"{store}: a newer feedsvc made this ledger; update feedsvc")


def migrate(store: Store) -> None:
    """Bring the tables up to this version's schema; safe from several processes at once.

    Raises:
        LedgerUnavailable: the database cannot be reached, or a newer version made it.
    """
    if store.file:
        _make_folder(store.file.parent)
    if _is_latest(store):
        return
    with store.write(create=True) as connection:
        if not store.sqlite:
            connection.execute(text(f"SELECT pg_advisory_xact_lock({LOCK})"))
        made_by = _made_by(connection)
        if made_by == LATEST:
            return  # another process has just done so
        # Alembic takes longer to load than all else that most starts do with the ledger
        from feedsvc.ledger import migrations  # noqa: PLC0415

        if made_by and made_by not in migrations.known():
            raise _newer(store)
        migrations.run(connection)


def _is_latest(store: Store) -> bool:
    """Found out without a lock, which a long commit may hold while this process starts."""
    if store.file and not store.file.exists():
        return False
    with store.read() as connection:
        return _made_by(connection) == LATEST


def _made_by(connection: Connection) -> str | None:
    """The last migration that the tables went through, where there are any."""
    if not inspect(connection).has_table(_version.name):
        return None
    return connection.scalar(select(_version.c.version_num))


def _make_folder(folder: Path) -> None:
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise LedgerUnavailable(
            f"{folder}: the folder for the ledger cannot be made ({error.strerror}); fix store.url"
        ) from None
