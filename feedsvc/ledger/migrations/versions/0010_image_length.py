"""The length of an entry's image in a column of its own."""

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None

_POSITION = {"sqlite": "instr(image, ' ')", "postgresql": "strpos(image, ' ')"}


def upgrade() -> None:
    """Split `entries.image`, which held the address and, behind a space, the length."""
    op.add_column(
        "entries", sa.Column("image_length", sa.BigInteger(), nullable=False, server_default="0")
    )
    space = _POSITION[op.get_bind().dialect.name]
    op.execute(
        f"UPDATE entries SET image_length = CAST(substr(image, {space} + 1) AS BIGINT), "  # noqa: S608
        f"image = substr(image, 1, {space} - 1) WHERE {space} > 0"
    )
