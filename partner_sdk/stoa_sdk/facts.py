"""What Stoa answers, as frozen records; points are whole numbers, money and quantities decimals.

Words such as a status are open: one that this version knows is a member of its enumeration, one
that a newer server invented stays the text that came, and both compare with text.
"""

from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum

from stoa_sdk.amounts import Money
from stoa_sdk.brought import (
    OrderChance,
    OrderCoupon,
    OrderPoints,
    OrderTicket,
    SeenCoupon,
    TakenCoupon,
)
from stoa_sdk.records import Record

__all__ = [
    "Available",
    "Balance",
    "Discount",
    "EarnedLine",
    "Earning",
    "EnrolledMember",
    "Entry",
    "EntryKind",
    "Estimate",
    "EstimatedPoints",
    "ExpiringPoints",
    "Held",
    "HistoryPage",
    "HoldOutcome",
    "MaturingPoints",
    "MemberCode",
    "MemberStatus",
    "Money",
    "Partner",
    "Payer",
    "PinSet",
    "Purchase",
    "PurchaseLine",
    "PurchaseStatus",
    "PurchaseTender",
    "RedeemRequires",
    "Redemption",
    "RedemptionStatus",
    "ResolvedMember",
    "RewardOrder",
    "Store",
    "TenderKind",
    "Wallet",
]


class MemberStatus(StrEnum):
    """Whether a member can earn and redeem."""

    ACTIVE = "active"
    FROZEN = "frozen"
    CLOSED = "closed"


class PurchaseStatus(StrEnum):
    """How far a purchase has come; pending means that its points are still being worked out."""

    POSTED = "posted"
    PENDING = "pending"
    RETURNED = "returned"
    VOIDED = "voided"


class RedemptionStatus(StrEnum):
    """How far a redemption has come."""

    HELD = "held"
    CAPTURED = "captured"
    REFUNDED = "refunded"
    VOIDED = "voided"
    EXPIRED = "expired"


class EntryKind(StrEnum):
    """Why points came or went."""

    EARN = "earn"
    REDEEM = "redeem"
    RETURN = "return"
    VOID = "void"
    REFUND = "refund"
    EXPIRE = "expire"
    EXCHANGE = "exchange"
    TRANSFER_OUT = "transfer_out"
    TRANSFER_IN = "transfer_in"
    MERGE = "merge"
    ADJUST = "adjust"
    OPEN = "open"
    BONUS = "bonus"
    CHANCE = "chance"
    TICKET = "ticket"


class Payer(StrEnum):
    """Who pays for points."""

    PARTNER = "partner"
    OPERATOR = "operator"
    ANOTHER_PARTNER = "another_partner"


class TenderKind(StrEnum):
    """What a purchase was paid with."""

    CARD = "card"
    CASH = "cash"
    MOBILE = "mobile"
    POINTS = "points"
    GIFT_CARD = "gift_card"
    COUPON = "coupon"
    OTHER = "other"


@dataclass(frozen=True, slots=True, kw_only=True)
class Balance(Record):
    """What a wallet holds, in points: to spend, not yet mature, reserved, owed."""

    currency: str
    available: int
    pending: int
    held: int
    debt: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Available(Record):
    """The points that can be spent now."""

    available: int


@dataclass(frozen=True, slots=True, kw_only=True)
class ExpiringPoints(Record):
    """Points that can be spent for the last time on a date."""

    points: int
    on: date


@dataclass(frozen=True, slots=True, kw_only=True)
class MaturingPoints(Record):
    """Pending points that can be spent from a date on."""

    points: int
    on: date


@dataclass(frozen=True, slots=True, kw_only=True)
class Wallet(Record):
    """A member's balance as of an instant, what it is worth, what matures and expires next.

    `ledger_position` grows with every entry of this member, so that two readings can be ordered.
    """

    currency: str
    available: int
    pending: int
    held: int
    debt: int
    maturing: tuple[MaturingPoints, ...]
    expiring: tuple[ExpiringPoints, ...]
    money_value: Money
    as_of: datetime
    ledger_position: int


@dataclass(frozen=True, slots=True, kw_only=True)
class EnrolledMember(Record):
    """A member who has just joined; `member_ref` is the caller's own name for the member."""

    member_ref: str
    card: str
    display: str
    tier: str | None
    status: MemberStatus | str
    enrolled_at: datetime
    balance: Balance


