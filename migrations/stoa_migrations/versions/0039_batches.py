"""Batches of purchases, returns and voids, and their rows.

New tables alone: an older release goes on as before.
"""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision: str = "0039"
down_revision: str | None = "0041"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None

_OPEN = "state IN ('queued', 'running')"


def upgrade() -> None:
    """Expand."""
    moment = sa.DateTime(timezone=True)
    counts = [
        sa.Column(name, sa.Integer(), nullable=False)
        for name in ("total", "done", "repeated", "failed", "attempts")
    ]
    op.create_table(
        "batches",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("partner_id", sa.Uuid(), nullable=False),
        sa.Column("actor", sa.Text(), nullable=False),
        sa.Column("dry_run", sa.Boolean(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        *counts,
        sa.Column("made_at", moment, nullable=False),
        sa.Column("next_at", moment, nullable=False),
        sa.Column("started_at", moment, nullable=True),
        sa.Column("ended_at", moment, nullable=True),
        sa.CheckConstraint(
            "state IN ('queued', 'running', 'done', 'cancelled')", name=op.f("ck_batches_state")
        ),
        sa.CheckConstraint("done + repeated + failed <= total", name=op.f("ck_batches_counts")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_batches")),
    )
    op.create_index(op.f("ix_batches_partner_id_id"), "batches", ["partner_id", "id"])
    op.create_index(
        "ix_batches_open", "batches", ["partner_id", "id"], postgresql_where=sa.text(_OPEN)
    )
    op.create_table(
        "batch_rows",
        sa.Column("batch_id", sa.Uuid(), nullable=False),
        sa.Column("row_no", sa.Integer(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("line", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("answer", postgresql.JSONB(), nullable=True),
        sa.CheckConstraint(
            "state IN ('waiting', 'done', 'repeated', 'failed')", name=op.f("ck_batch_rows_state")
        ),
        sa.PrimaryKeyConstraint("batch_id", "row_no", name=op.f("pk_batch_rows")),
    )
    op.create_index(
        op.f("ix_batch_rows_batch_id_state_row_no"), "batch_rows", ["batch_id", "state", "row_no"]
    )
    for table in ("batches", "batch_rows"):
        op.execute(sa.text(f"GRANT SELECT, INSERT, UPDATE, DELETE ON {table} TO stoa_app"))


def downgrade() -> None:
    """Go back."""
    op.drop_table("batch_rows")
    op.drop_table("batches")
