"""A lease counts its renewals, and no clock of a host decides when it ends."""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Replace `leases.expires`; the tokens go on, for the history of scans is numbered by them."""
    op.add_column("leases", sa.Column("instance", sa.Text(), nullable=False, server_default=""))
    for name in ("renewals", "renewed"):
        column = sa.Column(name, sa.BigInteger(), nullable=False, server_default="0")
        op.add_column("leases", column)
    with op.batch_alter_table("leases") as leases:  # SQLite before 3.35 has no DROP COLUMN
        leases.drop_column("expires")
