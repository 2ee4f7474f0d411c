"""Coupons: codes, their uses, who pays for each; `functions/coupons.sql` alone write them."""

from datetime import date, datetime

from sqlalchemy import CheckConstraint, DateTime, Index, Integer, SmallInteger, Uuid, text
from sqlalchemy.orm import Mapped, mapped_column

from stoa.models.base import Base, Id, Instant, Minor, OptionalId, Word

__all__ = ["STRIPES", "CouponCost", "CouponRow", "CouponStripe", "CouponSupply", "CouponUse"]

STRIPES = 16
"""How many rows hold what a pool may still issue, so that as many may take from it at once."""


class CouponSupply(Base):
    """How many codes a pool ever has; ``None`` for no bound.

    `told` is the figure of its rule, `granted` that or as many as are out, if these are more.
    """

    __tablename__ = "coupon_supplies"

    pool: Mapped[Word] = mapped_column(primary_key=True)
    granted: Mapped[int | None] = mapped_column(Integer)
    told: Mapped[int | None] = mapped_column(Integer)

    __table_args__ = (CheckConstraint("granted >= 0", name="granted"),)


class CouponStripe(Base):
    """A stripe of a supply: the sum of all of them is what is left to issue."""

    __tablename__ = "coupon_stripes"

    pool: Mapped[Word] = mapped_column(primary_key=True)
    stripe: Mapped[int] = mapped_column(SmallInteger, primary_key=True)
    remaining: Mapped[int] = mapped_column(Integer)

    __table_args__ = (
        CheckConstraint("remaining >= 0", name="remaining"),
        {"postgresql_with": {"fillfactor": "50"}},
    )


class CouponRow(Base):
    """A code of a pool, by the version of its document that held when it was issued.

    `uses` is how often it may be taken, `uses_left` how often still; a reservation has taken one.
    `origin` says what it came from: ``order:…``, ``batch:…``, ``draw:…``; empty by the API.
    """

    __tablename__ = "coupons"

    code: Mapped[Word] = mapped_column(primary_key=True)
    id: Mapped[Id]
    pool: Mapped[Word]
    pool_version: Mapped[int] = mapped_column(Integer)
    member_id: Mapped[OptionalId]
    state: Mapped[Word]
    uses: Mapped[int] = mapped_column(Integer)
    uses_left: Mapped[int] = mapped_column(Integer)
    imported: Mapped[bool]
    valid_from: Mapped[date]
    valid_until: Mapped[date]
    issued_at: Mapped[Instant]
    issued_by: Mapped[Word]
    origin: Mapped[Word]

    __table_args__ = (
        CheckConstraint(
            "state IN ('ready', 'issued', 'spent', 'expired', 'cancelled')", name="state"
        ),
        CheckConstraint("uses_left >= 0 AND uses_left <= uses AND uses > 0", name="uses"),
        CheckConstraint("(state = 'spent') <= (uses_left = 0)", name="spent"),
        CheckConstraint("(state = 'issued') <= (uses_left > 0)", name="issued"),
        CheckConstraint("length(code) >= 12 AND length(code) <= 32", name="code"),
        Index(None, "id", unique=True),
        Index(None, "pool", "state"),
        Index(None, "member_id", postgresql_where=text("member_id IS NOT NULL")),
        Index(None, "origin", postgresql_where=text("origin <> ''")),
        Index("ix_coupons_due", "valid_until", postgresql_where=text("state = 'issued'")),
        {"postgresql_with": {"fillfactor": "80"}},
    )


class CouponUse(Base):
    """One use of a code at a store; `stacks` and `pool` are the code's, as they were then.

    `cost_minor` is what its payers pay: the discount, or the worth of a service.
    """

    __tablename__ = "coupon_uses"

    id: Mapped[Id] = mapped_column(primary_key=True)
    code: Mapped[Word]
    pool: Mapped[Word]
    partner_id: Mapped[Id]
    store_id: Mapped[Id]
    member_id: Mapped[OptionalId]
    state: Mapped[Word]
    stacks: Mapped[Word]
    discount_minor: Mapped[Minor]
    cost_minor: Mapped[Minor]
    currency: Mapped[Word]
    receipt_no: Mapped[Word]
    reserved_until: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))
    at: Mapped[Instant]
    resolved_at: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))

    __table_args__ = (
        CheckConstraint(
            "state IN ('reserved', 'redeemed', 'released', 'expired', 'rolled_back')", name="state"
        ),
        CheckConstraint("discount_minor >= 0 AND cost_minor >= 0", name="minor"),
        CheckConstraint("state <> 'redeemed' OR receipt_no <> ''", name="receipt"),
        Index(None, "code"),
        Index(
            "ix_coupon_uses_receipt", "partner_id", "store_id", "receipt_no",
            postgresql_where=text("receipt_no <> ''"),
        ),
        Index(None, "member_id", "pool", postgresql_where=text("member_id IS NOT NULL")),
        Index("ix_coupon_uses_due", "reserved_until", postgresql_where=text("state = 'reserved'")),
    )  # fmt: skip


class CouponCost(Base):
    """What one payer pays for a use, the operator where there is none; negative what goes back.

    `booked` says that the money journal has it.
    """

    __tablename__ = "coupon_costs"

    use_id: Mapped[Id] = mapped_column(primary_key=True)
    place: Mapped[int] = mapped_column(SmallInteger, primary_key=True)
    payer_id: Mapped[OptionalId] = mapped_column(Uuid)
    minor: Mapped[Minor]
    at: Mapped[Instant]
    booked: Mapped[bool] = mapped_column(server_default="false")

    __table_args__ = (
        CheckConstraint("minor <> 0 AND (place > 0) = (minor > 0)", name="minor"),
        Index("ix_coupon_costs_due", "use_id", "place", postgresql_where=text("NOT booked")),
    )
