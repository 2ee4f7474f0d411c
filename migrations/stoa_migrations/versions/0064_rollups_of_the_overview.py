"""Rollups of the overview: active members, cross-shopping, what expires, tiers, campaigns."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

from stoa.models import functions

revision: str = "0064"
down_revision: str | None = "0057"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None

_ALL = "current_setting('stoa.partner', true) = '*'"
_MINE = "current_setting('stoa.partner', true)"
_OWN = f"{_ALL} OR partner_id::text = {_MINE}"
_SEEN = {
    "member_days": _OWN,
    "activity_days": _OWN,
    "shared_months": f"{_OWN} OR other_id::text = {_MINE}",
    "cross_days": f"{_OWN} OR issuer_id::text = {_MINE}",
}
_FUNCTIONS = (
    "stoa_keep_days(uuid[], uuid[], date[])",
    "stoa_join_days(uuid, uuid)",
    "stoa_roll_postings(bigint)",
    "stoa_roll_money(bigint)",
    "stoa_roll_tiers(text, timestamptz, integer)",
    "stoa_count_members(text)",
)
_TABLES = (
    "member_days, activity_days, shared_months, cross_days, expiring_days, tier_days,"
    " enrolled_days, campaign_figures"
)


def upgrade() -> None:
    """Expand; the worker fills what is empty, batch by batch."""
    _create()
    op.create_index("ix_standing_changes_at", "standing_changes", ["at"])
    op.create_index(
        "ix_members_frozen", "members", ["id"], postgresql_where=sa.text("status = 'frozen'")
    )
    op.get_bind().exec_driver_sql(functions("rollups").replace("%", "%%"))
    for each in _FUNCTIONS:
        op.execute(sa.text(f"REVOKE ALL ON FUNCTION {each} FROM PUBLIC"))
    for each in _FUNCTIONS[1:]:
        op.execute(sa.text(f"GRANT EXECUTE ON FUNCTION {each} TO stoa_app"))
    op.execute(sa.text(f"GRANT SELECT ON {_TABLES} TO stoa_app"))
    op.execute(sa.text("GRANT INSERT, UPDATE, DELETE ON campaign_figures TO stoa_app"))
    for table, seen in _SEEN.items():
        for clause in ("ENABLE", "FORCE"):
            op.execute(sa.text(f"ALTER TABLE {table} {clause} ROW LEVEL SECURITY"))
        op.execute(sa.text(f"CREATE POLICY partner ON {table} TO stoa_app USING ({seen})"))
        op.execute(sa.text(f"CREATE POLICY ledger ON {table} TO CURRENT_USER USING (true)"))


def _create() -> None:
    _table("member_days", ("member_id", "partner_id", "day"))
    _table("activity_days", ("partner_id", "day", "before"), "members", filled=True)
    _table("shared_months", ("month", "partner_id", "other_id"), "members", filled=True)
    op.create_table(
        "cross_days",
        sa.Column("points_currency", sa.Text(), nullable=False),
        sa.Column("money_currency", sa.Text(), nullable=False),
        sa.Column("business_date", sa.Date(), nullable=False),
        sa.Column("issuer_id", sa.Uuid(), nullable=False),
        sa.Column("partner_id", sa.Uuid(), nullable=False),
        sa.Column("points", sa.BigInteger(), nullable=False),
        sa.Column("amount", sa.Numeric(), nullable=False),
        sa.Column("entries", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint(
            "points_currency", "money_currency", "business_date", "issuer_id", "partner_id",
            name=op.f("pk_cross_days"),
        ),
        postgresql_with={"fillfactor": "70"},
    )  # fmt: skip
    op.create_table(
        "expiring_days",
        sa.Column("currency", sa.Text(), nullable=False),
        sa.Column("expires_on", sa.Date(), nullable=False),
        sa.Column("points", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("currency", "expires_on", name=op.f("pk_expiring_days")),
        postgresql_with={"fillfactor": "70"},
    )
    op.create_table(
        "tier_days",
        sa.Column("ladder", sa.Text(), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("from_tier", sa.Text(), nullable=False),
        sa.Column("to_tier", sa.Text(), nullable=False),
        sa.Column("moves", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("ladder", "day", "from_tier", "to_tier", name=op.f("pk_tier_days")),
    )
    _table("enrolled_days", ("day",), "enrolled", "members")
    op.create_table(
        "campaign_figures",
        sa.Column("code", sa.Text(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("figures", postgresql.JSONB(), nullable=False),
        sa.PrimaryKeyConstraint("code", name=op.f("pk_campaign_figures")),
    )


def _table(name: str, key: tuple[str, ...], *counts: str, filled: bool = False) -> None:
    columns = [
        sa.Column(each, sa.Uuid() if each.endswith("_id") else sa.Date(), nullable=False)
        for each in key
    ]
    columns += [sa.Column(each, sa.BigInteger(), nullable=False) for each in counts]
    op.create_table(
        name, *columns, sa.PrimaryKeyConstraint(*key, name=op.f(f"pk_{name}")),
        postgresql_with={"fillfactor": "70"} if filled else {},
    )  # fmt: skip


def downgrade() -> None:
    """Go back: the rollups are derived, and are again when they are wanted."""
    for each in _FUNCTIONS:
        op.execute(sa.text(f"DROP FUNCTION {each}"))
    op.drop_index("ix_members_frozen", "members")
    op.drop_index("ix_standing_changes_at", "standing_changes")
    for table in _TABLES.split(", "):
        op.drop_table(table)
    op.execute(sa.text("DELETE FROM positions_at WHERE name IN ('activity', 'crossing', 'tiers')"))
