"""Who is in which segment: reckoned from its condition, or added to its list."""

from datetime import date

from sqlalchemy import BigInteger, Index, Integer
from sqlalchemy.orm import Mapped, mapped_column

from stoa.models.base import Base, Id, Instant, Word

__all__ = ["SegmentDraw", "SegmentMember"]


class SegmentMember(Base):
    """A member in a segment since an instant; it counts while the segment's rule is in the book."""

    __tablename__ = "segment_members"

    member_id: Mapped[Id] = mapped_column(primary_key=True)
    segment: Mapped[Word] = mapped_column(primary_key=True)
    since: Mapped[Instant]

    __table_args__ = (Index(None, "segment"),)


class SegmentDraw(Base):
    """When a segment was drawn from its condition last, by which version, and how many it had."""

    __tablename__ = "segment_draws"

    segment: Mapped[Word] = mapped_column(primary_key=True)
    version: Mapped[int] = mapped_column(Integer)
    drawn_on: Mapped[date]
    drawn_at: Mapped[Instant]
    members: Mapped[int] = mapped_column(BigInteger)
