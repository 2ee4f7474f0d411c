"""Coupons: issued once, taken once a use, given back once, taken back while unused."""

import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from coupons import OPERATOR, a_pool, costs, issued, redeemed, reserved, rolled_back, why_not
from stoa.errors import (
    CouponClosedError,
    CouponPoolUnknownError,
    CouponRefusedError,
    CouponSoldOutError,
    CouponUnknownError,
    StoaError,
    TooManyGuessesError,
)
from stoa.services import coupons, guesses, rulebook
from stoa.values.codes import new_code
from stoa.work import Desk
from world import Coalition, FixedClock


def at_once(count: int, deed: Callable[[int], Any], *, threads: int = 24) -> list[Any]:
    """Do a deed so many times side by side; return what came of each, refusals too."""
    gate = threading.Barrier(threads)

    def one(number: int) -> Any:
        if number < threads:
            gate.wait()
        try:
            return deed(number)
        except StoaError as refused:
            return refused

    with ThreadPoolExecutor(threads) as pool:
        return list(pool.map(one, range(count)))


def test_a_coupon_is_issued_shown_and_redeemed(desk: Desk, coalition: Coalition) -> None:
    ada = coalition.a_member()
    a_pool(desk)
    coupon = issued(desk, member_id=ada.id)[0]
    assert (len(coupon.code), coupon.uses, coupon.member_id) == (13, 1, ada.id)
    typed = f"{coupon.code[:4]}-{coupon.code[4:8]} {coupon.code[8:]}".lower()
    use = redeemed(desk, coalition.as_cinema(), typed, receipt_no="R-7")
    assert (use.state, use.discount.amount, use.receipt_no) == ("redeemed", "20.00", "R-7")
    assert why_not(desk, coalition.as_grocery(), coupon.code) == "spent"


def test_of_fifty_requests_for_one_coupon_one_succeeds(desk: Desk, coalition: Coalition) -> None:
    """RAC-05."""
    a_pool(desk)
    code = issued(desk)[0].code
    came = at_once(50, lambda _: redeemed(desk, coalition.as_cinema(), code))
    assert sum(isinstance(each, coupons.Use) for each in came) == 1
    assert {each.members["reason"] for each in came if isinstance(each, StoaError)} == {"spent"}


def test_one_code_at_ten_terminals_at_once_is_taken_once(desk: Desk, coalition: Coalition) -> None:
    a_pool(desk)
    tills = [coalition.as_cinema(), coalition.as_grocery()]
    ours = issued(desk, count=2)

    def take(number: int) -> coupons.Use:
        return redeemed(desk, tills[number % 2], ours[0].code)

    def set_aside(number: int) -> coupons.Use:
        return reserved(desk, tills[number % 2], ours[1].code)

    for deed in (take, set_aside):
        came = at_once(10, deed, threads=10)
        assert sum(isinstance(each, coupons.Use) for each in came) == 1


def test_a_coupon_of_a_hundred_uses_is_taken_a_hundred_times_by_a_thousand(
    desk: Desk, coalition: Coalition
) -> None:
    """RAC-06."""
    a_pool(desk, uses=100)
    code = issued(desk)[0].code
    came = at_once(1000, lambda _: redeemed(desk, coalition.as_cinema(), code))
    assert sum(isinstance(each, coupons.Use) for each in came) == 100
    assert {type(each) for each in came} == {coupons.Use, CouponRefusedError}
    with desk.work(OPERATOR) as work:
        row = work.rows("SELECT uses_left, state FROM coupons WHERE code = %s", (code,))[0]
        assert tuple(row) == (0, "spent")


def test_a_supply_is_issued_to_the_last_and_no_further(desk: Desk, coalition: Coalition) -> None:
    a_pool(desk, supply=40)
    came = at_once(60, lambda _: issued(desk))
    assert sum(isinstance(each, list) for each in came) == 40
    with pytest.raises(CouponSoldOutError) as none:
        issued(desk)
    assert none.value.members == {"left": 0}


