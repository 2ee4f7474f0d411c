"""Storms: all deeds of a reward at once; what stands after them adds up, whoever was first."""

from collections.abc import Callable, Iterator
from functools import partial
from itertools import pairwise

import pytest
from structlog.testing import capture_logs

import coupons as pools
from errands import Kiosk, run
from orders import available, capture, left_of, order_of, rich, storm, take
from shelves import put
from stoa.errors import InvalidRuleError, RewardUnknownError, WalletBusyError
from stoa.plugins import Plugins
from stoa.services import fulfilment, mergers, orders, partners, redemption, refunds, stock
from stoa.services.redemption import Held
from stoa.values.facts import Fulfilment
from stoa.work import Actor
from world import Coalition, PlainPlugin, Someone, a_key

OFFER = "cinema:dinner"


@pytest.fixture(autouse=True)
def quiet() -> Iterator[None]:
    with capture_logs():
        yield


@pytest.fixture
def kiosk() -> Kiosk:
    return Kiosk()


@pytest.fixture
def plugins(plain: PlainPlugin, kiosk: Kiosk) -> Plugins:
    return Plugins.installed_and({"plain": plain, "kiosk": kiosk})


def back(coalition: Coalition, held: Held) -> object:
    with coalition.desk.work(coalition.as_cinema()) as work:
        return refunds.refund(work, held.redemption.id, points=None, key=a_key())


def void(coalition: Coalition, held: Held) -> object:
    with coalition.desk.work(coalition.as_cinema()) as work:
        return redemption.void(work, held.redemption.id, key=a_key())


def given_up(coalition: Coalition, held: Held) -> None:
    with coalition.desk.work(Actor("staff:1")) as work:
        fulfilment.give_up(work, held.redemption.id)


def used(coalition: Coalition, held: Held) -> object:
    desk, order = coalition.desk, order_of(coalition, held.redemption.id)
    with desk.work(Actor("test")) as work:
        code = orders.codes(work, order)[0].code
    use = pools.redeemed(desk, coalition.as_cinema(), code)
    return pools.rolled_back(desk, coalition.as_cinema(), code, use.id)


def merged(coalition: Coalition, one: Someone, other: Someone) -> object:
    with coalition.desk.work(Actor("staff:1")) as work:
        return mergers.merge(work, one.id, other.id, reason="one person")


def test_all_ways_out_at_once_leave_points_stock_and_coupons_in_step(
    coalition: Coalition,
) -> None:
    desk = coalition.desk
    pools.a_pool(desk, supply=40)
    put(
        desk, "dinner", provider="cinema", kind="voucher", coupon="twenty", stock=40, per_day=40,
        per_member=9, max_quantity=3,
    )  # fmt: skip
    members = rich(coalition, 8)
    held = [take(coalition, who, OFFER, quantity=1 + n % 3) for n, who in enumerate(members * 2)]
    for each in held[:8]:
        capture(coalition, each)
    deeds: list[Callable[[], object]] = []
    for early, late in zip(held[:8], held[8:], strict=True):
        deeds += [partial(back, coalition, early), partial(used, coalition, early)]
        deeds += [partial(capture, coalition, late), partial(void, coalition, late)]
    deeds += [partial(take, coalition, who, OFFER) for who in members]
    deeds += [partial(merged, coalition, *pair) for pair in list(pairwise(members))[::2]]
    answers = storm(deeds)
    assert None not in answers  # a thread that died of anything but a refusal
    assert not [each for each in answers if isinstance(each, WalletBusyError)]
    with desk.work(Actor("test")) as work:
        rows = work.rows(
            "SELECT o.state, o.quantity, cardinality(o.coupons),"
            " (SELECT count(*) FROM coupons c WHERE c.id = ANY(o.coupons)"
            "     AND c.state <> 'cancelled') FROM orders o"
        )
    taken = sum(row[1] for row in rows if row[0] in ("held", "issued"))
    assert left_of(coalition, OFFER) == 40 - taken
    for state, quantity, given, live in rows:
        assert (given, live) == {
            "issued": (quantity, quantity), "refunded": (quantity, 0),
        }.get(state, (0, 0))  # fmt: skip


def test_a_workers_a_persons_and_a_tills_refund_at_once_give_back_once(
    coalition: Coalition, kiosk: Kiosk
) -> None:
    desk = coalition.desk
    with desk.work(Actor("cli")) as work:
        partners.configure(work, coalition.cinema, "kiosk", {})
    kiosk.says = lambda _: Fulfilment("refused", detail="no")
    members = rich(coalition, 5)
    with desk.work(Actor("test")) as work:
        stock.add(work, "cinema:tea", 9, reason="came in")
    held = [take(coalition, who, "cinema:tea") for who in members]
    for each in held:
        capture(coalition, each)
    deeds: list[Callable[[], object]] = [partial(run, desk), partial(run, desk)]
    for each in held:
        deeds += [partial(back, coalition, each), partial(given_up, coalition, each)]
    storm(deeds)
    run(desk)
    assert {order_of(coalition, each.redemption.id).state for each in held} <= {
        "refunded", "failed",
    }  # fmt: skip
    assert left_of(coalition, "cinema:tea") == 9
    assert {available(coalition, who) for who in members} == {5000}


def test_points_that_would_be_made_of_nothing_are_no_reward(coalition: Coalition) -> None:
    (ada,) = rich(coalition, 1)
    with pytest.raises(InvalidRuleError):
        put(
            coalition.desk, "miles", provider="cinema", kind="currency",
            currency={"code": "STAR", "points": 900},
        )  # fmt: skip
    with pytest.raises(RewardUnknownError):
        take(coalition, ada, "cinema:miles")
    assert available(coalition, ada) == 5000
