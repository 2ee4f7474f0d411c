"""Tiers and each member's standing in them."""

from sqlalchemy import Integer
from sqlalchemy.orm import Mapped, mapped_column

from stoa.models.base import Base, Id, Instant, Word

__all__ = ["StandingRow", "Tier"]


class Tier(Base):
    """A rung of the ladder; `uplift_percent` is added to base points, the operator pays (#9)."""

    __tablename__ = "tiers"

    code: Mapped[Word] = mapped_column(primary_key=True)
    name: Mapped[Word]
    rank: Mapped[int] = mapped_column(Integer, unique=True)
    uplift_percent: Mapped[int] = mapped_column(Integer)


class StandingRow(Base):
    """A member's tier; a member without a row stands in the lowest one."""

    __tablename__ = "standings"

    member_id: Mapped[Id] = mapped_column(primary_key=True)
    tier: Mapped[Word]
    since: Mapped[Instant]
    reason: Mapped[Word]
