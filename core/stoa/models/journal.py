"""The money journal: what postings, benefits and coupons mean in money, and sums of it.

Each entry is both sides at once, so it can't be unbalanced; none is ever changed, an error is
booked back. `functions/journal.sql` alone writes these tables (`adr/0013-…`).
"""

from datetime import date
from decimal import Decimal

from sqlalchemy import BigInteger, CheckConstraint, Date, Index, Numeric, SmallInteger, text
from sqlalchemy.orm import Mapped, mapped_column

from stoa.models.base import Base, Id, OptionalId, Points, Word

__all__ = ["MoneyEntry", "MoneyMark", "MoneySum"]


class MoneyEntry(Base):
    """Money that one account owes another, and the points it is for.

    `debit` and `credit` are accounts of `stoa.values.clearing.accounts`; the party of each is a
    partner, or the operator where it is ``NULL``. `issuer_id` pays for the lots that `points` came
    from or went to; `points` are signed as in the wallet. `rate` is money per point, exact.
    `business_date` is that of what it was derived from: before the first day of `period` where it
    came late.

    A posting is named by its `place` in the log and its key; `lot_seq` is the lot, 0 for points
    without one (what is owed). All else is named by `subject_id`; `n` tells entries of one apart.
    """

    __tablename__ = "money_entries"

    entry_no: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    points_currency: Mapped[Word]
    money_currency: Mapped[Word]
    period: Mapped[Word]
    business_date: Mapped[date]
    line: Mapped[Word]
    debit: Mapped[Word]
    debit_partner_id: Mapped[OptionalId]
    credit: Mapped[Word]
    credit_partner_id: Mapped[OptionalId]
    issuer_id: Mapped[OptionalId]
    points: Mapped[Points]
    rate: Mapped[Decimal | None] = mapped_column(Numeric)
    amount: Mapped[Decimal] = mapped_column(Numeric)
    source: Mapped[Word]
    place: Mapped[int | None] = mapped_column(BigInteger)
    member_id: Mapped[OptionalId]
    seq: Mapped[int | None] = mapped_column(BigInteger)
    lot_seq: Mapped[int | None] = mapped_column(BigInteger)
    subject_id: Mapped[OptionalId]
    n: Mapped[int] = mapped_column(SmallInteger)

    __table_args__ = (
        CheckConstraint("amount >= 0", name="amount"),
        CheckConstraint(
            "(source = 'posting') = (place IS NOT NULL AND member_id IS NOT NULL"
            " AND seq IS NOT NULL AND lot_seq IS NOT NULL AND subject_id IS NULL)",
            name="source",
        ),
        Index(
            "ux_money_entries_posting", "member_id", "points_currency", "seq", "lot_seq", "n",
            unique=True, postgresql_where=text("source = 'posting'"),
        ),
        Index(
            "ux_money_entries_subject", "source", "subject_id", "n",
            unique=True, postgresql_where=text("source <> 'posting'"),
        ),
        Index("ix_money_entries_place", "place", postgresql_using="brin"),
        Index("ix_money_entries_line", "period", "points_currency", "line", "entry_no"),
    )  # fmt: skip


class MoneySum(Base):
    """Entries of one kind, added up: statements and positions are read from these.

    ``NOBODY`` stands for the operator. `effective_on` is the first day of the period, or the
    business day before it of what came late; `rate` is 0 where there is none.
    """

    __tablename__ = "money_sums"

    points_currency: Mapped[Word] = mapped_column(primary_key=True)
    money_currency: Mapped[Word] = mapped_column(primary_key=True)
    period: Mapped[Word] = mapped_column(primary_key=True)
    effective_on: Mapped[date] = mapped_column(Date, primary_key=True)
    line: Mapped[Word] = mapped_column(primary_key=True)
    debit: Mapped[Word] = mapped_column(primary_key=True)
    debit_partner_id: Mapped[Id] = mapped_column(primary_key=True)
    credit: Mapped[Word] = mapped_column(primary_key=True)
    credit_partner_id: Mapped[Id] = mapped_column(primary_key=True)
    issuer_id: Mapped[Id] = mapped_column(primary_key=True)
    rate: Mapped[Decimal] = mapped_column(Numeric, primary_key=True)
    points: Mapped[Points]
    amount: Mapped[Decimal] = mapped_column(Numeric)
    entries: Mapped[int] = mapped_column(BigInteger)
    first_place: Mapped[int | None] = mapped_column(BigInteger)
    last_place: Mapped[int | None] = mapped_column(BigInteger)

    __table_args__ = ({"postgresql_with": {"fillfactor": "70"}},)


class MoneyMark(Base):
    """How far the log is booked, and the number of the last entry: one row, ``journal``."""

    __tablename__ = "money_mark"

    name: Mapped[Word] = mapped_column(primary_key=True)
    place: Mapped[int] = mapped_column(BigInteger)
    entry_no: Mapped[int] = mapped_column(BigInteger)
