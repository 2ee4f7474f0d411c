"""Members and the identifiers by which they are found."""

from datetime import date

from sqlalchemy import CheckConstraint, Index, literal_column, text
from sqlalchemy.orm import Mapped, mapped_column

from stoa.models.base import Base, Id, Instant, OptionalId, Word

__all__ = ["Identifier", "Member"]


class Member(Base):
    """A person enrolled in the programme; one row, one wallet per currency.

    A member who proved to be another one is ``merged``: `merged_into` names who goes on, at once
    and not by way of others. Partners learn of the day of birth only what a rule makes of it.
    """

    __tablename__ = "members"

    id: Mapped[Id] = mapped_column(primary_key=True)
    display_name: Mapped[Word]
    locale: Mapped[Word]
    status: Mapped[Word]
    source: Mapped[Word]
    enrolled_at: Mapped[Instant]
    enrolled_by: Mapped[OptionalId]
    merged_into: Mapped[OptionalId]
    born_on: Mapped[date | None]

    __table_args__ = (
        CheckConstraint("status IN ('active', 'frozen', 'closed', 'merged')", name="status"),
        Index(None, "enrolled_at"),
        Index(None, "status", "enrolled_at"),
        Index("ix_members_name", text("lower(display_name)"), "id"),
        Index(
            "ix_members_name_begins",
            literal_column("lower(display_name)").label("begins"),
            postgresql_ops={"begins": "text_pattern_ops"},
        ),
        Index("ix_members_frozen", "id", postgresql_where=text("status = 'frozen'")),
        Index(None, "merged_into", postgresql_where=text("merged_into IS NOT NULL")),
    )


class Identifier(Base):
    """A card, phone, e-mail or partner reference that leads to one member.

    ``partner_id`` is the nil UUID but for a partner's own reference, which is the partner's alone.
    Unique over all members by nature: the table is small and changes rarely.
    """

    __tablename__ = "identifiers"

    kind: Mapped[Word] = mapped_column(primary_key=True)
    partner_id: Mapped[Id] = mapped_column(primary_key=True)
    value: Mapped[Word] = mapped_column(primary_key=True)
    member_id: Mapped[Id]
    added_at: Mapped[Instant]

    __table_args__ = (
        CheckConstraint("kind IN ('card', 'phone', 'email', 'partner_ref')", name="kind"),
        Index(None, "member_id"),
    )
