"""Draws for points, their prizes and tickets, and who won; `functions/draws.sql` sell and draw."""

from datetime import date, datetime
from typing import Any

from sqlalchemy import (
    ARRAY,
    BigInteger,
    CheckConstraint,
    DateTime,
    Index,
    Integer,
    LargeBinary,
    Text,
    UniqueConstraint,
    Uuid,
)
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from stoa.models.base import Base, Id, Instant, OptionalId, Points, Word

__all__ = ["DrawPrizeRow", "DrawRow", "DrawWinRow", "TicketRow"]

_Moment = DateTime(timezone=True)


class DrawRow(Base):
    """A draw from its first activation on; what it promised then are its `terms` for ever.

    `seed` decides a raffle; only its hash is told before. `salt` makes holders of members. `root`
    is that of the list of tickets, from its close on. `drawn` counts tickets of an instant draw.
    """

    __tablename__ = "draws"

    code: Mapped[Word] = mapped_column(primary_key=True)
    mode: Mapped[Word]
    state: Mapped[Word]
    currency: Mapped[Word]
    points: Mapped[Points]
    terms: Mapped[dict[str, Any]] = mapped_column(JSONB)
    terms_hash: Mapped[bytes] = mapped_column(LargeBinary)
    seed: Mapped[bytes | None] = mapped_column(LargeBinary)
    commitment: Mapped[bytes | None] = mapped_column(LargeBinary)
    salt: Mapped[bytes] = mapped_column(LargeBinary)
    opens_at: Mapped[Instant]
    closes_at: Mapped[Instant]
    draws_at: Mapped[datetime | None] = mapped_column(_Moment)
    tickets: Mapped[int] = mapped_column(BigInteger)
    sold: Mapped[int] = mapped_column(BigInteger)
    drawn: Mapped[int] = mapped_column(BigInteger)
    root: Mapped[bytes | None] = mapped_column(LargeBinary)
    closed_at: Mapped[datetime | None] = mapped_column(_Moment)
    resolved_at: Mapped[datetime | None] = mapped_column(_Moment)

    __table_args__ = (
        CheckConstraint("mode IN ('instant', 'raffle')", name="mode"),
        CheckConstraint("state IN ('open', 'closed', 'revealed', 'cancelled')", name="state"),
        CheckConstraint("(mode = 'raffle') = (seed IS NOT NULL)", name="seed"),
        CheckConstraint("(mode = 'raffle') = (commitment IS NOT NULL)", name="commitment"),
        CheckConstraint("(mode = 'raffle') = (draws_at IS NOT NULL)", name="draws_at"),
        CheckConstraint("sold BETWEEN 0 AND tickets", name="sold"),
        CheckConstraint("drawn BETWEEN 0 AND sold", name="drawn"),
        CheckConstraint(
            "(state IN ('revealed', 'cancelled')) = (resolved_at IS NOT NULL)", name="resolved"
        ),
    )


class DrawPrizeRow(Base):
    """A prize of a draw in its order, and how many are left; at place 0 the consolation."""

    __tablename__ = "draw_prizes"

    draw: Mapped[Word] = mapped_column(primary_key=True)
    prize: Mapped[Word] = mapped_column(primary_key=True)
    place: Mapped[int] = mapped_column(Integer)
    odds: Mapped[int] = mapped_column(Integer)
    stock: Mapped[int] = mapped_column(BigInteger)
    remaining: Mapped[int] = mapped_column(BigInteger)
    points: Mapped[Points]
    coupon: Mapped[Word]
    partner: Mapped[Word]
    claim_days: Mapped[int] = mapped_column(Integer)

    __table_args__ = (
        UniqueConstraint("draw", "place"),
        CheckConstraint("remaining BETWEEN 0 AND stock", name="remaining"),
        CheckConstraint("odds BETWEEN 0 AND 1000000", name="odds"),
    )


