"""Transfers between members, members merged into others, households that pool points."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

from stoa.models import functions

revision: str = "0008"
down_revision: str | None = "0007"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None

_STATUS_BEFORE = "status IN ('active', 'frozen', 'closed')"
_STATUS = "status IN ('active', 'frozen', 'closed', 'merged')"
_GRANTS = """
REVOKE ALL ON FUNCTION stoa_bear, stoa_giver, stoa_transfer, stoa_merge FROM PUBLIC;
GRANT EXECUTE ON FUNCTION stoa_giver, stoa_transfer, stoa_merge TO stoa_app;
GRANT SELECT, INSERT ON households, household_members TO stoa_app;
GRANT UPDATE (status) ON households TO stoa_app;
GRANT UPDATE (member_id, role, left_at) ON household_members TO stoa_app;
"""


def upgrade() -> None:
    """Expand."""
    op.add_column("members", sa.Column("merged_into", sa.Uuid(), nullable=True))
    op.create_index(
        "ix_members_merged_into", "members", ["merged_into"],
        postgresql_where=sa.text("merged_into IS NOT NULL"),
    )  # fmt: skip
    _statuses(_STATUS)
    op.create_table(
        "households",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("status", sa.Text(), nullable=False),
        sa.Column("founded_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("status IN ('active', 'closed')", name=op.f("ck_households_status")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_households")),
    )
    op.create_table(
        "household_members",
        sa.Column("household_id", sa.Uuid(), nullable=False),
        sa.Column("member_id", sa.Uuid(), nullable=False),
        sa.Column("joined_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("role", sa.Text(), nullable=False),
        sa.Column("left_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint(
            "role IN ('owner', 'spender', 'contributor')", name=op.f("ck_household_members_role")
        ),
        sa.PrimaryKeyConstraint(
            "household_id", "member_id", "joined_at", name=op.f("pk_household_members")
        ),
    )
    op.create_index(
        "ix_household_members_present", "household_members", ["member_id"], unique=True,
        postgresql_where=sa.text("left_at IS NULL"),
    )  # fmt: skip
    statements = functions("transfers", "mergers").replace("%", "%%")
    op.get_bind().exec_driver_sql(statements)
    op.execute(sa.text(_GRANTS))


def downgrade() -> None:
    """Go back."""
    op.execute("DROP FUNCTION IF EXISTS stoa_transfer, stoa_merge, stoa_bear, stoa_giver")
    op.drop_table("household_members")
    op.drop_table("households")
    _statuses(_STATUS_BEFORE)
    op.drop_index("ix_members_merged_into", table_name="members")
    op.drop_column("members", "merged_into")


def _statuses(rule: str) -> None:
    op.drop_constraint(op.f("ck_members_status"), "members")
    op.execute(f"ALTER TABLE members ADD CONSTRAINT ck_members_status CHECK ({rule})")
