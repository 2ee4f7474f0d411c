"""Car parks: plates of members, what gates saw, stays told from it, and quotes of what is due."""

from datetime import datetime
from typing import Any

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    DateTime,
    Identity,
    Index,
    Integer,
    UniqueConstraint,
    text,
)
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from stoa.models.base import Base, Id, Instant, Minor, OptionalId, Word

__all__ = ["GateEvent", "ParkingQuote", "PlateRow", "StayRow"]


class PlateRow(Base):
    """A number plate that leads to a member from `since` on, and until `until` where that is told.

    `partner_id` is who bound it, nobody for the operator: a partner sees no plate bound by another.
    Two members of a family may have one plate; the one who has had it longest is found by it.
    """

    __tablename__ = "plates"

    plate: Mapped[Word] = mapped_column(primary_key=True)
    member_id: Mapped[Id] = mapped_column(primary_key=True)
    partner_id: Mapped[Id] = mapped_column(primary_key=True)
    since: Mapped[Instant] = mapped_column(primary_key=True)
    until: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))

    __table_args__ = (
        CheckConstraint("until IS NULL OR until >= since", name="until"),
        Index(None, "member_id"),
        Index(
            "ix_plates_bound", "plate", "member_id", "partner_id", unique=True,
            postgresql_where=text("until IS NULL"),
        ),
    )  # fmt: skip


class GateEvent(Base):
    """What a gate saw, once: `name` is its own id of it, or is made of what it saw.

    `let_go_min` is what a gate that was offline gave away at an OUT, of its own.
    """

    __tablename__ = "gate_events"

    no: Mapped[int] = mapped_column(BigInteger, Identity(always=True), primary_key=True)
    partner_id: Mapped[Id]
    store_id: Mapped[Id]
    name: Mapped[Word]
    plate: Mapped[Word]
    side: Mapped[Word]
    at: Mapped[Instant]
    gate: Mapped[Word]
    heard_at: Mapped[Instant]
    offline: Mapped[bool]
    let_go_min: Mapped[int | None] = mapped_column(Integer)
    stay_id: Mapped[OptionalId]

    __table_args__ = (
        UniqueConstraint("partner_id", "store_id", "name"),
        CheckConstraint("side IN ('IN', 'OUT')", name="side"),
        CheckConstraint("let_go_min >= 0", name="let_go_min"),
        Index(None, "partner_id", "store_id", "plate", "at"),
        Index(None, "partner_id", "stay_id"),
        Index(None, "heard_at"),
    )


class StayRow(Base):
    """One stay of a car, as `stoa.values.stays` tells it from the gates' events.

    `began_at` is when it is first known of. A stay that an offline gate let go keeps how many
    minutes that gave away, and once it is settled what of it the car park bears itself.
    """

    __tablename__ = "stays"

    partner_id: Mapped[Id] = mapped_column(primary_key=True)
    id: Mapped[Id] = mapped_column(primary_key=True)
    store_id: Mapped[Id]
    plate: Mapped[Word]
    in_at: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))
    out_at: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))
    began_at: Mapped[Instant]
    state: Mapped[Word]
    why: Mapped[Word]
    let_go_min: Mapped[int | None] = mapped_column(Integer)
    settled_at: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))
    own_minor: Mapped[Minor]
    changed_at: Mapped[Instant]

    __table_args__ = (
        CheckConstraint("state IN ('inside', 'left', 'odd')", name="state"),
        CheckConstraint("out_at >= in_at", name="order"),
        CheckConstraint("in_at IS NOT NULL OR out_at IS NOT NULL", name="known"),
        CheckConstraint(
            "(state = 'inside') = (in_at IS NOT NULL AND out_at IS NULL AND why = '')",
            name="inside",
        ),
        CheckConstraint("own_minor >= 0", name="own_minor"),
        Index(None, "partner_id", "store_id", "plate", "began_at"),
        Index(None, "partner_id", "began_at"),
        Index(
            "ix_stays_inside", "partner_id", "store_id", "began_at",
            postgresql_where=text("state = 'inside'"),
        ),
        Index(None, "began_at"),
    )  # fmt: skip


class ParkingQuote(Base):
    """What a stay costs until `leave_by`, what frees of it, and how the rest was paid.

    ``quoted`` holds nothing; ``held`` holds a claim of the benefit and, where the rest is paid with
    points, those; ``paid`` took them; ``released`` and ``expired`` gave them back.
    """

    __tablename__ = "parking_quotes"

    partner_id: Mapped[Id] = mapped_column(primary_key=True)
    id: Mapped[Id] = mapped_column(primary_key=True)
    stay_id: Mapped[Id]
    store_id: Mapped[Id]
    member_id: Mapped[OptionalId]
    state: Mapped[Word]
    pay: Mapped[Word]
    at: Mapped[Instant]
    leave_by: Mapped[Instant]
    stay_min: Mapped[int] = mapped_column(Integer)
    currency: Mapped[Word]
    fee_minor: Mapped[Minor]
    worth_minor: Mapped[Minor]
    paid_minor: Mapped[Minor]
    due_minor: Mapped[Minor]
    points_option: Mapped[int | None] = mapped_column(BigInteger)
    entitlements: Mapped[list[Any]] = mapped_column(JSONB)
    claim_id: Mapped[OptionalId]
    hold_id: Mapped[OptionalId]
    made_at: Mapped[Instant]
    resolved_at: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))

    __table_args__ = (
        CheckConstraint(
            "state IN ('quoted', 'held', 'paid', 'released', 'expired')", name="state"
        ),
        CheckConstraint("pay IN ('', 'money', 'points')", name="pay"),
        CheckConstraint(
            "fee_minor >= 0 AND worth_minor >= 0 AND paid_minor >= 0 AND due_minor >= 0",
            name="whole",
        ),
        CheckConstraint("fee_minor <= worth_minor + paid_minor + due_minor", name="covered"),
        Index(None, "partner_id", "stay_id"),
        Index(
            "ix_parking_quotes_held", "partner_id", "stay_id", unique=True,
            postgresql_where=text("state = 'held'"),
        ),
        Index(
            "ix_parking_quotes_open", "leave_by",
            postgresql_where=text("state IN ('quoted', 'held')"),
        ),
        Index(None, "partner_id", "made_at"),
    )  # fmt: skip
