"""How members get on with challenges: one row a member, challenge and period."""

from datetime import date
from typing import Any

from sqlalchemy import CheckConstraint, Integer
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from stoa.models.base import Base, Id, Instant, OptionalId, Points, Word

__all__ = ["ChallengeRun"]


class ChallengeRun(Base):
    """A member's way through a challenge; it begins with its period, or after a completed one.

    `until` is the period's last day, ``NULL`` where it has none. `version` is that of the rule by
    which it was reckoned last: by it a completed run stays completed. `times` counts how often it
    was completed, so that a run that was undone may be completed anew. `transaction_id` is the
    reward's, in the wallet of `rewarded_id`: the member, or one who was merged into the member.
    """

    __tablename__ = "challenge_runs"

    member_id: Mapped[Id] = mapped_column(primary_key=True)
    challenge: Mapped[Word] = mapped_column(primary_key=True)
    since: Mapped[date] = mapped_column(primary_key=True)
    until: Mapped[date | None]
    version: Mapped[int] = mapped_column(Integer)
    state: Mapped[Word]
    times: Mapped[int] = mapped_column(Integer)
    joined_on: Mapped[date | None]
    progress: Mapped[list[dict[str, Any]]] = mapped_column(JSONB)
    completed_on: Mapped[date | None]
    transaction_id: Mapped[OptionalId]
    rewarded_id: Mapped[OptionalId]
    points: Mapped[Points]
    changed_at: Mapped[Instant]

    __table_args__ = (
        CheckConstraint("state IN ('running', 'completed', 'undone')", name="state"),
        CheckConstraint("(state = 'completed') = (completed_on IS NOT NULL)", name="completed"),
        CheckConstraint("(transaction_id IS NULL) = (rewarded_id IS NULL)", name="rewarded"),
    )
