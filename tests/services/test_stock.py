"""Stock: the last unit is sold once, what comes back comes back once, and nothing is below zero."""

import itertools
import random
from collections import Counter
from collections.abc import Callable
from functools import partial

import pytest
from sqlalchemy import create_engine
from sqlalchemy.exc import DBAPIError
from sqlalchemy.pool import NullPool

from orders import MUG, available, capture, earn, left_of, order_of, put_in, rich, storm, take
from stoa.errors import (
    ExceedsRedemptionError,
    HoldClosedError,
    HoldExpiredError,
    InsufficientPointsError,
    OutOfStockError,
    StockFigureError,
)
from stoa.services import redemption, refunds, stock
from stoa.services.redemption import Held
from stoa.work import Actor, Desk
from world import Coalition, FixedClock, Someone, a_key

TEST = Actor("test")


def test_the_last_unit_goes_to_one_of_fifty_and_the_others_keep_their_points(
    coalition: Coalition,
) -> None:
    members = rich(coalition, 50)
    put_in(coalition, 1)
    answers = storm([partial(take, coalition, who) for who in members])
    won = [each for each in answers if isinstance(each, Held)]
    lost = [each for each in answers if isinstance(each, OutOfStockError)]
    assert (len(won), len(lost)) == (1, 49)
    assert {(each.code, each.members["left_units"]) for each in lost} == {
        ("REWARD_OUT_OF_STOCK", 0)
    }
    assert left_of(coalition) == 0
    assert Counter(available(coalition, who) for who in members) == {5000: 49, 4500: 1}


