"""How much may be asked: a partner's own limits, what is left of its rate, failed proofs."""

from sqlalchemy import CheckConstraint, Double, Integer
from sqlalchemy.orm import Mapped, mapped_column

from stoa.models.base import Base, Id, Instant, Word

__all__ = ["DoorFailure", "PartnerLimit", "RateBucket"]


class PartnerLimit(Base):
    """What the operator lets a partner ask for where that is not what all may."""

    __tablename__ = "partner_limits"
    __table_args__ = (
        CheckConstraint("rate_per_s BETWEEN 1 AND 100000", name="rate"),
        CheckConstraint("burst BETWEEN 1 AND 1000000", name="burst"),
        CheckConstraint("most_at_once BETWEEN 1 AND 10000", name="most"),
    )

    partner_id: Mapped[Id] = mapped_column(primary_key=True)
    rate_per_s: Mapped[int] = mapped_column(Integer)
    burst: Mapped[int] = mapped_column(Integer)
    most_at_once: Mapped[int] = mapped_column(Integer)


class RateBucket(Base):
    """How many requests were left to a partner at an instant; it fills with time.

    Not logged: after a crash every bucket is full, which is nobody's loss.
    """

    __tablename__ = "rate_buckets"
    __table_args__ = {"prefixes": ["UNLOGGED"]}  # noqa: RUF012 - as SQLAlchemy has it

    partner_id: Mapped[Id] = mapped_column(primary_key=True)
    tokens: Mapped[float] = mapped_column(Double)
    at: Mapped[Instant]


class DoorFailure(Base):
    """Failed proofs at a door since an instant; the door names a client or a network address."""

    __tablename__ = "door_failures"

    door: Mapped[Word] = mapped_column(primary_key=True)
    since: Mapped[Instant]
    wrong: Mapped[int] = mapped_column(Integer)
