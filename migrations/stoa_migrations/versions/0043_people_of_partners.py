"""People of partners among the staff, each of one partner.

Roles stay words: accounts of before say ``operator``, which is read as ``admin``, so that a running
old release, which knows no other word that may change something, goes on as it is. A partner's
people never have `active`: an old release would show them the whole alliance.
"""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision: str = "0043"
down_revision: str | None = "0038b"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None

_SEEN = (
    "current_setting('stoa.partner', true) = '*'"
    " OR partner_id::text = current_setting('stoa.partner', true)"
)


def upgrade() -> None:
    """Expand."""
    op.add_column("staff", sa.Column("partner_id", sa.Uuid(), nullable=True))
    op.add_column("staff", sa.Column("dismissed_at", sa.DateTime(timezone=True), nullable=True))
    op.create_foreign_key(
        op.f("fk_staff_partner_id_partners"), "staff", "partners", ["partner_id"], ["id"]
    )
    for clause in ("ENABLE", "FORCE"):
        op.execute(sa.text(f"ALTER TABLE staff {clause} ROW LEVEL SECURITY"))
    op.execute(sa.text(f"CREATE POLICY partner ON staff TO stoa_app USING ({_SEEN})"))
    op.execute(sa.text("CREATE POLICY ledger ON staff TO CURRENT_USER USING (true)"))


def downgrade() -> None:
    """Go back: a partner's people stay outside, admins change things again, others only read."""
    op.execute(sa.text("UPDATE staff SET active = false WHERE dismissed_at IS NOT NULL"))
    op.execute(
        sa.text(
            "UPDATE staff SET role = CASE WHEN role IN ('admin', 'operator') THEN 'operator'"
            " ELSE 'auditor' END"
        )
    )
    for policy in ("partner", "ledger"):
        op.execute(sa.text(f"DROP POLICY {policy} ON staff"))
    for clause in ("NO FORCE", "DISABLE"):
        op.execute(sa.text(f"ALTER TABLE staff {clause} ROW LEVEL SECURITY"))
    op.drop_constraint(op.f("fk_staff_partner_id_partners"), "staff", type_="foreignkey")
    op.drop_column("staff", "dismissed_at")
    op.drop_column("staff", "partner_id")
