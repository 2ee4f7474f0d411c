"""The fulfilment queue as people see it, and what they may do: try again, or give up and refund."""

import json
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from stoa.errors import ErrandClosedError, RedemptionUnknownError
from stoa.services import audit
from stoa.services.fulfilment.claiming import GIVE_UP, find
from stoa.services.fulfilment.settling import refund
from stoa.values.identifiers import public_id
from stoa.work import Work

__all__ = ["Waiting", "count", "give_up", "page", "try_again"]


@dataclass(frozen=True, slots=True)
class Waiting:
    """An errand in the queue.

    Attributes:
        state: of the order; `errand` of what the partner is asked.
        provider: the name of the partner who is asked.
        detail: what the partner said last, or what went wrong.
        asking: whether a worker is asking about it now.
        until: when it is given up.
    """

    id: UUID
    offer: str
    quantity: int
    points: int
    state: str
    errand: str
    provider: str
    attempts: int
    next_at: datetime | None
    until: datetime | None
    placed_at: datetime
    detail: str
    reference: str
    asking: bool

    @property
    def public_id(self) -> str:
        """The id of the redemption: ``hld_…``."""
        return public_id("hld", self.id)


_PAGE = """
SELECT o.id, o.offer, o.quantity, h.points, o.state, o.errand, coalesce(p.name, ''), o.attempts,
       o.next_at, greatest(o.resolved_at + %(give_up)s::interval, o.errand_until), o.placed_at,
       coalesce(o.answer ->> 'detail', ''), o.reference, coalesce(o.asking_until > %(now)s, false)
  FROM orders o JOIN holds h ON h.member_id = o.member_id AND h.id = o.id
  LEFT JOIN partners p ON p.id = o.provider_id
 WHERE o.errand = ANY (%(errands)s) AND (%(id)s::uuid IS NULL OR o.id = %(id)s)
   AND (%(before)s::timestamptz IS NULL OR (o.placed_at, o.id) < (%(before)s, %(last)s))
 ORDER BY o.placed_at DESC, o.id DESC LIMIT %(limit)s
"""
_COUNT = "SELECT errand, count(*) FROM orders WHERE errand <> 'none' GROUP BY errand"
_ALL = ("queued", "cancelling", "failed", "done", "cancelled")


def page(
    work: Work,
    *,
    errand: str = "",
    order_id: UUID | None = None,
    before: tuple[datetime, UUID] | None = None,
    limit: int = 50,
) -> list[Waiting]:
    """Return errands, the latest first.

    Args:
        errand: only those in this state; all for an empty text.
        order_id: only this one.
        before: time and id of the last one that is known.
        limit: the most of them.
    """
    at, last = before or (None, None)
    values = {
        "errands": [errand] if errand else list(_ALL), "id": order_id, "before": at, "last": last,
        "limit": limit, "now": work.now(), "give_up": GIVE_UP,
    }  # fmt: skip
    return [Waiting(*row) for row in work.rows(_PAGE, values)]


def count(work: Work) -> dict[str, int]:
    """Return how many errands are in each state."""
    return dict(work.rows(_COUNT))


_TRY_AGAIN = """
UPDATE orders o
   SET next_at = %(now)s, attempts = 0, errand_until = %(now)s + %(give_up)s::interval,
       errand = CASE WHEN o.errand <> 'failed' THEN o.errand
                WHEN o.state = 'issued' THEN 'queued' ELSE 'cancelling' END
 WHERE o.id = %(id)s AND o.provider_id IS NOT NULL
   AND (o.errand IN ('queued', 'cancelling')
        OR o.errand = 'failed' AND o.state IN ('issued', 'refunded', 'failed'))
RETURNING o.errand
"""


def try_again(work: Work, order_id: UUID) -> str:
    """Have the partner asked again at once, and for another day; return the errand's state.

    Raises:
        RedemptionUnknownError: there is no such order.
        ErrandClosedError: there is nothing left to ask.
    """
    values = {"id": order_id, "now": work.now(), "give_up": GIVE_UP}
    work.session.connection()
    rows = work.rows(_TRY_AGAIN, values)
    if not rows:
        raise _closed(work, order_id)
    audit.record(
        work, "fulfilment.try_again", public_id("hld", order_id), after={"errand": rows[0][0]}
    )
    found: str = rows[0][0]
    return found


def give_up(work: Work, order_id: UUID) -> None:
    """Refund an order that waits to be fulfilled; its partner is asked to undo what it may have.

    Points go back to the lots they came from with their last day, coupons are cancelled, the stock
    is put back.

    Raises:
        RedemptionUnknownError: there is no such order.
        ErrandClosedError: it was fulfilled or refunded before.
        OrderUsedError: a coupon of it was spent.
    """
    work.session.connection()
    order, waiting = find(work, order_id), page(work, order_id=order_id)
    if order is None or not waiting or order.kind not in ("queued", "failed"):
        raise _closed(work, order_id)
    if waiting[0].state != "issued":
        raise _closed(work, order_id)
    told = {"state": "failed", "kind": order.kind, "detail": f"given up by {work.actor.name}"}
    refund(work, order, answer=json.dumps(told), token=None, undo=True)
    audit.record(
        work, "fulfilment.give_up", public_id("hld", order_id), before={"errand": order.kind}
    )


_STATE = "SELECT state FROM orders WHERE id = %s"


def _closed(work: Work, order_id: UUID) -> RedemptionUnknownError | ErrandClosedError:
    rows = work.rows(_STATE, (order_id,))
    return ErrandClosedError(state=rows[0][0]) if rows else RedemptionUnknownError()
