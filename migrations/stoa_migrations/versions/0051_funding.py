"""Funding: packs, credit and what was drawn of them, checked before a point is promised.

The functions that bear points keep their shape. An older release goes on as before: it can limit
nobody's funding, and an open one is checked by a lookup.
"""

from collections.abc import Sequence
from pathlib import Path

import sqlalchemy as sa
from alembic import op

from stoa.models import functions

revision: str = "0051"
down_revision: str | None = "0046"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None

_HERE = Path(__file__)
_CHANGED = ("adjustments", "earning", "grants", "imports", "returns")
_DEEDS = """
stoa_set_funding, stoa_buy_pack, stoa_refund_pack, stoa_refill_credit, stoa_note_refused,
stoa_note_funding, stoa_keep_draws
"""
_INSIDE = """
stoa_draw_funds, stoa_take_funds, stoa_take_short, stoa_take_pool, stoa_spread_funds,
stoa_funds_left, stoa_give_back_funds, stoa_open_pool, stoa_import_funds
"""
_OWN_TABLES = (
    "partner_funding", "partner_funds", "funding_draws", "funding_packs", "funding_refills",
)  # fmt: skip
_TABLES = (*_OWN_TABLES, "pack_draws")
_GRANTS = f"""
REVOKE ALL ON FUNCTION {_DEEDS}, {_INSIDE} FROM PUBLIC;
GRANT EXECUTE ON FUNCTION {_DEEDS} TO stoa_app;
GRANT SELECT ON {", ".join(_TABLES)} TO stoa_app;
"""
_OWN = """
current_setting('stoa.partner', true) = '*'
OR partner_id::text = current_setting('stoa.partner', true)
"""


