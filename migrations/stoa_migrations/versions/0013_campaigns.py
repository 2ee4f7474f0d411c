"""Campaigns: budgets in stripes, uses of caps, what came back; channels of stores."""

from collections.abc import Sequence
from pathlib import Path

import sqlalchemy as sa
from alembic import op

from stoa.models import functions

revision: str = "0013"
down_revision: str | None = "0015"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None

_BEFORE = Path(__file__).with_name("0013_earning_before.sql")
_EARN = """
DROP FUNCTION IF EXISTS stoa_earn(
    uuid, text, timestamptz, uuid, uuid, text, bytea, boolean, uuid, text, text, text, date,
    timestamptz, text, bigint, jsonb, jsonb, text, jsonb, bigint, bigint[], text[], uuid[], numeric,
    date, boolean, date, uuid, jsonb)
"""
_OURS = "stoa_fund_campaign, stoa_give_back_campaigns, stoa_merge_campaigns, stoa_exhaust_campaigns"
_GRANTS = f"""
REVOKE ALL ON FUNCTION stoa_earn, stoa_take_campaigns, stoa_spread_budget, {_OURS} FROM PUBLIC;
GRANT EXECUTE ON FUNCTION stoa_earn, {_OURS} TO stoa_app;
GRANT SELECT ON campaign_funds, campaign_budgets, campaign_uses, campaign_returns TO stoa_app;
"""
_GRANTS_BEFORE = """
REVOKE ALL ON FUNCTION stoa_earn FROM PUBLIC;
GRANT EXECUTE ON FUNCTION stoa_earn TO stoa_app;
"""


def upgrade() -> None:
    """Expand."""
    op.add_column("stores", sa.Column("channel", sa.Text(), nullable=False, server_default="store"))
    op.create_check_constraint(
        op.f("ck_stores_channel"), "stores", "channel IN ('store', 'online', 'app', 'kiosk')"
    )
    op.create_table(
        "campaign_funds",
        sa.Column("campaign", sa.Text(), nullable=False),
        sa.Column("granted", sa.BigInteger(), nullable=False),
        sa.Column("exhausted_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("granted >= 0", name=op.f("ck_campaign_funds_granted")),
        sa.PrimaryKeyConstraint("campaign", name=op.f("pk_campaign_funds")),
    )
    op.create_table(
        "campaign_budgets",
        sa.Column("campaign", sa.Text(), nullable=False),
        sa.Column("stripe", sa.SmallInteger(), nullable=False),
        sa.Column("remaining", sa.BigInteger(), nullable=False),
        sa.CheckConstraint("remaining >= 0", name=op.f("ck_campaign_budgets_remaining")),
        sa.PrimaryKeyConstraint("campaign", "stripe", name=op.f("pk_campaign_budgets")),
        postgresql_with={"fillfactor": "50"},
    )
    op.create_table(
        "campaign_uses",
        sa.Column("member_id", sa.Uuid(), nullable=False),
        sa.Column("campaign", sa.Text(), nullable=False),
        sa.Column("every", sa.Text(), nullable=False),
        sa.Column("since", sa.Date(), nullable=False),
        sa.Column("points", sa.BigInteger(), nullable=False),
        sa.Column("uses", sa.BigInteger(), nullable=False),
        sa.Column("changed_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint(
            "every IN ('day', 'week', 'month', 'campaign')", name=op.f("ck_campaign_uses_every")
        ),
        sa.CheckConstraint("points >= 0 AND uses >= 0", name=op.f("ck_campaign_uses_used")),
        sa.PrimaryKeyConstraint(
            "member_id", "campaign", "every", "since", name=op.f("pk_campaign_uses")
        ),
        postgresql_with={"fillfactor": "80"},
    )
    op.create_table(
        "campaign_returns",
        sa.Column("member_id", sa.Uuid(), nullable=False),
        sa.Column("transaction_id", sa.Uuid(), nullable=False),
        sa.Column("campaign", sa.Text(), nullable=False),
        sa.Column("purchase_id", sa.Uuid(), nullable=False),
        sa.Column("points", sa.BigInteger(), nullable=False),
        sa.Column("uses", sa.BigInteger(), nullable=False),
        sa.CheckConstraint(
            "points > 0 AND uses IN (0, 1)", name=op.f("ck_campaign_returns_points")
        ),
        sa.PrimaryKeyConstraint(
            "member_id", "transaction_id", "campaign", name=op.f("pk_campaign_returns")
        ),
    )
    op.execute(sa.text(_EARN))
    op.get_bind().exec_driver_sql(functions("campaigns", "earning").replace("%", "%%"))
    op.execute(sa.text(_GRANTS))


def downgrade() -> None:
    """Go back."""
    op.execute(sa.text(f"DROP FUNCTION IF EXISTS stoa_earn, stoa_take_campaigns, {_OURS}"))
    op.execute(sa.text("DROP FUNCTION IF EXISTS stoa_spread_budget"))
    op.get_bind().exec_driver_sql(_BEFORE.read_text("utf-8").replace("%", "%%"))
    op.execute(sa.text(_GRANTS_BEFORE))
    for table in ("campaign_returns", "campaign_uses", "campaign_budgets", "campaign_funds"):
        op.drop_table(table)
    op.drop_column("stores", "channel")
