"""Orders: rewards that members hold, have and gave back; what each took, and whose burn it is.

An order has the id of its hold and is placed, issued and resolved with it, in one transaction. The
functions of `models/functions/orders.sql` write it; here is what they are told, and what is read.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any, LiteralString
from uuid import UUID

from stoa.errors import OrderUsedError
from stoa.services import coupons, ledger
from stoa.values.amounts import Money
from stoa.values.identifiers import public_id
from stoa.work import Work, alliance_wide

__all__ = [
    "COLUMNS",
    "JOINED",
    "Coupon",
    "Order",
    "Placing",
    "Slot",
    "codes",
    "find",
    "had",
    "hand_out",
    "item_of_day",
    "of_member",
    "order_of",
    "page",
    "placed",
    "take_back",
]


@dataclass(frozen=True, slots=True)
class Slot:
    """A time at which a reward is booked.

    Attributes:
        item: ``<provider>:<resource>@<begin>``, shared by all rewards that use the resource.
        places: how many may be booked at that time in all.
        day: the local day of the time.
    """

    item: str
    begins_at: datetime
    places: int
    day: date


@dataclass(frozen=True, slots=True)
class Placing:
    """What a hold of a reward orders.

    Attributes:
        provider_id: who gives it out and is paid for it; ``None`` for the operator.
        version: of the rule, or of the partner whose plugin offers it.
        stock: units in all, by the rulebook of `stock_version`; ``None`` where it has no figure.
        per_member: the most one member may ever have; `per_day` over all members on a day.
        counted: whether somebody put units in by hand, though the rule has no figure.
        terms: what the reward is, kept for whoever gives it out.
    """

    offer: str
    kind: str
    version: int
    provider_id: UUID | None
    buyer_id: UUID
    quantity: int
    money: Money
    fulfil: str = "none"
    per_member: int | None = None
    per_member_day: int | None = None
    per_day: int | None = None
    stock: int | None = None
    stock_version: int = 0
    counted: bool = False
    slot: Slot | None = None
    terms: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Order:
    """An order as it stands.

    Attributes:
        state: ``held``, ``issued``, ``fulfilled``, ``failed``, ``voided``, ``expired`` or
            ``refunded``.
        points: of the hold, all of which are burned when it is issued.
        money: what the member pays at the till on top.
        slot: when it begins, as ISO 8601, or empty.
        coupons: ids of the coupons issued for it.
        errand: ``none``, ``queued``, ``done``, ``failed``, ``cancelling`` or ``cancelled``: whether
            the provider's plugin is yet to be asked; `answer` and `reference` are what it said.
    """

    member_id: UUID
    id: UUID
    offer: str
    kind: str
    version: int
    provider_id: UUID | None
    partner_id: UUID
    store_id: UUID
    buyer_id: UUID
    quantity: int
    points: int
    money: Money
    state: str
    fulfil: str
    slot: str
    terms: Mapping[str, Any]
    coupons: tuple[UUID, ...]
    placed_at: datetime
    resolved_at: datetime | None
    errand: str
    attempts: int
    next_at: datetime | None
    answer: Mapping[str, Any]
    reference: str

    @property
    def pool(self) -> str:
        """The pool from which coupons are issued for it; empty for none."""
        return str(self.terms.get("coupon", ""))

    @property
    def public_id(self) -> str:
        """The id of the order and of its redemption: ``hld_…``."""
        return public_id("hld", self.id)


@dataclass(frozen=True, slots=True)
class Coupon:
    """A coupon that was issued for an order."""

    id: UUID
    code: str
    valid_until: date


COLUMNS: LiteralString = """
       o.member_id, o.id, o.offer, o.kind, o.version, o.provider_id, o.partner_id, o.store_id,
       o.buyer_id, o.quantity, h.points, o.money_minor, o.currency, o.state, o.fulfil, o.slot,
       o.terms, o.coupons, o.placed_at, o.resolved_at, o.errand, o.attempts, o.next_at, o.answer,
       o.reference
"""
JOINED: LiteralString = "orders o JOIN holds h ON h.member_id = o.member_id AND h.id = o.id"
_FIND = f"SELECT {COLUMNS} FROM {JOINED} WHERE o.id = %s"  # noqa: S608 - constants
_OF_MEMBER = f"""
SELECT {COLUMNS} FROM {JOINED}
 WHERE o.buyer_id IN (SELECT %(member)s UNION ALL
                      SELECT m.id FROM members m WHERE m.merged_into = %(member)s)
   AND (%(before)s::timestamptz IS NULL OR (o.placed_at, o.id) < (%(before)s, %(last)s))
   AND (%(partner)s::uuid IS NULL OR %(partner)s IN (o.partner_id, o.provider_id))
 ORDER BY o.placed_at DESC, o.id DESC LIMIT %(limit)s
"""  # noqa: S608 - constants
_PAGE = f"""
SELECT {COLUMNS} FROM {JOINED}
 WHERE (%(before)s::timestamptz IS NULL OR (o.placed_at, o.id) < (%(before)s, %(last)s))
   AND (%(state)s = '' OR o.state = %(state)s) AND (%(offer)s = '' OR o.offer = %(offer)s)
   AND (%(partner)s::uuid IS NULL OR %(partner)s IN (o.partner_id, o.provider_id))
 ORDER BY o.placed_at DESC, o.id DESC LIMIT %(limit)s
