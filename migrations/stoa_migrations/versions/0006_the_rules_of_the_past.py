"""Versions of currencies and of plugins' code: the rules of the past stay known."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision: str = "0006"
down_revision: str | None = "0005"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None

_FIRST_VERSIONS = """
INSERT INTO currency_versions (code, version, terms, changed_at, changed_by)
SELECT c.code, c.version, to_jsonb(c) - '{code,version}'::text[]
       || jsonb_build_object('face_value', c.face_value::text), now(), 'migration'
  FROM currencies c
"""

_GRANTS = "GRANT SELECT, INSERT ON currency_versions TO stoa_app"


def upgrade() -> None:
    """Expand."""
    op.add_column(
        "currencies", sa.Column("version", sa.Integer(), nullable=False, server_default="1")
    )
    op.create_table(
        "currency_versions",
        sa.Column("code", sa.Text(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("terms", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("changed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("changed_by", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("code", "version", name=op.f("pk_currency_versions")),
    )
    op.add_column("partner_versions", sa.Column("plugin_version", sa.Text(), nullable=True))
    op.execute(sa.text(_FIRST_VERSIONS))
    op.execute(sa.text(_GRANTS))


def downgrade() -> None:
    """Go back."""
    op.drop_column("partner_versions", "plugin_version")
    op.drop_table("currency_versions")
    op.drop_column("currencies", "version")
