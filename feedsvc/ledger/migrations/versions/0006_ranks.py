"""What is newest in a slice goes by a rank, not by the place, which filed articles get last."""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add `places.rank`; what is there stays in the order of places that subscribers have seen."""
    op.add_column("places", sa.Column("rank", sa.BigInteger(), nullable=False, server_default="0"))
    op.execute(
        "UPDATE places SET rank = ranked.rank FROM ("
        "SELECT slice, place, max(released) OVER (PARTITION BY slice ORDER BY place) AS rank "
        "FROM places) AS ranked "
        "WHERE places.slice = ranked.slice AND places.place = ranked.place"
    )
    op.create_index("ix_places_rank", "places", ["slice", "rank"])
