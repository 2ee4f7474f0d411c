"""Periods of clearing and the statements that close them; `functions/clearing.sql` writes them."""

from datetime import datetime

from sqlalchemy import BigInteger, CheckConstraint, DateTime, Index, Text
from sqlalchemy.orm import Mapped, mapped_column

from stoa.models.base import Base, Id, Instant, Minor, OptionalId, Word

__all__ = ["ClearingPeriod", "StatementRow"]


class ClearingPeriod(Base):
    """A month (``YYYY-MM``) of a points currency: open while entries fall into it.

    `mode` is fixed when its first entry is booked. A closed one ended before the place
    `cut_place` of the log and with the entry `cut_entry`; `sha256` is over its statements.
    """

    __tablename__ = "clearing_periods"

    points_currency: Mapped[Word] = mapped_column(primary_key=True)
    period: Mapped[Word] = mapped_column(primary_key=True)
    mode: Mapped[Word]
    state: Mapped[Word] = mapped_column(server_default="open")
    cut_place: Mapped[int | None] = mapped_column(BigInteger)
    cut_entry: Mapped[int | None] = mapped_column(BigInteger)
    closed_at: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))
    closed_by: Mapped[Word] = mapped_column(server_default="")
    sha256: Mapped[str | None] = mapped_column(Text)

    __table_args__ = (
        CheckConstraint("mode IN ('POOL', 'ISSUER_PAYS')", name="mode"),
        CheckConstraint("period ~ '^[0-9]{4}-(0[1-9]|1[0-2])$'", name="period"),
        CheckConstraint(
            "state = 'open' AND cut_place IS NULL OR state = 'closed' AND cut_place IS NOT NULL"
            " AND cut_entry IS NOT NULL AND closed_at IS NOT NULL",
            name="state",
        ),
    )


class StatementRow(Base):
    """One party's frozen statement of a closed period; the operator's has no `partner_id`.

    `document` is the canonical JSON as it was hashed, byte for byte.
    """

    __tablename__ = "statements"

    id: Mapped[Id] = mapped_column(primary_key=True)
    points_currency: Mapped[Word]
    period: Mapped[Word]
    partner_id: Mapped[OptionalId]
    no: Mapped[Word]
    document: Mapped[Word]
    sha256: Mapped[Word]
    money_currency: Mapped[Word]
    opening_minor: Mapped[Minor]
    closing_minor: Mapped[Minor]
    settlement_currency: Mapped[Word]
    settlement_minor: Mapped[Minor]
    fx_rate_id: Mapped[int | None] = mapped_column(BigInteger)
    mode: Mapped[Word]
    issued_at: Mapped[Instant]

    __table_args__ = (
        Index(
            "ux_statements_period", "points_currency", "period", "partner_id",
            unique=True, postgresql_nulls_not_distinct=True,
        ),
        Index("ix_statements_partner_id", "partner_id", "period"),
    )  # fmt: skip