def upgrade() -> None:
    """Expand."""
    op.create_table(
        "partner_funding",
        sa.Column("partner_id", sa.Uuid(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("overflow", sa.Text(), nullable=False),
        sa.Column("alert", sa.BigInteger(), nullable=True),
        sa.Column("credit", sa.BigInteger(), server_default="0", nullable=False),
        sa.Column("since", sa.DateTime(timezone=True), nullable=False),
        sa.Column("low_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("exhausted_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("flagged_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("refused_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("refused_left", sa.BigInteger(), nullable=True),
        sa.CheckConstraint("kind IN ('prepaid', 'credit')", name=op.f("ck_partner_funding_kind")),
        sa.CheckConstraint(
            "overflow IN ('refuse', 'reserve_pack', 'credit', 'member_first')",
            name=op.f("ck_partner_funding_overflow"),
        ),
        sa.CheckConstraint("alert >= 0 AND credit >= 0", name=op.f("ck_partner_funding_figures")),
        sa.ForeignKeyConstraint(
            ["partner_id"], ["partners.id"], name=op.f("fk_partner_funding_partner_id")
        ),
        sa.PrimaryKeyConstraint("partner_id", name=op.f("pk_partner_funding")),
    )
    op.create_table(
        "partner_funds",
        sa.Column("partner_id", sa.Uuid(), nullable=False),
        sa.Column("pool", sa.Text(), nullable=False),
        sa.Column("currency", sa.Text(), nullable=False),
        sa.Column("stripe", sa.SmallInteger(), nullable=False),
        sa.Column("remaining", sa.BigInteger(), nullable=False),
        sa.CheckConstraint(
            "pool IN ('packs', 'reserve', 'credit')", name=op.f("ck_partner_funds_pool")
        ),
        sa.CheckConstraint(
            "remaining >= 0 OR (pool = 'credit' AND stripe = 16)",
            name=op.f("ck_partner_funds_remaining"),
        ),
        sa.PrimaryKeyConstraint(
            "partner_id", "pool", "currency", "stripe", name=op.f("pk_partner_funds")
        ),
        postgresql_with={"fillfactor": "50"},
    )
    op.create_table(
        "funding_draws",
        sa.Column("member_id", sa.Uuid(), nullable=False),
        sa.Column("currency", sa.Text(), nullable=False),
        sa.Column("seq", sa.BigInteger(), nullable=False),
        sa.Column("pool", sa.Text(), nullable=False),
        sa.Column("partner_id", sa.Uuid(), nullable=False),
        sa.Column("points", sa.BigInteger(), nullable=False),
        sa.Column("micros", sa.BigInteger(), nullable=False),
        sa.Column("of_seq", sa.BigInteger(), nullable=True),
        sa.Column("returned", sa.BigInteger(), server_default="0", nullable=False),
        sa.CheckConstraint(
            "pool IN ('packs', 'reserve', 'credit', 'carried')", name=op.f("ck_funding_draws_pool")
        ),
        sa.CheckConstraint(
            "points <> 0 AND (points < 0) = (of_seq IS NOT NULL)",
            name=op.f("ck_funding_draws_points"),
        ),
        sa.CheckConstraint(
            "returned >= 0 AND returned <= greatest(points, 0)",
            name=op.f("ck_funding_draws_returned"),
        ),
        sa.PrimaryKeyConstraint(
            "member_id", "currency", "seq", "pool", name=op.f("pk_funding_draws")
        ),
        postgresql_with={"fillfactor": "90"},
    )
    op.create_table(
        "funding_packs",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("partner_id", sa.Uuid(), nullable=False),
        sa.Column("currency", sa.Text(), nullable=False),
        sa.Column("points", sa.BigInteger(), nullable=False),
        sa.Column("price", sa.Numeric(12, 6), nullable=False),
        sa.Column("reserve", sa.Boolean(), nullable=False),
        sa.Column("refunded", sa.BigInteger(), server_default="0", nullable=False),
        sa.Column("used", sa.BigInteger(), server_default="0", nullable=False),
        sa.Column("bought_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("bought_by", sa.Text(), nullable=False),
        sa.Column("refunded_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("place", sa.BigInteger(), nullable=False),
        sa.CheckConstraint("points > 0 AND price >= 0", name=op.f("ck_funding_packs_points")),
        sa.CheckConstraint(
            "refunded >= 0 AND refunded <= points", name=op.f("ck_funding_packs_refunded")
        ),
        sa.ForeignKeyConstraint(
            ["partner_id"], ["partners.id"], name=op.f("fk_funding_packs_partner_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_funding_packs")),
    )
    op.create_index(
        "ix_funding_packs_partner_id",
        "funding_packs",
        ["partner_id", "currency", "place"],
        unique=True,
    )
    op.create_table(
        "pack_draws",
        sa.Column("member_id", sa.Uuid(), nullable=False),
        sa.Column("currency", sa.Text(), nullable=False),
        sa.Column("seq", sa.BigInteger(), nullable=False),
        sa.Column("pack_id", sa.Uuid(), nullable=False),
        sa.Column("points", sa.BigInteger(), nullable=False),
        sa.CheckConstraint("points <> 0", name=op.f("ck_pack_draws_points")),
        sa.PrimaryKeyConstraint(
            "member_id", "currency", "seq", "pack_id", name=op.f("pk_pack_draws")
        ),
    )
    op.create_table(
        "funding_refills",
        sa.Column("partner_id", sa.Uuid(), nullable=False),
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("subject", sa.Text(), nullable=False),
        sa.Column("asked", sa.BigInteger(), nullable=False),
        sa.Column("micros", sa.BigInteger(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("by", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(
            ["partner_id"], ["partners.id"], name=op.f("fk_funding_refills_partner_id")
        ),
        sa.PrimaryKeyConstraint("partner_id", "source", "subject", name=op.f("pk_funding_refills")),
    )
    op.get_bind().exec_driver_sql(functions("funding", *_CHANGED).replace("%", "%%"))
    op.execute(sa.text(_GRANTS))
    for table in _OWN_TABLES:
        for clause in ("ENABLE", "FORCE"):
            op.execute(sa.text(f"ALTER TABLE {table} {clause} ROW LEVEL SECURITY"))
        op.execute(sa.text(f"CREATE POLICY partner ON {table} TO stoa_app USING ({_OWN})"))
        op.execute(sa.text(f"CREATE POLICY ledger ON {table} TO CURRENT_USER USING (true)"))


def downgrade() -> None:
    """Go back: every partner's funding is open."""
    for name in _CHANGED:
        before = _HERE.with_name(f"0051_{name}_before.sql").read_text("utf-8")
        op.get_bind().exec_driver_sql(before.replace("%", "%%"))
    op.execute(sa.text(f"DROP FUNCTION {_DEEDS}, {_INSIDE}"))
    for table in reversed(_TABLES):
        op.drop_table(table)
