"""Plates of members, what the gates of car parks saw, stays told from it, and their quotes."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision: str = "0030"
down_revision: str | None = "0025"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None

_GRANTS = """
GRANT SELECT, INSERT, UPDATE ON plates, parking_quotes TO stoa_app;
GRANT SELECT, INSERT, UPDATE, DELETE ON gate_events, stays TO stoa_app;
GRANT DELETE ON plates, parking_quotes TO stoa_app;
"""


def upgrade() -> None:
    """Expand."""
    _plates()
    _gate_events()
    _stays()
    _parking_quotes()
    op.execute(sa.text(_GRANTS))


def downgrade() -> None:
    """Go back."""
    for table in ("parking_quotes", "stays", "gate_events", "plates"):
        op.drop_table(table)


def _plates() -> None:
    op.create_table(
        "plates",
        sa.Column("plate", sa.Text(), nullable=False),
        sa.Column("member_id", sa.Uuid(), nullable=False),
        sa.Column("partner_id", sa.Uuid(), nullable=False),
        sa.Column("since", sa.DateTime(timezone=True), nullable=False),
        sa.Column("until", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("until IS NULL OR until >= since", name=op.f("ck_plates_until")),
        sa.PrimaryKeyConstraint(
            "plate", "member_id", "partner_id", "since", name=op.f("pk_plates")
        ),
    )
    op.create_index(
        "ix_plates_bound",
        "plates",
        ["plate", "member_id", "partner_id"],
        unique=True,
        postgresql_where=sa.text("until IS NULL"),
    )
    op.create_index(op.f("ix_plates_member_id"), "plates", ["member_id"], unique=False)


def _gate_events() -> None:
    op.create_table(
        "gate_events",
        sa.Column("no", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("partner_id", sa.Uuid(), nullable=False),
        sa.Column("store_id", sa.Uuid(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("plate", sa.Text(), nullable=False),
        sa.Column("side", sa.Text(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("gate", sa.Text(), nullable=False),
        sa.Column("heard_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("offline", sa.Boolean(), nullable=False),
        sa.Column("let_go_min", sa.Integer(), nullable=True),
        sa.Column("stay_id", sa.Uuid(), nullable=True),
        sa.CheckConstraint("side IN ('IN', 'OUT')", name=op.f("ck_gate_events_side")),
        sa.CheckConstraint("let_go_min >= 0", name=op.f("ck_gate_events_let_go_min")),
        sa.PrimaryKeyConstraint("no", name=op.f("pk_gate_events")),
        sa.UniqueConstraint(
            "partner_id", "store_id", "name", name=op.f("uq_gate_events_partner_id_store_id_name")
        ),
    )
    op.create_index(op.f("ix_gate_events_heard_at"), "gate_events", ["heard_at"], unique=False)
    op.create_index(
        op.f("ix_gate_events_partner_id_stay_id"),
        "gate_events",
        ["partner_id", "stay_id"],
        unique=False,
    )
    op.create_index(
        op.f("ix_gate_events_partner_id_store_id_plate_at"),
        "gate_events",
        ["partner_id", "store_id", "plate", "at"],
        unique=False,
    )


def _stays() -> None:
    op.create_table(
        "stays",
        sa.Column("partner_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("store_id", sa.Uuid(), nullable=False),
        sa.Column("plate", sa.Text(), nullable=False),
        sa.Column("in_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("out_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("began_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("why", sa.Text(), nullable=False),
        sa.Column("let_go_min", sa.Integer(), nullable=True),
        sa.Column("settled_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("own_minor", sa.BigInteger(), nullable=False),
        sa.Column("changed_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint(
            "(state = 'inside') = (in_at IS NOT NULL AND out_at IS NULL AND why = '')",
            name=op.f("ck_stays_inside"),
        ),
        sa.CheckConstraint("state IN ('inside', 'left', 'odd')", name=op.f("ck_stays_state")),
        sa.CheckConstraint("in_at IS NOT NULL OR out_at IS NOT NULL", name=op.f("ck_stays_known")),
        sa.CheckConstraint("out_at >= in_at", name=op.f("ck_stays_order")),
        sa.CheckConstraint("own_minor >= 0", name=op.f("ck_stays_own_minor")),
        sa.PrimaryKeyConstraint("partner_id", "id", name=op.f("pk_stays")),
    )
    op.create_index(op.f("ix_stays_began_at"), "stays", ["began_at"], unique=False)
    op.create_index(
        "ix_stays_inside",
        "stays",
        ["partner_id", "store_id", "began_at"],
        unique=False,
        postgresql_where=sa.text("state = 'inside'"),
    )
    op.create_index(
        op.f("ix_stays_partner_id_began_at"), "stays", ["partner_id", "began_at"], unique=False
    )
    op.create_index(
        op.f("ix_stays_partner_id_store_id_plate_began_at"),
        "stays",
        ["partner_id", "store_id", "plate", "began_at"],
        unique=False,
    )


def _parking_quotes() -> None:
    op.create_table(
        "parking_quotes",
        sa.Column("partner_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("stay_id", sa.Uuid(), nullable=False),
        sa.Column("store_id", sa.Uuid(), nullable=False),
        sa.Column("member_id", sa.Uuid(), nullable=True),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("pay", sa.Text(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("leave_by", sa.DateTime(timezone=True), nullable=False),
        sa.Column("stay_min", sa.Integer(), nullable=False),
        sa.Column("currency", sa.Text(), nullable=False),
        sa.Column("fee_minor", sa.BigInteger(), nullable=False),
        sa.Column("worth_minor", sa.BigInteger(), nullable=False),
        sa.Column("paid_minor", sa.BigInteger(), nullable=False),
        sa.Column("due_minor", sa.BigInteger(), nullable=False),
        sa.Column("points_option", sa.BigInteger(), nullable=True),
        sa.Column("entitlements", postgresql.JSONB(), nullable=False),
        sa.Column("claim_id", sa.Uuid(), nullable=True),
        sa.Column("hold_id", sa.Uuid(), nullable=True),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("resolved_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("pay IN ('', 'money', 'points')", name=op.f("ck_parking_quotes_pay")),
        sa.CheckConstraint(
            "state IN ('quoted', 'held', 'paid', 'released', 'expired')",
            name=op.f("ck_parking_quotes_state"),
        ),
        sa.CheckConstraint(
            "fee_minor <= worth_minor + paid_minor + due_minor",
            name=op.f("ck_parking_quotes_covered"),
        ),
        sa.CheckConstraint(
            "fee_minor >= 0 AND worth_minor >= 0 AND paid_minor >= 0 AND due_minor >= 0",
            name=op.f("ck_parking_quotes_whole"),
        ),
        sa.PrimaryKeyConstraint("partner_id", "id", name=op.f("pk_parking_quotes")),
    )
    op.create_index(
        "ix_parking_quotes_held",
        "parking_quotes",
        ["partner_id", "stay_id"],
        unique=True,
        postgresql_where=sa.text("state = 'held'"),
    )
    op.create_index(
        "ix_parking_quotes_open",
        "parking_quotes",
        ["leave_by"],
        unique=False,
        postgresql_where=sa.text("state IN ('quoted', 'held')"),
    )
    op.create_index(
        op.f("ix_parking_quotes_partner_id_made_at"),
        "parking_quotes",
        ["partner_id", "made_at"],
        unique=False,
    )
    op.create_index(
        op.f("ix_parking_quotes_partner_id_stay_id"),
        "parking_quotes",
        ["partner_id", "stay_id"],
        unique=False,
    )
