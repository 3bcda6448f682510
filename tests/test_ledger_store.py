"""The ledger's database: migrations and transactions, on SQLite and PostgreSQL."""

from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext

from feedsvc.ledger import migrations
from feedsvc.ledger.migrating import LATEST, migrate
from feedsvc.ledger.schema import metadata
from feedsvc.ledger.store import Store


def test_the_migrations_make_exactly_the_tables_of_the_schema(store: Store) -> None:
    with store.read() as connection:
        context = MigrationContext.configure(connection)
        assert compare_metadata(context, metadata) == []


def test_migrating_again_changes_nothing(store: Store) -> None:
    migrate(store)


def test_the_latest_migration_is_known_without_loading_any() -> None:
    assert migrations.latest() == LATEST
