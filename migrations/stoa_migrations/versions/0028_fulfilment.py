"""Errands of orders: whose they are while they are asked about, and until when they are tried.

Three columns that an older release leaves empty, and an index along the partners.
"""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision: str = "0028"
down_revision: str | None = "0031"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None


def upgrade() -> None:
    """Expand."""
    op.add_column("orders", sa.Column("asking", sa.Uuid(), nullable=True))
    for name in ("asking_until", "errand_until"):
        op.add_column("orders", sa.Column(name, sa.DateTime(timezone=True), nullable=True))
    op.create_index(
        "ix_orders_errands", "orders", ["provider_id", "next_at"],
        postgresql_where=sa.text("errand IN ('queued', 'cancelling')"),
    )  # fmt: skip
    op.create_index(
        "ix_orders_errand", "orders", ["errand", "placed_at", "id"],
        postgresql_where=sa.text("errand <> 'none'"),
    )  # fmt: skip
    op.execute(sa.text("GRANT UPDATE (asking, asking_until, errand_until) ON orders TO stoa_app"))


def downgrade() -> None:
    """Go back: what is being asked about is asked about again by the time."""
    op.drop_index("ix_orders_errand", "orders")
    op.drop_index("ix_orders_errands", "orders")
    for name in ("errand_until", "asking_until", "asking"):
        op.drop_column("orders", name)
