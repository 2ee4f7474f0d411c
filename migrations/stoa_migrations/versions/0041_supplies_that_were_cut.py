"""Supplies that were cut below what is out: what comes back of them is not given out again.

A pool's figure so far is what it granted, an item's what its rule told; the functions keep their
shape, so that an older release goes on as before.
"""

from collections.abc import Sequence
from pathlib import Path

import sqlalchemy as sa
from alembic import op

from stoa.models import functions

revision: str = "0041"
down_revision: str | None = "0035"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None

_HERE = Path(__file__)
_OUT = """
UPDATE stock_items i SET beyond = m.put - i.told
  FROM (SELECT item, sum(change) AS put FROM stock_moves WHERE kind = 'set' GROUP BY item) AS m
 WHERE m.item = i.item AND m.put > i.told
"""


def upgrade() -> None:
    """Expand; units out beyond a figure are counted from the moves."""
    op.add_column("coupon_supplies", sa.Column("told", sa.Integer(), nullable=True))
    op.add_column(
        "stock_items", sa.Column("beyond", sa.BigInteger(), server_default="0", nullable=False)
    )
    op.execute(sa.text("SET LOCAL statement_timeout = 0"))
    op.execute(sa.text("UPDATE coupon_supplies SET told = granted"))
    op.execute(sa.text(_OUT))
    named = functions("coupons", "stock", "orders")
    op.get_bind().exec_driver_sql(named.replace("%", "%%"))


def downgrade() -> None:
    """Go back: what comes back may be had again, whatever the figure is."""
    before = _HERE.with_name("0041_supplies_before.sql").read_text("utf-8")
    op.get_bind().exec_driver_sql(before.replace("%", "%%"))
    op.drop_column("stock_items", "beyond")
    op.drop_column("coupon_supplies", "told")
