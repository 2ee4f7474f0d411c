"""Which errands are due: claimed for a while under a token, of every partner some."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from random import Random
from uuid import UUID

from stoa.values.facts import Order
from stoa.values.identifiers import public_id
from stoa.work import Work

__all__ = ["GIVE_UP", "LEASE", "Errand", "claim", "find", "next_at"]

LEASE = timedelta(seconds=60)
"""How long a claimed errand is nobody else's; longer than any plugin is waited for."""

GIVE_UP = timedelta(hours=24)
"""How long after it was queued an errand is asked about."""

_SOONEST, _LATEST = timedelta(seconds=10), timedelta(hours=1)
_JITTER = Random()  # noqa: S311 - spreads repeats, guards nothing


@dataclass(frozen=True, slots=True)
class Errand:
    """An order that its provider is asked about now.

    Attributes:
        kind: ``queued`` to fulfil it, ``cancelling`` to undo it; any other is asked about no more.
        buyer_id: who ordered it.
        partner_id: whose till sold it.
        attempts: how often it was asked about, this time included.
        until: when it is given up.
        token: whose it is; what was heard counts while it is the same.
    """

    kind: str
    id: UUID
    member_id: UUID
    buyer_id: UUID
    provider_id: UUID
    partner_id: UUID
    offer: str
    quantity: int
    points: int
    money_minor: int
    worth_minor: int
    placed_at: datetime
    deliver_to: dict[str, str]
    attempts: int
    until: datetime
    token: UUID

    def order(self, *, member: str, currency: str) -> Order:
        """Return what the plugin is told.

        Args:
            member: the reference by which the provider knows the member.
            currency: of all money, the programme's.
        """
        return Order(
            self.offer.partition(":")[2], self.quantity, id=public_id("hld", self.id),
            member=member, points=self.points, money_minor=self.money_minor,
            worth_minor=self.worth_minor, currency=currency, at=self.placed_at,
            deliver_to=dict(self.deliver_to),
        )  # fmt: skip


_COLUMNS = """
       o.errand, o.id, o.member_id, o.buyer_id, o.provider_id, o.partner_id, o.offer, o.quantity,
       h.points, o.money_minor, h.worth_minor, o.placed_at,
       coalesce(o.terms -> 'deliver_to', '{}'), o.attempts,
       greatest(o.resolved_at + %(give_up)s::interval, o.errand_until), coalesce(o.asking, o.id)
"""
# One step a provider along the index, so that a long queue of one keeps nobody else's waiting.
_CLAIM = f"""
WITH RECURSIVE whose AS (
    (SELECT o.provider_id FROM orders o WHERE o.errand IN ('queued', 'cancelling')
      ORDER BY o.provider_id LIMIT 1)
     UNION ALL
    SELECT (SELECT o.provider_id FROM orders o
             WHERE o.errand IN ('queued', 'cancelling') AND o.provider_id > w.provider_id
             ORDER BY o.provider_id LIMIT 1)
      FROM whose w WHERE w.provider_id IS NOT NULL
), due AS (
    SELECT d.id
      FROM (SELECT w.provider_id FROM whose w
             WHERE w.provider_id IS NOT NULL AND w.provider_id <> ALL (%(away)s::uuid[])
             ORDER BY random()) AS w
     CROSS JOIN LATERAL (
           SELECT o.id FROM orders o
            WHERE o.provider_id = w.provider_id AND o.errand IN ('queued', 'cancelling')
              AND o.next_at <= %(now)s AND (o.asking IS NULL OR o.asking_until <= %(now)s)
            ORDER BY o.next_at LIMIT %(each)s FOR UPDATE SKIP LOCKED) AS d
     LIMIT %(limit)s
)
UPDATE orders o
   SET asking = gen_random_uuid(), asking_until = %(now)s + %(lease)s::interval,
       attempts = o.attempts + 1
  FROM due, holds h
 WHERE o.id = due.id AND h.member_id = o.member_id AND h.id = o.id
RETURNING {_COLUMNS}
"""  # noqa: S608 - constants
_FIND = f"""
SELECT {_COLUMNS} FROM orders o JOIN holds h ON h.member_id = o.member_id AND h.id = o.id
 WHERE o.id = %(id)s AND o.provider_id IS NOT NULL
"""  # noqa: S608 - constants


def claim(work: Work, *, limit: int, each: int, away: Sequence[UUID] = ()) -> list[Errand]:
    """Take errands that are due, for `LEASE`; one statement, which waits for nobody.

    Args:
        limit: the most in all.
        each: the most of one partner.
        away: partners that are to be left alone for now.
    """
    values = {
        "now": work.now(), "limit": limit, "each": each, "away": list(away), "lease": LEASE,
        "give_up": GIVE_UP,
    }  # fmt: skip
    return [Errand(*row) for row in work.rows(_CLAIM, values)]


def find(work: Work, order_id: UUID) -> Errand | None:
    """Return an order as an errand, whatever its state; ``None`` where no partner gives it out."""
    rows = work.rows(_FIND, {"id": order_id, "give_up": GIVE_UP})
    return Errand(*rows[0]) if rows else None


def next_at(now: datetime, attempts: int) -> datetime:
    """Return when to ask again: after 10 s, each time twice that, an hour at most, with jitter."""
    span = min(_SOONEST * 2 ** min(attempts - 1, 20), _LATEST)
    spread: timedelta = span * _JITTER.randint(750, 1250) // 1000
    return now + spread
