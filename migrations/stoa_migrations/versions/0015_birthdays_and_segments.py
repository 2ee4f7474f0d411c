"""Birthdays of members, and who is in which segment."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision: str = "0015"
down_revision: str | None = "0011"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None

_GRANTS = "GRANT SELECT, INSERT, DELETE ON segment_members TO stoa_app"


def upgrade() -> None:
    """Expand."""
    op.add_column("members", sa.Column("born_on", sa.Date(), nullable=True))
    op.create_table(
        "segment_members",
        sa.Column("member_id", sa.Uuid(), nullable=False),
        sa.Column("segment", sa.Text(), nullable=False),
        sa.Column("since", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("member_id", "segment", name=op.f("pk_segment_members")),
    )
    op.create_index(op.f("ix_segment_members_segment"), "segment_members", ["segment"])
    op.execute(sa.text(_GRANTS))


def downgrade() -> None:
    """Go back."""
    op.drop_table("segment_members")
    op.drop_column("members", "born_on")
