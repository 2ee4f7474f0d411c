"""Rates of clearing that others set: of exchange between moneys, and of taxes."""

from datetime import date
from decimal import Decimal

from sqlalchemy import BigInteger, CheckConstraint, Identity, Index, Numeric
from sqlalchemy.orm import Mapped, mapped_column

from stoa.models.base import Base, Instant, Word

__all__ = ["FxRate", "TaxCode"]


class FxRate(Base):
    """What one unit of `base` money was worth in `quote` on a business day (ISO 4217 codes).

    Rows are never changed: a correction is a new row, and the newest of a day holds.
    """

    __tablename__ = "fx_rates"

    id: Mapped[int] = mapped_column(BigInteger, Identity(always=True), primary_key=True)
    base: Mapped[Word]
    quote: Mapped[Word]
    rate: Mapped[Decimal] = mapped_column(Numeric(20, 10))
    business_date: Mapped[date]
    source: Mapped[Word]
    entered_at: Mapped[Instant]
    entered_by: Mapped[Word]

    __table_args__ = (
        CheckConstraint("rate > 0", name="rate"),
        CheckConstraint("base <> quote", name="pair"),
        Index(None, "base", "quote", "business_date", "id"),
    )


class TaxCode(Base):
    """A tax and its rate, as a part of the net, from a day on."""

    __tablename__ = "tax_codes"

    code: Mapped[Word] = mapped_column(primary_key=True)
    effective_from: Mapped[date] = mapped_column(primary_key=True)
    name: Mapped[Word]
    rate: Mapped[Decimal] = mapped_column(Numeric(7, 6))
    entered_at: Mapped[Instant]
    entered_by: Mapped[Word]

    __table_args__ = (CheckConstraint("rate BETWEEN 0 AND 1", name="rate"),)
