"""The stages of imports, and the function that posts a part of one set by set."""

from collections.abc import Sequence
from pathlib import Path

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision: str = "0002"
down_revision: str | None = "0001"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None

_FUNCTIONS = Path(__file__).with_name("0002_import.sql")

_GRANTS = """
REVOKE ALL ON FUNCTION stoa_import, stoa_import_one FROM PUBLIC;
GRANT EXECUTE ON FUNCTION stoa_import TO stoa_app;
GRANT SELECT, INSERT, DELETE ON import_lines, import_events TO stoa_app;
"""


def upgrade() -> None:
    """Expand."""
    op.add_column(
        "imports",
        sa.Column("posted", postgresql.ARRAY(sa.Integer()), nullable=False, server_default="{}"),
    )
    op.add_column(
        "imports", sa.Column("staged", sa.BigInteger(), nullable=False, server_default="0")
    )
    op.add_column(
        "imports", sa.Column("part_lines", sa.Integer(), nullable=False, server_default="10000")
    )
    op.alter_column("imports", "part_lines", server_default=None)
    op.alter_column("imports", "posted", server_default=None)
    op.alter_column("imports", "staged", server_default=None)
    op.create_table(
        "import_lines",
        sa.Column("import_id", sa.Uuid(), nullable=False),
        sa.Column("member", sa.Text(collation="C"), nullable=False),
        sa.Column("line", sa.BigInteger(), nullable=False),
        sa.Column("returned", sa.Boolean(), nullable=False),
        sa.Column("store_id", sa.Uuid(), nullable=False),
        sa.Column("terminal", sa.Text(), nullable=False),
        sa.Column("receipt_no", sa.Text(), nullable=False),
        sa.Column("business_date", sa.Date(), nullable=False),
        sa.Column("occurred_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("sku", sa.Text(), nullable=False),
        sa.Column("category", sa.Text(), nullable=False),
        sa.Column("unit", sa.Text(), nullable=False),
        sa.Column("quantity_milli", sa.BigInteger(), nullable=False),
        sa.Column("net_minor", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("import_id", "member", "line", name=op.f("pk_import_lines")),
        prefixes=["UNLOGGED"],
    )
    op.create_table(
        "import_events",
        sa.Column("import_id", sa.Uuid(), nullable=False),
        sa.Column("part", sa.Integer(), nullable=False),
        sa.Column("member_id", sa.Uuid(), nullable=False),
        sa.Column("place", sa.Integer(), nullable=False),
        sa.Column("returned", sa.Boolean(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("purchase_id", sa.Uuid(), nullable=False),
        sa.Column("partner_id", sa.Uuid(), nullable=False),
        sa.Column("store_id", sa.Uuid(), nullable=False),
        sa.Column("terminal", sa.Text(), nullable=False),
        sa.Column("receipt_no", sa.Text(), nullable=False),
        sa.Column("business_date", sa.Date(), nullable=False),
        sa.Column("occurred_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("money_currency", sa.Text(), nullable=False),
        sa.Column("total_minor", sa.BigInteger(), nullable=False),
        sa.Column("status", sa.Text(), nullable=False),
        sa.Column("lines", postgresql.JSONB(astext_type=sa.Text()), nullable=True),
        sa.Column("tenders", postgresql.JSONB(astext_type=sa.Text()), nullable=True),
        sa.Column("explanation", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("back", postgresql.JSONB(astext_type=sa.Text()), nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("price", sa.Numeric(precision=12, scale=6), nullable=True),
        sa.Column("available_on", sa.Date(), nullable=True),
        sa.Column("expires_on", sa.Date(), nullable=True),
        sa.Column("points", postgresql.ARRAY(sa.BigInteger()), nullable=False),
        sa.Column("reasons", postgresql.ARRAY(sa.Text()), nullable=False),
        sa.Column("payers", postgresql.ARRAY(sa.Uuid()), nullable=False),
        sa.Column("lots", postgresql.ARRAY(sa.Integer()), nullable=True),
        sa.Column("facts", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.PrimaryKeyConstraint(
            "import_id", "part", "member_id", "place", name=op.f("pk_import_events")
        ),
        prefixes=["UNLOGGED"],
    )
    op.create_index(
        op.f("ix_import_events_purchase_id"), "import_events", ["purchase_id"], unique=False
    )
    op.get_bind().exec_driver_sql(_FUNCTIONS.read_text("utf-8").replace("%", "%%"))
    op.execute(sa.text(_GRANTS))


def downgrade() -> None:
    """Go back."""
    op.execute(sa.text("DROP FUNCTION stoa_import, stoa_import_one"))
    op.drop_index(op.f("ix_import_events_purchase_id"), table_name="import_events")
    op.drop_table("import_events")
    op.drop_table("import_lines")
    op.drop_column("imports", "part_lines")
    op.drop_column("imports", "staged")
    op.drop_column("imports", "posted")
