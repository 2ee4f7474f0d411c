"""How members get on with challenges, and chances to be promoted that they bought."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

from stoa.models import functions

revision: str = "0019"
down_revision: str | None = "0020"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None

_OURS = "stoa_buy_chance, stoa_undo_chance, stoa_use_chances, stoa_draw_chance"
_GRANTS = f"""
REVOKE ALL ON FUNCTION {_OURS}, stoa_roll FROM PUBLIC;
GRANT EXECUTE ON FUNCTION {_OURS} TO stoa_app;
GRANT SELECT, INSERT, UPDATE ON challenge_runs TO stoa_app;
GRANT SELECT ON chances TO stoa_app;
"""


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
    op.create_table(
        "chances",
        sa.Column("member_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("chance", sa.Text(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("ladder", sa.Text(), nullable=False),
        sa.Column("mode", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("currency", sa.Text(), nullable=False),
        sa.Column("points", sa.BigInteger(), nullable=False),
        sa.Column("odds", sa.Integer(), nullable=False),
        sa.Column("seed", sa.LargeBinary(), nullable=True),
        sa.Column("commitment", sa.LargeBinary(), nullable=True),
        sa.Column("drawn", postgresql.JSONB(), nullable=True),
        sa.Column("used", postgresql.JSONB(), nullable=True),
        sa.Column("bought_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("bought_on", sa.Date(), nullable=False),
        sa.Column("undo_until", sa.DateTime(timezone=True), nullable=False),
        sa.Column("resolved_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("mode IN ('direct', 'attempt', 'draw')", name=op.f("ck_chances_mode")),
        sa.CheckConstraint(
            "state IN ('open', 'used', 'won', 'lost', 'refunded')", name=op.f("ck_chances_state")
        ),
        sa.CheckConstraint("points > 0", name=op.f("ck_chances_points")),
        sa.CheckConstraint("(mode = 'draw') = (seed IS NOT NULL)", name=op.f("ck_chances_seed")),
        sa.CheckConstraint(
            "(seed IS NULL) = (commitment IS NULL)", name=op.f("ck_chances_commitment")
        ),
        sa.CheckConstraint(
            "(state IN ('won', 'lost')) = (drawn IS NOT NULL)", name=op.f("ck_chances_drawn")
        ),
        sa.CheckConstraint(
            "(state = 'open') = (resolved_at IS NULL)", name=op.f("ck_chances_resolved")
        ),
        sa.PrimaryKeyConstraint("member_id", "id", name=op.f("pk_chances")),
    )
    op.get_bind().exec_driver_sql(functions("chances").replace("%", "%%"))
    op.execute(sa.text(_GRANTS))


def downgrade() -> None:
    """Go back."""
    op.execute(sa.text(f"DROP FUNCTION {_OURS}, stoa_roll"))
    op.drop_table("chances")
    op.drop_table("challenge_runs")
