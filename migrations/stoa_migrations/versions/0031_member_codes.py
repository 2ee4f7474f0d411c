"""Codes by which members show themselves, and what each has paid for."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision: str = "0031"
down_revision: str | None = "0030"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None

_GRANTS = """
GRANT SELECT, INSERT, UPDATE ON member_codes TO stoa_app;
GRANT SELECT, INSERT, DELETE ON code_uses TO stoa_app;
"""


def upgrade() -> None:
    """Expand."""
    op.create_table(
        "member_codes",
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("member_id", sa.Uuid(), nullable=False),
        sa.Column("secret", sa.LargeBinary(), nullable=False),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_member_codes")),
    )
    op.create_index(
        "ix_member_codes_living",
        "member_codes",
        ["member_id"],
        unique=True,
        postgresql_where=sa.text("ended_at IS NULL"),
    )
    op.create_table(
        "code_uses",
        sa.Column("member_id", sa.Uuid(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("step", sa.BigInteger(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("member_id", "name", "step", name=op.f("pk_code_uses")),
    )
    op.create_index(op.f("ix_code_uses_at"), "code_uses", ["at"])
    op.execute(sa.text(_GRANTS))


def downgrade() -> None:
    """Go back: an older release knows members by what never changes."""
    op.drop_table("code_uses")
    op.drop_table("member_codes")
