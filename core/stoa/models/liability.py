"""Liability of points: what each month's points went through, and a report of each period."""

from decimal import Decimal

from sqlalchemy import BigInteger, CheckConstraint, Numeric
from sqlalchemy.orm import Mapped, mapped_column

from stoa.models.base import Base, Instant, Points, Word

__all__ = ["LiabilityMovement", "LiabilityReport"]


class LiabilityMovement(Base):
    """What happened in a period to the points of partners that were issued in one month, `cohort`.

    See `stoa.values.clearing.liability.Movement`; written once, when the period is closed.
    """

    __tablename__ = "liability_movements"

    points_currency: Mapped[Word] = mapped_column(primary_key=True)
    period: Mapped[Word] = mapped_column(primary_key=True)
    cohort: Mapped[Word] = mapped_column(primary_key=True)
    issued: Mapped[Points]
    redeemed: Mapped[Points]
    expired: Mapped[Points]
    billed: Mapped[Decimal] = mapped_column(Numeric)
    paid: Mapped[Decimal] = mapped_column(Numeric)

    __table_args__ = (CheckConstraint("cohort <= period", name="cohort"),)


class LiabilityReport(Base):
    """The liability at the end of a closed period; `document` is its canonical JSON as hashed.

    `revenue` is all that was recognised up to its end, so that the next report knows what to add.
    """

    __tablename__ = "liability_reports"

    points_currency: Mapped[Word] = mapped_column(primary_key=True)
    period: Mapped[Word] = mapped_column(primary_key=True)
    document: Mapped[Word]
    sha256: Mapped[Word]
    revenue: Mapped[Decimal] = mapped_column(Numeric)
    deferred: Mapped[Decimal] = mapped_column(Numeric)
    outstanding: Mapped[int] = mapped_column(BigInteger)
    made_at: Mapped[Instant]
