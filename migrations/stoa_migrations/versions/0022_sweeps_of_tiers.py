"""How far all members have been looked at by the ladders that hold."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision: str = "0022"
down_revision: str | None = "0021"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None

_GRANTS = "GRANT SELECT, INSERT, UPDATE ON tier_sweeps TO stoa_app"


def upgrade() -> None:
    """Expand."""
    op.create_table(
        "tier_sweeps",
        sa.Column("id", sa.SmallInteger(), autoincrement=False, nullable=False),
        sa.Column("rulebook", sa.Integer(), nullable=False),
        sa.Column("assessed", postgresql.JSONB(), nullable=False),
        sa.Column("ladders", postgresql.JSONB(), nullable=False),
        sa.Column("after", sa.Uuid(), nullable=False),
        sa.Column("done", sa.BigInteger(), nullable=False),
        sa.Column("total", sa.BigInteger(), nullable=False),
        sa.Column("changed", sa.BigInteger(), nullable=False),
        sa.Column("started_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("id = 1", name=op.f("ck_tier_sweeps_one")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_tier_sweeps")),
    )
    op.execute(sa.text(_GRANTS))


def downgrade() -> None:
    """Go back."""
    op.drop_table("tier_sweeps")
