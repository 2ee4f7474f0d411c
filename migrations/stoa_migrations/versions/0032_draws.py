"""Draws for points: their prizes and tickets; what burns points for a draw is one function.

An older release buys and gives back chances as before: their functions keep their shape.
"""

from collections.abc import Sequence
from pathlib import Path

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

from stoa.models import functions

revision: str = "0032"
down_revision: str | None = "0026"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None

_BEFORE = Path(__file__).with_name("0032_chances_before.sql")
_DEEDS = """
stoa_buy_ticket, stoa_draw_ticket, stoa_name_holders, stoa_reveal_draw, stoa_refund_ticket
"""
_INSIDE = "stoa_burn, stoa_unburn, stoa_win"
_GRANTS = f"""
REVOKE ALL ON FUNCTION {_DEEDS}, {_INSIDE}, stoa_roll FROM PUBLIC;
GRANT EXECUTE ON FUNCTION {_DEEDS} TO stoa_app;
GRANT SELECT ON tickets TO stoa_app;
GRANT SELECT, INSERT, UPDATE ON draws TO stoa_app;
GRANT SELECT, INSERT ON draw_prizes TO stoa_app;
GRANT SELECT, UPDATE ON draw_wins TO stoa_app;
"""


def upgrade() -> None:
    """Expand."""
    op.create_table(
        "draws",
        sa.Column("code", sa.Text(), nullable=False),
        sa.Column("mode", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("currency", sa.Text(), nullable=False),
        sa.Column("points", sa.BigInteger(), nullable=False),
        sa.Column("terms", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("terms_hash", sa.LargeBinary(), nullable=False),
        sa.Column("seed", sa.LargeBinary(), nullable=True),
        sa.Column("commitment", sa.LargeBinary(), nullable=True),
        sa.Column("salt", sa.LargeBinary(), nullable=False),
        sa.Column("opens_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("closes_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("draws_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("tickets", sa.BigInteger(), nullable=False),
        sa.Column("sold", sa.BigInteger(), nullable=False),
        sa.Column("drawn", sa.BigInteger(), nullable=False),
        sa.Column("root", sa.LargeBinary(), nullable=True),
        sa.Column("closed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("resolved_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint(
            "(mode = 'raffle') = (commitment IS NOT NULL)", name=op.f("ck_draws_commitment")
        ),
        sa.CheckConstraint(
            "(mode = 'raffle') = (draws_at IS NOT NULL)", name=op.f("ck_draws_draws_at")
        ),
        sa.CheckConstraint("(mode = 'raffle') = (seed IS NOT NULL)", name=op.f("ck_draws_seed")),
        sa.CheckConstraint(
            "(state IN ('revealed', 'cancelled')) = (resolved_at IS NOT NULL)",
            name=op.f("ck_draws_resolved"),
        ),
        sa.CheckConstraint("mode IN ('instant', 'raffle')", name=op.f("ck_draws_mode")),
        sa.CheckConstraint(
            "state IN ('open', 'closed', 'revealed', 'cancelled')", name=op.f("ck_draws_state")
        ),
        sa.CheckConstraint("drawn BETWEEN 0 AND sold", name=op.f("ck_draws_drawn")),
        sa.CheckConstraint("sold BETWEEN 0 AND tickets", name=op.f("ck_draws_sold")),
        sa.PrimaryKeyConstraint("code", name=op.f("pk_draws")),
    )
    op.create_table(
        "draw_prizes",
        sa.Column("draw", sa.Text(), nullable=False),
        sa.Column("prize", sa.Text(), nullable=False),
        sa.Column("place", sa.Integer(), nullable=False),
        sa.Column("odds", sa.Integer(), nullable=False),
        sa.Column("stock", sa.BigInteger(), nullable=False),
        sa.Column("remaining", sa.BigInteger(), nullable=False),
        sa.Column("points", sa.BigInteger(), nullable=False),
        sa.Column("coupon", sa.Text(), nullable=False),
        sa.Column("partner", sa.Text(), nullable=False),
        sa.Column("claim_days", sa.Integer(), nullable=False),
        sa.CheckConstraint("odds BETWEEN 0 AND 1000000", name=op.f("ck_draw_prizes_odds")),
        sa.CheckConstraint("remaining BETWEEN 0 AND stock", name=op.f("ck_draw_prizes_remaining")),
        sa.PrimaryKeyConstraint("draw", "prize", name=op.f("pk_draw_prizes")),
        sa.UniqueConstraint("draw", "place", name=op.f("uq_draw_prizes_draw_place")),
    )
    op.create_table(
        "tickets",
        sa.Column("member_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("draw", sa.Text(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("number", sa.BigInteger(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("currency", sa.Text(), nullable=False),
        sa.Column("points", sa.BigInteger(), nullable=False),
        sa.Column("seed", sa.LargeBinary(), nullable=True),
        sa.Column("commitment", sa.LargeBinary(), nullable=True),
        sa.Column("holder", sa.Text(), nullable=True),
        sa.Column("nonce", sa.Text(), nullable=True),
        sa.Column("roll", sa.Integer(), nullable=True),
        sa.Column("turn", sa.BigInteger(), nullable=True),
        sa.Column("stock", sa.ARRAY(sa.BigInteger()), nullable=True),
        sa.Column("prize", sa.Text(), nullable=True),
        sa.Column("bought_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("bought_on", sa.Date(), nullable=False),
        sa.Column("resolved_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint(
            "(state = 'open') = (resolved_at IS NULL)", name=op.f("ck_tickets_resolved")
        ),
        sa.CheckConstraint("(state = 'won') = (prize IS NOT NULL)", name=op.f("ck_tickets_prize")),
        sa.CheckConstraint(
            "state IN ('open', 'won', 'lost', 'refunded')", name=op.f("ck_tickets_state")
        ),
        sa.CheckConstraint(
            "(seed IS NULL) = (commitment IS NULL)", name=op.f("ck_tickets_commitment")
        ),
        sa.CheckConstraint("(turn IS NULL) = (roll IS NULL)", name=op.f("ck_tickets_turn")),
        sa.CheckConstraint("points > 0", name=op.f("ck_tickets_points")),
        sa.PrimaryKeyConstraint("member_id", "id", name=op.f("pk_tickets")),
        sa.UniqueConstraint("draw", "number", name=op.f("uq_tickets_draw_number")),
        sa.UniqueConstraint("draw", "turn", name=op.f("uq_tickets_draw_turn")),
    )
    op.create_index("ix_tickets_id", "tickets", ["id"], unique=True)
    op.create_table(
        "draw_wins",
        sa.Column("draw", sa.Text(), nullable=False),
        sa.Column("prize", sa.Text(), nullable=False),
        sa.Column("unit", sa.BigInteger(), nullable=False),
        sa.Column("member_id", sa.Uuid(), nullable=False),
        sa.Column("ticket_id", sa.Uuid(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("points", sa.BigInteger(), nullable=False),
        sa.Column("coupon", sa.Text(), nullable=False),
        sa.Column("partner", sa.Text(), nullable=False),
        sa.Column("won_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("tries", sa.Integer(), nullable=False),
        sa.Column("next_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("claim_until", sa.Date(), nullable=True),
        sa.Column("resolved_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("given_id", sa.Uuid(), nullable=True),
        sa.Column("partner_id", sa.Uuid(), nullable=True),
        sa.Column("store_id", sa.Uuid(), nullable=True),
        sa.CheckConstraint(
            "(state IN ('owed', 'waiting')) = (resolved_at IS NULL)",
            name=op.f("ck_draw_wins_resolved"),
        ),
        sa.CheckConstraint(
            "state IN ('owed', 'given', 'waiting', 'claimed', 'lapsed')",
            name=op.f("ck_draw_wins_state"),
        ),
        sa.CheckConstraint("unit > 0", name=op.f("ck_draw_wins_unit")),
        sa.PrimaryKeyConstraint("draw", "prize", "unit", name=op.f("pk_draw_wins")),
        sa.UniqueConstraint("ticket_id", name=op.f("uq_draw_wins_ticket_id")),
    )
    op.create_index(
        "ix_draw_wins_claim_until",
        "draw_wins",
        ["claim_until"],
        unique=False,
        postgresql_where="state = 'waiting'",
    )
    op.create_index(
        "ix_draw_wins_next_at",
        "draw_wins",
        ["next_at"],
        unique=False,
        postgresql_where="state = 'owed'",
    )
    op.get_bind().exec_driver_sql(functions("burning", "chances", "draws").replace("%", "%%"))
    op.execute(sa.text(_GRANTS))


def downgrade() -> None:
    """Go back: chances burn points by themselves again, and nobody knows of draws."""
    op.execute(sa.text(f"DROP FUNCTION {_DEEDS}, stoa_win"))
    op.get_bind().exec_driver_sql(_BEFORE.read_text("utf-8").replace("%", "%%"))
    op.execute(sa.text("DROP FUNCTION stoa_burn, stoa_unburn"))
    for table in ("draw_wins", "tickets", "draw_prizes", "draws"):
        op.drop_table(table)
