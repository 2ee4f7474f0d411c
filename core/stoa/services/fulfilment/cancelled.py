"""Orders of tickets whose draw was cancelled: they are given back as a whole, to their own lots.

An order of which a ticket was drawn before stays: what it won stays won, and a person settles the
rest.
"""

import hashlib

import structlog

from stoa.errors import StoaError
from stoa.services import refunds
from stoa.values.identifiers import public_id
from stoa.work import Actor, Key, Work

__all__ = ["give_back"]

_DUE = """
SELECT DISTINCT o.id, o.partner_id
  FROM draws d
  JOIN tickets t ON t.draw = d.code AND t.state = 'open' AND t.origin LIKE 'order:%%'
  JOIN orders o ON o.id = substr(t.origin, 7)::uuid AND o.state IN ('issued', 'fulfilled')
 WHERE d.state = 'cancelled' AND d.resolved_at > %s::timestamptz - interval '7 days'
   AND NOT EXISTS (SELECT 1 FROM tickets u
                    WHERE u.origin = t.origin AND u.state IN ('won', 'lost'))
 ORDER BY o.id LIMIT %s
"""

_log = structlog.get_logger(__name__)


def give_back(work: Work, *, limit: int = 20) -> int:
    """Give orders back whose tickets nobody draws any longer; return how many.

    Every worker may do it at once: an order is given back once.
    """
    work.session.connection()
    done = 0
    for order_id, partner_id in work.rows(_DUE, (work.now(), limit)):
        public = public_id("hld", order_id)
        # No till can send such a key, so none has used it before.
        key = Key(f"cancelled·{public}", hashlib.sha256(public.encode()).digest()[:16])
        try:
            with work.session.begin_nested(), work.on_behalf(Actor(work.actor.name, partner_id)):
                back = refunds.refund(work, order_id, points=None, key=key, reason="draw cancelled")
        except StoaError as refused:  # somebody else gave it back, or drew a ticket of it
            _log.warning("order.not_given_back", order=public, why=refused.code)
            continue
        done += not back.replayed
    return done
