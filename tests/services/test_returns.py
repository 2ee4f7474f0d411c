"""Returns: line by line, cumulative, never more and never less than was earned."""

from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from stoa.errors import (
    AlreadyReturnedError,
    ExceedsPurchaseError,
    InvalidBodyError,
    PurchaseClosedError,
    PurchaseUnknownError,
    ReceiptClaimedError,
    StoaError,
)
from stoa.services import earning, ledger, redemption, returns
from stoa.services.earning import Earned, ReportLine
from stoa.services.ledger import Balance
from stoa.services.redemption import Ask
from stoa.services.returns import Returned, Sold
from stoa.values.amounts import share
from stoa.values.facts import EarnedLine, Line
from stoa.work import Desk, Work
from world import Coalition, FixedClock, Someone, a_key, met, minor


def _buy(coalition: Coalition, who: Someone, *lines: ReportLine) -> Earned:
    with coalition.desk.work(coalition.as_grocery()) as work:
        return earning.earn(work, coalition.a_purchase(who, lines=list(lines)), key=a_key())


def _line(number: int, total: str, pieces: int = 1) -> ReportLine:
    return ReportLine(number, f"sku-{number}", "", pieces * 1000, "ea", minor(total))


def _spend(coalition: Coalition, who: Someone, points: int) -> None:
    with coalition.desk.work(coalition.as_cinema()) as work:
        held = redemption.hold(work, Ask(met(work, who), "main", points), key=a_key())
        redemption.capture(work, held.redemption.id, points=points, key=a_key())


def _balance(coalition: Coalition, who: Someone) -> Balance:
    with coalition.desk.work(coalition.as_grocery()) as work:
        return ledger.balance_of(work, who.id, "STAR").balance


def test_a_returned_line_gives_back_its_own_points(desk: Desk, coalition: Coalition) -> None:
    ada = coalition.a_member()
    bought = _buy(coalition, ada, _line(1, "10.00"), _line(2, "20.00"), _line(3, "40.00"))
    with desk.work(coalition.as_grocery()) as work:
        back = returns.return_lines(work, bought.purchase_id, {2: 1000}, key=a_key())
    assert (back.clawed_back, back.status, back.balance.available) == (20, "posted", 50)


def test_thirds_of_ten_points_come_back_as_three_three_and_four(
    desk: Desk, coalition: Coalition
) -> None:
    ada = coalition.a_member()
    bought = _buy(coalition, ada, _line(1, "10.00", pieces=3))
    with desk.work(coalition.as_grocery()) as work:
        backs = [
            returns.return_lines(work, bought.purchase_id, {1: 1000}, key=a_key()) for _ in range(3)
        ]
    assert [back.clawed_back for back in backs] == [3, 3, 4]
    assert [back.status for back in backs] == ["posted", "posted", "returned"]


def test_a_return_after_the_points_were_spent_becomes_debt_that_later_points_repay(
    desk: Desk, coalition: Coalition
) -> None:
    ada = coalition.a_member()
    bought = _buy(coalition, ada, _line(1, "10.00"))
    _spend(coalition, ada, 10)
    with desk.work(coalition.as_grocery()) as work:
        back = returns.return_lines(work, bought.purchase_id, None, key=a_key())
    assert (back.clawed_back, back.debt_booked) == (10, 10)
    assert (back.balance.available, back.balance.debt) == (0, 10)
    assert _buy(coalition, ada, _line(1, "4.00")).balance == Balance("STAR", 0, 0, 0, 6, 6)
    later = _buy(coalition, ada, _line(1, "100.00")).balance
    assert (later.available, later.debt) == (94, 0)


def test_a_clawback_leaves_held_points_alone(desk: Desk, coalition: Coalition) -> None:
    ada = coalition.a_member()
    bought = _buy(coalition, ada, _line(1, "50.00"))
    with desk.work(coalition.as_cinema()) as work:
        held = redemption.hold(work, Ask(met(work, ada), "main", 20), key=a_key())
    with desk.work(coalition.as_grocery()) as work:
        back = returns.return_lines(work, bought.purchase_id, None, key=a_key())
    assert (back.balance.available, back.balance.held, back.balance.debt) == (0, 20, 20)
    with desk.work(coalition.as_cinema()) as work:
        redemption.capture(work, held.redemption.id, points=20, key=a_key())
    assert _balance(coalition, ada).debt == 20


