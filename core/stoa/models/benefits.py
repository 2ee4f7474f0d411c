"""Claims of benefits: metered privileges that a member used or holds."""

from datetime import date

from sqlalchemy import BigInteger, CheckConstraint, Index
from sqlalchemy.orm import Mapped, mapped_column

from stoa.models.base import Base, Id, Instant, Word

__all__ = ["ClaimRow"]


class ClaimRow(Base):
    """A benefit claimed on a day, and what it was worth, for metering and for clearing."""

    __tablename__ = "claims"

    member_id: Mapped[Id] = mapped_column(primary_key=True)
    id: Mapped[Id] = mapped_column(primary_key=True)
    partner_id: Mapped[Id]
    store_id: Mapped[Id]
    benefit: Mapped[Word]
    subject: Mapped[Word]
    business_date: Mapped[date]
    quantity_milli: Mapped[int] = mapped_column(BigInteger)
    unit: Mapped[Word]
    worth_minor: Mapped[int] = mapped_column(BigInteger)
    due_minor: Mapped[int] = mapped_column(BigInteger)
    money_currency: Mapped[Word]
    reason: Mapped[Word]
    state: Mapped[Word]
    claimed_at: Mapped[Instant]
    released_at: Mapped[Instant | None]

    __table_args__ = (
        CheckConstraint("state IN ('used', 'released')", name="state"),
        CheckConstraint(
            "quantity_milli >= 0 AND worth_minor >= 0 AND due_minor >= 0", name="whole"
        ),
        Index(None, "id"),
        Index("ix_claims_subject", "partner_id", "benefit", "subject", "business_date"),
    )
