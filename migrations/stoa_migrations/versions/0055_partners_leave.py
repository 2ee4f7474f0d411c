"""Partners leave stage by stage; their status says what is left of what they may do.

An old release takes every status but ``active`` for a suspension, which is on the safe side.
"""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision: str = "0055"
down_revision: str | None = "0054"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None

_STATUS = "status IN ('active', 'suspended', 'no_enrol', 'no_earn', 'no_burn', 'archived')"
_SEEN = (
    "current_setting('stoa.partner', true) = '*'"
    " OR partner_id::text = current_setting('stoa.partner', true)"
)


def upgrade() -> None:
    """Expand."""
    moment = sa.DateTime(timezone=True)
    op.drop_constraint(op.f("ck_partners_status"), "partners", type_="check")
    op.create_check_constraint(op.f("ck_partners_status"), "partners", _STATUS)
    op.create_table(
        "partner_exits",
        sa.Column("partner_id", sa.Uuid(), nullable=False),
        sa.Column("stage", sa.Text(), nullable=False),
        sa.Column("stop_enrol_on", sa.Date(), nullable=False),
        sa.Column("stop_earn_on", sa.Date(), nullable=False),
        sa.Column("stop_burn_on", sa.Date(), nullable=False),
        sa.Column("note", sa.Text(), nullable=False),
        sa.Column("announced_at", moment, nullable=False),
        sa.Column("announced_by", sa.Text(), nullable=False),
        sa.Column("moved_at", moment, nullable=False),
        sa.Column("deposit", sa.Numeric(), nullable=True),
        sa.Column("run_off_from", sa.Text(), nullable=True),
        sa.Column("archived_at", moment, nullable=True),
        sa.CheckConstraint(
            "stage IN ('announce', 'stop_enrol', 'stop_earn', 'stop_burn', 'settle', 'archive')",
            name=op.f("ck_partner_exits_stage"),
        ),
        sa.CheckConstraint(
            "stop_enrol_on <= stop_earn_on AND stop_earn_on <= stop_burn_on",
            name=op.f("ck_partner_exits_days"),
        ),
        sa.PrimaryKeyConstraint("partner_id", name=op.f("pk_partner_exits")),
    )
    op.create_table(
        "exit_letters",
        sa.Column("partner_id", sa.Uuid(), nullable=False),
        sa.Column("member_id", sa.Uuid(), nullable=False),
        sa.Column("told_at", moment, nullable=False),
        sa.PrimaryKeyConstraint("partner_id", "member_id", name=op.f("pk_exit_letters")),
    )
    op.execute(sa.text("GRANT SELECT, INSERT, UPDATE, DELETE ON partner_exits TO stoa_app"))
    op.execute(sa.text("GRANT SELECT, INSERT ON exit_letters TO stoa_app"))
    for table in ("partner_exits", "exit_letters"):
        for clause in ("ENABLE", "FORCE"):
            op.execute(sa.text(f"ALTER TABLE {table} {clause} ROW LEVEL SECURITY"))
        op.execute(sa.text(f"CREATE POLICY partner ON {table} TO stoa_app USING ({_SEEN})"))
        op.execute(sa.text(f"CREATE POLICY ledger ON {table} TO CURRENT_USER USING (true)"))


def downgrade() -> None:
    """Go back: a partner that leaves is suspended."""
    op.drop_table("exit_letters")
    op.drop_table("partner_exits")
    op.drop_constraint(op.f("ck_partners_status"), "partners", type_="check")
    op.execute(
        sa.text(
            "UPDATE partners SET status = 'suspended' WHERE status NOT IN ('active', 'suspended')"
        )
    )
    op.create_check_constraint(
        op.f("ck_partners_status"), "partners", "status IN ('active', 'suspended')"
    )
