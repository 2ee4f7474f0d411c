"""Orders: limits under storms, coupons with the burn or not at all, burns of the provider."""

from collections import Counter
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor, wait
from datetime import date
from functools import partial
from typing import Any

import pytest
from sqlalchemy import Connection, create_engine
from sqlalchemy.pool import NullPool

import coupons as pools
from orders import available, capture, earn, left_of, order_of, rich, storm, take
from shelves import put
from stoa.errors import (
    CouponSoldOutError,
    HoldClosedError,
    OrderUsedError,
    RewardLimitError,
    RewardRefusedError,
    RewardWholeError,
    StoaError,
)
from stoa.models import NOBODY
from stoa.services import (
    coupons,
    households,
    ledger,
    mergers,
    orders,
    positions,
    redemption,
    refunds,
    stock,
)
from stoa.services.redemption import Ask, Held
from stoa.work import Actor, Desk
from world import Coalition, FixedClock, a_key, met

TEST = Actor("test")


def back(coalition: Coalition, held: Held, **changes: Any) -> refunds.Refunded:
    """Refund a reward at the cinema."""
    with coalition.desk.work(coalition.as_cinema()) as work:
        return refunds.refund(work, held.redemption.id, points=None, key=a_key(), **changes)


def void(coalition: Coalition, held: Held) -> Held:
    """Void a hold at the cinema."""
    with coalition.desk.work(coalition.as_cinema()) as work:
        return redemption.void(work, held.redemption.id, key=a_key())


def sold(answers: list[object]) -> int:
    """Return how many holds there are among answers that else are limits."""
    assert {type(each) for each in answers} <= {Held, RewardLimitError}
    return sum(isinstance(each, Held) for each in answers)


@pytest.mark.parametrize(("limit", "most"), [("per_member", 3), ("per_member_day", 2)])
def test_no_member_passes_a_limit_under_64_holds_at_once(
    coalition: Coalition, limit: str, most: int
) -> None:
    put(coalition.desk, "mug", provider="cinema", points=10, **{limit: most})
    (ada,) = rich(coalition, 1)
    answers = storm([partial(take, coalition, ada)] * 64)
    assert sold(answers) == most
    refused = [each for each in answers if isinstance(each, RewardLimitError)]
    assert {(each.code, each.members["limit"], each.members["left_units"]) for each in refused} == {
        ("REWARD_LIMIT", limit, 0)
    }
    assert available(coalition, ada) == 5000 - 10 * most


def test_no_day_passes_its_limit_under_64_holds_at_once(
    coalition: Coalition, clock: FixedClock
) -> None:
    put(coalition.desk, "mug", provider="cinema", points=10, per_day=5)
    members = rich(coalition, 8)
    assert sold(storm([partial(take, coalition, who) for who in members * 8])) == 5
    with pytest.raises(RewardLimitError) as refused:
        take(coalition, members[0])
    assert refused.value.members == {"limit": "per_day", "left_units": 0}
    clock.move(days=1)
    assert sold(storm([partial(take, coalition, who) for who in members])) == 5


def test_limits_renew_by_the_day_and_by_what_comes_back(
    coalition: Coalition, clock: FixedClock
) -> None:
    put(coalition.desk, "mug", provider="cinema", points=10, per_member=2, per_member_day=1)
    (ada,) = rich(coalition, 1)
    first = take(coalition, ada)
    with pytest.raises(RewardLimitError):
        take(coalition, ada)
    void(coalition, first)
    second = take(coalition, ada)
    clock.move(days=1)
    capture(coalition, take(coalition, ada))
    clock.move(days=1)
    with pytest.raises(RewardLimitError) as refused:
        take(coalition, ada)
    assert refused.value.members == {"limit": "per_member", "left_units": 0}
    assert order_of(coalition, second.redemption.id).state == "held"


