"""Who is in which segment: reckoned from its condition, or added to its list."""

from sqlalchemy import Index
from sqlalchemy.orm import Mapped, mapped_column

from stoa.models.base import Base, Id, Instant, Word

__all__ = ["SegmentMember"]


class SegmentMember(Base):
    """A member in a segment since an instant; it counts while the segment's rule is in the book."""

    __tablename__ = "segment_members"

    member_id: Mapped[Id] = mapped_column(primary_key=True)
    segment: Mapped[Word] = mapped_column(primary_key=True)
    since: Mapped[Instant]

    __table_args__ = (Index(None, "segment"),)
