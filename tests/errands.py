"""A partner whose plugin runs errands, for tests: scripted, or the city card over its own HTTP."""

import threading
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from stoa import hookimpl
from stoa.services import earning, fulfilment, orders, partners, redemption
from stoa.services.orders import Order as Placed
from stoa.services.redemption import Ask, Held
from stoa.values.facts import Fulfilment, Order, Reward
from stoa.values.settings import Kind, Setting
from stoa.work import Actor, Desk
from world import Coalition, Someone, a_key, met

__all__ = ["WORKER", "Kiosk", "a_kiosk", "a_reward", "order_of", "rich", "run"]

WORKER = Actor("worker")


class Kiosk:
    """Kiosk: hands out tea and cake by errands, as a test tells it to.

    `says` is asked in place of a good answer; whatever it returns or raises is the plugin's.
    """

    def __init__(self) -> None:
        self.says: Callable[[Order], Any] = lambda _: Fulfilment("done", "K-1", ("CODE-1",))
        self.unsays: Callable[[Order], Any] = lambda _: Fulfilment("done")
        self.asked: list[Order] = []
        self.undone: list[str] = []
        self.lock = threading.Lock()

    @hookimpl
    def settings(self) -> Sequence[Setting]:
        return [Setting("door", Kind.TEXT, "Door", "")]

    @hookimpl
    def rewards(self, at: datetime) -> Sequence[Reward]:
        return [
            Reward("tea", "A tea", 300, 1200, 3, fulfil="plugin"),
            Reward("mug", "A mug", 500, 2500),
        ]

    @hookimpl
    def fulfil(self, order: Order, settings: Mapping[str, Any]) -> Any:
        with self.lock:
            self.asked.append(order)
        return self.says(order)

    @hookimpl
    def cancel_fulfilment(self, order: Order) -> Any:
        with self.lock:
            self.undone.append(order.id)
        return self.unsays(order)


def a_kiosk(
    coalition: Coalition, code: str = "kiosk", plugin: str = "kiosk", **given: Any
) -> Actor:
    """Onboard a partner on a plugin of errands, with a store ``main``; return its client."""
    with coalition.desk.work(Actor("cli")) as work:
        partner = partners.onboard(
            work, code, code.title(), trade="cafe", plugin=plugin, settings=given
        )
        partners.add_store(work, partner, coalition.site, "main", "Main store", currency="CNY")
    return Actor(f"client:{code}", partner)


def rich(coalition: Coalition, *totals: str) -> Someone:
    """Return a member with points of each total, in a lot of its own where the clock moves."""
    who = coalition.a_member()
    for total in totals or ("9000.00",):
        with coalition.desk.work(coalition.as_grocery()) as work:
            earning.earn(work, coalition.a_purchase(who, total), key=a_key())
    return who


def a_reward(
    desk: Desk, client: Actor, who: Someone, offer: str = "kiosk:tea", **more: Any
) -> Held:
    """Hold and capture a reward."""
    with desk.work(client) as work:
        ask = Ask(met(work, who), "main", reward_id=offer, **more)
        held = redemption.hold(work, ask, key=a_key())
    with desk.work(client) as work:
        return redemption.capture(work, held.redemption.id, points=None, key=a_key())


def order_of(desk: Desk, order_id: UUID) -> Placed:
    """Return an order as it stands."""
    with desk.work(WORKER) as work:
        found = orders.find(work, order_id)
    assert found is not None
    return found


def run(desk: Desk, **more: Any) -> int:
    """Run all errands that are due, as a worker does."""
    return fulfilment.carry_on(desk, WORKER, **more)
