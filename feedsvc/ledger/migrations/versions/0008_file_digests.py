"""What the bytes of each file were, so that a renamed file is known again."""

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add `files.digest`, empty until the file is read again for another reason."""
    op.add_column("files", sa.Column("digest", sa.LargeBinary()))
