"""Returns that come before their sale wait for it, and end as if they had come after."""

from datetime import timedelta
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from stoa.errors import (
    IdempotencyMismatchError,
    PurchaseClosedError,
    ReturnResolvedError,
    ReturnUnknownError,
    StoreUnknownError,
)
from stoa.services import clockwork, earning, parked, purchases
from stoa.services.backs import Back, BackLine
from stoa.services.earning import Report, ReportLine
from stoa.services.parked import Original, Parked
from stoa.services.returns import Returned
from stoa.values.amounts import Money
from stoa.values.identifiers import new_uuid
from stoa.values.periods import local_day
from stoa.work import Desk, Key
from stoa.worker import ACTOR
from world import Coalition, FixedClock, PlainPlugin, Someone, a_key


def _original(report: Report) -> Original:
    day = local_day(report.occurred_at, "Asia/Shanghai")
    return Original(report.store, report.receipt_no, day, report.terminal)


def _return(
    coalition: Coalition, report: Report, back: Back, *, key: Key | None = None
) -> Returned | Parked:
    with coalition.desk.work(coalition.as_grocery()) as work:
        return parked.take_back(work, _original(report), back, key=key or a_key())[0]


def _sell(coalition: Coalition, report: Report) -> Any:
    with coalition.desk.work(coalition.as_grocery()) as work:
        return earning.earn(work, report, key=a_key())


def _match(desk: Desk) -> int:
    with desk.work(ACTOR) as work:
        return parked.match(work)


def _find(coalition: Coalition, waiting: Returned | Parked) -> Parked:
    assert isinstance(waiting, Parked)
    with coalition.desk.work(coalition.as_grocery()) as work:
        return parked.find(work, waiting.id)


def _state(coalition: Coalition, who: Someone) -> list[list[tuple[Any, ...]]]:
    """Return all that was written about a member's points, but for ids and instants."""
    statements = (
        "SELECT available, pending, held, debt, seq FROM wallets WHERE member_id = %s",
        "SELECT expires_on, seq, remaining FROM lots WHERE member_id = %s ORDER BY 1, 2",
        (
            "SELECT seq, points, balance, account, reason FROM postings WHERE member_id = %s"
            " ORDER BY 1"
        ),
        (
            "SELECT kind, business_date, actor, explanation - 'lines', first_seq FROM transactions"
            " WHERE member_id = %s ORDER BY first_seq, kind"
        ),
        "SELECT status, returned, given_back, version FROM purchases WHERE member_id = %s",
    )
    with coalition.desk.work(ACTOR) as work:
        return [[tuple(row) for row in work.rows(each, (who.id,))] for each in statements]


