"""Pending points, refunds, debt policies, origins of lots, returns that wait for their sale."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

from stoa.models import functions

revision: str = "0004"
down_revision: str | None = "0003"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None

_BEFORE = [Path(__file__).with_name(name) for name in ("0001_ledger.sql", "0002_import.sql")]
_FILES = ("earning", "imports", "redemption", "returns", "wallets")
_ACCOUNTS_BEFORE = "account IN ('issued', 'burned', 'expired', 'debt', 'adjusted', 'exchanged')"
_ACCOUNTS = f"{_ACCOUNTS_BEFORE[:-1]}, 'transferred', 'merged')"
_CHANGED = """
DROP FUNCTION IF EXISTS stoa_earn, stoa_use_lot, stoa_hold, stoa_capture, stoa_release, stoa_expire,
    stoa_reverse, stoa_import, stoa_import_one
"""
_NEW = "DROP FUNCTION IF EXISTS stoa_mature, stoa_repay, stoa_refund, stoa_extend, stoa_give_back"
_GRANTS = """
REVOKE ALL ON ALL FUNCTIONS IN SCHEMA public FROM PUBLIC;
GRANT EXECUTE ON FUNCTION
    stoa_earn, stoa_hold, stoa_capture, stoa_release, stoa_expire, stoa_reverse, stoa_import,
    stoa_mature, stoa_refund, stoa_extend
    TO stoa_app;
GRANT SELECT, INSERT ON parked_returns TO stoa_app;
GRANT UPDATE (state, resolved_at, refusal) ON parked_returns TO stoa_app;
"""
_GRANTS_BEFORE = """
REVOKE ALL ON ALL FUNCTIONS IN SCHEMA public FROM PUBLIC;
GRANT EXECUTE ON FUNCTION
    stoa_earn, stoa_hold, stoa_capture, stoa_release, stoa_expire, stoa_reverse, stoa_import
    TO stoa_app;
"""


def upgrade() -> None:
    """Expand."""
    op.add_column("currencies", sa.Column("issuer_id", sa.Uuid(), nullable=True))
    _add("currencies", "debt_policy", sa.Text(), "debt")
    _add("currencies", "grace_days", sa.Integer(), "30")
    _add("currencies", "rounding", sa.Text(), "down")
    for name, rule in (
        ("debt_policy", "debt_policy IN ('debt', 'negative', 'floor')"),
        ("grace_days", "grace_days >= 0"),
        ("rounding", "rounding IN ('down', 'up', 'half_up', 'half_even')"),
    ):
        op.create_check_constraint(op.f(f"ck_currencies_{name}"), "currencies", rule)
    _add("agreements", "pending_days", sa.Integer(), "0")
    _add("lots", "pending", sa.Boolean(), "false")
    op.create_check_constraint(op.f("ck_lots_pending"), "lots", "NOT pending OR held = 0")
    op.create_index("ix_lots_pending", "lots", ["available_on"], postgresql_where="pending")
    op.add_column("postings", sa.Column("origin_member_id", sa.Uuid(), nullable=True))
    op.add_column("postings", sa.Column("origin_currency", sa.Text(), nullable=True))
    op.add_column("postings", sa.Column("origin_seq", sa.BigInteger(), nullable=True))
    _check("postings", "account", _ACCOUNTS)
    _check("lot_uses", "points", "points <> 0")
    _add("holds", "refunded", sa.BigInteger(), "0")
    _add("holds", "extended", sa.Boolean(), "false")
    op.add_column("holds", sa.Column("spender_id", sa.Uuid(), nullable=True))
    op.create_check_constraint(
        op.f("ck_holds_refunded"), "holds", "refunded >= 0 AND refunded <= captured"
    )
    op.create_index(
        "ix_holds_reference", "holds", ["partner_id", "reference"],
        postgresql_where="reference <> ''",
    )  # fmt: skip
    _add("purchases", "given_back", postgresql.JSONB(), "{}")
    op.create_table(
        "parked_returns",
        sa.Column("partner_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("store_id", sa.Uuid(), nullable=False),
        sa.Column("terminal", sa.Text(), nullable=False),
        sa.Column("receipt_no", sa.Text(), nullable=False),
        sa.Column("business_date", sa.Date(), nullable=False),
        sa.Column("ask", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("actor", sa.Text(), nullable=False),
        sa.Column("received_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("resolved_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("refusal", sa.Text(), server_default="", nullable=False),
        sa.CheckConstraint(
            "state IN ('awaiting', 'matched', 'refused', 'dropped')",
            name=op.f("ck_parked_returns_state"),
        ),
        sa.PrimaryKeyConstraint("partner_id", "id", name=op.f("pk_parked_returns")),
    )
    op.create_index(
        "ix_parked_returns_awaiting", "parked_returns", ["received_at"],
        postgresql_where="state = 'awaiting'",
    )  # fmt: skip
    op.execute(sa.text(_CHANGED))
    op.get_bind().exec_driver_sql(functions(*_FILES).replace("%", "%%"))
    op.execute(sa.text(_GRANTS))


def downgrade() -> None:
    """Go back."""
    op.execute(sa.text(_CHANGED))
    op.execute(sa.text(_NEW))
    for path in _BEFORE:
        op.get_bind().exec_driver_sql(path.read_text("utf-8").replace("%", "%%"))
    op.execute(sa.text(_GRANTS_BEFORE))
    op.drop_table("parked_returns")
    op.drop_column("purchases", "given_back")
    op.drop_index("ix_holds_reference", table_name="holds")
    for column in ("refunded", "extended", "spender_id"):
        op.drop_column("holds", column)
    _check("lot_uses", "points", "points > 0")
    _check("postings", "account", _ACCOUNTS_BEFORE)
    for column in ("origin_member_id", "origin_currency", "origin_seq"):
        op.drop_column("postings", column)
    op.drop_index("ix_lots_pending", table_name="lots")
    op.drop_column("lots", "pending")
    op.drop_column("agreements", "pending_days")
    for column in ("issuer_id", "debt_policy", "grace_days", "rounding"):
        op.drop_column("currencies", column)


def _add(table: str, column: str, kind: sa.types.TypeEngine[Any], default: str) -> None:
    op.add_column(table, sa.Column(column, kind, nullable=False, server_default=default))


def _check(table: str, name: str, rule: str) -> None:
    op.drop_constraint(op.f(f"ck_{table}_{name}"), table)
    op.execute(f"ALTER TABLE {table} ADD CONSTRAINT ck_{table}_{name} CHECK ({rule})")
