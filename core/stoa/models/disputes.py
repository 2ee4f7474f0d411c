"""Disputes of lines of statements, their evidence, and the credit notes that some end in."""

from datetime import date, datetime

from sqlalchemy import BigInteger, CheckConstraint, Date, DateTime, Index, Integer, LargeBinary
from sqlalchemy.orm import Mapped, mapped_column

from stoa.models.base import Base, Id, Instant, Minor, OptionalId, Points, Word

__all__ = ["CreditNote", "Dispute", "DisputeEvidence"]


class Dispute(Base):
    """What is disputed of one line; `minor` and `tax_minor` are held back while it is open.

    `other_id` is the partner across, ``NULL`` for the operator. The accounts are those that the
    hold is booked on (`stoa.values.clearing.disputing.Held`).
    """

    __tablename__ = "disputes"

    id: Mapped[Id] = mapped_column(primary_key=True)
    statement_id: Mapped[Id]
    points_currency: Mapped[Word]
    money_currency: Mapped[Word]
    period: Mapped[Word]
    partner_id: Mapped[Id]
    other_id: Mapped[OptionalId]
    line: Mapped[Word]
    counterparty: Mapped[Word]
    place: Mapped[int] = mapped_column(Integer)
    owes: Mapped[bool]
    side: Mapped[Word]
    other_side: Mapped[Word]
    against: Mapped[Word]
    tax_against: Mapped[Word]
    points: Mapped[Points]
    minor: Mapped[Minor]
    tax_minor: Mapped[Minor]
    exponent: Mapped[int] = mapped_column(Integer)
    reason: Mapped[Word]
    text: Mapped[Word]
    reference: Mapped[Word]
    state: Mapped[Word]
    window_ends: Mapped[date] = mapped_column(Date)
    opened_at: Mapped[Instant]
    opened_by: Mapped[Word]
    opened_for: Mapped[OptionalId]
    decided_at: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))
    decided_by: Mapped[Word] = mapped_column(server_default="")
    decision: Mapped[Word] = mapped_column(server_default="")

    __table_args__ = (
        CheckConstraint(
            "state IN ('open', 'upheld', 'credited', 'withdrawn', 'lapsed')", name="state"
        ),
        CheckConstraint("minor > 0 AND tax_minor >= 0 AND points >= 0", name="minor"),
        CheckConstraint("(state = 'open') = (decided_at IS NULL)", name="decided"),
        Index("ix_disputes_statement_id", "statement_id", "place"),
        Index("ix_disputes_partner_id", "partner_id", "id"),
        Index("ix_disputes_other_id", "other_id", "id"),
        Index("ix_disputes_state", "state", "window_ends"),
    )


class DisputeEvidence(Base):
    """A file that was handed in with a dispute; it is only ever sent back as it came."""

    __tablename__ = "dispute_evidence"

    dispute_id: Mapped[Id] = mapped_column(primary_key=True)
    n: Mapped[int] = mapped_column(Integer, primary_key=True, autoincrement=False)
    name: Mapped[Word]
    media_type: Mapped[Word]
    content: Mapped[bytes] = mapped_column(LargeBinary)
    sha256: Mapped[Word]
    partner_id: Mapped[OptionalId]
    given_at: Mapped[Instant]
    given_by: Mapped[Word]


class CreditNote(Base):
    """A paper that takes back a part of a statement; `document` is the canonical JSON, hashed."""

    __tablename__ = "credit_notes"

    id: Mapped[Id] = mapped_column(primary_key=True)
    no: Mapped[Word]
    dispute_id: Mapped[Id]
    partner_id: Mapped[Id]
    statement_id: Mapped[OptionalId]
    period: Mapped[Word]
    money_currency: Mapped[Word]
    minor: Mapped[Minor] = mapped_column(BigInteger)
    document: Mapped[Word]
    sha256: Mapped[Word]
    issued_at: Mapped[Instant]

    __table_args__ = (
        Index("ux_credit_notes_no", "no", unique=True),
        Index("ux_credit_notes_dispute_id", "dispute_id", "partner_id", unique=True),
        Index("ix_credit_notes_partner_id", "partner_id", "id"),
    )
