"""A day at the counter: cashiers who try twice, returns that come first, holds that end."""

import pytest

from stoa_sdk.conformance.counter import Counter
from stoa_sdk.conformance.integration import NoAnswer, Refused


def _earned(counter: Counter, *nets: str) -> tuple[str, int]:
    member = counter.somebody()
    counter.till.earn(counter.sale(member, *nets))
    counter.till.settle()
    return member, counter.observer.available(member)


def test_a_receipt_that_is_told_twice_earns_once(counter: Counter) -> None:
    member = counter.somebody()
    sale = counter.sale(member)
    counter.till.earn(sale)
    counter.till.settle()
    once = counter.observer.state(member)
    counter.till.earn(sale)
    counter.till.settle()
    assert counter.observer.state(member) == once


def test_two_receipts_earn_twice(counter: Counter) -> None:
    _, once = _earned(counter)
    member = counter.somebody()
    counter.till.earn(counter.sale(member))
    counter.till.earn(counter.sale(member))
    counter.till.settle()
    assert counter.observer.available(member) == 2 * once


def test_one_receipt_number_at_two_terminals_is_two_sales(counter: Counter) -> None:
    _, once = _earned(counter)
    member, number = counter.somebody(), counter.receipt()
    for terminal in ("T1", "T2"):
        counter.till.earn(counter.sale(member, receipt_no=number, terminal=terminal))
    counter.till.settle()
    assert counter.observer.available(member) == 2 * once


def test_a_return_before_its_sale_takes_its_points_when_the_sale_comes(counter: Counter) -> None:
    member = counter.somebody()
    sale = counter.sale(member)
    counter.till.give_back(sale, counter.receipt(), None)
    counter.till.earn(sale)
    counter.till.settle()
    state = counter.observer.becomes(member, lambda each: len(each.entries) > 1)
    assert (state.available, state.debt) == (0, 0)


def test_a_sale_returned_in_parts_leaves_nothing(counter: Counter) -> None:
    member = counter.somebody()
    sale = counter.sale(member, "33.33", "33.33", "33.34")
    counter.till.earn(sale)
    for place in (1, 2, 3):
        counter.till.give_back(sale, counter.receipt(), {place: 1})
    counter.till.settle()
    state = counter.observer.state(member)
    assert (state.available, state.debt) == (0, 0)


def test_an_article_comes_back_once(counter: Counter) -> None:
    member = counter.somebody()
    sale = counter.sale(member, "60.00", "40.00")
    counter.till.earn(sale)
    counter.till.give_back(sale, counter.receipt(), {1: 1})
    counter.till.settle()
    once = counter.observer.state(member)
    counter.till.give_back(sale, counter.receipt(), {1: 1})
    counter.till.settle()
    assert counter.observer.state(member) == once


def test_a_return_after_the_points_were_spent_is_a_debt(counter: Counter) -> None:
    member = counter.somebody()
    sale = counter.sale(member, "500.00")
    counter.till.earn(sale)
    counter.till.settle()
    points = counter.observer.available(member)
    counter.till.capture(counter.till.hold(member, points), None, counter.receipt())
    counter.till.give_back(sale, counter.receipt(), None)
    counter.till.settle()
    state = counter.observer.state(member)
    assert (state.available, state.debt) == (0, points)


def test_a_sale_that_is_undone_and_told_again_earns_nothing_twice(counter: Counter) -> None:
    member = counter.somebody()
    sale = counter.sale(member)
    counter.till.earn(sale)
    counter.till.void(sale)
    counter.till.settle()
    assert counter.observer.available(member) == 0


def test_more_than_a_member_has_is_refused_and_holds_nothing(counter: Counter) -> None:
    member, points = _earned(counter)
    with pytest.raises(Refused):
        counter.till.hold(member, points + 1)
    state = counter.observer.state(member)
    assert (state.available, state.held) == (points, 0)


def test_held_points_can_not_be_held_again(counter: Counter) -> None:
    member, points = _earned(counter)
    counter.till.hold(member, points)
    with pytest.raises(Refused):
        counter.till.hold(member, 1)
    assert counter.observer.state(member).held == points


