"""Stock: how many of an item are left, in stripes, and every move that made it so."""

from datetime import date

from sqlalchemy import BigInteger, CheckConstraint, Index, Integer, SmallInteger
from sqlalchemy.orm import Mapped, mapped_column

from stoa.models.base import Base, Id, Instant, OptionalId, Word

__all__ = ["STRIPES", "StockItem", "StockMove", "StockStripe"]

STRIPES = 16
"""How many rows hold what is left of an item, so that as many orders may take of it at once."""


class StockItem(Base):
    """Something that is counted: ``<offer>`` itself, its units of a day, or places at a time.

    `told` is the figure of the rule of `version`, which was put in; units `beyond` it are out, as
    the figure was cut when they were. What holds for a day only `ends_on` that day.
    """

    __tablename__ = "stock_items"

    item: Mapped[Word] = mapped_column(primary_key=True)
    kind: Mapped[Word]
    version: Mapped[int] = mapped_column(Integer)
    told: Mapped[int] = mapped_column(BigInteger)
    beyond: Mapped[int] = mapped_column(BigInteger, server_default="0")
    ends_on: Mapped[date | None]

    __table_args__ = (
        CheckConstraint("kind IN ('stock', 'day', 'slot')", name="kind"),
        CheckConstraint("(kind = 'stock') = (ends_on IS NULL)", name="ends_on"),
        Index("ix_stock_items_ends_on", "ends_on", postgresql_where="ends_on IS NOT NULL"),
    )


class StockStripe(Base):
    """A stripe of an item: the sum of all of them is what is left of it."""

    __tablename__ = "stock"

    item: Mapped[Word] = mapped_column(primary_key=True)
    stripe: Mapped[int] = mapped_column(SmallInteger, primary_key=True)
    remaining: Mapped[int] = mapped_column(BigInteger)

    __table_args__ = (
        CheckConstraint("remaining >= 0", name="remaining"),
        {"postgresql_with": {"fillfactor": "50"}},
    )


class StockMove(Base):
    """A change of what is left of an item; moves are added and never changed.

    ``set`` follows the rule's figure, ``restock`` a person, ``live`` the partner's own count;
    ``taken`` and ``given_back`` name their order, and an order moves an item once each way.
    """

    __tablename__ = "stock_moves"

    item: Mapped[Word] = mapped_column(primary_key=True)
    id: Mapped[Id] = mapped_column(primary_key=True)
    kind: Mapped[Word]
    change: Mapped[int] = mapped_column(BigInteger)
    order_id: Mapped[OptionalId]
    at: Mapped[Instant]
    by: Mapped[Word]
    reason: Mapped[Word]

    __table_args__ = (
        CheckConstraint(
            "kind IN ('set', 'restock', 'live', 'taken', 'given_back')", name="kind"
        ),
        CheckConstraint("(kind IN ('taken', 'given_back')) = (order_id IS NOT NULL)", name="order"),
        Index(
            "uq_stock_moves_order", "order_id", "item", "kind", unique=True,
            postgresql_where="order_id IS NOT NULL",
        ),
        Index("ix_stock_moves_at", "item", "at"),
    )  # fmt: skip
