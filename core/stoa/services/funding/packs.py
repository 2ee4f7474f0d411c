"""Packs: a partner buys points before it issues them, and is paid back for those it never did."""

from dataclasses import dataclass
from datetime import datetime
from decimal import ROUND_HALF_UP, Decimal
from typing import Any
from uuid import UUID

from sqlalchemy.exc import DBAPIError

from stoa.errors import InvalidBodyError, PackUnknownError, PackUsedError, PartnerUnknownError
from stoa.services import audit
from stoa.values.amounts import MAX_ENTRY_POINTS, minor_exponent
from stoa.values.clearing.packs import Pack, unused
from stoa.values.identifiers import new_uuid, public_id
from stoa.work import Work

__all__ = ["Bought", "Refund", "buy", "packs_of", "refund"]

_LARGEST_PRICE = Decimal(1000)


@dataclass(frozen=True, slots=True)
class Bought:
    """A pack as it stands.

    Attributes:
        points: that were bought, at `price` each in the programme's money.
        refunded: of these, unused and paid back.
        left: of these, neither issued nor refunded.
    """

    id: UUID
    partner_id: UUID
    currency: str
    points: int
    price: Decimal
    reserve: bool
    refunded: int
    left: int
    bought_at: datetime
    bought_by: str

    @property
    def used(self) -> int:
        """Points of it that were issued."""
        return self.points - self.refunded - self.left

    @property
    def amount(self) -> Decimal:
        """What it cost, exact."""
        return self.points * self.price


@dataclass(frozen=True, slots=True)
class Refund:
    """Unused points of a pack, and what is paid back for them, rounded to the money's units."""

    pack_id: UUID
    points: int
    amount: Decimal


_BUY = "SELECT stoa_buy_pack(%s, %s, %s, %s, %s, %s, %s, %s)"


def buy(
    work: Work,
    partner_id: UUID,
    points: int,
    *,
    price: Decimal,
    currency: str | None = None,
    reserve: bool = False,
    pack_id: UUID | None = None,
) -> Bought:
    """Let a partner buy a pack; its points may be issued from now on.

    A top-up is another pack: packs are used in the order in which they were bought.

    Args:
        price: money per point.
        currency: of the points, the programme's by default.
        reserve: drawn only where the others are empty and the overflow is ``reserve_pack``.
        pack_id: of what is bought, so that it is bought once.

    Raises:
        InvalidBodyError: the points or the price make no pack.
        PartnerUnknownError: there is no such partner.
    """
    errors: dict[str, list[str]] = {}
    if not 0 < points <= MAX_ENTRY_POINTS:
        errors["points"] = ["A pack has between 1 and 10^12 points."]
    if not 0 <= price <= _LARGEST_PRICE or price.scaleb(6) % 1:
        errors["price"] = ["A price has at most six decimals, and is at most 1000."]
    if errors:
        raise InvalidBodyError(errors=errors)
    if not work.rows("SELECT 1 FROM partners WHERE id = %s", (partner_id,)):
        raise PartnerUnknownError
    chosen, code = pack_id or new_uuid(), currency or work.programme.currency
    work.session.flush()
    values = (partner_id, chosen, code, points, price, reserve, work.now(), work.actor.name)
    fresh = work.rows(_BUY, values)[0][0]
    bought = _find(work, chosen)
    if fresh:
        audit.record(work, "partner.pack", public_id("prt", partner_id), after=_told(bought))
    return bought


_REFUND = "SELECT stoa_refund_pack(%s, %s, %s)"


def refund(work: Work, pack_id: UUID, *, points: int | None = None) -> Refund:
    """Take unused points of a pack back, all of them by default; return what is paid for them.

    Raises:
        PackUnknownError: there is no such pack.
        PackUsedError: fewer points are unused, or none.
        InvalidBodyError: less than one point is asked for.
    """
    if points is not None and points < 1:
        raise InvalidBodyError(errors={"points": ["At least one point is refunded."]})
    before = _find(work, pack_id)
    try:
        with work.session.begin_nested():
            done: int = work.rows(_REFUND, (pack_id, points, work.now()))[0][0]
    except DBAPIError as wrong:
        if getattr(wrong.orig, "sqlstate", None) != "ST052":
            raise
        left = getattr(getattr(wrong.orig, "diag", None), "message_detail", None)
        raise PackUsedError(unused_points=int(left or 0)) from None
    places = Decimal(1).scaleb(-minor_exponent(work.programme.money_currency))
    amount = (done * before.price).quantize(places, ROUND_HALF_UP)
    audit.record(
        work, "partner.pack_refund", public_id("prt", before.partner_id), before=_told(before),
        after=_told(_find(work, pack_id)) | {"points": done, "amount": f"{amount:f}"},
    )  # fmt: skip
    return Refund(pack_id, done, amount)


_PACKS = """
SELECT k.id, k.partner_id, k.currency, k.points, k.price, k.reserve, k.refunded, k.bought_at,
       k.bought_by, (SELECT coalesce(sum(s.remaining), 0)::bigint FROM partner_funds s
                      WHERE s.partner_id = k.partner_id AND s.currency = k.currency
                        AND s.pool = CASE WHEN k.reserve THEN 'reserve' ELSE 'packs' END)
  FROM funding_packs k
 WHERE k.partner_id = %s ORDER BY k.currency, k.reserve, k.place
"""


def packs_of(work: Work, partner_id: UUID) -> list[Bought]:
    """Return a partner's packs: by currency, reserves last, in the order they are used in."""
    rows = work.rows(_PACKS, (partner_id,))
    pools: dict[tuple[str, bool], list[Any]] = {}
    for row in rows:
        pools.setdefault((row[2], row[5]), []).append(row)
    packs: list[Bought] = []
    for mine in pools.values():
        left = unused([Pack(str(row[0]), row[3] - row[6], row[4]) for row in mine], mine[0][9])
        for row in mine:
            facts: list[Any] = [*row[:7], left[str(row[0])], *row[7:9]]
            packs.append(Bought(*facts))
    return packs


def _find(work: Work, pack_id: UUID) -> Bought:
    rows = work.rows("SELECT partner_id FROM funding_packs WHERE id = %s", (pack_id,))
    if not rows:
        raise PackUnknownError
    return next(each for each in packs_of(work, rows[0][0]) if each.id == pack_id)


def _told(pack: Bought) -> dict[str, Any]:
    return {
        "pack": public_id("pck", pack.id), "currency": pack.currency, "points": pack.points,
        "price": f"{pack.price:f}", "reserve": pack.reserve, "refunded": pack.refunded,
        "left": pack.left,
    }  # fmt: skip
