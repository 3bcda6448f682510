"""Where files lead that only lead elsewhere; all are read again, so that they are found."""

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the table `redirects`."""
    path = sa.Text().with_variant(sa.TEXT(collation="C"), "postgresql")
    op.create_table(
        "redirects",
        sa.Column("path", path, primary_key=True),
        sa.Column("leads_to", sa.Text(), nullable=False),
    )
    op.execute("UPDATE files SET size = -1, mtime_ns = 0, ctime_ns = 0")
