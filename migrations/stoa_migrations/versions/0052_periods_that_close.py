"""Periods that close, and what is booked besides the log: benefits, coupons, packs, closes.

An older release goes on writing claims and costs of coupons; they are booked from now on, those of
before as well.
"""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

from stoa.models import functions

revision: str = "0052b"
down_revision: str | None = "0055"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None

_DEEDS = (
    "stoa_enter_money(jsonb)",
    "stoa_book_dues(text, text, jsonb, bigint)",
    "stoa_close_period(text, text, timestamptz, text, text, jsonb)",
)
_INNER = "stoa_money_in(bigint, text, text, date, jsonb)"


def upgrade() -> None:
    """Expand."""
    op.add_column(
        "claims", sa.Column("booked", sa.SmallInteger(), server_default="0", nullable=False)
    )
    op.add_column(
        "coupon_costs", sa.Column("booked", sa.Boolean(), server_default="false", nullable=False)
    )
    op.execute(sa.text("SET LOCAL statement_timeout = 0"))
    op.create_index(
        "ix_claims_due", "claims", ["id"],
        postgresql_where=sa.text(
            "captured_at IS NOT NULL AND (booked = 0 OR booked = 1 AND state = 'released')"
        ),
    )  # fmt: skip
    op.create_index(
        "ix_coupon_costs_due", "coupon_costs", ["use_id", "place"],
        postgresql_where=sa.text("NOT booked"),
    )  # fmt: skip
    op.get_bind().exec_driver_sql(functions("clearing").replace("%", "%%"))
    for each in (*_DEEDS, _INNER):
        op.execute(sa.text(f"REVOKE ALL ON FUNCTION {each} FROM PUBLIC"))
    for each in _DEEDS:
        op.execute(sa.text(f"GRANT EXECUTE ON FUNCTION {each} TO stoa_app"))


def downgrade() -> None:
    """Go back: periods that are closed stay so."""
    for each in (*_DEEDS, _INNER):
        op.execute(sa.text(f"DROP FUNCTION {each}"))
    op.drop_index("ix_coupon_costs_due", "coupon_costs")
    op.drop_index("ix_claims_due", "claims")
    op.drop_column("coupon_costs", "booked")
    op.drop_column("claims", "booked")
