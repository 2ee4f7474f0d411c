"""The worker writes down when it did what, and how it went."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

revision: str = "0060"
down_revision: str | None = "0056"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None


def upgrade() -> None:
    """Expand."""
    moment = sa.DateTime(timezone=True)
    op.create_table(
        "worker_chores",
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("rhythm", sa.Text(), nullable=False),
        sa.Column("at", moment, nullable=False),
        sa.Column("took_ms", sa.Integer(), nullable=False),
        sa.Column("done", sa.BigInteger(), nullable=False),
        sa.Column("next_at", moment, nullable=True),
        sa.Column("failures", sa.Integer(), nullable=False),
        sa.Column("failed_at", moment, nullable=True),
        sa.Column("fault", JSONB(), nullable=True),
        sa.CheckConstraint("kind IN ('beat', 'turn')", name=op.f("ck_worker_chores_kind")),
        sa.CheckConstraint(
            "(failed_at IS NULL) = (fault IS NULL)", name=op.f("ck_worker_chores_fault")
        ),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_worker_chores")),
    )
    op.execute(sa.text("GRANT SELECT, INSERT, UPDATE ON worker_chores TO stoa_app"))
    op.create_index(
        "ix_outbox_failed", "outbox", ["id"], postgresql_where=sa.text("state = 'failed'")
    )


def downgrade() -> None:
    """Go back."""
    op.drop_index("ix_outbox_failed", table_name="outbox")
    op.drop_table("worker_chores")
