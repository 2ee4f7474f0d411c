"""The alliance's rules as documents with versions, and the books of what holds together."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision: str = "0011"
down_revision: str | None = "0010"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None

_KINDS = "kind IN ('ladder', 'campaign', 'challenge', 'referral', 'chance', 'segment', 'activity')"
_GRANTS = """
GRANT SELECT, INSERT ON rule_versions, rulebooks TO stoa_app;
GRANT SELECT, INSERT, UPDATE ON rules TO stoa_app;
"""


def upgrade() -> None:
    """Expand."""
    op.create_table(
        "rules",
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("code", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=True),
        sa.Column("latest", sa.Integer(), nullable=False),
        sa.CheckConstraint(_KINDS, name=op.f("ck_rules_kind")),
        sa.CheckConstraint(
            "state IN ('draft', 'active', 'paused', 'ended')", name=op.f("ck_rules_state")
        ),
        sa.CheckConstraint("(state = 'draft') = (version IS NULL)", name=op.f("ck_rules_version")),
        sa.PrimaryKeyConstraint("kind", "code", name=op.f("pk_rules")),
    )
    op.create_table(
        "rule_versions",
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("code", sa.Text(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("document", postgresql.JSONB(), nullable=False),
        sa.Column("note", sa.Text(), nullable=False),
        sa.Column("saved_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("saved_by", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("kind", "code", "version", name=op.f("pk_rule_versions")),
    )
    op.create_table(
        "rulebooks",
        sa.Column("version", sa.Integer(), sa.Identity(), nullable=False),
        sa.Column("effective_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("contents", postgresql.JSONB(), nullable=False),
        sa.Column("changed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("changed_by", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("version", name=op.f("pk_rulebooks")),
    )
    op.execute(sa.text(_GRANTS))


def downgrade() -> None:
    """Go back."""
    op.drop_table("rulebooks")
    op.drop_table("rule_versions")
    op.drop_table("rules")
