"""Coupons: codes of pools, their uses, who pays for them; wrong codes counted for all rooms."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

from stoa.models import functions

revision: str = "0025"
down_revision: str | None = "0027"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None

_CALLED = (
    "stoa_supply_coupons, stoa_issue_coupons, stoa_hand_out_coupons, stoa_import_coupons,"
    " stoa_use_coupon, stoa_redeem_coupon, stoa_give_back_coupon, stoa_cancel_coupons,"
    " stoa_expire_coupons, stoa_count_guesses"
)
_INNER = "stoa_take_coupons, stoa_bill_coupon"
_TABLES = "coupon_supplies, coupon_stripes, coupons, coupon_uses, coupon_costs"
_GRANTS = f"""
REVOKE ALL ON FUNCTION {_CALLED}, {_INNER} FROM PUBLIC;
GRANT EXECUTE ON FUNCTION {_CALLED} TO stoa_app;
GRANT SELECT ON {_TABLES} TO stoa_app;
"""


def upgrade() -> None:
    """Expand."""
    _supplies()
    _coupons()
    _uses()
    named = functions("coupons", "guesses")
    op.get_bind().exec_driver_sql(named.replace("%", "%%"))
    op.execute(sa.text(_GRANTS))


def downgrade() -> None:
    """Go back."""
    op.execute(sa.text(f"DROP FUNCTION {_CALLED}, {_INNER}"))
    for table in reversed(_TABLES.split(", ")):
        op.drop_table(table)


def _supplies() -> None:
    op.create_table(
        "coupon_supplies",
        sa.Column("pool", sa.Text(), nullable=False),
        sa.Column("granted", sa.Integer(), nullable=True),
        sa.CheckConstraint("granted >= 0", name=op.f("ck_coupon_supplies_granted")),
        sa.PrimaryKeyConstraint("pool", name=op.f("pk_coupon_supplies")),
    )
    op.create_table(
        "coupon_stripes",
        sa.Column("pool", sa.Text(), nullable=False),
        sa.Column("stripe", sa.SmallInteger(), nullable=False),
        sa.Column("remaining", sa.Integer(), nullable=False),
        sa.CheckConstraint("remaining >= 0", name=op.f("ck_coupon_stripes_remaining")),
        sa.PrimaryKeyConstraint("pool", "stripe", name=op.f("pk_coupon_stripes")),
        postgresql_with={"fillfactor": "50"},
    )


def _coupons() -> None:
    op.create_table(
        "coupons",
        sa.Column("code", sa.Text(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("pool", sa.Text(), nullable=False),
        sa.Column("pool_version", sa.Integer(), nullable=False),
        sa.Column("member_id", sa.Uuid(), nullable=True),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("uses", sa.Integer(), nullable=False),
        sa.Column("uses_left", sa.Integer(), nullable=False),
        sa.Column("imported", sa.Boolean(), nullable=False),
        sa.Column("valid_from", sa.Date(), nullable=False),
        sa.Column("valid_until", sa.Date(), nullable=False),
        sa.Column("issued_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("issued_by", sa.Text(), nullable=False),
        sa.Column("origin", sa.Text(), nullable=False),
        sa.CheckConstraint(
            "state IN ('ready', 'issued', 'spent', 'expired', 'cancelled')",
            name=op.f("ck_coupons_state"),
        ),
        sa.CheckConstraint(
            "uses_left >= 0 AND uses_left <= uses AND uses > 0", name=op.f("ck_coupons_uses")
        ),
        sa.CheckConstraint("(state = 'spent') <= (uses_left = 0)", name=op.f("ck_coupons_spent")),
        sa.CheckConstraint("(state = 'issued') <= (uses_left > 0)", name=op.f("ck_coupons_issued")),
        sa.CheckConstraint(
            "length(code) >= 12 AND length(code) <= 32", name=op.f("ck_coupons_code")
        ),
        sa.PrimaryKeyConstraint("code", name=op.f("pk_coupons")),
        postgresql_with={"fillfactor": "80"},
    )
    op.create_index(op.f("ix_coupons_id"), "coupons", ["id"], unique=True)
    op.create_index(op.f("ix_coupons_pool_state"), "coupons", ["pool", "state"])
    for name, column, where in (
        (op.f("ix_coupons_member_id"), "member_id", "member_id IS NOT NULL"),
        (op.f("ix_coupons_origin"), "origin", "origin <> ''"),
        ("ix_coupons_due", "valid_until", "state = 'issued'"),
    ):
        op.create_index(name, "coupons", [column], postgresql_where=sa.text(where))


def _uses() -> None:
    op.create_table(
        "coupon_uses",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("code", sa.Text(), nullable=False),
        sa.Column("pool", sa.Text(), nullable=False),
        sa.Column("partner_id", sa.Uuid(), nullable=False),
        sa.Column("store_id", sa.Uuid(), nullable=False),
        sa.Column("member_id", sa.Uuid(), nullable=True),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("stacks", sa.Text(), nullable=False),
        sa.Column("discount_minor", sa.BigInteger(), nullable=False),
        sa.Column("cost_minor", sa.BigInteger(), nullable=False),
        sa.Column("currency", sa.Text(), nullable=False),
        sa.Column("receipt_no", sa.Text(), nullable=False),
        sa.Column("reserved_until", sa.DateTime(timezone=True), nullable=True),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("resolved_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint(
            "state IN ('reserved', 'redeemed', 'released', 'expired', 'rolled_back')",
            name=op.f("ck_coupon_uses_state"),
        ),
        sa.CheckConstraint(
            "discount_minor >= 0 AND cost_minor >= 0", name=op.f("ck_coupon_uses_minor")
        ),
        sa.CheckConstraint(
            "state <> 'redeemed' OR receipt_no <> ''", name=op.f("ck_coupon_uses_receipt")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_coupon_uses")),
    )
    op.create_index(op.f("ix_coupon_uses_code"), "coupon_uses", ["code"])
    for name, columns, where in (
        ("ix_coupon_uses_receipt", ["partner_id", "store_id", "receipt_no"], "receipt_no <> ''"),
        (op.f("ix_coupon_uses_member_id_pool"), ["member_id", "pool"], "member_id IS NOT NULL"),
        ("ix_coupon_uses_due", ["reserved_until"], "state = 'reserved'"),
    ):
        op.create_index(name, "coupon_uses", columns, postgresql_where=sa.text(where))
    op.create_table(
        "coupon_costs",
        sa.Column("use_id", sa.Uuid(), nullable=False),
        sa.Column("place", sa.SmallInteger(), nullable=False),
        sa.Column("payer_id", sa.Uuid(), nullable=True),
        sa.Column("minor", sa.BigInteger(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint(
            "minor <> 0 AND (place > 0) = (minor > 0)", name=op.f("ck_coupon_costs_minor")
        ),
        sa.PrimaryKeyConstraint("use_id", "place", name=op.f("pk_coupon_costs")),
    )
