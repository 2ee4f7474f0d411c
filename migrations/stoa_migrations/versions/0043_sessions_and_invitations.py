"""Sessions of the staff that can be told apart, invitations by a link, and how each reads pages.

An old release goes on opening sessions: what it does not tell of them has a default, and nobody has
confirmed anything in them.
"""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision: str = "0043b"
down_revision: str | None = "0044"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None

_RIGHTS = "GRANT SELECT, INSERT, UPDATE, DELETE ON staff_invitations TO stoa_app"


def upgrade() -> None:
    """Expand."""
    for name in ("language", "zone"):
        op.add_column("staff", sa.Column(name, sa.Text(), server_default="", nullable=False))
    added = (
        sa.Column("id", sa.Uuid(), server_default=sa.text("gen_random_uuid()"), nullable=False),
        sa.Column("address", sa.Text(), server_default="", nullable=False),
        sa.Column("agent", sa.Text(), server_default="", nullable=False),
        sa.Column("seen_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("confirmed_at", sa.DateTime(timezone=True), nullable=True),
    )
    for column in added:
        op.add_column("staff_sessions", column)
    op.create_table(
        "staff_invitations",
        sa.Column("token_hash", sa.LargeBinary(), nullable=False),
        sa.Column("staff_id", sa.Uuid(), nullable=False),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ends_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["staff_id"], ["staff.id"], name=op.f("fk_staff_invitations_staff_id_staff")
        ),
        sa.PrimaryKeyConstraint("token_hash", name=op.f("pk_staff_invitations")),
    )
    op.execute(sa.text(_RIGHTS))


def downgrade() -> None:
    """Go back."""
    op.drop_table("staff_invitations")
    for name in ("confirmed_at", "seen_at", "agent", "address", "id"):
        op.drop_column("staff_sessions", name)
    for name in ("zone", "language"):
        op.drop_column("staff", name)
