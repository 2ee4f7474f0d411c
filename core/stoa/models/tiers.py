"""Each member's standing in the ladders, what changed of it, and who is to be looked at."""

from datetime import date
from typing import Any

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    Identity,
    Index,
    Integer,
    SmallInteger,
    Text,
    text,
)
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from stoa.models.base import Base, Id, Instant, Word

__all__ = ["ORIGINS", "Reassessment", "StandingChange", "StandingRow", "TierSweep"]

ORIGINS = ("earned", "review", "manual", "merged", "imported", "bought")
"""How a member may have come to a tier."""

_ORIGINS = "origin IN ({})".format(", ".join(f"'{origin}'" for origin in ORIGINS))


class StandingRow(Base):
    """A member's tier in a ladder; a member without a row stands in its lowest one.

    Rolling windows count when they end on `counts_from` or later. The standing is reviewed on
    `review_on`; where it did not hold it falls on `falls_on`. Returned goods bring it no lower than
    `floor`, the tier carried into the period. Until the day `until` a tier given by hand stays.
    `due_on` is the next day on which something of this may be due. `path` is the trace that won.
    """

    __tablename__ = "standings"

    member_id: Mapped[Id] = mapped_column(primary_key=True)
    ladder: Mapped[Word] = mapped_column(primary_key=True)
    tier: Mapped[Word]
    since: Mapped[Instant]
    counts_from: Mapped[date]
    review_on: Mapped[date | None]
    falls_on: Mapped[date | None]
    until: Mapped[date | None]
    due_on: Mapped[date | None]
    floor: Mapped[str | None] = mapped_column(Text)
    origin: Mapped[Word]
    reason: Mapped[Word]
    path: Mapped[dict[str, Any] | None] = mapped_column(JSONB(none_as_null=True))
    ladder_version: Mapped[int] = mapped_column(Integer)
    evaluated_at: Mapped[Instant]

    __table_args__ = (
        CheckConstraint(_ORIGINS, name="origin"),
        Index("ix_standings_due_on", "due_on", postgresql_where=text("due_on IS NOT NULL")),
        {"postgresql_with": {"fillfactor": "80"}},
    )


class StandingChange(Base):
    """A move from tier to tier, with the trace that won it; never changed."""

    __tablename__ = "standing_changes"

    member_id: Mapped[Id] = mapped_column(primary_key=True)
    id: Mapped[Id] = mapped_column(primary_key=True)
    ladder: Mapped[Word]
    at: Mapped[Instant]
    from_tier: Mapped[Word]
    to_tier: Mapped[Word]
    origin: Mapped[Word]
    reason: Mapped[Word]
    path: Mapped[dict[str, Any] | None] = mapped_column(JSONB(none_as_null=True))
    ladder_version: Mapped[int] = mapped_column(Integer)
    actor: Mapped[Word]

    __table_args__ = (
        CheckConstraint(_ORIGINS, name="origin"),
        Index("ix_standing_changes_at", "at"),
    )


class Reassessment(Base):
    """Asks that a member be looked at soon; rows are taken in batches and go when it is done.

    `lowers` where goods came back, so that a tier may be lost at once.
    """

    __tablename__ = "reassessments"

    id: Mapped[int] = mapped_column(BigInteger, Identity(), primary_key=True)
    member_id: Mapped[Id]
    lowers: Mapped[bool]
    asked_at: Mapped[Instant]


class TierSweep(Base):
    """How far all members have been looked at by the ladders that hold: one row, kept for ever.

    `assessed` are the versions by code that everybody was looked at by. While `ended_at` is
    missing, a look by those of `ladders`, of the book `rulebook`, has come to the member `after`.
    """

    __tablename__ = "tier_sweeps"

    id: Mapped[int] = mapped_column(SmallInteger, primary_key=True, autoincrement=False)
    rulebook: Mapped[int] = mapped_column(Integer)
    assessed: Mapped[dict[str, int]] = mapped_column(JSONB)
    ladders: Mapped[dict[str, int]] = mapped_column(JSONB)
    after: Mapped[Id]
    done: Mapped[int] = mapped_column(BigInteger)
    total: Mapped[int] = mapped_column(BigInteger)
    changed: Mapped[int] = mapped_column(BigInteger)
    started_at: Mapped[Instant]
    ended_at: Mapped[Instant | None]

    __table_args__ = (CheckConstraint("id = 1", name="one"),)