"""  # noqa: S608 - constants
_COUPONS = "SELECT stoa_order_coupons(%s, %s, %s::uuid[])"
_CODES = "SELECT id, code, valid_until FROM coupons WHERE id = ANY(%s) ORDER BY id"


def placed(placing: Placing, *, business_date: date) -> dict[str, Any]:
    """Return what `models/functions/orders.sql` is told of an order."""
    slot = placing.slot
    wanted: dict[str, Any] = {
        "offer": placing.offer, "kind": placing.kind, "version": placing.version,
        "provider": placing.provider_id and str(placing.provider_id),
        "buyer": str(placing.buyer_id), "quantity": placing.quantity,
        "money_minor": placing.money.minor, "money_currency": placing.money.currency,
        "fulfil": placing.fulfil, "slot": slot.begins_at.isoformat() if slot else "",
        "terms": dict(placing.terms), "takes": _takes(placing, business_date),
    }  # fmt: skip
    for name in ("per_member", "per_member_day"):
        if getattr(placing, name) is not None:
            wanted[name] = getattr(placing, name)
    return wanted


_HAD = """
SELECT o.offer, sum(o.quantity)::bigint,
       coalesce(sum(o.quantity) FILTER (WHERE o.business_date = %(day)s), 0)::bigint
  FROM orders o
 WHERE o.buyer_id = ANY (ARRAY(
       SELECT m.id FROM members m WHERE m.id = %(member)s OR m.merged_into = %(member)s))
   AND o.offer = ANY (%(offers)s::text[]) AND o.state IN ('held', 'issued', 'fulfilled')
 GROUP BY o.offer
"""


@alliance_wide
def had(
    work: Work, member_id: UUID, offers: Sequence[str], *, day: date
) -> dict[str, tuple[int, int]]:
    """Return how many of each of these offers a member has, ever and of a day; none is missing."""
    values = {"member": member_id, "offers": list(offers), "day": day}
    return {row[0]: (row[1], row[2]) for row in work.rows(_HAD, values)}


def item_of_day(offer: str, day: date) -> str:
    """Return under which name an offer's units of a day are counted."""
    return f"{offer}@{day}"


def find(work: Work, order_id: UUID) -> Order | None:
    """Return an order by its id; ``None`` where the redemption ordered nothing."""
    rows = work.rows(_FIND, (order_id,))
    return order_of(work, rows[0]) if rows else None


def of_member(
    work: Work,
    member_id: UUID,
    *,
    partner_id: UUID | None = None,
    before: tuple[datetime, UUID] | None = None,
    limit: int = 50,
) -> list[Order]:
    """Return a member's orders, those of merged memberships too, the latest first.

    Args:
        partner_id: only those held at this partner or given out by it.
        before: time and id of the last one that is known.
    """
    at, last = before or (None, None)
    values = {
        "member": member_id, "partner": partner_id, "before": at, "last": last, "limit": limit,
    }  # fmt: skip
    return [order_of(work, row) for row in work.rows(_OF_MEMBER, values)]


def page(
    work: Work,
    *,
    state: str = "",
    offer: str = "",
    partner_id: UUID | None = None,
    before: tuple[datetime, UUID] | None = None,
    limit: int = 50,
) -> list[Order]:
    """Return orders of all members, the latest first; filtered by what is not empty."""
    at, last = before or (None, None)
    values = {
        "state": state, "offer": offer, "partner": partner_id, "before": at, "last": last,
        "limit": limit,
    }  # fmt: skip
    return [order_of(work, row) for row in work.rows(_PAGE, values)]


def hand_out(work: Work, order: Order | None) -> None:
    """Issue the coupons of an order that is being captured, beside the burn of its points.

    Raises:
        CouponPoolUnknownError: the pool issues no longer.
        CouponSoldOutError: fewer coupons are left.
    """
    if order is None or not order.pool:
        return
    issued = coupons.issue(
        work, order.pool, member_id=order.buyer_id, origin=_origin(order),
        count=order.quantity,
    )  # fmt: skip
    ids = ledger.array(each.id for each in issued)
    work.rows(_COUPONS, (order.member_id, order.id, ids))


def take_back(work: Work, order: Order | None) -> None:
    """Cancel the coupons of an order that is being refunded, beside the refund of its points.

    Raises:
        OrderUsedError: one was used, or is about to be.
    """
    if order and order.pool and not coupons.cancel_of(work, _origin(order)):
        raise OrderUsedError


def codes(work: Work, order: Order) -> list[Coupon]:
    """Return the coupons of an order with their codes."""
    return [Coupon(*row) for row in work.rows(_CODES, (list(order.coupons),))]


def _origin(order: Order) -> str:
    return f"order:{order.id}"


def _takes(placing: Placing, business_date: date) -> list[dict[str, Any]]:
    """Return the stock items of an order in the order in which they are taken."""
    takes: list[dict[str, Any]] = []
    if placing.per_day is not None:
        takes.append(
            {
                "item": item_of_day(placing.offer, business_date), "kind": "day",
                "told": placing.per_day, "version": placing.stock_version,
                "ends_on": str(business_date),
            }
        )  # fmt: skip
    if placing.slot is not None:
        takes.append(
            {
                "item": placing.slot.item, "kind": "slot", "told": placing.slot.places,
                "version": 0, "ends_on": str(placing.slot.day),
            }
        )  # fmt: skip
    if placing.stock is not None:
        takes.append(
            {
                "item": placing.offer, "kind": "stock", "told": placing.stock,
                "version": placing.stock_version,
            }
        )  # fmt: skip
    elif placing.counted:
        takes.append({"item": placing.offer, "kind": "stock"})
    return takes


def order_of(work: Work, row: Any) -> Order:  # noqa: ANN401 - a row of orders
    """Return the order that a row of `COLUMNS` tells of."""
    money = Money(row[11], row[12] or work.programme.money_currency)
    facts: list[Any] = [*row[:11], money, *row[13:17], tuple(row[17]), *row[18:]]
    return Order(*facts)
