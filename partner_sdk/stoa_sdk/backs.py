"""What Stoa answers about what comes back: returns, those that wait, refunds, found receipts."""

from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal

from stoa_sdk.facts import (
    Balance,
    Money,
    Purchase,
    PurchaseStatus,
    Redemption,
    RedemptionStatus,
    TenderKind,
)
from stoa_sdk.records import Record

__all__ = [
    "FoundPurchases",
    "FoundRedemptions",
    "OriginalSale",
    "PaidOut",
    "Refund",
    "Return",
    "ReturnByReceipt",
    "WaitingReturn",
    "WaitingReturns",
]


@dataclass(frozen=True, slots=True, kw_only=True)
class PaidOut(Record):
    """What goes back by a means of payment."""

    kind: TenderKind | str
    amount: Decimal


@dataclass(frozen=True, slots=True, kw_only=True)
class Return(Record):
    """What a return or void took back, and what goes back to the member.

    Attributes:
        clawed_back: points taken from the wallet or owed.
        debt_booked: of these, spent already and now owed.
        uncollected: spent already, and let go by the alliance's rules.
        restored: points that had paid and are back in their lots.
        unmatched: of `tenders`, paid with points whose redemption is not known.
        tenders: how the money goes back.
    """

    return_id: str | None
    purchase_id: str
    status: PurchaseStatus | str
    clawed_back: int
    debt_booked: int
    uncollected: int
    restored: int
    unmatched: Decimal
    tenders: tuple[PaidOut, ...]
    balance: Balance


@dataclass(frozen=True, slots=True, kw_only=True)
class ReturnByReceipt(Record):
    """A return of the sale of a receipt; with `status` awaiting_original, it waits for that sale.

    What it took back is `None` as long as it waits.
    """

    return_id: str
    status: str
    purchase_id: str | None
    clawed_back: int | None
    debt_booked: int | None
    restored: int | None
    balance: Balance | None

    @property
    def waits(self) -> bool:
        """Whether the sale is still to come."""
        return self.status == "awaiting_original"


@dataclass(frozen=True, slots=True, kw_only=True)
class OriginalSale(Record):
    """The receipt of a sale."""

    store: str
    terminal: str
    receipt_no: str
    business_date: date


@dataclass(frozen=True, slots=True, kw_only=True)
class WaitingReturn(Record):
    """A return that came before its sale, and what became of it; `refusal` is a problem's code."""

    return_id: str
    status: str
    original: OriginalSale
    receipt_no: str
    received_at: datetime
    resolved_at: datetime | None
    refusal: str | None
    transaction_id: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class WaitingReturns(Record):
    """A few of them, oldest first, and where to go on; no cursor means that this was the last."""

    returns: tuple[WaitingReturn, ...]
    next_cursor: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Refund(Record):
    """Captured points that came back: `points` now, `refunded` in all, `refundable` still."""

    refund_id: str
    redemption_id: str
    status: RedemptionStatus | str
    points: int
    refunded: int
    refundable: int
    worth: Money
    balance: Balance


@dataclass(frozen=True, slots=True, kw_only=True)
class FoundPurchases(Record):
    """The purchase of a receipt: one or none."""

    purchases: tuple[Purchase, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class FoundRedemptions(Record):
    """The redemptions of a receipt, the latest first."""

    redemptions: tuple[Redemption, ...]
