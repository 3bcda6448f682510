"""What the layouts beside news can say; files in the order of paths; media; faster questions."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

FILES = ("path", "size", "mtime_ns", "ctime_ns")


def upgrade() -> None:
    """Add columns, indexes and the table `media`; make `files` anew in its order."""
    op.add_column("entries", sa.Column("language", sa.Text(), nullable=False, server_default=""))
    op.add_column("entries", sa.Column("image", sa.Text(), nullable=False, server_default=""))
    op.add_column(
        "entries", sa.Column("enclosures", sa.Text(), nullable=False, server_default="[]")
    )
    op.add_column("entries", sa.Column("edited", sa.BigInteger(), nullable=True))
    op.add_column(
        "entries", sa.Column("declared", sa.Boolean(), nullable=False, server_default=sa.false())
    )
    op.add_column("problems", sa.Column("column", sa.Integer(), nullable=False, server_default="0"))
    named = sa.text("original != ''")
    op.create_index(
        "ix_entries_original", "entries", ["original"], sqlite_where=named, postgresql_where=named
    )
    op.create_index("ix_changes_released", "changes", ["released"])
    op.create_index("ix_changes_kind", "changes", ["kind", "sequence"])
    op.create_table(
        "media",
        sa.Column("id", sa.String(length=45), nullable=False),
        sa.Column("entry", sa.String(length=45), nullable=False),
        sa.Column("path", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("id", "entry"),
    )
    op.create_index("ix_media_entry", "media", ["entry"])
    _order_files()


def _order_files() -> None:
    op.rename_table("files", "files_before")
    path = sa.Text().with_variant(sa.TEXT(collation="C"), "postgresql")
    op.create_table(
        "files",
        sa.Column("path", path, nullable=False),
        sa.Column("size", sa.BigInteger(), nullable=False),
        sa.Column("mtime_ns", sa.BigInteger(), nullable=False),
        sa.Column("ctime_ns", sa.BigInteger(), nullable=False),
        # PostgreSQL keeps the old table's name for its key, so this one has a name of its own
        sa.PrimaryKeyConstraint("path", name="pk_files"),
        sqlite_with_rowid=False,
    )
    columns = ", ".join(FILES)
    op.execute(f"INSERT INTO files ({columns}) SELECT {columns} FROM files_before")  # noqa: S608
    op.drop_table("files_before")
