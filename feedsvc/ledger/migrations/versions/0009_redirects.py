"""Where files lead that only lead elsewhere; known of each when it is read the next time."""

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