class TicketRow(Base):
    """A ticket; the transaction that burned its points has its id.

    One that came with a reward cost nothing of its own: the burn of the order in `origin`, such as
    ``order:<id>``, paid for it.

    `number` is its place in the list of its draw, `version` that of the rule by which it was
    bought, `holder` the member on the published list. Of an instant draw, `seed` and `commitment`
    are its own; once drawn, `turn` is its place among those drawn, `stock` what was left before.
    """

    __tablename__ = "tickets"

    member_id: Mapped[Id] = mapped_column(primary_key=True)
    id: Mapped[Id] = mapped_column(primary_key=True)
    draw: Mapped[Word]
    version: Mapped[int] = mapped_column(Integer)
    number: Mapped[int] = mapped_column(BigInteger)
    state: Mapped[Word]
    currency: Mapped[Word]
    points: Mapped[Points]
    seed: Mapped[bytes | None] = mapped_column(LargeBinary)
    commitment: Mapped[bytes | None] = mapped_column(LargeBinary)
    holder: Mapped[str | None] = mapped_column(Text)
    nonce: Mapped[str | None] = mapped_column(Text)
    roll: Mapped[int | None] = mapped_column(Integer)
    turn: Mapped[int | None] = mapped_column(BigInteger)
    stock: Mapped[list[int] | None] = mapped_column(ARRAY(BigInteger))
    prize: Mapped[str | None] = mapped_column(Text)
    bought_at: Mapped[Instant]
    bought_on: Mapped[date]
    resolved_at: Mapped[datetime | None] = mapped_column(_Moment)
    origin: Mapped[Word] = mapped_column(server_default="")

    __table_args__ = (
        UniqueConstraint("draw", "number"),
        UniqueConstraint("draw", "turn"),
        Index("ix_tickets_id", "id", unique=True),
        CheckConstraint("state IN ('open', 'won', 'lost', 'refunded')", name="state"),
        Index("ix_tickets_origin", "origin", postgresql_where="origin <> ''"),
        CheckConstraint("points >= 0 AND (points > 0) = (origin = '')", name="points"),
        CheckConstraint("(state = 'won') = (prize IS NOT NULL)", name="prize"),
        CheckConstraint("(seed IS NULL) = (commitment IS NULL)", name="commitment"),
        CheckConstraint("(turn IS NULL) = (roll IS NULL)", name="turn"),
        CheckConstraint("(state = 'open') = (resolved_at IS NULL)", name="resolved"),
    )


class DrawWinRow(Base):
    """A unit of a prize that was won, by one ticket alone, and what became of it.

    ``owed`` is given by the worker, ``given`` was; ``waiting`` is handed over in a store until
    `claim_until`, ``claimed`` was, and ``lapsed`` nobody came for.
    """

    __tablename__ = "draw_wins"

    draw: Mapped[Word] = mapped_column(primary_key=True)
    prize: Mapped[Word] = mapped_column(primary_key=True)
    unit: Mapped[int] = mapped_column(BigInteger, primary_key=True)
    member_id: Mapped[Id]
    ticket_id: Mapped[Id] = mapped_column(Uuid, unique=True)
    state: Mapped[Word]
    points: Mapped[Points]
    coupon: Mapped[Word]
    partner: Mapped[Word]
    won_at: Mapped[Instant]
    tries: Mapped[int] = mapped_column(Integer)
    next_at: Mapped[datetime | None] = mapped_column(_Moment)
    claim_until: Mapped[date | None]
    resolved_at: Mapped[datetime | None] = mapped_column(_Moment)
    given_id: Mapped[OptionalId]
    partner_id: Mapped[OptionalId]
    store_id: Mapped[OptionalId]

    __table_args__ = (
        Index("ix_draw_wins_next_at", "next_at", postgresql_where="state = 'owed'"),
        Index("ix_draw_wins_claim_until", "claim_until", postgresql_where="state = 'waiting'"),
        CheckConstraint("state IN ('owed', 'given', 'waiting', 'claimed', 'lapsed')", name="state"),
        CheckConstraint("unit > 0", name="unit"),
        CheckConstraint("(state IN ('owed', 'waiting')) = (resolved_at IS NULL)", name="resolved"),
    )
