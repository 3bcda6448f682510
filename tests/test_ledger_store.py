"""The ledger's database: migrations and transactions, on SQLite and PostgreSQL."""

from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from sqlalchemy import insert, select, text

from feedsvc.ledger import migrations
from feedsvc.ledger.migrating import LATEST, migrate
from feedsvc.ledger.schema import entries, facts, metadata
from feedsvc.ledger.store import Store


def test_the_migrations_make_exactly_the_tables_of_the_schema(store: Store) -> None:
    with store.read() as connection:
        context = MigrationContext.configure(connection)
        assert compare_metadata(context, metadata) == []


def rows(store: Store) -> dict[str, list[tuple[object, ...]]]:
    """The rows of every table."""
    with store.read() as connection:
        return {
            name: [tuple(row) for row in connection.execute(text(f"SELECT * FROM {name}"))]  # noqa: S608
            for name in (*metadata.tables, "alembic_version")
        }


def test_migrating_again_changes_nothing(store: Store) -> None:
    with store.write() as connection:
        connection.execute(insert(facts).values(name="site", value="test"))
    before = rows(store)
    assert before["facts"]
    assert before["alembic_version"] == [(LATEST,)]
    migrate(store)
    assert rows(store) == before


def test_the_latest_migration_is_known_without_loading_any() -> None:
    assert migrations.latest() == LATEST


def test_the_length_of_an_image_gets_a_column_of_its_own(store: Store) -> None:
    with store.write() as connection:
        for name in (*metadata.tables, "alembic_version"):
            connection.execute(text(f"DROP TABLE {name}"))
        migrations.run(connection, "0009")
        images = ("http://site.invalid/a.png 1234", "http://x/b.png", "")
        for key, image in enumerate(images):
            connection.exec_driver_sql(
                "INSERT INTO entries (id, key, path, digest, title, content, summary, authors,"  # noqa: S608
                " tags, source, original, image, published) VALUES"
                f" ('{key}', '{key}', '{key}', '', '', '', '', '[]', '[]', '', '', '{image}', 0)"
            )
        migrations.run(connection)
        rows = connection.execute(select(entries.c.image, entries.c.image_length))
        assert sorted(tuple(row) for row in rows) == [
            ("", 0),
            ("http://site.invalid/a.png", 1234),
            ("http://x/b.png", 0),
        ]
