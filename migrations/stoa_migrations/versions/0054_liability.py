"""The liability of points: movements by month of issue, reports of closed periods, revenue.

New tables and functions alone: an older release goes on as before.
"""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

from stoa.models import functions

revision: str = "0054"
down_revision: str | None = "0043c"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None

_BOOK = "stoa_book_revenue(text, text, text, numeric, numeric)"
_ROOT = "stoa_root_of(uuid, text, bigint)"


def upgrade() -> None:
    """Expand."""
    op.create_table(
        "liability_movements",
        sa.Column("points_currency", sa.Text(), nullable=False),
        sa.Column("period", sa.Text(), nullable=False),
        sa.Column("cohort", sa.Text(), nullable=False),
        sa.Column("issued", sa.BigInteger(), nullable=False),
        sa.Column("redeemed", sa.BigInteger(), nullable=False),
        sa.Column("expired", sa.BigInteger(), nullable=False),
        sa.Column("billed", sa.Numeric(), nullable=False),
        sa.Column("paid", sa.Numeric(), nullable=False),
        sa.CheckConstraint("cohort <= period", name=op.f("ck_liability_movements_cohort")),
        sa.PrimaryKeyConstraint(
            "points_currency", "period", "cohort", name=op.f("pk_liability_movements")
        ),
    )
    op.create_table(
        "liability_reports",
        sa.Column("points_currency", sa.Text(), nullable=False),
        sa.Column("period", sa.Text(), nullable=False),
        sa.Column("document", sa.Text(), nullable=False),
        sa.Column("sha256", sa.Text(), nullable=False),
        sa.Column("revenue", sa.Numeric(), nullable=False),
        sa.Column("deferred", sa.Numeric(), nullable=False),
        sa.Column("outstanding", sa.BigInteger(), nullable=False),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("points_currency", "period", name=op.f("pk_liability_reports")),
    )
    op.execute(
        sa.text("GRANT SELECT, INSERT ON liability_movements, liability_reports TO stoa_app")
    )
    op.get_bind().exec_driver_sql(functions("liability").replace("%", "%%"))
    op.execute(sa.text(f"REVOKE ALL ON FUNCTION {_BOOK} FROM PUBLIC"))
    op.execute(sa.text(f"GRANT EXECUTE ON FUNCTION {_BOOK}, {_ROOT} TO stoa_app"))


def downgrade() -> None:
    """Go back."""
    op.execute(sa.text(f"REVOKE EXECUTE ON FUNCTION {_ROOT} FROM stoa_app"))
    op.execute(sa.text(f"DROP FUNCTION {_BOOK}"))
    op.drop_table("liability_reports")
    op.drop_table("liability_movements")
