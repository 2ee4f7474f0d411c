"""Rates between points currencies: versions that are added, never changed."""

from datetime import date

from sqlalchemy import BigInteger, CheckConstraint, Integer
from sqlalchemy.orm import Mapped, mapped_column

from stoa.models.base import Base, Instant, Word

__all__ = ["ExchangeRate"]


class ExchangeRate(Base):
    """What points of one currency bring in another, from a day in the programme's zone on.

    `numerator` points of `to_currency` are given for `denominator` points of `from_currency`; none,
    a rate that ends, for a numerator of zero. In force is the version with the latest
    `effective_from` that has come, and of several the last one.
    """

    __tablename__ = "exchange_rates"

    from_currency: Mapped[Word] = mapped_column(primary_key=True)
    to_currency: Mapped[Word] = mapped_column(primary_key=True)
    version: Mapped[int] = mapped_column(Integer, primary_key=True)
    numerator: Mapped[int] = mapped_column(BigInteger)
    denominator: Mapped[int] = mapped_column(BigInteger)
    rounding: Mapped[Word]
    effective_from: Mapped[date]
    set_at: Mapped[Instant]
    set_by: Mapped[Word]

    __table_args__ = (
        CheckConstraint("from_currency <> to_currency", name="currencies"),
        CheckConstraint("numerator >= 0 AND denominator > 0", name="terms"),
        CheckConstraint("rounding IN ('down', 'up', 'half_up', 'half_even')", name="rounding"),
    )
