"""Orders of rewards with their stock: placed with the hold, issued with the burn, given back once.

The functions of redemption keep their shape. A hold that an older release places has no order; it
gets one when it is captured, and those captured before get theirs here.
"""

from collections.abc import Sequence
from pathlib import Path

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

from stoa.models import functions

revision: str = "0027"
down_revision: str | None = "0024"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None

_HERE = Path(__file__)
_ORDERS = """
INSERT INTO orders (
    member_id, id, offer, kind, version, provider_id, partner_id, store_id, buyer_id, quantity,
    money_minor, currency, state, fulfil, slot, taken, terms, coupons, business_date, placed_at,
    resolved_at, errand, attempts, answer, reference
)
SELECT h.member_id, h.id, h.reward, 'gift', 0, h.partner_id, h.partner_id, h.store_id,
       coalesce(h.spender_id, h.member_id), 1, 0, '',
       CASE WHEN h.refunded = h.captured THEN 'refunded' ELSE 'issued' END, 'none', '', '{}', '{}',
       '{}', h.business_date, h.created_at, h.resolved_at, 'none', 0, '{}', ''
  FROM holds h WHERE h.purpose = 'reward' AND h.state = 'captured'
    ON CONFLICT DO NOTHING
"""
_TOLD = "stoa_order, stoa_order_coupons, stoa_fund_stock, stoa_restock, stoa_set_stock"
_INNER = (
    "stoa_spread_stock, stoa_note_stock, stoa_wait_for_stock, stoa_take_stock, stoa_give_stock,"
    " stoa_issue_order, stoa_close_order"
)
_GRANTS = f"""
REVOKE ALL ON FUNCTION {_TOLD}, stoa_forget_stock, {_INNER} FROM PUBLIC;
GRANT EXECUTE ON FUNCTION {_TOLD}, stoa_forget_stock TO stoa_app;
GRANT SELECT ON orders, stock, stock_items, stock_moves TO stoa_app;
GRANT UPDATE (state, errand, attempts, next_at, answer, reference) ON orders TO stoa_app;
"""


def upgrade() -> None:
    """Expand; the orders of rewards captured before take as long as there are such rewards."""
    _stock()
    _orders()
    op.execute(sa.text("SET LOCAL statement_timeout = 0"))
    op.get_bind().exec_driver_sql(_ORDERS)
    named = functions("stock", "orders", "redemption", "mergers")
    op.get_bind().exec_driver_sql(named.replace("%", "%%"))
    op.execute(sa.text(_GRANTS))


def downgrade() -> None:
    """Go back: rewards keep their holds, and lose their orders and what was counted of them."""
    for name in ("redemption", "mergers"):
        before = _HERE.with_name(f"0027_{name}_before.sql").read_text("utf-8")
        op.get_bind().exec_driver_sql(before.replace("%", "%%"))
    op.execute(sa.text(f"DROP FUNCTION IF EXISTS {_TOLD}, stoa_forget_stock, {_INNER}"))
    for table in ("orders", "stock_moves", "stock", "stock_items"):
        op.drop_table(table)


