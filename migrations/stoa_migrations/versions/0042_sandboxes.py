"""Sandboxes: which partner has one, and the database that it is.

A new table alone: an older release goes on as before.
"""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision: str = "0042"
down_revision: str | None = "0043"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None

_SEEN = (
    "current_setting('stoa.partner', true) = '*'"
    " OR partner_id::text = current_setting('stoa.partner', true)"
)


def upgrade() -> None:
    """Expand."""
    moment = sa.DateTime(timezone=True)
    op.create_table(
        "sandboxes",
        sa.Column("partner_id", sa.Uuid(), nullable=False),
        sa.Column("database", sa.Text(), nullable=False),
        sa.Column("generation", sa.Integer(), nullable=False),
        sa.Column("opened_at", moment, nullable=False),
        sa.Column("opened_by", sa.Text(), nullable=False),
        sa.Column("reset_at", moment, nullable=False),
        sa.Column("reset_by", sa.Text(), nullable=False),
        sa.Column("reset_key", sa.Text(), nullable=True),
        sa.Column("used_at", moment, nullable=False),
        sa.Column("ahead_s", sa.BigInteger(), nullable=False),
        sa.Column("clients", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.CheckConstraint("ahead_s >= 0", name=op.f("ck_sandboxes_ahead")),
        sa.ForeignKeyConstraint(
            ["partner_id"], ["partners.id"], name=op.f("fk_sandboxes_partner_id")
        ),
        sa.PrimaryKeyConstraint("partner_id", name=op.f("pk_sandboxes")),
    )
    op.execute(sa.text("GRANT SELECT, INSERT, UPDATE, DELETE ON sandboxes TO stoa_app"))
    for clause in ("ENABLE", "FORCE"):
        op.execute(sa.text(f"ALTER TABLE sandboxes {clause} ROW LEVEL SECURITY"))
    op.execute(sa.text(f"CREATE POLICY partner ON sandboxes TO stoa_app USING ({_SEEN})"))
    op.execute(sa.text("CREATE POLICY ledger ON sandboxes TO CURRENT_USER USING (true)"))


def downgrade() -> None:
    """Go back; databases of sandboxes stay on the server and may be dropped by hand."""
    op.drop_table("sandboxes")
