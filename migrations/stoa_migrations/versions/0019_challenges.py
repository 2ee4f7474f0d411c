"""How members get on with challenges."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision: str = "0019"
down_revision: str | None = "0018"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None

_GRANTS = "GRANT SELECT, INSERT, UPDATE ON challenge_runs TO stoa_app"


def upgrade() -> None:
    """Expand."""
    op.create_table(
        "challenge_runs",
        sa.Column("member_id", sa.Uuid(), nullable=False),
        sa.Column("challenge", sa.Text(), nullable=False),
        sa.Column("since", sa.Date(), nullable=False),
        sa.Column("until", sa.Date(), nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("times", sa.Integer(), nullable=False),
        sa.Column("joined_on", sa.Date(), nullable=True),
        sa.Column("progress", postgresql.JSONB(), nullable=False),
        sa.Column("completed_on", sa.Date(), nullable=True),
        sa.Column("transaction_id", sa.Uuid(), nullable=True),
        sa.Column("rewarded_id", sa.Uuid(), nullable=True),
        sa.Column("points", sa.BigInteger(), nullable=False),
        sa.Column("changed_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint(
            "state IN ('running', 'completed', 'undone')", name=op.f("ck_challenge_runs_state")
        ),
        sa.CheckConstraint(
            "(state = 'completed') = (completed_on IS NOT NULL)",
            name=op.f("ck_challenge_runs_completed"),
        ),
        sa.CheckConstraint(
            "(transaction_id IS NULL) = (rewarded_id IS NULL)",
            name=op.f("ck_challenge_runs_rewarded"),
        ),
        sa.PrimaryKeyConstraint("member_id", "challenge", "since", name=op.f("pk_challenge_runs")),
    )
    op.execute(sa.text(_GRANTS))


def downgrade() -> None:
    """Go back."""
    op.drop_table("challenge_runs")
