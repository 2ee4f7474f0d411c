"""Orders for tests: members with points at once, storms of threads, what stock and orders say."""

import threading
from collections.abc import Callable, Sequence
from typing import Any
from uuid import UUID

from stoa.errors import StoaError
from stoa.services import earning, ledger, orders, redemption, stock
from stoa.services.orders import Order
from stoa.services.redemption import Ask, Held
from stoa.work import Actor, Key
from world import Coalition, Someone, a_key, met

__all__ = [
    "MUG",
    "available",
    "capture",
    "earn",
    "left_of",
    "order_of",
    "put_in",
    "rich",
    "storm",
    "take",
]

MUG = "cinema:mug"
"""A reward of 500 points at the cinema."""


def earn(coalition: Coalition, who: Someone, total: str) -> None:
    """Let a member earn a point for each whole unit of money."""
    with coalition.desk.work(coalition.as_grocery()) as work:
        earning.earn(work, coalition.a_purchase(who, total), key=a_key())


def rich(coalition: Coalition, count: int, *, total: str = "5000.00") -> list[Someone]:
    """Return so many members with points."""
    members = [coalition.a_member(f"M{number}") for number in range(count)]
    for who in members:
        earn(coalition, who, total)
    return members


def take(
    coalition: Coalition,
    who: Someone,
    reward: str = MUG,
    *,
    key: Key | None = None,
    till: Actor | None = None,
    **changes: Any,
) -> Held:
    """Hold a reward at the cinema's till."""
    with coalition.desk.work(till or coalition.as_cinema()) as work:
        ask = Ask(met(work, who), "main", reward_id=reward, **changes)
        return redemption.hold(work, ask, key=key or a_key())


def capture(
    coalition: Coalition, held: Held, *, key: Key | None = None, till: Actor | None = None
) -> Held:
    """Capture a hold at the cinema's till."""
    with coalition.desk.work(till or coalition.as_cinema()) as work:
        return redemption.capture(work, held.redemption.id, points=None, key=key or a_key())


def put_in(coalition: Coalition, units: int, *, offer: str = MUG) -> None:
    """Count what there is of an offer."""
    with coalition.desk.work(Actor("test")) as work:
        stock.count(work, offer, units, reason="counted")


def left_of(coalition: Coalition, offer: str = MUG) -> int:
    """Return how many units are left."""
    with coalition.desk.work(Actor("test")) as work:
        return stock.left(work, [offer])[offer]


def order_of(coalition: Coalition, order_id: UUID) -> Order:
    """Return an order as it stands."""
    with coalition.desk.work(Actor("test")) as work:
        found = orders.find(work, order_id)
    assert found is not None
    return found


def available(coalition: Coalition, who: Someone) -> int:
    """Return the points a member can spend."""
    with coalition.desk.work(Actor("test")) as work:
        return ledger.balance_of(work, who.id, "STAR").balance.available


def storm(deeds: Sequence[Callable[[], object]]) -> list[object]:
    """Do all deeds at once; return what each answered, or how it was refused, in their order."""
    start = threading.Barrier(len(deeds))
    answers: list[object] = [None] * len(deeds)

    def run(number: int) -> None:
        start.wait()
        try:
            answers[number] = deeds[number]()
        except StoaError as refused:
            answers[number] = refused

    threads = [threading.Thread(target=run, args=(number,)) for number in range(len(deeds))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return answers
