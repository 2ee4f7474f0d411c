"""Runs of what-if: a draft of a rule tried on stored purchases, and the members it would move."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision: str = "0016"
down_revision: str | None = "0014"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None

_STATES = "state IN ('waiting', 'running', 'done', 'failed', 'cancelled')"
_GRANTS = """
GRANT SELECT, INSERT, UPDATE ON whatif_runs TO stoa_app;
GRANT SELECT, INSERT ON whatif_members TO stoa_app;
"""


def upgrade() -> None:
    """Expand."""
    op.create_table(
        "whatif_runs",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("draft", postgresql.JSONB(), nullable=False),
        sa.Column("since", sa.Date(), nullable=True),
        sa.Column("until", sa.Date(), nullable=True),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("parts", postgresql.JSONB(), nullable=True),
        sa.Column("done", postgresql.ARRAY(sa.Integer()), nullable=False),
        sa.Column("total", sa.BigInteger(), nullable=False),
        sa.Column("passed", sa.BigInteger(), nullable=False),
        sa.Column("tally", postgresql.JSONB(), nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("holder", sa.Text(), nullable=False),
        sa.Column("lease_until", sa.DateTime(timezone=True), nullable=True),
        sa.Column("fault", sa.Text(), nullable=False),
        sa.Column("asked_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("asked_by", sa.Text(), nullable=False),
        sa.Column("started_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint(
            "kind IN ('rate', 'ladder', 'campaign')", name=op.f("ck_whatif_runs_kind")
        ),
        sa.CheckConstraint(_STATES, name=op.f("ck_whatif_runs_state")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_whatif_runs")),
    )
    op.create_index(
        "ix_whatif_runs_open",
        "whatif_runs",
        ["asked_at"],
        postgresql_where=sa.text("state IN ('waiting', 'running')"),
    )
    op.create_table(
        "whatif_members",
        sa.Column("run_id", sa.Uuid(), nullable=False),
        sa.Column("member_id", sa.Uuid(), nullable=False),
        sa.Column("before", sa.Text(), nullable=False),
        sa.Column("after", sa.Text(), nullable=False),
        sa.Column("rise", sa.Integer(), nullable=False),
        sa.Column("points", sa.BigInteger(), nullable=False),
        sa.Column("missing", postgresql.JSONB(), nullable=False),
        sa.PrimaryKeyConstraint("run_id", "member_id", name=op.f("pk_whatif_members")),
    )
    op.create_index(
        op.f("ix_whatif_members_run_id_rise_member_id"),
        "whatif_members",
        ["run_id", "rise", "member_id"],
    )
    op.execute(sa.text(_GRANTS))


def downgrade() -> None:
    """Go back."""
    op.drop_table("whatif_members")
    op.drop_table("whatif_runs")