def _stock() -> None:
    op.create_table(
        "stock_items",
        sa.Column("item", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("told", sa.BigInteger(), nullable=False),
        sa.Column("ends_on", sa.Date(), nullable=True),
        sa.CheckConstraint("kind IN ('stock', 'day', 'slot')", name=op.f("ck_stock_items_kind")),
        sa.CheckConstraint(
            "(kind = 'stock') = (ends_on IS NULL)", name=op.f("ck_stock_items_ends_on")
        ),
        sa.PrimaryKeyConstraint("item", name=op.f("pk_stock_items")),
    )
    op.create_index(
        "ix_stock_items_ends_on", "stock_items", ["ends_on"],
        postgresql_where=sa.text("ends_on IS NOT NULL"),
    )  # fmt: skip
    op.create_table(
        "stock",
        sa.Column("item", sa.Text(), nullable=False),
        sa.Column("stripe", sa.SmallInteger(), nullable=False),
        sa.Column("remaining", sa.BigInteger(), nullable=False),
        sa.CheckConstraint("remaining >= 0", name=op.f("ck_stock_remaining")),
        sa.PrimaryKeyConstraint("item", "stripe", name=op.f("pk_stock")),
        postgresql_with={"fillfactor": "50"},
    )
    op.create_table(
        "stock_moves",
        sa.Column("item", sa.Text(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("change", sa.BigInteger(), nullable=False),
        sa.Column("order_id", sa.Uuid(), nullable=True),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("by", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.CheckConstraint(
            "kind IN ('set', 'restock', 'live', 'taken', 'given_back')",
            name=op.f("ck_stock_moves_kind"),
        ),
        sa.CheckConstraint(
            "(kind IN ('taken', 'given_back')) = (order_id IS NOT NULL)",
            name=op.f("ck_stock_moves_order"),
        ),
        sa.PrimaryKeyConstraint("item", "id", name=op.f("pk_stock_moves")),
    )
    op.create_index(
        "uq_stock_moves_order", "stock_moves", ["order_id", "item", "kind"], unique=True,
        postgresql_where=sa.text("order_id IS NOT NULL"),
    )  # fmt: skip
    op.create_index("ix_stock_moves_at", "stock_moves", ["item", "at"])


def _orders() -> None:
    op.create_table(
        "orders",
        sa.Column("member_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("offer", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("provider_id", sa.Uuid(), nullable=True),
        sa.Column("partner_id", sa.Uuid(), nullable=False),
        sa.Column("store_id", sa.Uuid(), nullable=False),
        sa.Column("buyer_id", sa.Uuid(), nullable=False),
        sa.Column("quantity", sa.Integer(), nullable=False),
        sa.Column("money_minor", sa.BigInteger(), nullable=False),
        sa.Column("currency", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("fulfil", sa.Text(), nullable=False),
        sa.Column("slot", sa.Text(), nullable=False),
        sa.Column("taken", postgresql.ARRAY(sa.Text()), nullable=False),
        sa.Column("terms", postgresql.JSONB(), nullable=False),
        sa.Column("coupons", postgresql.ARRAY(sa.Uuid()), nullable=False),
        sa.Column("business_date", sa.Date(), nullable=False),
        sa.Column("placed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("resolved_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("errand", sa.Text(), nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("next_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("answer", postgresql.JSONB(), nullable=False),
        sa.Column("reference", sa.Text(), nullable=False),
        sa.CheckConstraint(
            "state IN ('held', 'issued', 'fulfilled', 'failed', 'voided', 'expired', 'refunded')",
            name=op.f("ck_orders_state"),
        ),
        sa.CheckConstraint(
            "errand IN ('none', 'queued', 'done', 'failed', 'cancelling', 'cancelled')",
            name=op.f("ck_orders_errand"),
        ),
        sa.CheckConstraint("fulfil IN ('none', 'plugin')", name=op.f("ck_orders_fulfil")),
        sa.CheckConstraint("quantity > 0 AND money_minor >= 0", name=op.f("ck_orders_quantity")),
        sa.CheckConstraint(
            "(errand IN ('queued', 'cancelling')) <= (next_at IS NOT NULL)",
            name=op.f("ck_orders_next_at"),
        ),
        sa.PrimaryKeyConstraint("member_id", "id", name=op.f("pk_orders")),
        postgresql_with={"fillfactor": "80"},
    )
    op.create_index(op.f("ix_orders_id"), "orders", ["id"], unique=True)
    op.create_index("ix_orders_limits", "orders", ["buyer_id", "offer", "business_date"])
    op.create_index(
        "ix_orders_due", "orders", ["next_at"],
        postgresql_where=sa.text("errand IN ('queued', 'cancelling')"),
    )  # fmt: skip
    op.create_index(
        "ix_orders_open", "orders", ["offer"],
        postgresql_where=sa.text("state = 'held' OR errand = 'queued'"),
    )  # fmt: skip
    op.create_index("ix_orders_placed", "orders", ["placed_at", "id"])
    op.create_index("ix_orders_offer", "orders", ["offer", "placed_at"])
