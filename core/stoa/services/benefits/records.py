"""What a till asks for, and what it is told: wishes, quotes, claims."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from stoa.services.members import Token
from stoa.services.step_up import Proof
from stoa.values.amounts import Money
from stoa.values.facts import Considered

__all__ = ["Claimed", "Cost", "Quote", "Wish"]


@dataclass(frozen=True, slots=True)
class Wish:
    """What a till asks for a member: a benefit, for what, how much or since when.

    Attributes:
        stay: the stay it is for.
        hold_s: how long to hold it, in seconds; ``None`` uses it at once.
        points: whether what is left to pay is paid with points.
        slot: when a booked place begins.
        step_up: what the member gave besides the code, a PIN as `step_up.checked` left it.
    """

    member: Token
    store: str
    benefit: str
    subject: str = ""
    at: datetime | None = None
    since: datetime | None = None
    quantity_milli: int | None = None
    unit_price_minor: int | None = None
    stay: UUID | None = None
    hold_s: int | None = None
    points: bool = False
    slot: datetime | None = None
    step_up: Proof | None = None


@dataclass(frozen=True, slots=True)
class Cost:
    """What one payer pays of a claim; the operator where `payer_id` is ``None``."""

    payer_id: UUID | None
    minor: int


@dataclass(frozen=True, slots=True)
class Quote:
    """What a claim would get now; nothing was written.

    Attributes:
        points_option: points that would pay what is due.
        receipts: how many receipts it would use.
        costs: who would pay the worth.
    """

    benefit: str
    quantity_milli: int
    unit: str
    worth: Money
    due: Money
    reason: str
    points_option: int | None
    offers: tuple[Considered, ...]
    receipts: int
    costs: tuple[Cost, ...]


@dataclass(frozen=True, slots=True)
class Claimed:
    """A claim as it stands; `points_option` would pay what is due.

    Attributes:
        state: ``held``, ``used``, ``released`` or ``expired``.
        due: what is left to pay in money, without what `points` pay.
        held_until: when a held claim ends by itself.
        points: those held or burned for it.
        points_worth: what these pay.
        slot: when a booked place begins.
    """

    id: UUID
    benefit: str
    state: str
    quantity_milli: int
    unit: str
    worth: Money
    due: Money
    reason: str
    points_option: int | None = None
    held_until: datetime | None = None
    points: int = 0
    points_worth: Money | None = None
    offers: tuple[Considered, ...] = ()
    slot: datetime | None = None
    subject: str = ""
    member_id: UUID | None = None