def test_a_hold_is_captured_once(counter: Counter) -> None:
    member, points = _earned(counter, "500.00")
    hold = counter.till.hold(member, points // 2)
    counter.till.capture(hold, None, counter.receipt())
    counter.till.settle()
    once = counter.observer.state(member)
    counter.till.capture(hold, None, counter.receipt())
    counter.till.settle()
    assert counter.observer.state(member) == once


def test_what_was_captured_is_not_released(counter: Counter) -> None:
    member, points = _earned(counter, "500.00")
    hold = counter.till.hold(member, points // 2)
    counter.till.capture(hold, None, counter.receipt())
    counter.till.release(hold)
    counter.till.settle()
    assert counter.observer.available(member) == points - points // 2


def test_what_was_released_is_not_captured(counter: Counter) -> None:
    member, points = _earned(counter, "500.00")
    hold = counter.till.hold(member, points // 2)
    counter.till.release(hold)
    counter.till.capture(hold, None, counter.receipt())
    counter.till.settle()
    assert counter.observer.available(member) == points


def test_no_more_is_refunded_than_was_captured(counter: Counter) -> None:
    member, points = _earned(counter, "500.00")
    hold = counter.till.hold(member, points)
    counter.till.capture(hold, points // 2, counter.receipt())
    for _ in range(3):
        counter.till.refund(hold, points // 4, counter.receipt())
    counter.till.settle()
    assert counter.observer.available(member) <= points


def test_a_hold_that_ended_is_not_captured(counter: Counter) -> None:
    member, points = _earned(counter, "500.00")
    hold = counter.till.hold(member, points // 2, ttl_s=10)
    state = counter.observer.becomes(member, lambda each: each.held == 0)
    assert (state.available, state.held) == (points, 0)
    counter.till.capture(hold, None, counter.receipt())
    counter.till.settle()
    assert counter.observer.available(member) == points


def test_without_an_answer_nothing_is_handed_out(counter: Counter) -> None:
    member, points = _earned(counter, "500.00")
    counter.line.cut("answers")
    with pytest.raises(NoAnswer):
        counter.till.hold(member, points // 2)
    counter.line.mend()
    state = counter.observer.state(member)
    assert state.available + state.held == points
    assert state.held <= points // 2, "each try made a hold of its own"


def test_what_is_refused_keeps_nothing_else_waiting(counter: Counter) -> None:
    member = counter.somebody()
    counter.till.earn(counter.sale(f"mbr_{'0' * 26}"))
    counter.till.earn(counter.sale(member))
    counter.till.settle()
    assert counter.observer.available(member) > 0


def test_a_morning_without_a_line_is_told_in_its_order(counter: Counter) -> None:
    member, other = counter.somebody(), counter.somebody()
    sales = [counter.sale(member, f"{n}0.00") for n in range(1, 6)]
    for sale in sales:
        counter.till.earn(sale)
    counter.till.give_back(sales[2], counter.receipt(), None)
    counter.till.settle()
    expected = counter.observer.state(member)
    counter.line.cut("requests")
    again = [counter.sale(other, f"{n}0.00") for n in range(1, 6)]
    for sale in again:
        counter.till.earn(sale)
    counter.till.give_back(again[2], counter.receipt(), None)
    counter.line.mend()
    counter.restart()
    counter.till.settle()
    assert counter.observer.state(other) == expected


@pytest.mark.parametrize("net", ["0.01", "0.99", "99999.99", "1234.56"])
def test_amounts_arrive_to_the_cent(counter: Counter, net: str) -> None:
    whole = counter.sale(counter.somebody(), net, net)
    counter.till.earn(whole)
    counter.till.give_back(whole, counter.receipt(), None)
    counter.till.settle()
    state = counter.observer.state(whole.member_ref)
    assert (state.available, state.debt, state.held) == (0, 0, 0)


@pytest.mark.parametrize("number", ["№ 12/ü", "收据-7", "a b", "x" * 60])
def test_receipt_numbers_arrive_as_they_are(counter: Counter, number: str) -> None:
    member = counter.somebody()
    sale = counter.sale(member, receipt_no=f"{number}{counter.receipt()}"[-64:])
    counter.till.earn(sale)
    counter.till.void(sale)
    counter.till.settle()
    state = counter.observer.state(member)
    assert state.available == 0
    assert len(state.entries) > 1, "the sale was never reported, or never undone"
