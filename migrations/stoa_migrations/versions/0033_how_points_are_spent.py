"""Currencies say how their points are spent, and members may have a PIN.

The columns have defaults: an older release goes on as before.
"""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision: str = "0033"
down_revision: str | None = "0029"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None

_CHECKS = {
    "least": "min_points >= 1 AND step >= 1",
    "share": "max_share_percent BETWEEN 1 AND 100",
    "step_up": "step_up_points >= 0",
}


def upgrade() -> None:
    """Expand."""
    for name in ("min_points", "step"):
        column = sa.Column(name, sa.BigInteger(), server_default="1", nullable=False)
        op.add_column("currencies", column)
    share = sa.Column("max_share_percent", sa.Integer(), server_default="100", nullable=False)
    op.add_column("currencies", share)
    op.add_column("currencies", sa.Column("step_up_points", sa.BigInteger(), nullable=True))
    for name, check in _CHECKS.items():
        op.create_check_constraint(op.f(f"ck_currencies_{name}"), "currencies", check)
    op.create_table(
        "member_pins",
        sa.Column("member_id", sa.Uuid(), nullable=False),
        sa.Column("hash", sa.Text(), nullable=False),
        sa.Column("set_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("tries", sa.Integer(), server_default="0", nullable=False),
        sa.Column("locked_until", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("member_id", name=op.f("pk_member_pins")),
    )
    op.execute(sa.text("GRANT SELECT, INSERT, UPDATE, DELETE ON member_pins TO stoa_app"))


def downgrade() -> None:
    """Go back."""
    op.drop_table("member_pins")
    for name in _CHECKS:
        op.drop_constraint(op.f(f"ck_currencies_{name}"), "currencies", type_="check")
    for name in ("step_up_points", "max_share_percent", "step", "min_points"):
        op.drop_column("currencies", name)
