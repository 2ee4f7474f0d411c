"""Rates between points currencies, the exchange at them, and the currency a partner issues."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

from stoa.models import functions

revision: str = "0009"
down_revision: str | None = "0008"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None

_GRANTS = """
REVOKE ALL ON FUNCTION stoa_convert, stoa_exchange FROM PUBLIC;
GRANT EXECUTE ON FUNCTION stoa_convert, stoa_exchange TO stoa_app;
GRANT SELECT, INSERT ON exchange_rates TO stoa_app;
"""


def upgrade() -> None:
    """Expand."""
    op.add_column("partners", sa.Column("points_currency", sa.Text(), nullable=True))
    op.create_table(
        "exchange_rates",
        sa.Column("from_currency", sa.Text(), nullable=False),
        sa.Column("to_currency", sa.Text(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("numerator", sa.BigInteger(), nullable=False),
        sa.Column("denominator", sa.BigInteger(), nullable=False),
        sa.Column("rounding", sa.Text(), nullable=False),
        sa.Column("effective_from", sa.Date(), nullable=False),
        sa.Column("set_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("set_by", sa.Text(), nullable=False),
        sa.CheckConstraint(
            "from_currency <> to_currency", name=op.f("ck_exchange_rates_currencies")
        ),
        sa.CheckConstraint(
            "numerator >= 0 AND denominator > 0", name=op.f("ck_exchange_rates_terms")
        ),
        sa.CheckConstraint(
            "rounding IN ('down', 'up', 'half_up', 'half_even')",
            name=op.f("ck_exchange_rates_rounding"),
        ),
        sa.PrimaryKeyConstraint(
            "from_currency", "to_currency", "version", name=op.f("pk_exchange_rates")
        ),
    )
    op.get_bind().exec_driver_sql(functions("exchange").replace("%", "%%"))
    op.execute(sa.text(_GRANTS))


def downgrade() -> None:
    """Go back."""
    op.execute(sa.text("DROP FUNCTION IF EXISTS stoa_exchange, stoa_convert"))
    op.drop_table("exchange_rates")
    op.drop_column("partners", "points_currency")