def test_quantity_counts_on_limits(coalition: Coalition) -> None:
    put(coalition.desk, "mug", provider="cinema", per_member=4, max_quantity=3)
    (ada,) = rich(coalition, 1)
    take(coalition, ada, quantity=3)
    with pytest.raises(RewardLimitError) as refused:
        take(coalition, ada, quantity=2)
    assert refused.value.members == {"limit": "per_member", "left_units": 1}


def test_a_household_is_no_way_around_a_members_limit(desk: Desk, coalition: Coalition) -> None:
    put(coalition.desk, "mug", provider="cinema", points=10, per_member=1)
    (ada,) = rich(coalition, 1)
    with desk.work(coalition.as_cinema()) as work:
        households.found(work, ada.token, "Ours")
        households.contribute(work, met(work, ada), 1000, "main")
    answers = storm([partial(take, coalition, ada, household=whose) for whose in (True, False)] * 8)
    assert sum(isinstance(each, Held) for each in answers) == 1


def test_a_merger_while_a_household_pays_passes_no_limit(
    desk: Desk, coalition: Coalition, database: str
) -> None:
    """Eve's hold waits for the pool; may she become Ada meanwhile, and have a mug as Ada too?"""
    put(coalition.desk, "mug", provider="cinema", points=10, per_member=1)
    ada, eve = rich(coalition, 2)
    with desk.work(coalition.as_cinema()) as work:
        households.found(work, eve.token, "Ours")
        households.contribute(work, met(work, eve), 1000, "main")
        pool = households.of_member(work, eve.id).household_id

    def merge() -> None:
        with desk.work(Actor("staff:x")) as work:
            mergers.merge(work, eve.id, ada.id, reason="one person")

    owner = create_engine(database, poolclass=NullPool)
    with ThreadPoolExecutor(2) as threads:
        with owner.begin() as keeper:
            keeper.exec_driver_sql("SELECT 1 FROM wallets WHERE member_id = %s FOR UPDATE", (pool,))
            held = threads.submit(take, coalition, eve, household=True)
            assert _waiting(keeper, 1, held)
            merged = threads.submit(merge)
            _waiting(keeper, 2, merged)
            if merged.done():
                take(coalition, ada)
        wait([held])
        wait([merged])
    owner.dispose()
    merged.result()
    with pytest.raises(RewardLimitError):
        take(coalition, ada)
    with desk.work(TEST) as work:
        assert len(orders.of_member(work, ada.id)) == 1


def _waiting(keeper: Connection, count: int, deed: Future[Any]) -> bool:
    """Wait until so many wait for a lock, or until a deed is done."""
    for _ in range(500):
        if keeper.exec_driver_sql(_WAITING).scalar_one() == count:
            return True
        if wait([deed], timeout=0.01).done:
            return False
    return False


_WAITING = """
SELECT count(DISTINCT w.pid) FROM pg_locks w JOIN pg_locks l USING (pid)
 WHERE NOT w.granted AND l.database = (SELECT oid FROM pg_database
                                        WHERE datname = current_database())
"""


def test_merged_memberships_have_one_limit(desk: Desk, coalition: Coalition) -> None:
    put(coalition.desk, "mug", provider="cinema", points=10, per_member=2)
    ada, eve = rich(coalition, 2)
    held = take(coalition, eve)
    with desk.work(Actor("staff:x")) as work:
        mergers.merge(work, eve.id, ada.id, reason="one person")
    take(coalition, ada)
    with pytest.raises(RewardLimitError):
        take(coalition, ada)
    assert capture(coalition, held).redemption.state == "captured"
    assert order_of(coalition, held.redemption.id).member_id == ada.id
    with desk.work(TEST) as work:
        assert len(orders.of_member(work, ada.id)) == 2