@pytest.mark.parametrize(("units", "quantity"), [(40, 1), (40, 3), (17, 1)])
def test_a_hot_item_sells_exactly_what_there_is(
    coalition: Coalition, units: int, quantity: int
) -> None:
    members = rich(coalition, 8, total="40000.00")
    put_in(coalition, units)
    deeds = [partial(take, coalition, who, quantity=quantity) for who in members * 8]
    answers = storm(deeds)
    sold = sum(isinstance(each, Held) for each in answers)
    assert {type(each) for each in answers} == {Held, OutOfStockError}
    assert (sold, left_of(coalition)) == (units // quantity, units % quantity)


def test_stock_lies_in_stripes_that_orders_side_by_side_take_from(
    coalition: Coalition, database: str
) -> None:
    put_in(coalition, 1000)
    engine = create_engine(database, poolclass=NullPool)
    with engine.connect() as connection:
        spread = connection.exec_driver_sql("SELECT remaining FROM stock ORDER BY stripe").all()
        assert [row[0] for row in spread] == [63] * 8 + [62] * 8
        connection.exec_driver_sql(
            "SELECT 1 FROM stock WHERE stripe < 15 FOR UPDATE"  # others hold all stripes but one
        )
        (ada,) = rich(coalition, 1)
        take(coalition, ada)
        connection.rollback()
    engine.dispose()
    assert left_of(coalition) == 999


def test_what_is_left_over_several_stripes_can_be_taken_at_once(coalition: Coalition) -> None:
    (ada,) = rich(coalition, 1)
    put_in(coalition, 3)
    held = take(coalition, ada, quantity=3)
    assert (left_of(coalition), held.balance.held) == (0, 1200)


@pytest.mark.parametrize("way", ["void", "expire", "refund"])
def test_every_way_out_gives_the_unit_back_once(
    desk: Desk, coalition: Coalition, clock: FixedClock, way: str
) -> None:
    (ada,) = rich(coalition, 1)
    put_in(coalition, 2)
    held = take(coalition, ada)
    assert left_of(coalition) == 1
    if way == "refund":
        capture(coalition, held)
    clock.move(seconds=901 if way == "expire" else 0)
    _leave(coalition, ada, held, way)
    with pytest.raises((HoldClosedError, ExceedsRedemptionError)):
        _leave(coalition, ada, held, way)
    assert left_of(coalition) == 2
    assert available(coalition, ada) == 5000
    assert order_of(coalition, held.redemption.id).state == {
        "void": "voided", "expire": "expired", "refund": "refunded",
    }[way]  # fmt: skip
    with desk.work(TEST) as work:
        kinds = [each.kind for each in stock.moves(work, MUG)]
    assert sorted(kinds) == ["given_back", "restock", "taken"]


def _leave(coalition: Coalition, who: Someone, held: Held, way: str) -> object:
    if way == "expire":
        with coalition.desk.work(TEST) as work:
            redemption.expire(work, who.id, coalition.cinema, held.redemption.id, 500)
            return None
    with coalition.desk.work(coalition.as_cinema()) as work:
        if way == "void":
            return redemption.void(work, held.redemption.id, key=a_key())
        return refunds.refund(work, held.redemption.id, points=None, key=a_key())


def test_ways_out_that_race_give_back_once_in_all(coalition: Coalition, clock: FixedClock) -> None:
    members = rich(coalition, 6)
    put_in(coalition, 6)
    holds = [take(coalition, who, ttl_s=10) for who in members]
    clock.move(seconds=10)
    deeds = [
        partial(_leave, coalition, who, held, way)
        for (who, held), way in itertools.product(
            zip(members, holds, strict=True), ["void", "expire", "expire", "void"]
        )
    ]
    answers = storm(deeds)
    assert sum(not isinstance(each, Exception) for each in answers) == 6
    assert left_of(coalition) == 6
    assert {available(coalition, who) for who in members} == {5000}


def test_capture_and_expiry_that_race_sell_or_give_back_never_both(
    coalition: Coalition, clock: FixedClock
) -> None:
    members = rich(coalition, 8)
    put_in(coalition, 8)
    holds = [take(coalition, who, ttl_s=10) for who in members]
    early = FixedClock(clock.now)
    till = Desk(
        hot=coalition.desk._hot, cold=coalition.desk._cold, plugins=coalition.desk.plugins,
        programme=coalition.desk.programme, clock=early,
    )  # fmt: skip
    clock.move(seconds=10)

    def taken(held: Held) -> object:
        with till.work(coalition.as_cinema()) as work:
            return redemption.capture(work, held.redemption.id, points=None, key=a_key())

    deeds: list[Callable[[], object]] = []
    for who, held in zip(members, holds, strict=True):
        deeds.append(partial(taken, held))
        deeds.append(partial(_leave, coalition, who, held, "expire"))
    answers = storm(deeds)
    refused = [each for each in answers if isinstance(each, Exception)]
    assert len(refused) == 8
    assert {type(each) for each in refused} == {HoldClosedError}
    states = Counter(order_of(coalition, held.redemption.id).state for held in holds)
    assert left_of(coalition) == states["expired"]
    assert states["expired"] + states["issued"] == 8


def test_a_capture_that_comes_too_late_leaves_the_unit_to_the_expiry(
    coalition: Coalition, clock: FixedClock
) -> None:
    (ada,) = rich(coalition, 1)
    put_in(coalition, 1)
    held = take(coalition, ada, ttl_s=10)
    clock.move(seconds=10)
    with pytest.raises(HoldExpiredError):
        capture(coalition, held)
    assert (left_of(coalition), order_of(coalition, held.redemption.id).state) == (0, "held")
    _leave(coalition, ada, held, "expire")
    assert left_of(coalition) == 1


def test_a_member_without_points_takes_no_unit(coalition: Coalition) -> None:
    ada = coalition.a_member()
    earn(coalition, ada, "100.00")
    put_in(coalition, 1)
    with pytest.raises(InsufficientPointsError):
        take(coalition, ada)
    assert left_of(coalition) == 1


def test_a_repeated_hold_takes_no_second_unit_even_when_none_is_left(coalition: Coalition) -> None:
    (ada,) = rich(coalition, 1)
    put_in(coalition, 1)
    key = a_key()
    first = take(coalition, ada, key=key)
    again = take(coalition, ada, key=key)
    assert (again.redemption, again.replayed) == (first.redemption, True)
    assert left_of(coalition) == 0


def test_people_restock_and_count_and_the_trail_tells_of_it(
    desk: Desk, coalition: Coalition
) -> None:
    with desk.work(Actor("staff:stf_1")) as work:
        assert stock.count(work, MUG, 5, reason="shelf") == 5
        assert stock.add(work, MUG, 7, reason="box") == 12
        assert stock.add(work, MUG, -2, reason="broken") == 10
        with pytest.raises(StockFigureError) as refused:
            stock.add(work, MUG, -11, reason="gone")
        assert refused.value.members == {"left_units": 10}
        with pytest.raises(StockFigureError):
            stock.count(work, MUG, -1, reason="gone")
        moves = stock.moves(work, MUG)
        (item,) = stock.items(work)
    assert sorted((each.kind, each.change, each.by) for each in moves) == [
        ("restock", -2, "staff:stf_1"), ("restock", 5, "staff:stf_1"),
        ("restock", 7, "staff:stf_1"),
    ]  # fmt: skip
    assert (item.item, item.put_in, item.left, item.taken_today) == (MUG, 10, 10, 0)
    assert coalition


def test_a_rule_puts_in_its_figure_once_and_a_later_one_the_difference(
    desk: Desk, coalition: Coalition
) -> None:
    with desk.work(TEST) as work:
        assert stock.fund(work, MUG, 10, version=1) == 10
        assert stock.fund(work, MUG, 10, version=1) == 10
        assert stock.add(work, MUG, 5, reason="more") == 15
        assert stock.fund(work, MUG, 12, version=2) == 17
        assert stock.fund(work, MUG, 10, version=1) == 17
        assert stock.fund(work, MUG, 0, version=3) == 5
        with pytest.raises(StockFigureError):
            stock.fund(work, MUG, -1, version=4)
    assert left_of(coalition) == 5


def test_a_partners_own_count_leaves_out_what_is_set_aside(
    desk: Desk, coalition: Coalition
) -> None:
    (ada,) = rich(coalition, 1)
    put_in(coalition, 10)
    take(coalition, ada, quantity=2)
    with desk.work(TEST) as work:
        assert stock.told(work, MUG, 5) == 3
        assert stock.told(work, MUG, 1) == 0
    with pytest.raises(OutOfStockError):
        take(coalition, ada)


def test_no_hand_but_the_functions_writes_stock(desk: Desk, coalition: Coalition) -> None:
    put_in(coalition, 1)
    for statement in (
        "UPDATE stock SET remaining = 9",
        "DELETE FROM stock_moves",
        "INSERT INTO stock_items (item, kind, version, told) VALUES ('x', 'stock', 0, 0)",
        "UPDATE orders SET taken = '{}'",
        "SELECT stoa_give_stock('cinema:mug', 1, gen_random_uuid(), now(), '', '')",
    ):
        with desk.work(TEST) as work, pytest.raises(DBAPIError, match="permission denied"):
            work.session.connection().exec_driver_sql(statement)


def test_the_books_refuse_a_unit_given_back_twice_and_a_stock_below_zero(
    coalition: Coalition, database: str
) -> None:
    (ada,) = rich(coalition, 1)
    put_in(coalition, 1)
    held = take(coalition, ada)
    _leave(coalition, ada, held, "void")
    engine = create_engine(database, poolclass=NullPool)
    for statement in (
        f"SELECT stoa_give_stock('cinema:mug', 1, '{held.redemption.id}', now(), '', '')",
        "UPDATE stock SET remaining = remaining - 2",
    ):
        with engine.connect() as connection, pytest.raises(DBAPIError, match=r"uq_|ck_"):
            connection.exec_driver_sql(statement)
    engine.dispose()


def test_whatever_is_cut_taken_and_given_back_no_more_is_left_than_the_rule_says(
    coalition: Coalition,
) -> None:
    """What is left is the figure less what is out, or nothing, after every one of 60 deeds."""
    chance, told, out = random.Random(7), 4, list[Held]()  # noqa: S311 - no secret
    (ada,) = rich(coalition, 1, total="50000.00")
    with coalition.desk.work(TEST) as work:
        stock.fund(work, MUG, told, version=1)
    for version in range(2, 62):
        units = chance.randint(1, 2)
        free = max(told - sum(order_of(coalition, each.redemption.id).quantity for each in out), 0)
        assert left_of(coalition) == free
        deed = chance.choice(("cut", "take", "take", "back"))
        if deed == "cut":
            told = chance.randint(0, 7)
            with coalition.desk.work(TEST) as work:
                stock.fund(work, MUG, told, version=version)
        elif deed == "take" and units <= free:
            out.append(take(coalition, ada, quantity=units))
        elif deed == "take":
            with pytest.raises(OutOfStockError):
                take(coalition, ada, quantity=units)
        elif out:
            held = out.pop(chance.randrange(len(out)))
            with coalition.desk.work(coalition.as_cinema()) as work:
                redemption.void(work, held.redemption.id, key=a_key())


def test_what_a_person_put_in_after_a_cut_stays_and_what_comes_back_does_not(
    coalition: Coalition,
) -> None:
    (ada,) = rich(coalition, 1)
    with coalition.desk.work(TEST) as work:
        stock.fund(work, MUG, 2, version=1)
    held = take(coalition, ada, quantity=2)
    with coalition.desk.work(TEST) as work:
        stock.fund(work, MUG, 1, version=2)
        assert stock.add(work, MUG, 3, reason="found") == 3
    with coalition.desk.work(coalition.as_cinema()) as work:
        redemption.void(work, held.redemption.id, key=a_key())
    assert left_of(coalition) == 4  # one of the rule, three of the person
