"""What Stoa answers about draws for points, and the deeds of tickets; `fairness` checks draws."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from typing import Any

from stoa_sdk.challenges import Wording
from stoa_sdk.facts import Balance
from stoa_sdk.records import Record

__all__ = [
    "BoughtTicket",
    "ClaimedPrize",
    "Draw",
    "DrawMode",
    "DrawPrize",
    "DrawProof",
    "Draws",
    "Ticket",
    "TicketState",
    "Tickets",
]


class DrawMode(StrEnum):
    """Whether tickets are drawn each for itself or all together."""

    INSTANT = "instant"
    RAFFLE = "raffle"


class TicketState(StrEnum):
    """What became of a ticket."""

    OPEN = "open"
    WON = "won"
    LOST = "lost"
    REFUNDED = "refunded"


@dataclass(frozen=True, slots=True, kw_only=True)
class DrawPrize(Record):
    """A prize of a draw; neither points nor a coupon means that a store hands it over."""

    prize: str
    name: Wording
    worth_minor: int
    points: int
    coupon: str | None
    partner: str | None
    odds_per_million: int | None
    stock: int
    left: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Draw(Record):
    """A draw as it stands; keep `terms_hash` and, of a raffle, `commitment` to check it later."""

    draw: str
    name: Wording
    mode: DrawMode | str
    state: str
    points: int
    opens_at: datetime
    closes_at: datetime
    draws_at: datetime | None
    per_member: int | None
    per_member_day: int | None
    tiers: tuple[str, ...]
    tickets: int
    sold: int
    prizes: tuple[DrawPrize, ...]
    consolation: DrawPrize | None
    terms_hash: str
    commitment: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Draws(Record):
    """The draws that there are."""

    draws: tuple[Draw, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Ticket(Record):
    """A ticket that a member bought; `commitment` is the SHA-256 of the seed that decides it."""

    ticket_id: str
    draw: str
    mode: DrawMode | str
    number: int
    state: TicketState | str
    points: int
    bought_at: datetime
    terms_hash: str
    commitment: str
    seed: str | None
    nonce: str | None
    roll: int | None
    turn: int | None
    stock: tuple[int, ...] | None
    holder: str | None
    prize: str | None
    prize_state: str | None
    claim_until: date | None


@dataclass(frozen=True, slots=True, kw_only=True)
class BoughtTicket(Ticket):
    """A ticket after a deed, and the wallet."""

    balance: Balance


@dataclass(frozen=True, slots=True, kw_only=True)
class Tickets(Record):
    """The tickets that a member bought, the newest first."""

    tickets: tuple[Ticket, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class ClaimedPrize(Record):
    """A prize that was handed over."""

    ticket_id: str
    draw: str
    prize: str
    unit: int
    state: str
    claimed_at: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class DrawProof(Record):
    """All that is published of a draw: `raw` is what `fairness.verify_draw` reads."""

    draw: str
    mode: DrawMode | str
    state: str
    terms: Mapping[str, Any]
    terms_hash: str
    sold: int
