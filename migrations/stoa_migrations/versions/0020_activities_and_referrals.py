"""Activities with their codes and guards, referrals with members' codes and devices."""

from collections.abc import Sequence
from pathlib import Path

import sqlalchemy as sa
from alembic import op

from stoa.models import functions

revision: str = "0020"
down_revision: str | None = "0012"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None

_BEFORE = Path(__file__).with_name("0020_grants_before.sql")
_GRANT = """
DROP FUNCTION IF EXISTS stoa_grant(
    uuid, text, timestamptz, date, uuid, uuid, uuid, text, bytea, uuid, uuid, text, text, text,
    jsonb, bigint[], text[], uuid[], numeric, date, boolean, date, uuid, jsonb)
"""
_OURS = "stoa_grant, stoa_act, stoa_count_guess, stoa_reward_referral"
_GRANTS = f"""
REVOKE ALL ON FUNCTION {_OURS} FROM PUBLIC;
GRANT EXECUTE ON FUNCTION {_OURS} TO stoa_app;
GRANT SELECT ON activities, activity_claims, activity_guesses TO stoa_app;
GRANT UPDATE (member_id) ON activities TO stoa_app;
GRANT DELETE ON activity_guesses TO stoa_app;
GRANT SELECT, INSERT ON activity_codes, salts, referral_codes TO stoa_app;
GRANT UPDATE (member_id, valid_until) ON activity_codes TO stoa_app;
GRANT SELECT, INSERT, UPDATE ON referrals TO stoa_app;
GRANT SELECT, INSERT, DELETE ON member_devices TO stoa_app;
"""
_UNDONE = (
    "state IN ('undone', 'refused') AND (inviter_bonus IS NOT NULL OR invitee_bonus IS NOT NULL)"
)
_GRANTS_BEFORE = """
REVOKE ALL ON FUNCTION stoa_grant FROM PUBLIC;
GRANT EXECUTE ON FUNCTION stoa_grant TO stoa_app;
"""


def upgrade() -> None:
    """Expand."""
    _activities()
    _referrals()
    op.execute(sa.text(_GRANT))
    named = functions("grants", "activities", "referrals")
    op.get_bind().exec_driver_sql(named.replace("%", "%%"))
    op.execute(sa.text(_GRANTS))


def downgrade() -> None:
    """Go back."""
    op.execute(sa.text(f"DROP FUNCTION IF EXISTS {_OURS}"))
    op.get_bind().exec_driver_sql(_BEFORE.read_text("utf-8").replace("%", "%%"))
    op.execute(sa.text(_GRANTS_BEFORE))
    for table in (
        "member_devices", "referrals", "referral_codes", "salts", "activity_guesses",
        "activity_codes", "activity_claims", "activities",
    ):  # fmt: skip
        op.drop_table(table)


