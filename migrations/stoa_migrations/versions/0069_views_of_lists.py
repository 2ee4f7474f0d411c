"""People keep views of lists, their columns, how many rows they read, and light or dark."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import ARRAY

revision: str = "0069"
down_revision: str | None = "0061"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None

_SEEN = (
    "current_setting('stoa.partner', true) = '*'"
    " OR partner_id::text = current_setting('stoa.partner', true)"
)


def upgrade() -> None:
    """Expand."""
    op.create_table(
        "list_views",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("staff_id", sa.Uuid(), nullable=False),
        sa.Column("partner_id", sa.Uuid(), nullable=True),
        sa.Column("listing", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("query", sa.Text(), nullable=False),
        sa.Column("role", sa.Text(), nullable=True),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("length(name) BETWEEN 1 AND 60", name=op.f("ck_list_views_name")),
        sa.CheckConstraint("length(query) <= 2000", name=op.f("ck_list_views_query")),
        sa.ForeignKeyConstraint(["staff_id"], ["staff.id"], name=op.f("fk_list_views_staff_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_list_views")),
    )
    op.create_index(op.f("ix_list_views_listing_staff_id"), "list_views", ["listing", "staff_id"])
    op.create_index(
        "ix_list_views_shared", "list_views", ["listing", "role"],
        postgresql_where=sa.text("role IS NOT NULL"),
    )  # fmt: skip
    op.create_table(
        "list_choices",
        sa.Column("staff_id", sa.Uuid(), nullable=False),
        sa.Column("listing", sa.Text(), nullable=False),
        sa.Column("columns", ARRAY(sa.Text()), server_default="{}", nullable=False),
        sa.Column("view_id", sa.Uuid(), nullable=True),
        sa.ForeignKeyConstraint(
            ["staff_id"], ["staff.id"], name=op.f("fk_list_choices_staff_id")
        ),
        sa.ForeignKeyConstraint(
            ["view_id"], ["list_views.id"], name=op.f("fk_list_choices_view_id"),
            ondelete="SET NULL",
        ),
        sa.PrimaryKeyConstraint("staff_id", "listing", name=op.f("pk_list_choices")),
    )  # fmt: skip
    for table in ("list_views", "list_choices"):
        op.execute(sa.text(f"GRANT SELECT, INSERT, UPDATE, DELETE ON {table} TO stoa_app"))
    for clause in ("ENABLE", "FORCE"):
        op.execute(sa.text(f"ALTER TABLE list_views {clause} ROW LEVEL SECURITY"))
    op.execute(sa.text(f"CREATE POLICY partner ON list_views TO stoa_app USING ({_SEEN})"))
    op.execute(sa.text("CREATE POLICY ledger ON list_views TO CURRENT_USER USING (true)"))
    op.add_column("staff", sa.Column("theme", sa.Text(), server_default="", nullable=False))
    op.add_column(
        "staff", sa.Column("page_rows", sa.Integer(), server_default="25", nullable=False)
    )
    op.add_column(
        "staff", sa.Column("shortcuts", sa.Boolean(), server_default=sa.true(), nullable=False)
    )
    op.create_index("ix_members_name", "members", [sa.text("lower(display_name)"), "id"])
    op.create_index(
        "ix_members_name_begins", "members",
        [sa.literal_column("lower(display_name)").label("begins")],
        postgresql_ops={"begins": "text_pattern_ops"},
    )  # fmt: skip
    op.create_index(op.f("ix_members_status_enrolled_at"), "members", ["status", "enrolled_at"])
    op.create_index(
        op.f("ix_receipts_receipt_no"), "receipts", ["receipt_no"], postgresql_using="brin",
        postgresql_ops={"receipt_no": "text_bloom_ops"},
        postgresql_with={"autosummarize": "on"},
    )  # fmt: skip


def downgrade() -> None:
    """Go back."""
    op.drop_index(op.f("ix_receipts_receipt_no"), "receipts")
    op.drop_index(op.f("ix_members_status_enrolled_at"), "members")
    op.drop_index("ix_members_name_begins", "members")
    op.drop_index("ix_members_name", "members")
    op.drop_column("staff", "shortcuts")
    op.drop_column("staff", "page_rows")
    op.drop_column("staff", "theme")
    op.drop_table("list_choices")
    op.drop_table("list_views")
