"""What-if runs: a draft of a rule tried on stored purchases, part by part, and what came out."""

from datetime import date
from typing import Any

from sqlalchemy import BigInteger, CheckConstraint, Index, Integer
from sqlalchemy.dialects.postgresql import ARRAY, JSONB
from sqlalchemy.orm import Mapped, mapped_column

from stoa.models.base import Base, Id, Instant, Word

__all__ = ["WhatIfMember", "WhatIfRun"]


class WhatIfRun(Base):
    """One question: a draft, the purchases it is tried on, how far the run is, and its tally.

    `parts` are the cuts by member, `done` the numbers of those whose figures are in `tally`: a run
    whose worker was killed is taken again when `lease_until` has passed, and goes on from there.
    """

    __tablename__ = "whatif_runs"

    id: Mapped[Id] = mapped_column(primary_key=True)
    kind: Mapped[Word]
    draft: Mapped[dict[str, Any]] = mapped_column(JSONB)
    since: Mapped[date | None]
    until: Mapped[date | None]
    day: Mapped[date]
    state: Mapped[Word]
    parts: Mapped[list[Any] | None] = mapped_column(JSONB)
    done: Mapped[list[int]] = mapped_column(ARRAY(Integer))
    total: Mapped[int] = mapped_column(BigInteger)
    passed: Mapped[int] = mapped_column(BigInteger)
    tally: Mapped[dict[str, Any]] = mapped_column(JSONB)
    attempts: Mapped[int] = mapped_column(Integer)
    holder: Mapped[Word]
    lease_until: Mapped[Instant | None]
    fault: Mapped[Word]
    asked_at: Mapped[Instant]
    asked_by: Mapped[Word]
    started_at: Mapped[Instant | None]
    ended_at: Mapped[Instant | None]

    __table_args__ = (
        CheckConstraint("kind IN ('rate', 'ladder', 'campaign')", name="kind"),
        CheckConstraint(
            "state IN ('waiting', 'running', 'done', 'failed', 'cancelled')", name="state"
        ),
        Index(
            "ix_whatif_runs_open", "asked_at", postgresql_where="state IN ('waiting', 'running')"
        ),
    )


class WhatIfMember(Base):
    """A member who would stand in another tier: where from and to, and the points it moves."""

    __tablename__ = "whatif_members"

    run_id: Mapped[Id] = mapped_column(primary_key=True)
    member_id: Mapped[Id] = mapped_column(primary_key=True)
    before: Mapped[Word]
    after: Mapped[Word]
    rise: Mapped[int] = mapped_column(Integer)
    points: Mapped[int] = mapped_column(BigInteger)
    missing: Mapped[dict[str, Any]] = mapped_column(JSONB)

    __table_args__ = (Index(None, "run_id", "rise", "member_id"),)