def test_wrong_returns_are_refused_without_effect(desk: Desk, coalition: Coalition) -> None:
    ada = coalition.a_member()
    bought = _buy(coalition, ada, _line(1, "10.00", pieces=2), _line(2, "20.00"))
    with desk.work(coalition.as_grocery()) as work:
        cases: list[tuple[dict[int, int], type[StoaError]]] = [
            ({1: 2001}, ExceedsPurchaseError),
            ({9: 1000}, InvalidBodyError),
        ]
        for quantities, refusal in cases:
            with pytest.raises(refusal):
                returns.return_lines(work, bought.purchase_id, quantities, key=a_key())
        returns.return_lines(work, bought.purchase_id, {2: 1000}, key=a_key(), receipt_no="RR-1")
        with pytest.raises(AlreadyReturnedError):
            returns.return_lines(work, bought.purchase_id, {2: 1000}, key=a_key())
        with pytest.raises(ReceiptClaimedError):
            returns.return_lines(work, bought.purchase_id, {1: 1}, key=a_key(), receipt_no="RR-1")
    assert _balance(coalition, ada).available == 10
    with desk.work(coalition.as_cinema()) as work, pytest.raises(PurchaseUnknownError):
        returns.return_lines(work, bought.purchase_id, None, key=a_key())


def test_a_void_undoes_the_purchase_on_its_own_day_only(
    desk: Desk, coalition: Coalition, clock: FixedClock
) -> None:
    ada = coalition.a_member()
    first, second = _buy(coalition, ada, _line(1, "10.00")), _buy(coalition, ada, _line(1, "5.00"))
    with desk.work(coalition.as_grocery()) as work:
        done = returns.void(work, first.purchase_id, key=a_key(), reason="wrong card")
        why = "SELECT explanation ->> 'note' FROM transactions WHERE id = %s"
        assert work.rows(why, (done.return_id,))[0][0] == "wrong card"
        assert (done.status, done.clawed_back, done.balance.available) == ("voided", 10, 5)
        with pytest.raises(PurchaseClosedError):
            returns.void(work, first.purchase_id, key=a_key())
        clock.move(days=1)
        with pytest.raises(PurchaseClosedError):
            returns.void(work, second.purchase_id, key=a_key())
        clock.move(days=30)
        with pytest.raises(PurchaseClosedError):
            returns.return_lines(work, second.purchase_id, None, key=a_key())


def test_a_return_repeated_while_the_first_one_runs_is_that_one(
    desk: Desk, coalition: Coalition, monkeypatch: pytest.MonkeyPatch
) -> None:
    ada, key = coalition.a_member(), a_key()
    bought = _buy(coalition, ada, _line(1, "10.00", pieces=2))
    found = returns.find
    first: list[Returned] = []

    def once() -> Returned:
        with desk.work(coalition.as_grocery()) as work:
            return returns.return_lines(
                work, bought.purchase_id, {1: 1000}, key=key, receipt_no="RR-1"
            )

    def find_late(work: Work, purchase_id: UUID) -> Sold:
        monkeypatch.setattr(returns, "find", found)
        first.append(once())  # it commits after the second one looked for its key
        return found(work, purchase_id)

    monkeypatch.setattr(returns, "find", find_late)
    again = once()
    assert again.replayed
    assert again.return_id == first[0].return_id
    assert _balance(coalition, ada).available == 5


def test_a_return_answers_again_as_it_did_first(desk: Desk, coalition: Coalition) -> None:
    ada = coalition.a_member()
    bought = _buy(coalition, ada, _line(1, "10.00", pieces=2))
    key = a_key()
    with desk.work(coalition.as_grocery()) as work:
        first = returns.return_lines(work, bought.purchase_id, {1: 1000}, key=key)
        returns.return_lines(work, bought.purchase_id, {1: 1000}, key=a_key())
        again = returns.return_lines(work, bought.purchase_id, {1: 1000}, key=key)
    assert again.replayed
    assert (again.return_id, again.clawed_back, again.status, again.balance.available) == (
        first.return_id, 5, "posted", 5,
    )  # fmt: skip


def _sold(points: int, pieces: list[int], returned: dict[str, int]) -> returns.Sold:
    lines = tuple(Line(no, "a", "", each * 1000, "ea", 100, 100) for no, each in enumerate(pieces))
    on = dict(zip(map(str, range(len(pieces))), share(points, pieces), strict=True))
    earned = (EarnedLine("base", points, "partner", "", None, on),)
    blank = (None,) * 11
    return returns.Sold(*blank, lines, (), returned, {}, 0, 1, earned)  # type: ignore[arg-type]


@given(
    points=st.integers(0, 10_000),
    pieces=st.lists(st.integers(1, 9), min_size=1, max_size=5),
    data=st.data(),
)
def test_any_split_of_returns_takes_back_exactly_what_was_earned(
    points: int, pieces: list[int], data: st.DataObject
) -> None:
    left = {str(no): each * 1000 for no, each in enumerate(pieces)}
    returned: dict[str, int] = {}
    taken = 0
    while any(left.values()):
        no = data.draw(st.sampled_from([no for no, rest in left.items() if rest]))
        back = data.draw(st.integers(1, left[no]))
        left[no] -= back
        now = returned | {no: returned.get(no, 0) + back}
        step = sum(returns.clawback(_sold(points, pieces, returned), now))
        assert step >= 0
        taken += step
        returned = now
        assert taken <= points
    assert taken == points
