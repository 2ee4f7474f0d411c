"""What partners asked, masked, for the people who write their software."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision: str = "0044"
down_revision: str | None = "0051"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None

_TEXTS = (
    ("method", "route", "path"),
    ("code",),
    ("request_id", "idempotency_key", "client", "body", "answer"),
)
_SEEN = """
current_setting('stoa.partner', true) = '*'
    OR partner_id::text = current_setting('stoa.partner', true)
"""


def upgrade() -> None:
    """Expand."""
    first, second, third = (
        [sa.Column(name, sa.Text(), nullable=False) for name in names] for names in _TEXTS
    )
    op.create_table(
        "request_log",
        sa.Column("partner_id", sa.Uuid(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        *first,
        sa.Column("status", sa.SmallInteger(), nullable=False),
        *second,
        sa.Column("duration_us", sa.Integer(), nullable=False),
        *third,
        sa.PrimaryKeyConstraint("partner_id", "at", "id", name=op.f("pk_request_log")),
    )
    op.create_index("ix_request_log_at", "request_log", ["at"], postgresql_using="brin")
    for clause in ("ENABLE", "FORCE"):
        op.execute(sa.text(f"ALTER TABLE request_log {clause} ROW LEVEL SECURITY"))
    op.execute(sa.text(f"CREATE POLICY partner ON request_log TO stoa_app USING ({_SEEN})"))
    op.execute(sa.text("CREATE POLICY ledger ON request_log TO CURRENT_USER USING (true)"))
    op.execute(sa.text("GRANT SELECT, INSERT, DELETE ON request_log TO stoa_app"))


def downgrade() -> None:
    """Go back."""
    op.drop_table("request_log")
