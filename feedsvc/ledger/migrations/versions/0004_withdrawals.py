"""When an entry of a slice was last withdrawn, or came back."""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None

LATEST = """
UPDATE slices SET withdrawn = coalesce(
    (SELECT max(places.at) FROM places WHERE places.slice = slices.id AND places.state = 2), 0
)
"""


def upgrade() -> None:
    """Add `slices.withdrawn`; of what came back before nothing is known."""
    op.add_column(
        "slices", sa.Column("withdrawn", sa.BigInteger(), nullable=False, server_default="0")
    )
    op.execute(LATEST)
