"""An article may expire: it is withdrawn at a moment that its file names."""

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add `entries.expires`, which is filled as all files are read again.

    This version knows more ways to withhold an article, so what was published is looked at too.
    """
    op.add_column("entries", sa.Column("expires", sa.BigInteger()))
    there = sa.text("expires IS NOT NULL AND withdrawn IS NULL")
    op.create_index(
        "ix_entries_expires", "entries", ["expires"], sqlite_where=there, postgresql_where=there
    )
    op.execute("DELETE FROM facts WHERE name = 'reading'")
