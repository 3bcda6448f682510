"""Which slices of the site each entry is in; the next scan fills them."""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the tables `slices` and `places`."""
    op.create_table(
        "slices",
        sa.Column("id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("kind", sa.String(length=16), nullable=False),
        sa.Column("slug", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("living", sa.BigInteger(), nullable=False),
        sa.Column("moved", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("kind", "slug"),
    )
    op.create_table(
        "places",
        sa.Column("slice", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("place", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("released", sa.BigInteger(), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.Column("state", sa.SmallInteger(), nullable=False),
        sa.PrimaryKeyConstraint("slice", "place"),
        sqlite_with_rowid=False,
    )
    op.create_index("ix_places_released", "places", ["released"])
    withdrawn = sa.text("state = 2")
    op.create_index(
        "ix_places_withdrawn",
        "places",
        ["slice", "at"],
        sqlite_where=withdrawn,
        postgresql_where=withdrawn,
    )