def test_a_reward_is_had_where_its_document_says_and_paid_to_its_provider(
    desk: Desk, coalition: Coalition
) -> None:
    put(coalition.desk, "mug", provider="grocery")
    put(coalition.desk, "umbrella", points=300)
    (ada,) = rich(coalition, 1)
    before = {name: _burned(desk, partner) for name, partner in _parties(coalition).items()}
    held = take(coalition, ada, "grocery:mug")
    capture(coalition, held)
    capture(coalition, take(coalition, ada, "stoa:umbrella"))
    after = {name: _burned(desk, partner) for name, partner in _parties(coalition).items()}
    assert {name: before[name] - after[name] for name in after} == {
        "grocery": 500, "cinema": 0, "operator": 300,
    }  # fmt: skip
    back(coalition, held)
    assert _burned(desk, coalition.grocery) == before["grocery"]
    with desk.work(TEST) as work:
        prices = work.rows("SELECT p.price FROM postings p WHERE p.account = 'burned' ORDER BY seq")
    assert [price[0] > 0 for price in prices] == [True, False, True]


def _parties(coalition: Coalition) -> dict[str, Any]:
    return {"grocery": coalition.grocery, "cinema": coalition.cinema, "operator": NOBODY}


def _burned(desk: Desk, partner: Any) -> int:
    with desk.work(TEST) as work:
        return positions.position(work, "STAR", account="burned", partner_id=partner).points


def test_a_gate_refuses_a_reward_and_moves_nothing(coalition: Coalition) -> None:
    put(coalition.desk, "mug", provider="cinema", stock=1, tiers=["gold"])
    (ada,) = rich(coalition, 1, total="15.00")
    with pytest.raises(RewardRefusedError):
        take(coalition, ada)
    assert available(coalition, ada) == 15


def test_stock_of_a_document_is_put_in_by_its_first_order_and_follows_its_versions(
    coalition: Coalition,
) -> None:
    put(coalition.desk, "mug", provider="cinema", stock=3, points=10)
    members = rich(coalition, 16)
    assert (
        sum(
            isinstance(each, Held)
            for each in storm([partial(take, coalition, who) for who in members])
        )
        == 3
    )
    put(coalition.desk, "mug", provider="cinema", stock=5, points=10)
    take(coalition, members[0])
    assert left_of(coalition) == 1


def test_points_are_burned_and_the_voucher_issued_at_once(desk: Desk, coalition: Coalition) -> None:
    pools.a_pool(desk)
    put(desk, "voucher", provider="cinema", kind="voucher", coupon="twenty", max_quantity=2)
    (ada,) = rich(coalition, 1)
    held = take(coalition, ada, "cinema:voucher", quantity=2)
    key = a_key()
    first = capture(coalition, held, key=key)
    order = order_of(coalition, held.redemption.id)
    assert (order.state, len(order.coupons)) == ("issued", 2)
    with desk.work(TEST) as work:
        told = orders.codes(work, order)
        owned = coupons.of(work, ada.id)
    assert {each.code for each in told} == {each.code for each in owned}
    again = capture(coalition, held, key=key)
    assert (again.redemption, again.replayed) == (first.redemption, True)
    with desk.work(TEST) as work:
        assert orders.codes(work, order_of(coalition, held.redemption.id)) == told
        assert len(coupons.of(work, ada.id)) == 2


def test_where_no_voucher_is_left_no_point_is_burned(desk: Desk, coalition: Coalition) -> None:
    pools.a_pool(desk, supply=1)
    put(desk, "voucher", provider="cinema", kind="voucher", coupon="twenty", stock=5)
    ada, eve = rich(coalition, 2)
    holds = [take(coalition, who, "cinema:voucher") for who in (ada, eve)]
    answers = storm([partial(capture, coalition, held) for held in holds])
    assert {type(each) for each in answers} == {Held, CouponSoldOutError}
    states = Counter(order_of(coalition, held.redemption.id).state for held in holds)
    assert states == {"issued": 1, "held": 1}
    (open_one,) = (
        held for held in holds if order_of(coalition, held.redemption.id).state == "held"
    )
    void(coalition, open_one)
    assert left_of(coalition, "cinema:voucher") == 4
    assert sorted((available(coalition, ada), available(coalition, eve))) == [4500, 5000]