def test_a_reservation_is_redeemed_released_or_runs_out(
    desk: Desk, coalition: Coalition, clock: FixedClock
) -> None:
    a_pool(desk)
    code, till = issued(desk)[0].code, coalition.as_cinema()
    use = reserved(desk, till, code, ttl_s=60)
    assert why_not(desk, till, code) == "spent"
    with desk.work(till) as work:
        assert coupons.release(work, coupons.show(work, code), use.id).state == "released"
    use = reserved(desk, till, code, ttl_s=60)
    clock.move(seconds=60)
    with pytest.raises(CouponClosedError) as closed:
        redeemed(desk, till, code, use_id=use.id)
    assert closed.value.members == {"state": "expired"}
    with desk.work(OPERATOR) as work:
        assert coupons.expire_reserved(work) == 1
        assert coupons.expire_reserved(work) == 0
    use = reserved(desk, till, code)
    done = redeemed(desk, till, code, use_id=use.id, amount=1500)
    assert (done.id, done.state, done.discount.amount) == (use.id, "redeemed", "15.00")
    with pytest.raises(CouponClosedError):
        redeemed(desk, till, code, use_id=use.id)


def test_a_rollback_gives_the_use_back_exactly_once(desk: Desk, coalition: Coalition) -> None:
    a_pool(desk, uses=2, payers=[{"payer": "operator", "share": 100}])
    code, till = issued(desk)[0].code, coalition.as_cinema()
    use = redeemed(desk, till, code)
    redeemed(desk, till, code)
    came = at_once(8, lambda _: rolled_back(desk, till, code, use.id), threads=8)
    assert sum(isinstance(each, coupons.Use) for each in came) == 1
    assert costs(desk, use.id) == [(None, 0)]
    redeemed(desk, till, code)
    assert why_not(desk, till, code) == "spent"


def test_only_who_took_a_coupon_rolls_it_back(desk: Desk, coalition: Coalition) -> None:
    a_pool(desk)
    code = issued(desk)[0].code
    use = redeemed(desk, coalition.as_cinema(), code)
    with pytest.raises(CouponUnknownError):
        rolled_back(desk, coalition.as_grocery(), code, use.id)


def test_a_coupon_is_taken_through_its_last_day_in_the_programmes_zone(
    desk: Desk, coalition: Coalition, clock: FixedClock
) -> None:
    a_pool(desk, valid_days=1)
    coupon = issued(desk, member_id=coalition.a_member().id)[0]
    assert str(coupon.valid_until) == "2026-05-02"
    clock.move(hours=35, minutes=59, seconds=59)  # 23:59:59 on 2 May in Shanghai
    assert why_not(desk, coalition.as_cinema(), coupon.code) == ""
    clock.move(seconds=1)
    assert why_not(desk, coalition.as_cinema(), coupon.code) == "expired"
    with pytest.raises(CouponRefusedError):
        redeemed(desk, coalition.as_cinema(), coupon.code)
    with desk.work(OPERATOR) as work:
        assert coupons.expire(work) == 1
        assert coupons.expire(work) == 0


def test_costs_are_split_to_the_minor_unit(desk: Desk, coalition: Coalition) -> None:
    payers = [
        {"payer": "operator", "share": 33}, {"payer": "partner", "share": 33},
        {"payer": "prt:grocery", "share": 34},
    ]  # fmt: skip
    a_pool(desk, payers=payers, worth={"kind": "amount", "minor": 1001})
    use = redeemed(desk, coalition.as_cinema(), issued(desk)[0].code)
    assert costs(desk, use.id) == [
        (None, 330), (coalition.cinema, 330), (coalition.grocery, 341),
    ]  # fmt: skip


def test_unused_coupons_of_an_origin_are_taken_back(desk: Desk, coalition: Coalition) -> None:
    a_pool(desk, supply=3)
    origin = "order:1"
    codes = [each.code for each in issued(desk, origin=origin, count=3)]
    redeemed(desk, coalition.as_cinema(), codes[0])
    with desk.work(OPERATOR) as work:
        assert coupons.cancel_of(work, origin) is False
    assert why_not(desk, coalition.as_cinema(), codes[1]) == "cancelled"
    assert len(issued(desk, count=2, origin="order:2")) == 2
    with desk.work(OPERATOR) as work:
        assert coupons.cancel_of(work, "order:2") is True
        assert coupons.cancel_of(work, "order:of nothing") is True


