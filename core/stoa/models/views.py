"""What people of the staff keep of lists: views under a name, and which columns they see."""

from sqlalchemy import CheckConstraint, ForeignKey, Index, Text, text
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.orm import Mapped, mapped_column

from stoa.models.base import Base, Id, Instant, OptionalId, Word

__all__ = ["ListChoice", "ListView"]


class ListView(Base):
    """Filters and an order of a list under a name; `role` names the colleagues who see it, too.

    `query` is the part of an address after the question mark. `partner_id` is the house of who
    keeps it: a partner's people share with their own colleagues alone.
    """

    __tablename__ = "list_views"
    __table_args__ = (
        CheckConstraint("length(name) BETWEEN 1 AND 60", name="name"),
        CheckConstraint("length(query) <= 2000", name="query"),
        Index(None, "listing", "staff_id"),
        Index("ix_list_views_shared", "listing", "role", postgresql_where=text("role IS NOT NULL")),
    )

    id: Mapped[Id] = mapped_column(primary_key=True)
    staff_id: Mapped[Id] = mapped_column(ForeignKey("staff.id"))
    partner_id: Mapped[OptionalId]
    listing: Mapped[Word]
    name: Mapped[Word]
    query: Mapped[Word]
    role: Mapped[Word | None]
    made_at: Mapped[Instant]


class ListChoice(Base):
    """What one person chose for one list: the columns, and the view it opens with."""

    __tablename__ = "list_choices"

    staff_id: Mapped[Id] = mapped_column(ForeignKey("staff.id"), primary_key=True)
    listing: Mapped[Word] = mapped_column(primary_key=True)
    columns: Mapped[list[str]] = mapped_column(ARRAY(Text), server_default="{}")
    view_id: Mapped[OptionalId] = mapped_column(ForeignKey("list_views.id", ondelete="SET NULL"))