@dataclass(frozen=True, slots=True, kw_only=True)
class RedeemRequires(Record):
    """What spending a member's points needs, besides enough of them.

    `token_types` is empty where the member was named by what may spend.
    """

    token_types: tuple[str, ...]
    min_points: int
    step: int
    max_share_percent: int
    step_up_above_points: int | None
    step_up_ways: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class MemberCode(Record):
    """The code that a member shows now; `confirmation` is of the points that were told."""

    code: str
    renews_at: datetime
    expires_at: datetime
    confirmation: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class PinSet(Record):
    """That a member has a PIN now."""

    member_ref: str
    pin_set: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class ResolvedMember(Record):
    """A member found by card, contact or reference; the name is masked."""

    member_ref: str
    display: str
    tier: str | None
    status: MemberStatus | str
    can_earn: bool
    can_redeem: bool
    balance: Available
    discount_basis_points: int | None = None
    redeem_requires: RedeemRequires | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry(Record):
    """One line of a member's history.

    What another partner did shows its points, never its partner, store or receipt.
    """

    entry: int
    transaction_id: str
    kind: EntryKind | str
    points: int
    balance: int
    reason: str | None
    account: str | None
    payer: Payer | str | None
    partner: str | None
    store: str | None
    reference: str | None
    business_date: date | None
    recorded_at: datetime
    explanation: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class HistoryPage(Record):
    """A few entries, newest first, and where to go on; no cursor means that this was the last."""

    entries: tuple[Entry, ...]
    next_cursor: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class EarnedLine(Record):
    """Points for one reason, who pays for them, and how they were worked out.

    `rule` is what they were earned by, in its `rule_version`: ``campaign:double11``; ``None`` of
    purchases from before rules were named.
    """

    reason: str
    points: int
    payer: Payer | str
    arithmetic: str | None
    expires_on: date | None
    line_nos: tuple[int, ...]
    rule: str | None = None
    rule_version: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class EstimatedPoints(Record):
    """The points that a purchase would earn."""

    base: int
    uplift: int
    campaign: int = 0
    total: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Discount(Record):
    """What the member's tier takes off: the rate (500 are 5 %), the amount, the total after it."""

    basis_points: int
    amount: Decimal
    total: Decimal


@dataclass(frozen=True, slots=True, kw_only=True)
class Estimate(Record):
    """What a purchase would earn if it were reported now; nothing was written.

    Where `funded` is false, who pays for the points has not funded them, and the purchase would be
    refused with ``PARTNER_FUNDING_EXHAUSTED``.
    """

    points: EstimatedPoints
    lines: tuple[EarnedLine, ...]
    available_on: date | None
    balance: Available | None
    discount: Discount | None = None
    coupons: tuple[SeenCoupon, ...] = ()
    funded: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class Earning(Record):
    """A reported purchase and the points that it earned.

    While `status` is pending, the sale is kept and its points follow. The points can be spent from
    `available_on`; until then they are the pending ones of the balance.
    """

    purchase_id: str
    status: PurchaseStatus | str
    member_ref: str
    points: int
    lines: tuple[EarnedLine, ...]
    available_on: date | None
    balance: Balance
    transaction_id: str | None
    coupons: tuple[TakenCoupon, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class PurchaseLine(Record):
    """One line of a receipt; `returned` is the quantity back, `refunded` money without goods."""

    line_no: int
    sku: str
    category: str
    quantity: Decimal
    unit: str
    net: Decimal
    returned: Decimal
    refunded: Decimal | None


@dataclass(frozen=True, slots=True, kw_only=True)
class PurchaseTender(Record):
    """What part of a purchase was paid how, and what of it went back."""

    kind: TenderKind | str
    amount: Decimal
    redemption_id: str | None
    returned: Decimal | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Purchase(Record):
    """A purchase as it stands; amounts are in its `currency`."""

    purchase_id: str
    status: PurchaseStatus | str
    store: str
    terminal: str
    receipt_no: str
    occurred_at: datetime
    business_date: date
    currency: str
    total: Decimal
    lines: tuple[PurchaseLine, ...]
    tenders: tuple[PurchaseTender, ...]
    earned: tuple[EarnedLine, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class RewardOrder(Record):
    """The reward of a redemption; what it brings is there once it was captured.

    Attributes:
        draw: of its `tickets`; `chance` of its `chances`.
        credited: points of another currency that it brought.
        money: what the member pays besides the points.
        slot: when it is booked for, where it has times.
        status: how far it is, where a redemption is read.
        fulfilment: whether its provider was asked for it, where a redemption is read.
    """

    reward_id: str
    kind: str
    quantity: int
    money: Money
    slot: datetime | None
    coupons: tuple[OrderCoupon, ...]
    draw: str | None
    tickets: tuple[OrderTicket, ...] = ()
    chance: str | None
    chances: tuple[OrderChance, ...] = ()
    credited: OrderPoints | None
    status: str | None
    fulfilment: str | None
    reference: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Held(Record):
    """Points reserved until `expires_at`, and what they are worth at the till."""

    redemption_id: str
    status: RedemptionStatus | str
    member_ref: str
    points: int
    worth: Money
    reward_id: str | None
    order: RewardOrder | None
    expires_at: datetime
    balance: Balance


@dataclass(frozen=True, slots=True, kw_only=True)
class HoldOutcome(Record):
    """How a hold ended: the points taken, and those released."""

    redemption_id: str
    status: RedemptionStatus | str
    points: int
    released: int
    worth: Money | None
    transaction_id: str | None
    order: RewardOrder | None
    balance: Balance


@dataclass(frozen=True, slots=True, kw_only=True)
class Redemption(Record):
    """A redemption as it stands."""

    redemption_id: str
    status: RedemptionStatus | str
    points: int
    captured: int | None
    refunded: int | None
    refundable: int | None
    extended: bool | None
    worth: Money
    purpose: str | None
    reward_id: str | None
    order: RewardOrder | None
    store: str
    receipt_no: str | None
    created_at: datetime
    expires_at: datetime
    resolved_at: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Store(Record):
    """A store of the caller's partner; `zone` is the IANA time zone of its business day."""

    store_id: str
    code: str
    name: str
    site: str
    zone: str
    currency: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Partner(Record):
    """The caller's partner, its stores, and the scopes of the caller's token."""

    partner_id: str
    code: str
    name: str
    stores: tuple[Store, ...]
    scopes: tuple[str, ...]