@pytest.mark.parametrize("at", ["before", "after"])
def test_a_crash_between_burn_and_voucher_leaves_neither(
    desk: Desk, coalition: Coalition, monkeypatch: pytest.MonkeyPatch, at: str
) -> None:
    pools.a_pool(desk)
    put(desk, "voucher", provider="cinema", kind="voucher", coupon="twenty")
    (ada,) = rich(coalition, 1)
    held = take(coalition, ada, "cinema:voucher")
    issue = coupons.issue

    def killed(work: Any, *told: Any, **more: Any) -> Any:
        if at == "after":
            issue(work, *told, **more)
        work.rows("SELECT pg_terminate_backend(pg_backend_pid())")

    with monkeypatch.context() as patched:
        patched.setattr(coupons, "issue", killed)
        with pytest.raises(Exception, match="terminat"):
            capture(coalition, held)
    assert order_of(coalition, held.redemption.id).state == "held"
    assert available(coalition, ada) == 4500
    with desk.work(TEST) as work:
        assert coupons.of(work, ada.id) == []
    capture(coalition, held)
    with desk.work(TEST) as work:
        assert len(coupons.of(work, ada.id)) == 1


def test_a_refund_gives_points_to_their_lots_and_cancels_the_voucher(
    desk: Desk, coalition: Coalition, clock: FixedClock
) -> None:
    pools.a_pool(desk)
    put(desk, "voucher", provider="cinema", kind="voucher", coupon="twenty", stock=1)
    ada = coalition.a_member()
    earn(coalition, ada, "300.00")
    clock.move(days=40)
    earn(coalition, ada, "400.00")
    with desk.work(TEST) as work:
        before = ledger.balance_of(work, ada.id, "STAR")
    held = take(coalition, ada, "cinema:voucher")
    capture(coalition, held)
    with pytest.raises(RewardWholeError), desk.work(coalition.as_cinema()) as work:
        refunds.refund(work, held.redemption.id, points=499, key=a_key())
    done = back(coalition, held)
    assert (done.points, done.redemption.status) == (500, "refunded")
    with desk.work(TEST) as work:
        after = ledger.balance_of(work, ada.id, "STAR")
        assert [each.state for each in coupons.of(work, ada.id)] == ["cancelled"]
    assert (after.balance.available, after.expiring) == (700, before.expiring)
    assert after.expiring[0] == (date(2027, 5, 31), 300)
    assert left_of(coalition, "cinema:voucher") == 1
    assert order_of(coalition, held.redemption.id).state == "refunded"


def test_a_reward_whose_voucher_was_used_stays(desk: Desk, coalition: Coalition) -> None:
    pools.a_pool(desk)
    put(desk, "voucher", provider="cinema", kind="voucher", coupon="twenty", stock=1)
    (ada,) = rich(coalition, 1)
    held = take(coalition, ada, "cinema:voucher")
    capture(coalition, held)
    with desk.work(TEST) as work:
        (coupon,) = orders.codes(work, order_of(coalition, held.redemption.id))
    use = pools.redeemed(desk, coalition.as_cinema(), coupon.code, member=ada.token)
    with desk.work(coalition.as_cinema()) as work:
        with pytest.raises(OrderUsedError):
            refunds.refund(work, held.redemption.id, points=None, key=a_key())
        assert ledger.balance_of(work, ada.id, "STAR").balance.available == 4500
    assert (left_of(coalition, "cinema:voucher"), available(coalition, ada)) == (0, 4500)
    assert order_of(coalition, held.redemption.id).state == "issued"
    pools.rolled_back(desk, coalition.as_cinema(), coupon.code, use.id)
    assert back(coalition, held).points == 500


