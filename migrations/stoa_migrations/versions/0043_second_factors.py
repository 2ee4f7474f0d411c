"""Second factors of the staff: a sealed secret of an authenticator, and recovery codes."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision: str = "0043c"
down_revision: str | None = "0052"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None

_TABLES = ("staff_factors", "staff_recovery_codes")


def upgrade() -> None:
    """Expand."""
    op.create_table(
        "staff_factors",
        sa.Column("staff_id", sa.Uuid(), nullable=False),
        sa.Column("sealed", sa.LargeBinary(), nullable=False),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("proved_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("last_step", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(
            ["staff_id"], ["staff.id"], name=op.f("fk_staff_factors_staff_id_staff")
        ),
        sa.PrimaryKeyConstraint("staff_id", name=op.f("pk_staff_factors")),
    )
    op.create_table(
        "staff_recovery_codes",
        sa.Column("staff_id", sa.Uuid(), nullable=False),
        sa.Column("code_hash", sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(
            ["staff_id"], ["staff.id"], name=op.f("fk_staff_recovery_codes_staff_id_staff")
        ),
        sa.PrimaryKeyConstraint("staff_id", "code_hash", name=op.f("pk_staff_recovery_codes")),
    )
    for table in _TABLES:
        op.execute(sa.text(f"GRANT SELECT, INSERT, UPDATE, DELETE ON {table} TO stoa_app"))


def downgrade() -> None:
    """Go back: the password alone lets in again."""
    for table in reversed(_TABLES):
        op.drop_table(table)
