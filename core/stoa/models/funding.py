"""What partners may still issue: their terms, packs and stripes, and what was drawn of them.

A partner whose funding is open has no row here, and costs a lookup. Only the functions of
`functions/funding.sql` write these tables.
"""

from datetime import datetime
from decimal import Decimal

from sqlalchemy import (
    BigInteger,
    Boolean,
    CheckConstraint,
    DateTime,
    ForeignKey,
    Index,
    Numeric,
    SmallInteger,
)
from sqlalchemy.orm import Mapped, mapped_column

from stoa.models.base import Base, Id, Instant, Points, Word

__all__ = [
    "STRIPES",
    "FundingDraw",
    "FundingPack",
    "FundingRefill",
    "PackDraw",
    "PartnerFund",
    "PartnerFunding",
]

STRIPES = 16
"""How many rows hold what a partner may still issue, so that as many purchases may take at once.

One row more, the last, is below zero where a credit limit lies below what is owed already.
"""


class PartnerFunding(Base):
    """How a partner's points are funded, where that is limited; no row is open funding.

    `alert` and `refused_left` are points of packs or millionths of money of a credit, `credit` is
    the limit in millionths. `low_at` and `exhausted_at` stand from the crossing until there is more
    again, `flagged_at` from the first point that the operator carries for the partner.
    `refused_at` is when a deed was first refused since.
    """

    __tablename__ = "partner_funding"

    partner_id: Mapped[Id] = mapped_column(ForeignKey("partners.id"), primary_key=True)
    kind: Mapped[Word]
    overflow: Mapped[Word]
    alert: Mapped[int | None] = mapped_column(BigInteger)
    credit: Mapped[int] = mapped_column(BigInteger, server_default="0")
    since: Mapped[Instant]
    low_at: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))
    exhausted_at: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))
    flagged_at: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))
    refused_at: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))
    refused_left: Mapped[int | None] = mapped_column(BigInteger)

    __table_args__ = (
        CheckConstraint("kind IN ('prepaid', 'credit')", name="kind"),
        CheckConstraint(
            "overflow IN ('refuse', 'reserve_pack', 'credit', 'member_first')", name="overflow"
        ),
        CheckConstraint("alert >= 0 AND credit >= 0", name="figures"),
    )


class PartnerFund(Base):
    """A stripe of what a partner may still issue: the sum of a pool's stripes is what is left.

    The pools are ``packs`` and ``reserve``, in points of a currency, and ``credit``, in millionths
    of the programme's money, whose currency is ''.
    """

    __tablename__ = "partner_funds"

    partner_id: Mapped[Id] = mapped_column(primary_key=True)
    pool: Mapped[Word] = mapped_column(primary_key=True)
    currency: Mapped[Word] = mapped_column(primary_key=True)
    stripe: Mapped[int] = mapped_column(SmallInteger, primary_key=True)
    remaining: Mapped[int] = mapped_column(BigInteger)

    __table_args__ = (
        CheckConstraint("pool IN ('packs', 'reserve', 'credit')", name="pool"),
        CheckConstraint(
            "remaining >= 0 OR (pool = 'credit' AND stripe = 16)", name="remaining"
        ),
        {"postgresql_with": {"fillfactor": "50"}},
    )  # fmt: skip


class FundingDraw(Base):
    """What a posting took of its payer's funding, or gave back.

    Below zero `points` and `micros` went back, and `of_seq` names the posting that had drawn them;
    of that one `returned` counts what did. The pool ``carried`` is what the operator carries.
    `micros` are millionths of money at the price of the posting, 0 of packs: which pack and price
    pay a point is decided in the order of the log.
    """

    __tablename__ = "funding_draws"

    member_id: Mapped[Id] = mapped_column(primary_key=True)
    currency: Mapped[Word] = mapped_column(primary_key=True)
    seq: Mapped[int] = mapped_column(BigInteger, primary_key=True)
    pool: Mapped[Word] = mapped_column(primary_key=True)
    partner_id: Mapped[Id]
    points: Mapped[Points]
    micros: Mapped[int] = mapped_column(BigInteger)
    of_seq: Mapped[int | None] = mapped_column(BigInteger)
    returned: Mapped[Points] = mapped_column(server_default="0")

    __table_args__ = (
        CheckConstraint("pool IN ('packs', 'reserve', 'credit', 'carried')", name="pool"),
        CheckConstraint("points <> 0 AND (points < 0) = (of_seq IS NOT NULL)", name="points"),
        CheckConstraint("returned >= 0 AND returned <= greatest(points, 0)", name="returned"),
        {"postgresql_with": {"fillfactor": "90"}},
    )


class FundingPack(Base):
    """Points that a partner bought before it issued them, at `price` each (economics §3.7).

    `refunded` points of it were unused and paid back; `used` is how many are booked so far
    as issued from it, in the order of the log. A `reserve` pack is drawn only where the others are
    empty and the partner's overflow says so.
    """

    __tablename__ = "funding_packs"

    id: Mapped[Id] = mapped_column(primary_key=True)
    partner_id: Mapped[Id] = mapped_column(ForeignKey("partners.id"))
    currency: Mapped[Word]
    points: Mapped[Points]
    price: Mapped[Decimal] = mapped_column(Numeric(12, 6))
    reserve: Mapped[bool] = mapped_column(Boolean)
    refunded: Mapped[Points] = mapped_column(server_default="0")
    used: Mapped[Points] = mapped_column(server_default="0")
    bought_at: Mapped[Instant]
    bought_by: Mapped[Word]
    refunded_at: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))
    place: Mapped[int] = mapped_column(BigInteger)

    __table_args__ = (
        CheckConstraint("points > 0 AND price >= 0", name="points"),
        CheckConstraint("refunded >= 0 AND refunded <= points", name="refunded"),
        Index("ix_funding_packs_partner_id", "partner_id", "currency", "place", unique=True),
    )


class PackDraw(Base):
    """What a pack pays of a posting, or had back by it (below zero): in the order of the log."""

    __tablename__ = "pack_draws"

    member_id: Mapped[Id] = mapped_column(primary_key=True)
    currency: Mapped[Word] = mapped_column(primary_key=True)
    seq: Mapped[int] = mapped_column(BigInteger, primary_key=True)
    pack_id: Mapped[Id] = mapped_column(primary_key=True)
    points: Mapped[Points]

    __table_args__ = (CheckConstraint("points <> 0", name="points"),)


class FundingRefill(Base):
    """What filled a partner's credit again, once for its source: a payment, or a statement.

    Below zero it was emptied: by what was paid out to the partner.
    """

    __tablename__ = "funding_refills"

    partner_id: Mapped[Id] = mapped_column(ForeignKey("partners.id"), primary_key=True)
    source: Mapped[Word] = mapped_column(primary_key=True)
    subject: Mapped[Word] = mapped_column(primary_key=True)
    asked: Mapped[int] = mapped_column(BigInteger)
    micros: Mapped[int] = mapped_column(BigInteger)
    at: Mapped[Instant]
    by: Mapped[Word]