def _activities() -> None:
    op.create_table(
        "activities",
        sa.Column("member_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("activity", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("subject", sa.Text(), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("partner_id", sa.Uuid(), nullable=True),
        sa.Column("store_id", sa.Uuid(), nullable=True),
        sa.Column("code_id", sa.Uuid(), nullable=True),
        sa.PrimaryKeyConstraint("member_id", "id", name=op.f("pk_activities")),
    )
    op.create_index(
        op.f("ix_activities_member_id_activity_subject"), "activities",
        ["member_id", "activity", "subject"], unique=True,
    )  # fmt: skip
    op.create_index(
        op.f("ix_activities_member_id_activity_at"), "activities", ["member_id", "activity", "at"]
    )
    op.create_table(
        "activity_claims",
        sa.Column("activity", sa.Text(), nullable=False),
        sa.Column("claim", sa.LargeBinary(), nullable=False),
        sa.Column("activity_id", sa.Uuid(), nullable=False),
        sa.PrimaryKeyConstraint("activity", "claim", name=op.f("pk_activity_claims")),
    )
    op.create_table(
        "activity_codes",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("digest", sa.LargeBinary(), nullable=False),
        sa.Column("activity", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("member_id", sa.Uuid(), nullable=True),
        sa.Column("partner_id", sa.Uuid(), nullable=True),
        sa.Column("store_id", sa.Uuid(), nullable=True),
        sa.Column("device", sa.LargeBinary(), nullable=True),
        sa.Column("name", sa.Text(), server_default="", nullable=False),
        sa.Column("secret", sa.LargeBinary(), nullable=True),
        sa.Column("step_s", sa.Integer(), nullable=True),
        sa.Column("valid_from", sa.DateTime(timezone=True), nullable=False),
        sa.Column("valid_until", sa.DateTime(timezone=True), nullable=True),
        sa.Column("most_uses", sa.Integer(), nullable=True),
        sa.Column("uses", sa.Integer(), server_default="0", nullable=False),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("made_by", sa.Text(), nullable=False),
        sa.CheckConstraint(
            "kind IN ('code', 'link', 'invitation')", name=op.f("ck_activity_codes_kind")
        ),
        sa.CheckConstraint(
            "most_uses IS NULL OR uses <= most_uses", name=op.f("ck_activity_codes_uses")
        ),
        sa.CheckConstraint(
            "(secret IS NULL) = (step_s IS NULL)", name=op.f("ck_activity_codes_changing")
        ),
        sa.CheckConstraint(
            "(kind = 'code') = (member_id IS NULL)", name=op.f("ck_activity_codes_member")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_activity_codes")),
        postgresql_with={"fillfactor": "80"},
    )
    op.create_index(op.f("ix_activity_codes_digest"), "activity_codes", ["digest"], unique=True)
    op.create_index(
        op.f("ix_activity_codes_member_id"), "activity_codes", ["member_id"],
        postgresql_where=sa.text("member_id IS NOT NULL"),
    )  # fmt: skip
    op.create_table(
        "activity_guesses",
        sa.Column("partner_id", sa.Uuid(), nullable=False),
        sa.Column("member_id", sa.Uuid(), nullable=False),
        sa.Column("since", sa.DateTime(timezone=True), nullable=False),
        sa.Column("wrong", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("partner_id", "member_id", name=op.f("pk_activity_guesses")),
    )
    op.create_table(
        "salts",
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("value", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_salts")),
    )


def _referrals() -> None:
    op.create_table(
        "referral_codes",
        sa.Column("code", sa.Text(), nullable=False),
        sa.Column("member_id", sa.Uuid(), nullable=False),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("code", name=op.f("pk_referral_codes")),
    )
    op.create_index(
        op.f("ix_referral_codes_member_id"), "referral_codes", ["member_id"], unique=True
    )
    op.create_table(
        "referrals",
        sa.Column("invitee_id", sa.Uuid(), nullable=False),
        sa.Column("inviter_id", sa.Uuid(), nullable=False),
        sa.Column("code", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), server_default="", nullable=False),
        sa.Column("device", sa.LargeBinary(), nullable=True),
        sa.Column("invited_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("first_purchase_id", sa.Uuid(), nullable=True),
        sa.Column("purchased_on", sa.Date(), nullable=True),
        sa.Column("purchased_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("due_on", sa.Date(), nullable=True),
        sa.Column("rule", sa.Text(), nullable=True),
        sa.Column("rule_version", sa.Integer(), nullable=True),
        sa.Column("rewarded_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("inviter_bonus", sa.Uuid(), nullable=True),
        sa.Column("invitee_bonus", sa.Uuid(), nullable=True),
        sa.CheckConstraint(
            "state IN ('waiting', 'purchased', 'rewarded', 'undone', 'refused')",
            name=op.f("ck_referrals_state"),
        ),
        sa.CheckConstraint(
            "(state IN ('purchased', 'rewarded')) = (first_purchase_id IS NOT NULL)",
            name=op.f("ck_referrals_purchase"),
        ),
        sa.CheckConstraint(
            "inviter_id <> invitee_id OR state = 'refused'", name=op.f("ck_referrals_self")
        ),
        sa.PrimaryKeyConstraint("invitee_id", name=op.f("pk_referrals")),
    )
    op.create_index(op.f("ix_referrals_inviter_id"), "referrals", ["inviter_id"])
    for name, columns, where in (
        ("ix_referrals_device", ["device"], "device IS NOT NULL"),
        ("ix_referrals_due", ["due_on"], "due_on IS NOT NULL"),
        (
            "ix_referrals_undone", ["invitee_id"],
            _UNDONE,
        ),
    ):  # fmt: skip
        op.create_index(name, "referrals", columns, postgresql_where=sa.text(where))
    op.create_table(
        "member_devices",
        sa.Column("device", sa.LargeBinary(), nullable=False),
        sa.Column("member_id", sa.Uuid(), nullable=False),
        sa.Column("added_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("device", "member_id", name=op.f("pk_member_devices")),
    )
    op.create_index(op.f("ix_member_devices_member_id"), "member_devices", ["member_id"])
