"""Positions: sums of postings by partner and day, as of a place in the log."""

from datetime import date

from sqlalchemy import BigInteger
from sqlalchemy.orm import Mapped, mapped_column

from stoa.models.base import Base, Id, Points, Word

__all__ = ["Position", "PositionsAt"]


class Position(Base):
    """The postings of one counter account, payer and business day, summed up.

    `points` is what wallets gained by them, `given` the part of it above zero, `entries` their
    number. ``NOBODY`` stands for the programme as partner and for the operator as payer.
    """

    __tablename__ = "positions"

    currency: Mapped[Word] = mapped_column(primary_key=True)
    account: Mapped[Word] = mapped_column(primary_key=True)
    partner_id: Mapped[Id] = mapped_column(primary_key=True)
    payer_id: Mapped[Id] = mapped_column(primary_key=True)
    business_date: Mapped[date] = mapped_column(primary_key=True)
    points: Mapped[Points]
    given: Mapped[Points]
    entries: Mapped[int] = mapped_column(BigInteger)

    __table_args__ = ({"postgresql_with": {"fillfactor": "70"}},)


class PositionsAt(Base):
    """How many entries of the log stand in a rollup: the place of the first that does not."""

    __tablename__ = "positions_at"

    name: Mapped[Word] = mapped_column(primary_key=True)
    place: Mapped[int] = mapped_column(BigInteger)