def test_what_is_issued_in_a_work_that_fails_is_not(desk: Desk, coalition: Coalition) -> None:
    a_pool(desk, supply=1)
    with pytest.raises(CouponSoldOutError), desk.work(OPERATOR) as work:
        [coupons.issue(work, "twenty", member_id=None, origin="order:1") for _ in range(2)]
    assert len(issued(desk)) == 1


def test_a_pool_that_does_not_hold_issues_nothing(desk: Desk, coalition: Coalition) -> None:
    with pytest.raises(CouponPoolUnknownError):
        issued(desk, "nobody's")
    a_pool(desk)
    code = issued(desk)[0].code
    with desk.work(OPERATOR) as work:
        rulebook.pause(work, "coupon", "twenty")
    with pytest.raises(CouponPoolUnknownError):
        issued(desk)
    assert why_not(desk, coalition.as_cinema(), code) == "paused"
    with desk.work(OPERATOR) as work:
        rulebook.end(work, "coupon", "twenty")
    assert why_not(desk, coalition.as_cinema(), code) == ""


def test_ten_wrong_codes_shut_a_client_out_for_five_minutes(
    desk: Desk, coalition: Coalition, clock: FixedClock
) -> None:
    """FRD-08."""
    a_pool(desk)
    code, till = issued(desk)[0].code, coalition.as_cinema()
    for _ in range(10):
        with pytest.raises(CouponUnknownError):
            redeemed(desk, till, new_code())
    with pytest.raises(TooManyGuessesError) as shut:
        redeemed(desk, till, code)
    assert shut.value.retry_after_s == 300
    redeemed(desk, coalition.as_grocery(), code)
    clock.move(seconds=300)
    assert why_not(desk, till, code) == "spent"


def test_wrong_codes_are_counted_for_the_member_at_every_till(
    desk: Desk, coalition: Coalition
) -> None:
    a_pool(desk)
    code, ada = issued(desk)[0].code, coalition.a_member()
    stores = [None, "main"]
    for number in range(10):
        with pytest.raises(CouponUnknownError), desk.work(coalition.as_cinema()) as work:
            coupons.show(work, new_code(), store=stores[number % 2], member=ada.token)
    with pytest.raises(TooManyGuessesError):
        redeemed(desk, coalition.as_cinema(), code, member=ada.token)
    redeemed(desk, coalition.as_cinema(), code)


def test_no_coupon_is_taken_where_guesses_can_not_be_counted(
    desk: Desk, coalition: Coalition, monkeypatch: pytest.MonkeyPatch
) -> None:
    a_pool(desk)
    code = issued(desk)[0].code

    def broken(*_: Any) -> None:
        raise ConnectionError

    monkeypatch.setattr(guesses, "refuse", broken)
    with pytest.raises(ConnectionError):
        redeemed(desk, coalition.as_cinema(), code)
    monkeypatch.undo()
    assert why_not(desk, coalition.as_cinema(), code) == ""


def test_events_never_hold_a_whole_code(desk: Desk, coalition: Coalition) -> None:
    a_pool(desk)
    code, till = issued(desk, origin="order:1")[0].code, coalition.as_cinema()
    rolled_back(desk, till, code, redeemed(desk, till, code).id)
    with desk.work(till) as work:
        use = coupons.reserve(work, coupons.show(work, code, store="main"), coupons.Ticket(5000))
    with desk.work(till) as work:
        coupons.release(work, coupons.show(work, code), use.id)
    with desk.work(OPERATOR) as work:
        assert coupons.cancel_of(work, "order:1")
        told = work.rows("SELECT topic, facts::text FROM outbox WHERE topic LIKE 'coupon.%%'")
    assert {row[0] for row in told} == {
        "coupon.issued", "coupon.redeemed", "coupon.rolled_back", "coupon.reserved",
        "coupon.released", "coupon.cancelled",
    }  # fmt: skip
    assert not [row for row in told if code in row[1]]
