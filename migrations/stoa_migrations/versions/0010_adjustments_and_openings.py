"""Adjustments by two people, and opening balances."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

from stoa.models import functions

revision: str = "0010"
down_revision: str | None = "0009"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None

_REASONS = (
    "reason_code IN ('goodwill', 'correction', 'service_failure', 'fraud', 'migration',"
    " 'campaign', 'other')"
)
_DECIDED = (
    "(state = 'proposed') = (decided_by IS NULL) AND"
    " (state = 'posted') = (transaction_id IS NOT NULL)"
)
_GRANTS = """
REVOKE ALL ON FUNCTION stoa_propose, stoa_adjust, stoa_decline, stoa_open_lots FROM PUBLIC;
GRANT EXECUTE ON FUNCTION stoa_propose, stoa_adjust, stoa_decline, stoa_open_lots TO stoa_app;
GRANT SELECT ON adjustments, openings TO stoa_app;
"""


def upgrade() -> None:
    """Expand."""
    op.create_table(
        "adjustments",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("member_id", sa.Uuid(), nullable=False),
        sa.Column("currency", sa.Text(), nullable=False),
        sa.Column("points", sa.BigInteger(), nullable=False),
        sa.Column("reason_code", sa.Text(), nullable=False),
        sa.Column("note", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("proposed_by", sa.Text(), nullable=False),
        sa.Column("proposed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("decided_by", sa.Text(), nullable=True),
        sa.Column("decided_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("decision", sa.Text(), server_default="", nullable=False),
        sa.Column("day", sa.Date(), nullable=True),
        sa.Column("limit_points", sa.BigInteger(), nullable=True),
        sa.Column("transaction_id", sa.Uuid(), nullable=True),
        sa.Column("reverses", sa.Uuid(), nullable=True),
        sa.Column("payer_id", sa.Uuid(), nullable=True),
        sa.Column("price", sa.Numeric(12, 6), nullable=True),
        sa.Column("expires_on", sa.Date(), nullable=True),
        sa.CheckConstraint(
            "points <> 0 AND abs(points) <= 1000000000000", name=op.f("ck_adjustments_points")
        ),
        sa.CheckConstraint(
            "state IN ('proposed', 'posted', 'rejected', 'withdrawn')",
            name=op.f("ck_adjustments_state"),
        ),
        sa.CheckConstraint(_REASONS, name=op.f("ck_adjustments_reason_code")),
        sa.CheckConstraint(_DECIDED, name=op.f("ck_adjustments_decided")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_adjustments")),
    )
    op.create_index(
        op.f("ix_adjustments_member_id_currency_day"), "adjustments",
        ["member_id", "currency", "day"],
    )  # fmt: skip
    op.create_index(
        "ix_adjustments_waiting", "adjustments", ["proposed_at"],
        postgresql_where="state = 'proposed'",
    )  # fmt: skip
    op.create_index(
        "ix_adjustments_decided", "adjustments", ["decided_at"],
        postgresql_where="state <> 'proposed'",
    )  # fmt: skip
    op.create_index(
        "ix_adjustments_reverses", "adjustments", ["reverses"], unique=True,
        postgresql_where="reverses IS NOT NULL AND state IN ('proposed', 'posted')",
    )  # fmt: skip
    op.create_table(
        "openings",
        sa.Column("digest", sa.LargeBinary(), nullable=False),
        sa.Column("line", sa.BigInteger(), nullable=False),
        sa.Column("member_id", sa.Uuid(), nullable=False),
        sa.Column("transaction_id", sa.Uuid(), nullable=False),
        sa.PrimaryKeyConstraint("digest", "line", name=op.f("pk_openings")),
    )
    op.create_index(op.f("ix_openings_member_id"), "openings", ["member_id"])
    op.get_bind().exec_driver_sql(functions("adjustments").replace("%", "%%"))
    op.execute(sa.text(_GRANTS))


def downgrade() -> None:
    """Go back."""
    op.execute("DROP FUNCTION stoa_propose, stoa_adjust, stoa_decline, stoa_open_lots")
    op.drop_table("openings")
    op.drop_table("adjustments")
