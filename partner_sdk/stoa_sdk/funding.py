"""Funding: `client.funding` says what you may still issue, of packs and of your credit.

standing = client.funding.standing()
if standing.lasts_days is not None and standing.lasts_days < 7:
order_a_pack()
"""

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from stoa_sdk.calls import AsyncSender, Call, Sender, get
from stoa_sdk.records import Record

__all__ = ["AsyncFunding", "Funding", "FundingPack", "FundingStanding", "standing"]


@dataclass(frozen=True, slots=True, kw_only=True)
class FundingPack(Record):
    """A pack of points that you bought, at `price` each.

    Attributes:
        used: points issued of it, returns taken off.
        refunded: points that were unused and paid back.
    """

    pack_id: str
    points_currency: str
    points: int
    price: Decimal
    reserve: bool
    used: int
    left: int
    refunded: int
    bought_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class FundingStanding(Record):
    """Where your funding stands; amounts are exact, in `money_currency`.

    Attributes:
        funding: ``open``, ``prepaid`` or ``credit``.
        overflow: what pays where it is used up: ``refuse`` (nothing), ``reserve_pack``, ``credit``
            or ``member_first`` (the operator carries it for you).
        left_points: of packs, without reserves.
        exposure: what is unbilled or unpaid on credit; `None` where no credit pays.
        left_amount: of the credit; below zero where more is owed than its limit.
        carried_points: that the operator carries for you.
        used_points: issued at your cost in the last 14 days, less returns.
        lasts_days: for how long what is left lasts at that rate; `None` where nothing was used.
    """

    funding: str
    overflow: str
    points_currency: str
    money_currency: str
    left_points: int
    reserve_points: int
    alert_points: int | None
    credit_limit: Decimal | None
    exposure: Decimal | None
    left_amount: Decimal | None
    alert_amount: Decimal | None
    carried_points: int
    used_points: int
    lasts_days: int | None
    low_since: datetime | None
    exhausted_since: datetime | None
    packs: tuple[FundingPack, ...]


def standing() -> Call[FundingStanding]:
    """Return what you may still issue, and what you owe; needs ``statements:read``."""
    return get("v1/funding", FundingStanding)


@dataclass(frozen=True, slots=True)
class Funding:
    """What a `Client` knows of funding: what `client.funding` is."""

    sender: Sender

    def standing(self) -> FundingStanding:
        """Return what you may still issue, and what you owe; needs ``statements:read``."""
        return self.sender.send(standing())


@dataclass(frozen=True, slots=True)
class AsyncFunding:
    """What an `AsyncClient` knows of funding."""

    sender: AsyncSender

    async def standing(self) -> FundingStanding:
        """Return what you may still issue, and what you owe; needs ``statements:read``."""
        return await self.sender.send(standing())
