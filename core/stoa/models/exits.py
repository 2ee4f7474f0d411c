"""Partners that leave the alliance, stage by stage, and which members were told."""

from datetime import date, datetime
from decimal import Decimal

from sqlalchemy import CheckConstraint, DateTime, Numeric, Text
from sqlalchemy.orm import Mapped, mapped_column

from stoa.models.base import Base, Id, Instant, Word

__all__ = ["ExitLetter", "PartnerExit"]


class PartnerExit(Base):
    """The exit of a partner: its stage, the days agreed for the next, and its deposit.

    `deposit` is what covered its points outstanding when it settled, `run_off_from` the first
    period whose redemptions are paid from it; see `stoa.values.clearing.exits`.
    """

    __tablename__ = "partner_exits"

    partner_id: Mapped[Id] = mapped_column(primary_key=True)
    stage: Mapped[Word]
    stop_enrol_on: Mapped[date]
    stop_earn_on: Mapped[date]
    stop_burn_on: Mapped[date]
    note: Mapped[Word]
    announced_at: Mapped[Instant]
    announced_by: Mapped[Word]
    moved_at: Mapped[Instant]
    deposit: Mapped[Decimal | None] = mapped_column(Numeric)
    run_off_from: Mapped[str | None] = mapped_column(Text)
    archived_at: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))

    __table_args__ = (
        CheckConstraint(
            "stage IN ('announce', 'stop_enrol', 'stop_earn', 'stop_burn', 'settle', 'archive')",
            name="stage",
        ),
        CheckConstraint(
            "stop_enrol_on <= stop_earn_on AND stop_earn_on <= stop_burn_on", name="days"
        ),
    )


class ExitLetter(Base):
    """A member who was told that a partner leaves, once."""

    __tablename__ = "exit_letters"

    partner_id: Mapped[Id] = mapped_column(primary_key=True)
    member_id: Mapped[Id] = mapped_column(primary_key=True)
    told_at: Mapped[Instant]
