"""Claims of benefits may be held first, use receipts, and say who pays them.

An older release goes on to write claims that are used at once; it counts no held ones.
"""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision: str = "0029"
down_revision: str | None = "0028"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None

_GRANTS = """
GRANT SELECT, INSERT, UPDATE ON claim_receipts TO stoa_app;
GRANT SELECT, INSERT, DELETE ON claim_costs TO stoa_app;
"""
_INDICES = (
    ("ix_claims_subject_everywhere", ["benefit", "subject", "business_date"],
     "subject <> '' AND source = 'document'"),
    ("ix_claims_stay", ["stay_id"], "stay_id IS NOT NULL"),
    ("ix_claims_open", ["held_until"], "state = 'held'"),
    ("ix_claims_slot", ["resource", "slot"], "slot IS NOT NULL"),
    ("ix_claims_day", ["business_date", "id"], None),
)  # fmt: skip
_CHECKS = (
    ("source", "source IN ('plugin', 'document')"),
    ("points", "points >= 0 AND points_minor >= 0"),
    ("held_until", "state <> 'held' OR held_until IS NOT NULL"),
)


def _columns() -> list[sa.Column[object]]:
    instant = sa.DateTime(timezone=True)
    return [
        sa.Column("source", sa.Text(), server_default="plugin", nullable=False),
        sa.Column("version", sa.Integer(), server_default="0", nullable=False),
        sa.Column("benefit_group", sa.Text(), server_default="", nullable=False),
        sa.Column("asked_milli", sa.BigInteger(), nullable=True),
        sa.Column("unit_price_minor", sa.BigInteger(), nullable=True),
        sa.Column("at", instant, nullable=True),
        sa.Column("since", instant, nullable=True),
        sa.Column("held_until", instant, nullable=True),
        sa.Column("captured_at", instant, nullable=True),
        sa.Column("stay_id", sa.Uuid(), nullable=True),
        sa.Column("hold_id", sa.Uuid(), nullable=True),
        sa.Column("points", sa.BigInteger(), server_default="0", nullable=False),
        sa.Column("points_minor", sa.BigInteger(), server_default="0", nullable=False),
        sa.Column("resource", sa.Text(), server_default="", nullable=False),
        sa.Column("slot", instant, nullable=True),
        sa.Column("offers", postgresql.JSONB(), server_default="[]", nullable=False),
    ]


def upgrade() -> None:
    """Expand."""
    op.execute("SET LOCAL statement_timeout = 0")  # claims may be many: the indices take a while
    for column in _columns():
        op.add_column("claims", column)
    op.drop_constraint(op.f("ck_claims_state"), "claims", type_="check")
    op.create_check_constraint(
        op.f("ck_claims_state"), "claims", "state IN ('held', 'used', 'released', 'expired')"
    )
    for name, rule in _CHECKS:
        op.create_check_constraint(op.f(f"ck_claims_{name}"), "claims", rule)
    for name, columns, where in _INDICES:
        op.create_index(name, "claims", columns, postgresql_where=sa.text(where) if where else None)
    op.create_table(
        "claim_costs",
        sa.Column("claim_id", sa.Uuid(), nullable=False),
        sa.Column("place", sa.SmallInteger(), nullable=False),
        sa.Column("payer_id", sa.Uuid(), nullable=True),
        sa.Column("minor", sa.BigInteger(), nullable=False),
        sa.CheckConstraint("minor > 0", name=op.f("ck_claim_costs_minor")),
        sa.PrimaryKeyConstraint("claim_id", "place", name=op.f("pk_claim_costs")),
    )
    op.create_index("ix_claim_costs_payer_id", "claim_costs", ["payer_id"])
    op.create_table(
        "claim_receipts",
        sa.Column("claim_id", sa.Uuid(), nullable=False),
        sa.Column("purchase_id", sa.Uuid(), nullable=False),
        sa.Column("partner_id", sa.Uuid(), nullable=False),
        sa.Column("benefit", sa.Text(), nullable=False),
        sa.Column("seller_id", sa.Uuid(), nullable=False),
        sa.Column("minor", sa.BigInteger(), nullable=False),
        sa.Column("live", sa.Boolean(), nullable=False),
        sa.CheckConstraint("minor > 0", name=op.f("ck_claim_receipts_minor")),
        sa.PrimaryKeyConstraint("claim_id", "purchase_id", name=op.f("pk_claim_receipts")),
    )
    op.create_index(
        "ux_claim_receipts_live", "claim_receipts", ["purchase_id", "partner_id", "benefit"],
        unique=True, postgresql_where=sa.text("live"),
    )  # fmt: skip
    op.execute(_GRANTS)


def downgrade() -> None:
    """Go back: what is held is let go of, for nothing would end it."""
    op.drop_table("claim_receipts")
    op.drop_table("claim_costs")
    for name, _, _ in reversed(_INDICES):
        op.drop_index(name, table_name="claims")
    for name, _ in _CHECKS:
        op.drop_constraint(op.f(f"ck_claims_{name}"), "claims", type_="check")
    op.drop_constraint(op.f("ck_claims_state"), "claims", type_="check")
    op.execute("UPDATE claims SET state = 'released' WHERE state IN ('held', 'expired')")
    op.create_check_constraint(op.f("ck_claims_state"), "claims", "state IN ('used', 'released')")
    for column in reversed(_columns()):
        op.drop_column("claims", column.name)
