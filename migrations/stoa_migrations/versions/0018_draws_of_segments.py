"""When segments were drawn from their conditions, and by which version."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision: str = "0018"
down_revision: str | None = "0016"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None

_GRANTS = "GRANT SELECT, INSERT, UPDATE ON segment_draws TO stoa_app"


def upgrade() -> None:
    """Expand."""
    op.create_table(
        "segment_draws",
        sa.Column("segment", sa.Text(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("drawn_on", sa.Date(), nullable=False),
        sa.Column("drawn_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("members", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("segment", name=op.f("pk_segment_draws")),
    )
    op.execute(sa.text(_GRANTS))


def downgrade() -> None:
    """Go back."""
    op.drop_table("segment_draws")
