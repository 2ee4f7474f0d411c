"""The catalogue as a table, drawn from documents and plugins; pictures of what it shows."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision: str = "0026"
down_revision: str | None = "0033"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None

_INSTANT = sa.DateTime(timezone=True)
_WORDS = postgresql.ARRAY(sa.Text())
_SHOWN = sa.text("NOT hidden")
_NOT_OFFERED = sa.text("offered_version IS DISTINCT FROM version")


def upgrade() -> None:
    """Expand."""
    op.create_table(
        "catalogue",
        sa.Column("one", sa.Boolean(), nullable=False),
        sa.Column("rulebook", sa.Integer(), nullable=False),
        sa.Column("refreshed_at", _INSTANT, nullable=False),
        sa.CheckConstraint("one", name=op.f("ck_catalogue_one")),
        sa.PrimaryKeyConstraint("one", name=op.f("pk_catalogue")),
    )
    op.create_table(
        "offers",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("code", sa.Text(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("provider_id", sa.Uuid(), nullable=True),
        sa.Column("provider", sa.Text(), nullable=False),
        sa.Column("provider_name", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("points", sa.BigInteger(), nullable=False),
        sa.Column("money_minor", sa.BigInteger(), nullable=False),
        sa.Column("worth_minor", sa.BigInteger(), nullable=False),
        sa.Column("max_quantity", sa.Integer(), nullable=False),
        sa.Column("titles", postgresql.JSONB(), nullable=False),
        sa.Column("about", postgresql.JSONB(), nullable=False),
        sa.Column("words", sa.Text(), nullable=False),
        sa.Column("grams", _WORDS, nullable=False),
        sa.Column("opens", _INSTANT, nullable=True),
        sa.Column("closes", _INSTANT, nullable=True),
        sa.Column("tiers", _WORDS, nullable=True),
        sa.Column("partners", _WORDS, nullable=True),
        sa.Column("stores", _WORDS, nullable=True),
        sa.Column("picture", sa.Text(), nullable=False),
        sa.Column("limits", postgresql.JSONB(), nullable=False),
        sa.Column("stock", sa.BigInteger(), nullable=True),
        sa.Column("hidden", sa.Boolean(), server_default="false", nullable=False),
        sa.Column("stale_since", _INSTANT, nullable=True),
        sa.CheckConstraint("source IN ('document', 'plugin')", name=op.f("ck_offers_source")),
        sa.PrimaryKeyConstraint("id", "source", name=op.f("pk_offers")),
    )
    for name, columns in (
        ("ix_offers_points", ["points", "id"]),
        ("ix_offers_kind", ["kind", "points", "id"]),
        ("ix_offers_provider", ["provider", "points", "id"]),
    ):
        op.create_index(name, "offers", columns, postgresql_where=_SHOWN)
    op.create_index("ix_offers_grams", "offers", ["grams"], postgresql_using="gin")
    op.create_table(
        "pictures",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("type", sa.Text(), nullable=False),
        sa.Column("bytes", sa.LargeBinary(), nullable=False),
        sa.Column("width", sa.Integer(), nullable=False),
        sa.Column("height", sa.Integer(), nullable=False),
        sa.Column("added_at", _INSTANT, nullable=False),
        sa.Column("added_by", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_pictures")),
    )
    op.add_column("partners", sa.Column("offered_version", sa.Integer(), nullable=True))
    op.create_index("ix_partners_not_offered", "partners", ["id"], postgresql_where=_NOT_OFFERED)
    op.execute("GRANT SELECT, INSERT, UPDATE, DELETE ON offers TO stoa_app")
    op.execute("GRANT SELECT, INSERT, UPDATE ON catalogue TO stoa_app")
    op.execute("GRANT SELECT, INSERT ON pictures TO stoa_app")


def downgrade() -> None:
    """Go back: offers are drawn anew, pictures are lost."""
    op.drop_index("ix_partners_not_offered", table_name="partners")
    op.drop_column("partners", "offered_version")
    op.drop_table("pictures")
    op.drop_table("offers")
    op.drop_table("catalogue")