@settings(
    max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(
    lines=st.lists(st.tuples(st.integers(1, 9000), st.integers(1, 4)), min_size=1, max_size=3),
    data=st.data(),
)
def test_a_return_before_its_sale_ends_as_one_after_it(
    coalition: Coalition, lines: list[tuple[int, int]], data: st.DataObject
) -> None:
    sold = [
        ReportLine(no, "a", "", pieces * 1000, "ea", net)
        for no, (net, pieces) in enumerate(lines, 1)
    ]
    part = st.one_of(
        st.just(Back()),
        st.integers(1, sum(net for net, _ in lines)).map(
            lambda much: Back(amount=Money(much, "CNY").amount)
        ),
        st.integers(1, lines[0][1]).map(lambda n: Back(lines=(BackLine(1, n * 1000),))),
    )
    back = data.draw(part)
    early, late = coalition.a_member(), coalition.a_member()
    first = coalition.a_purchase(early, lines=sold)
    waiting = _return(coalition, first, back)
    assert _match(coalition.desk) == 0
    _sell(coalition, first)
    assert _match(coalition.desk) == 1
    assert _find(coalition, waiting).state == "matched"
    second = coalition.a_purchase(late, lines=sold)
    _sell(coalition, second)
    assert isinstance(_return(coalition, second, back), Returned)
    assert _state(coalition, early) == _state(coalition, late)


def test_a_parked_return_is_posted_once_as_of_the_day_it_was_told(
    desk: Desk, coalition: Coalition, clock: FixedClock
) -> None:
    ada = coalition.a_member()
    report = coalition.a_purchase(ada, "100.00")
    waiting = _return(coalition, report, Back("RR-1", lines=(BackLine(1, 500),)))
    clock.move(days=25)
    _sell(coalition, report)
    clock.move(days=10)  # the window of thirty days is over, but the goods came back in time
    assert [_match(desk), _match(desk)] == [1, 0]
    done = _find(coalition, waiting)
    assert (done.state, done.resolved_at) == ("matched", clock.now)
    with desk.work(coalition.as_grocery()) as work:
        row = "SELECT business_date, actor, reference FROM transactions WHERE id = %s"
        day, actor, reference = work.rows(row, (done.transaction_id,))[0]
    assert (day, actor, reference) == (_original(report).business_date, "client:grocery", "RR-1")


def test_a_key_parks_a_return_once_and_answers_as_at_first(
    desk: Desk, coalition: Coalition
) -> None:
    ada = coalition.a_member()
    report, key = coalition.a_purchase(ada, "100.00"), a_key("p")
    with desk.work(coalition.as_grocery()) as work:
        first, repeated = parked.take_back(work, _original(report), Back("RR-1"), key=key)
        assert not repeated
    _sell(coalition, report)
    _match(desk)
    with desk.work(coalition.as_grocery()) as work:
        assert parked.take_back(work, _original(report), Back("RR-1"), key=key) == (first, True)
    with desk.work(coalition.as_grocery()) as work, pytest.raises(IdempotencyMismatchError):
        parked.take_back(work, _original(report), Back("RR-2"), key=a_key("p", "other"))


def test_a_return_of_a_known_sale_is_posted_at_once_and_answers_again(
    desk: Desk, coalition: Coalition
) -> None:
    ada = coalition.a_member()
    report, key = coalition.a_purchase(ada, "100.00"), a_key()
    _sell(coalition, report)
    with desk.work(coalition.as_grocery()) as work:
        first, _ = parked.take_back(work, _original(report), Back("RR-1"), key=key)
        again, repeated = parked.take_back(work, _original(report), Back("RR-1"), key=key)
    assert isinstance(first, Returned)
    assert isinstance(again, Returned)
    assert repeated
    assert (again.return_id, again.clawed_back) == (first.return_id, 100)


def test_a_return_waits_while_the_points_of_its_sale_are_pending(
    desk: Desk, coalition: Coalition, plain: PlainPlugin
) -> None:
    ada = coalition.a_member()
    report = coalition.a_purchase(ada, "100.00")
    plain.wrong = lambda: 1 / 0
    sale = _sell(coalition, report)
    assert sale.status == "pending"
    waiting = _return(coalition, report, Back("RR-1"))
    assert isinstance(waiting, Parked)
    assert _match(desk) == 0
    plain.wrong = None
    with desk.work(ACTOR) as work:
        assert clockwork.settle_pending(work) == 1
    assert _match(desk) == 1
    with desk.work(coalition.as_grocery()) as work:
        assert purchases.find(work, sale.purchase_id).status == "returned"


def test_a_refusal_stays_in_the_queue_and_holds_nobody_up(desk: Desk, coalition: Coalition) -> None:
    ada = coalition.a_member()
    wrong, right = coalition.a_purchase(ada, "10.00"), coalition.a_purchase(ada, "20.00")
    asked = [
        _return(coalition, wrong, Back("RR-1", amount="10.01")),
        _return(coalition, right, Back("RR-2")),
        _return(coalition, wrong, Back("RR-2", amount="1.00")),
    ]
    for report in (wrong, right):
        _sell(coalition, report)
    assert _match(desk) == 3
    found = [_find(coalition, each) for each in asked]
    assert [(each.state, each.refusal) for each in found] == [
        ("refused", "EXCEEDS_PURCHASE"), ("matched", ""), ("refused", "RECEIPT_ALREADY_CLAIMED"),
    ]  # fmt: skip
    assert found[0].transaction_id is None


def test_a_dropped_return_is_never_posted(desk: Desk, coalition: Coalition) -> None:
    ada = coalition.a_member()
    report = coalition.a_purchase(ada, "10.00")
    waiting = _return(coalition, report, Back("RR-1"))
    assert isinstance(waiting, Parked)
    key = a_key()
    for repeat in (False, True):
        with desk.work(coalition.as_grocery()) as work:
            done, repeated = parked.drop(work, waiting.id, key=key, reason="no sale")
            assert (done.state, repeated) == ("dropped", repeat)
    with desk.work(coalition.as_grocery()) as work, pytest.raises(ReturnResolvedError):
        parked.drop(work, waiting.id, key=a_key())
    _sell(coalition, report)
    assert _match(desk) == 0


def test_the_queue_is_the_partners_own_and_pages(desk: Desk, coalition: Coalition) -> None:
    ada = coalition.a_member()
    waiting = [
        _return(coalition, coalition.a_purchase(ada, "1.00"), Back(f"RR-{no}")) for no in range(3)
    ]
    ids = [each.id for each in waiting if isinstance(each, Parked)]
    with desk.work(coalition.as_grocery()) as work:
        assert [each.id for each in parked.queue(work, limit=2)] == ids[:2]
        assert [each.id for each in parked.queue(work, after=ids[1])] == ids[2:]
        assert parked.queue(work, "matched") == []
    with desk.work(coalition.as_cinema()) as work:
        assert parked.queue(work) == []
        for return_id in (ids[0], new_uuid()):
            with pytest.raises(ReturnUnknownError):
                parked.find(work, return_id)


def test_what_can_never_be_matched_is_refused(
    desk: Desk, coalition: Coalition, clock: FixedClock
) -> None:
    ada = coalition.a_member()
    report = coalition.a_purchase(ada, "1.00")
    day = _original(report).business_date - timedelta(days=31)
    with desk.work(coalition.as_grocery()) as work:
        with pytest.raises(PurchaseClosedError):
            parked.take_back(work, Original("main", "R-0", day), Back("RR"), key=a_key())
        with pytest.raises(StoreUnknownError):
            parked.take_back(work, Original("moon", "R-0", day), Back("RR"), key=a_key())


def test_a_stopping_worker_leaves_the_rest(desk: Desk, coalition: Coalition) -> None:
    ada = coalition.a_member()
    report = coalition.a_purchase(ada, "1.00")
    _return(coalition, report, Back("RR-1"))
    _sell(coalition, report)
    with desk.work(ACTOR) as work:
        assert parked.match(work, stopping=lambda: True) == 0
    assert _match(desk) == 1
