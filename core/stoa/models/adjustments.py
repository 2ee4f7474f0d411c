"""Adjustments by the operator's people, and which lines of which file have opened a lot.

`functions/adjustments.sql` alone writes both; the application's role only reads them.
"""

from datetime import date
from decimal import Decimal

from sqlalchemy import BigInteger, CheckConstraint, Index, LargeBinary, Numeric
from sqlalchemy.orm import Mapped, mapped_column

from stoa.models.base import Base, Id, Instant, OptionalId, Points, Word

__all__ = ["Adjustment", "Opening"]


class Adjustment(Base):
    """Points given or taken by hand: proposed by one person, posted by the same or a second one.

    A posted one has a transaction of its own id. `day` is the day of the decision in the
    programme's zone, `limit_points` what one person might post alone for a member on that day.
    `payer_id` (``NULL`` for the operator), `price` and `expires_on` are those of the lot to be;
    without a day the currency's rule gives one.
    """

    __tablename__ = "adjustments"

    id: Mapped[Id] = mapped_column(primary_key=True)
    member_id: Mapped[Id]
    currency: Mapped[Word]
    points: Mapped[Points]
    reason_code: Mapped[Word]
    note: Mapped[Word]
    state: Mapped[Word]
    proposed_by: Mapped[Word]
    proposed_at: Mapped[Instant]
    decided_by: Mapped[Word | None]
    decided_at: Mapped[Instant | None]
    decision: Mapped[Word] = mapped_column(server_default="")
    day: Mapped[date | None]
    limit_points: Mapped[int | None] = mapped_column(BigInteger)
    transaction_id: Mapped[OptionalId]
    reverses: Mapped[OptionalId]
    payer_id: Mapped[OptionalId]
    price: Mapped[Decimal | None] = mapped_column(Numeric(12, 6))
    expires_on: Mapped[date | None]

    __table_args__ = (
        CheckConstraint("points <> 0 AND abs(points) <= 1000000000000", name="points"),
        CheckConstraint(
            "state IN ('proposed', 'posted', 'rejected', 'withdrawn')", name="state"
        ),
        CheckConstraint(
            "reason_code IN ('goodwill', 'correction', 'service_failure', 'fraud', 'migration',"
            " 'campaign', 'other')",
            name="reason_code",
        ),
        CheckConstraint(
            "(state = 'proposed') = (decided_by IS NULL) AND"
            " (state = 'posted') = (transaction_id IS NOT NULL)",
            name="decided",
        ),
        Index(None, "member_id", "currency", "day"),
        Index("ix_adjustments_waiting", "proposed_at", postgresql_where="state = 'proposed'"),
        Index("ix_adjustments_decided", "decided_at", postgresql_where="state <> 'proposed'"),
        Index(
            "ix_adjustments_reverses", "reverses", unique=True,
            postgresql_where="reverses IS NOT NULL AND state IN ('proposed', 'posted')",
        ),
    )  # fmt: skip


class Opening(Base):
    """A line of a file of opening balances that has become a lot: a line does so once."""

    __tablename__ = "openings"

    digest: Mapped[bytes] = mapped_column(LargeBinary, primary_key=True)
    line: Mapped[int] = mapped_column(BigInteger, primary_key=True)
    member_id: Mapped[Id]
    transaction_id: Mapped[Id]

    __table_args__ = (Index(None, "member_id"),)
