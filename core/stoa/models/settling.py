"""What settles statements: legal entities, numbers of papers, payments and files for banks.

`functions/settling.sql` alone gives numbers and books payments.
"""

from datetime import date, datetime
from decimal import Decimal

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    Date,
    DateTime,
    Index,
    Integer,
    LargeBinary,
    Numeric,
    Text,
    text,
)
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.orm import Mapped, mapped_column

from stoa.models.base import Base, Id, Instant, Minor, OptionalId, Word

__all__ = ["DocumentNumber", "PartnerEntity", "Payment", "PaymentFile"]


class PartnerEntity(Base):
    """A partner as papers and banks name it; the newest row holds, none is changed."""

    __tablename__ = "partner_entities"

    partner_id: Mapped[Id] = mapped_column(primary_key=True)
    version: Mapped[int] = mapped_column(Integer, primary_key=True, autoincrement=False)
    name: Mapped[Word]
    address: Mapped[list[str]] = mapped_column(ARRAY(Text))
    tax_number: Mapped[Word]
    account: Mapped[Word]
    bic: Mapped[Word]
    changed_at: Mapped[Instant]
    changed_by: Mapped[Word]
    account_by: Mapped[Word]


class DocumentNumber(Base):
    """The last number of a legal entity's series of papers in a year: no gap is below it."""

    __tablename__ = "document_numbers"

    entity: Mapped[Word] = mapped_column(primary_key=True)
    series: Mapped[Word] = mapped_column(primary_key=True)
    year: Mapped[int] = mapped_column(Integer, primary_key=True, autoincrement=False)
    last: Mapped[int] = mapped_column(BigInteger)

    __table_args__ = (CheckConstraint("last > 0", name="last"),)


class PaymentFile(Base):
    """A file that asked the operator's bank to pay; its bytes never change."""

    __tablename__ = "payment_files"

    id: Mapped[Id] = mapped_column(primary_key=True)
    message_id: Mapped[Word]
    points_currency: Mapped[Word]
    currency: Mapped[Word]
    payments: Mapped[int] = mapped_column(Integer)
    minor: Mapped[Minor]
    execute_on: Mapped[date] = mapped_column(Date)
    content: Mapped[bytes] = mapped_column(LargeBinary)
    sha256: Mapped[Word]
    made_at: Mapped[Instant]
    made_by: Mapped[Word]

    __table_args__ = (Index("ux_payment_files_message_id", "message_id", unique=True),)


class Payment(Base):
    """What a partner pays (``in``) or is paid (``out``) for a period.

    `minor` is in `currency`, that of the settlement; `owed_minor` is what it settles, in the
    `money_currency` of the statement. Once recorded, `bank_minor` came or went on `bank_date`,
    `cleared_minor` of what is owed is settled by it, and it was worth `cash_minor` that day by the
    rate `bank_rate_id`: the difference is the exchange's.
    """

    __tablename__ = "payments"

    id: Mapped[Id] = mapped_column(primary_key=True)
    points_currency: Mapped[Word]
    period: Mapped[Word]
    statement_id: Mapped[Id]
    partner_id: Mapped[Id]
    direction: Mapped[Word]
    currency: Mapped[Word]
    minor: Mapped[Minor]
    money_currency: Mapped[Word]
    owed_minor: Mapped[Minor]
    held_minor: Mapped[Minor]
    exponent: Mapped[int] = mapped_column(Integer)
    due_on: Mapped[date] = mapped_column(Date)
    state: Mapped[Word]
    reference: Mapped[Word]
    file_id: Mapped[OptionalId]
    bank_date: Mapped[date | None] = mapped_column(Date)
    bank_minor: Mapped[int | None] = mapped_column(BigInteger)
    bank_rate: Mapped[Decimal | None] = mapped_column(Numeric(20, 10))
    bank_rate_id: Mapped[int | None] = mapped_column(BigInteger)
    cleared_minor: Mapped[int | None] = mapped_column(BigInteger)
    cash_minor: Mapped[int | None] = mapped_column(BigInteger)
    proposed_at: Mapped[Instant]
    proposed_by: Mapped[Word]
    recorded_at: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))
    recorded_by: Mapped[Word] = mapped_column(server_default="")
    note: Mapped[Word] = mapped_column(server_default="")

    __table_args__ = (
        CheckConstraint("direction IN ('in', 'out')", name="direction"),
        CheckConstraint("minor > 0 AND owed_minor > 0", name="minor"),
        CheckConstraint(
            "state IN ('proposed', 'sent', 'settled', 'failed', 'cancelled')", name="state"
        ),
        CheckConstraint(
            "(state = 'settled') = (bank_date IS NOT NULL AND bank_minor > 0"
            " AND cleared_minor > 0 AND cash_minor > 0)",
            name="settled",
        ),
        Index("ux_payments_reference", "reference", unique=True),
        Index(
            "ux_payments_statement_id", "statement_id", unique=True,
            postgresql_where=text("state IN ('proposed', 'sent', 'settled')"),
        ),
        Index("ix_payments_period", "period", "points_currency"),
        Index("ix_payments_partner_id", "partner_id", "id"),
    )  # fmt: skip
