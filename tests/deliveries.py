"""Rewards that bring something, for tests: documents, and how they are held, captured, refunded."""

from typing import Any

from draws import WHEEL, a_draw
from orders import capture, take
from shelves import put
from stoa.services import chances, deliveries, orders, refunds, rulebook
from stoa.services.deliveries import Delivered
from stoa.services.redemption import Held
from stoa.work import Actor, Desk
from world import Coalition, Someone, a_key

STAFF = Actor("staff:mei")
STEP: dict[str, Any] = {
    "name": {"en": "Step up"}, "ladder": "main", "points": 100, "most_per_year": 5,
    "mode": "attempt",
}  # fmt: skip


def a_ticket_reward(desk: Desk, draw: dict[str, Any] | None = None, **changes: Any) -> None:
    """Let the cinema give tickets of the wheel for 40 points each."""
    document = WHEEL | (draw or {})
    a_draw(desk, document)
    put(desk, "spin", **(_BASE | {"kind": "ticket", "draw": "wheel"} | changes))


def a_chance_reward(desk: Desk, chance: dict[str, Any] | None = None, **changes: Any) -> None:
    """Let the cinema give chances to be promoted for 40 points each."""
    with desk.work(STAFF) as work:
        chances.save(work, "step", STEP | (chance or {}))
        rulebook.activate(work, "chance", "step")
    put(desk, "leap", **(_BASE | {"kind": "chance", "chance": "step"} | changes))


def a_points_reward(desk: Desk, **changes: Any) -> None:
    """Let the cinema give 12 of its own points for 40 points of the alliance."""
    terms = {"kind": "currency", "currency": {"code": "CINE", "points": 12}}
    put(desk, "swap", **(_BASE | terms | changes))


_BASE: dict[str, Any] = {"provider": "cinema", "points": 40, "max_quantity": 5}


def had(coalition: Coalition, who: Someone, reward: str, **changes: Any) -> Held:
    """Hold and capture a reward at the cinema."""
    return capture(coalition, take(coalition, who, reward, **changes))


def back(coalition: Coalition, held: Held) -> refunds.Refunded:
    """Refund a reward at the cinema."""
    with coalition.desk.work(coalition.as_cinema()) as work:
        return refunds.refund(work, held.redemption.id, points=None, key=a_key())


def brought(coalition: Coalition, held: Held) -> Delivered:
    """Return what came with an order."""
    with coalition.desk.work(STAFF) as work:
        order = orders.find(work, held.redemption.id)
        assert order is not None
        return deliveries.delivered(work, order)