def test_a_refund_and_the_use_of_its_voucher_that_race_do_one_of_both(
    desk: Desk, coalition: Coalition
) -> None:
    pools.a_pool(desk)
    put(desk, "voucher", provider="cinema", kind="voucher", coupon="twenty")
    deeds: list[Callable[[], object]] = []
    members = rich(coalition, 6)
    for who in members:
        held = take(coalition, who, "cinema:voucher")
        capture(coalition, held)
        with desk.work(TEST) as work:
            (coupon,) = orders.codes(work, order_of(coalition, held.redemption.id))
        deeds.append(partial(back, coalition, held))
        deeds.append(
            partial(pools.redeemed, desk, coalition.as_cinema(), coupon.code, member=who.token)
        )
    answers = storm(deeds)
    for refund, use in zip(answers[::2], answers[1::2], strict=True):
        assert isinstance(refund, StoaError) != isinstance(use, StoaError)


def test_many_refunds_at_once_give_back_once(coalition: Coalition) -> None:
    put(coalition.desk, "mug", provider="cinema", stock=2)
    (ada,) = rich(coalition, 1)
    held = take(coalition, ada)
    capture(coalition, held)
    answers = storm([partial(back, coalition, held)] * 8)
    assert sum(not isinstance(each, Exception) for each in answers) == 1
    assert (left_of(coalition), available(coalition, ada)) == (2, 5000)


def test_a_part_of_a_reward_is_not_captured(desk: Desk, coalition: Coalition) -> None:
    (ada,) = rich(coalition, 1)
    held = take(coalition, ada)
    with desk.work(coalition.as_cinema()) as work, pytest.raises(RewardWholeError) as refused:
        redemption.capture(work, held.redemption.id, points=499, key=a_key())
    assert refused.value.members == {"points": 500}
    assert order_of(coalition, held.redemption.id).state == "held"
    capture(coalition, held)
    with pytest.raises(HoldClosedError):
        capture(coalition, held)


def test_a_reward_with_an_errand_waits_for_it_once_it_is_paid(
    desk: Desk, coalition: Coalition
) -> None:
    put(desk, "mug", provider="cinema", fulfil="plugin")
    (ada,) = rich(coalition, 1)
    held = take(coalition, ada)
    assert order_of(coalition, held.redemption.id).errand == "none"
    capture(coalition, held)
    order = order_of(coalition, held.redemption.id)
    assert (order.errand, order.attempts, order.next_at) == ("queued", 0, desk.clock())
    back(coalition, held)
    order = order_of(coalition, held.redemption.id)
    assert (order.state, order.errand) == ("refunded", "cancelling")


def test_a_hold_of_an_older_release_gets_its_order_with_its_capture(
    desk: Desk, coalition: Coalition, database: str
) -> None:
    (ada,) = rich(coalition, 1)
    with desk.work(coalition.as_cinema()) as work:
        held = redemption.hold(work, Ask(met(work, ada), "main", 100), key=a_key())
    owner = create_engine(database, poolclass=NullPool)
    with owner.begin() as connection:
        connection.exec_driver_sql("UPDATE holds SET purpose = 'reward', reward = 'x:mug'")
    owner.dispose()
    capture(coalition, held)
    order = order_of(coalition, held.redemption.id)
    assert (order.state, order.provider_id, order.offer) == ("issued", coalition.cinema, "x:mug")


def test_pages_of_orders_go_back_in_time(
    desk: Desk, coalition: Coalition, clock: FixedClock
) -> None:
    ada, eve = rich(coalition, 2)
    ids = []
    for who in (ada, eve, ada):
        ids.append(take(coalition, who).redemption.id)
        clock.move(seconds=1)
    with desk.work(TEST) as work:
        first = orders.page(work, limit=2)
        rest = orders.page(work, before=(first[-1].placed_at, first[-1].id))
        mine = orders.of_member(work, ada.id, partner_id=coalition.cinema)
        assert orders.of_member(work, ada.id, partner_id=coalition.grocery) == []
        assert orders.page(work, state="issued") == []
        assert len(orders.page(work, state="held", offer="cinema:mug")) == 3
        assert stock.items(work) == []
    assert [each.id for each in [*first, *rest]] == ids[::-1]
    assert [each.id for each in mine] == [ids[2], ids[0]]
