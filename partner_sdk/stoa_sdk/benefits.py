"""What Stoa answers about benefits: what a member may enjoy, quotes and claims."""

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from enum import StrEnum

from stoa_sdk.facts import Money
from stoa_sdk.records import Record

__all__ = [
    "Benefit",
    "BenefitQuote",
    "BenefitSlot",
    "BenefitSlots",
    "Benefits",
    "Claim",
    "ClaimStatus",
    "Considered",
]


class ClaimStatus(StrEnum):
    """Whether a benefit is held, used, given back, or its hold has ended."""

    HELD = "held"
    USED = "used"
    RELEASED = "released"
    EXPIRED = "expired"


@dataclass(frozen=True, slots=True, kw_only=True)
class Benefit(Record):
    """Something that comes with the member's standing and costs no points.

    `partner` is the code of the partner where it is enjoyed, and `own` whether that is yours.
    `reason` is empty for what another partner's plugin gives.
    """

    benefit: str
    title: str
    unit: str
    available: Decimal | None
    reason: str | None
    partner: str | None = None
    partner_name: str | None = None
    own: bool | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Benefits(Record):
    """What a member may enjoy now, at the caller's partner first."""

    benefits: tuple[Benefit, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Considered(Record):
    """An offer that was weighed for a claim, and whether it is part of what is granted."""

    code: str
    worth: Money | None
    chosen: bool | None


@dataclass(frozen=True, slots=True, kw_only=True)
class BenefitQuote(Record):
    """What a claim would get now, and how many of the day's receipts it would use."""

    benefit: str
    quantity: Decimal | None
    unit: str | None
    worth: Money | None
    due: Money | None
    points_option: int | None
    reason: str | None
    receipts: int | None
    offers: tuple[Considered, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Claim(Record):
    """A benefit used or held: its worth, what is still due, and the points that would pay that.

    `points` are those held or burned for it; a held claim ends by itself at `held_until`.
    """

    claim_id: str
    benefit: str
    status: ClaimStatus | str
    quantity: Decimal | None
    unit: str | None
    worth: Money | None
    due: Money | None
    points_option: int | None
    reason: str | None
    held_until: datetime | None = None
    slot: datetime | None = None
    points: int | None = None
    offers: tuple[Considered, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class BenefitSlot(Record):
    """A time that can be booked: of its `places`, some are `left`."""

    starts: datetime
    ends: datetime
    places: int | None
    left: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class BenefitSlots(Record):
    """What can be booked on a day."""

    slots: tuple[BenefitSlot, ...]
