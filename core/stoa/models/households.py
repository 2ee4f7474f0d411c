"""Households: members who pool points in one wallet, which has the household's id."""

from sqlalchemy import CheckConstraint, Index, text
from sqlalchemy.orm import Mapped, mapped_column

from stoa.models.base import Base, Id, Instant, Word

__all__ = ["Household", "HouseholdMember"]


class Household(Base):
    """A pool of points; it closes when its last owner leaves."""

    __tablename__ = "households"

    id: Mapped[Id] = mapped_column(primary_key=True)
    name: Mapped[Word]
    status: Mapped[Word]
    founded_at: Mapped[Instant]

    __table_args__ = (CheckConstraint("status IN ('active', 'closed')", name="status"),)


class HouseholdMember(Base):
    """A member's time in a household: owners and spenders may spend, contributors only give."""

    __tablename__ = "household_members"

    household_id: Mapped[Id] = mapped_column(primary_key=True)
    member_id: Mapped[Id] = mapped_column(primary_key=True)
    joined_at: Mapped[Instant] = mapped_column(primary_key=True)
    role: Mapped[Word]
    left_at: Mapped[Instant | None]

    __table_args__ = (
        CheckConstraint("role IN ('owner', 'spender', 'contributor')", name="role"),
        Index(
            "ix_household_members_present",
            "member_id",
            unique=True,
            postgresql_where=text("left_at IS NULL"),
        ),
    )
