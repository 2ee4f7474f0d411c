"""Ladders of tiers are rule documents; a member has a standing in each of them.

The tiers there were become the ladder ``main``, version 1, in the next rulebook.
"""

from collections.abc import Sequence
from typing import Any

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision: str = "0012"
down_revision: str | None = "0018"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None

_ORIGINS = "origin IN ('earned', 'review', 'manual', 'merged', 'imported', 'bought')"
_GRANTS = """
GRANT SELECT, INSERT ON standing_changes TO stoa_app;
GRANT SELECT, INSERT, UPDATE, DELETE ON reassessments TO stoa_app;
"""
_DOCUMENT = """
WITH ladder AS (
    SELECT jsonb_build_object(
               'name', jsonb_build_object('en', 'Members'), 'main', true,
               'tiers', jsonb_agg(jsonb_build_object(
                   'code', code, 'name', jsonb_build_object('en', name),
                   'uplift_percent', uplift_percent, 'discount_basis_points', 0,
                   'qualify', NULL) ORDER BY rank)) AS document
      FROM tiers HAVING count(*) > 0),
rule AS (
    INSERT INTO rules (kind, code, state, version, latest)
    SELECT 'ladder', 'main', 'active', 1, 1 FROM ladder),
kept AS (
    INSERT INTO rule_versions (kind, code, version, document, note, saved_at, saved_by)
    SELECT 'ladder', 'main', 1, document, '', now(), 'migration' FROM ladder)
INSERT INTO rulebooks (effective_at, contents, changed_at, changed_by)
SELECT greatest(now(), (SELECT max(effective_at) FROM rulebooks)),
       coalesce((SELECT contents FROM rulebooks ORDER BY version DESC LIMIT 1), '{}')
           || '{"ladder": {"main": 1}}', now(), 'migration'
  FROM ladder
"""
_TIERS = """
INSERT INTO tiers (code, name, rank, uplift_percent)
SELECT each ->> 'code', each -> 'name' ->> 'en', place - 1,
       coalesce((each ->> 'uplift_percent')::int, 0)
  FROM rules r
  JOIN rule_versions v ON v.kind = r.kind AND v.code = r.code AND v.version = r.version
 CROSS JOIN LATERAL jsonb_array_elements(v.document -> 'tiers') WITH ORDINALITY AS e (each, place)
 WHERE r.kind = 'ladder' AND r.code = 'main' AND r.state = 'active'
"""
_NO_LADDERS = """
UPDATE rulebooks SET contents = contents - 'ladder';
DELETE FROM rule_versions WHERE kind = 'ladder';
DELETE FROM rules WHERE kind = 'ladder';
DELETE FROM standings WHERE ladder <> 'main';
"""


def upgrade() -> None:
    """Expand."""
    op.execute(sa.text(_DOCUMENT))
    op.drop_table("tiers")
    filled: dict[str, tuple[sa.types.TypeEngine[Any], str]] = {
        "ladder": (sa.Text(), "main"),
        "counts_from": (sa.Date(), "0001-01-01"),
        "origin": (sa.Text(), "manual"),
        "ladder_version": (sa.Integer(), "1"),
    }
    for name, (kind, value) in filled.items():
        op.add_column("standings", sa.Column(name, kind, nullable=False, server_default=value))
        op.alter_column("standings", name, server_default=None)
    for name in ("review_on", "falls_on", "until", "due_on"):
        op.add_column("standings", sa.Column(name, sa.Date(), nullable=True))
    op.add_column("standings", sa.Column("floor", sa.Text(), nullable=True))
    op.add_column("standings", sa.Column("path", postgresql.JSONB(), nullable=True))
    op.add_column("standings", sa.Column("evaluated_at", sa.DateTime(timezone=True), nullable=True))
    op.execute(sa.text("UPDATE standings SET evaluated_at = since, floor = tier"))
    op.alter_column("standings", "evaluated_at", nullable=False)
    op.drop_constraint("pk_standings", "standings")
    op.create_primary_key(op.f("pk_standings"), "standings", ["member_id", "ladder"])
    op.create_check_constraint(op.f("ck_standings_origin"), "standings", _ORIGINS)
    op.create_index(
        "ix_standings_due_on", "standings", ["due_on"],
        postgresql_where=sa.text("due_on IS NOT NULL"),
    )  # fmt: skip
    op.execute(sa.text("ALTER TABLE standings SET (fillfactor = 80)"))
    op.create_table(
        "standing_changes",
        sa.Column("member_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("ladder", sa.Text(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("from_tier", sa.Text(), nullable=False),
        sa.Column("to_tier", sa.Text(), nullable=False),
        sa.Column("origin", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("path", postgresql.JSONB(), nullable=True),
        sa.Column("ladder_version", sa.Integer(), nullable=False),
        sa.Column("actor", sa.Text(), nullable=False),
        sa.CheckConstraint(_ORIGINS, name=op.f("ck_standing_changes_origin")),
        sa.PrimaryKeyConstraint("member_id", "id", name=op.f("pk_standing_changes")),
    )
    op.create_table(
        "reassessments",
        sa.Column("id", sa.BigInteger(), sa.Identity(), nullable=False),
        sa.Column("member_id", sa.Uuid(), nullable=False),
        sa.Column("lowers", sa.Boolean(), nullable=False),
        sa.Column("asked_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_reassessments")),
    )
    op.execute(sa.text(_GRANTS))


def downgrade() -> None:
    """Go back."""
    op.drop_table("reassessments")
    op.drop_table("standing_changes")
    op.create_table(
        "tiers",
        sa.Column("code", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("rank", sa.Integer(), nullable=False),
        sa.Column("uplift_percent", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("code", name=op.f("pk_tiers")),
        sa.UniqueConstraint("rank", name=op.f("uq_tiers_rank")),
    )
    op.execute(sa.text("GRANT SELECT, INSERT, UPDATE, DELETE ON tiers TO stoa_app"))
    op.execute(sa.text(_TIERS))
    for statement in _NO_LADDERS.strip().split("\n"):
        op.execute(sa.text(statement))
    op.drop_index("ix_standings_due_on", table_name="standings")
    op.drop_constraint(op.f("ck_standings_origin"), "standings")
    op.drop_constraint("pk_standings", "standings")
    op.create_primary_key(op.f("pk_standings"), "standings", ["member_id"])
    op.execute(sa.text("ALTER TABLE standings RESET (fillfactor)"))
    for name in (
        "ladder", "counts_from", "review_on", "falls_on", "until", "due_on", "floor", "origin",
        "path", "ladder_version", "evaluated_at",
    ):  # fmt: skip
        op.drop_column("standings", name)
