"""Redeeming: hold, capture, void; earliest expiry first; never more than there is."""

import threading
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from itertools import count

import pytest

from stoa.errors import (
    ExceedsHoldError,
    HoldClosedError,
    HoldExpiredError,
    InsufficientPointsError,
    MemberFrozenError,
    RedemptionUnknownError,
    RewardRefusedError,
    RewardUnknownError,
    StoaError,
)
from stoa.services import earning, ledger, members, redemption
from stoa.services.redemption import Ask, Held
from stoa.work import Actor, Desk
from world import NOON, Coalition, FixedClock, Someone, a_key, met


def _earn(coalition: Coalition, who: Someone, total: str) -> None:
    with coalition.desk.work(coalition.as_grocery()) as work:
        earning.earn(work, coalition.a_purchase(who, total), key=a_key())


def _hold(coalition: Coalition, who: Someone, points: int, **changes: object) -> Held:
    with coalition.desk.work(coalition.as_cinema()) as work:
        ask = Ask(met(work, who), "main", points, **changes)  # type: ignore[arg-type]
        return redemption.hold(work, ask, key=a_key())


def _available(coalition: Coalition, who: Someone) -> int:
    with coalition.desk.work(Actor("test")) as work:
        return ledger.balance_of(work, who.id, "STAR").balance.available


def test_points_earned_at_one_partner_are_burned_at_another(
    desk: Desk, coalition: Coalition
) -> None:
    ada = coalition.a_member()
    _earn(coalition, ada, "5000.00")
    held = _hold(coalition, ada, 3000)
    assert (held.balance.available, held.balance.held) == (2000, 3000)
    assert (held.redemption.state, held.redemption.worth.amount) == ("held", "30.00")
    with desk.work(coalition.as_cinema()) as work:
        done = redemption.capture(work, held.redemption.id, points=2400, key=a_key())
        assert (done.redemption.captured, done.redemption.released) == (2400, 600)
        assert (done.balance.available, done.balance.held) == (2600, 0)
        page = ledger.history(work, ada.id, "STAR")
    assert [(entry.points, entry.account, entry.balance) for entry in page] == [
        (-2400, "burned", 2600),
        (5000, "issued", 5000),
    ]
    assert page[0].arithmetic == "2400 points worth 24.00 CNY"


def test_a_voided_hold_gives_everything_back(desk: Desk, coalition: Coalition) -> None:
    ada = coalition.a_member()
    _earn(coalition, ada, "100.00")
    held = _hold(coalition, ada, 80)
    with desk.work(coalition.as_cinema()) as work:
        done = redemption.void(work, held.redemption.id, key=a_key())
    assert (done.redemption.state, done.redemption.released, done.balance.available) == (
        "voided", 80, 100,
    )  # fmt: skip


def test_more_than_is_available_is_refused_with_figures(coalition: Coalition) -> None:
    ada = coalition.a_member()
    _earn(coalition, ada, "100.00")
    _hold(coalition, ada, 80)
    with pytest.raises(InsufficientPointsError) as refused:
        _hold(coalition, ada, 30)
    assert refused.value.members == {"available_points": 20, "short_by_points": 10}


def test_a_hold_is_resolved_once(desk: Desk, coalition: Coalition) -> None:
    ada = coalition.a_member()
    _earn(coalition, ada, "100.00")
    held = _hold(coalition, ada, 80)
    with desk.work(coalition.as_cinema()) as work:
        with pytest.raises(ExceedsHoldError):
            redemption.capture(work, held.redemption.id, points=81, key=a_key())
        key = a_key()
        redemption.capture(work, held.redemption.id, points=50, key=key)
        deeds: list[Callable[[], object]] = [
            lambda: redemption.capture(work, held.redemption.id, points=50, key=a_key()),
            lambda: redemption.void(work, held.redemption.id, key=a_key()),
        ]
        for deed in deeds:
            with pytest.raises(HoldClosedError):
                deed()
        again = redemption.capture(work, held.redemption.id, points=50, key=key)
    assert (again.replayed, again.redemption.captured, again.balance.available) == (True, 50, 50)


def test_a_hold_answers_again_as_it_did_first(desk: Desk, coalition: Coalition) -> None:
    ada = coalition.a_member()
    _earn(coalition, ada, "100.00")
    key = a_key()
    with desk.work(coalition.as_cinema()) as work:
        ask = Ask(met(work, ada), "main", 40)
        first = redemption.hold(work, ask, key=key)
        redemption.capture(work, first.redemption.id, points=None, key=a_key())
        again = redemption.hold(work, ask, key=key)
    assert again.redemption == first.redemption
    assert again.balance.held == 40


def test_an_expired_hold_cannot_be_captured_and_is_let_go_once(
    desk: Desk, coalition: Coalition, clock: FixedClock
) -> None:
    ada = coalition.a_member()
    _earn(coalition, ada, "100.00")
    held = _hold(coalition, ada, 80, ttl_s=60)
    with desk.work(Actor("worker")) as work:
        with pytest.raises(HoldClosedError):
            redemption.expire(work, ada.id, coalition.cinema, held.redemption.id, 80)
        clock.move(seconds=60)
        with desk.work(coalition.as_cinema()) as till, pytest.raises(HoldExpiredError):
            redemption.capture(till, held.redemption.id, points=80, key=a_key())
        redemption.expire(work, ada.id, coalition.cinema, held.redemption.id, 80)
        with pytest.raises(HoldClosedError):
            redemption.expire(work, ada.id, coalition.cinema, held.redemption.id, 80)
    assert _available(coalition, ada) == 100


def test_another_partners_redemption_does_not_exist(desk: Desk, coalition: Coalition) -> None:
    ada = coalition.a_member()
    _earn(coalition, ada, "100.00")
    held = _hold(coalition, ada, 80)
    with desk.work(coalition.as_grocery()) as work:
        deeds: list[Callable[[], object]] = [
            lambda: redemption.find(work, held.redemption.id),
            lambda: redemption.capture(work, held.redemption.id, points=1, key=a_key()),
            lambda: redemption.void(work, held.redemption.id, key=a_key()),
        ]
        for deed in deeds:
            with pytest.raises(RedemptionUnknownError):
                deed()


def test_a_reward_costs_its_price_and_a_plugin_may_price_an_order(
    desk: Desk, coalition: Coalition
) -> None:
    ada = coalition.a_member()
    _earn(coalition, ada, "5000.00")
    with desk.work(coalition.as_cinema()) as work:
        one = redemption.hold(
            work, Ask(met(work, ada), "main", reward_id="cinema:mug", quantity=2), key=a_key()
        )
        three = redemption.hold(
            work, Ask(met(work, ada), "main", reward_id="cinema:mug", quantity=3), key=a_key()
        )
        assert (one.redemption.points, three.redemption.points) == (1000, 1200)
        with pytest.raises(RewardUnknownError):
            redemption.hold(
                work, Ask(met(work, ada), "main", reward_id="cinema:nothing"), key=a_key()
            )
        with pytest.raises(RewardRefusedError) as refused:
            redemption.hold(work, Ask(met(work, ada), "main", reward_id="grocery:mug"), key=a_key())
        assert refused.value.members == {"reason": "store"}
        with pytest.raises(RewardUnknownError):
            redemption.hold(
                work, Ask(met(work, ada), "main", reward_id="cinema:mug", quantity=4), key=a_key()
            )


def test_points_that_end_first_go_first(
    desk: Desk, coalition: Coalition, clock: FixedClock
) -> None:
    ada = coalition.a_member()
    _earn(coalition, ada, "100.00")
    clock.move(days=40)
    _earn(coalition, ada, "200.00")
    held = _hold(coalition, ada, 150)
    with desk.work(coalition.as_cinema()) as work:
        redemption.capture(work, held.redemption.id, points=150, key=a_key())
        told = ledger.balance_of(work, ada.id, "STAR")
    assert [points for _, points in told.expiring] == [150]
    assert told.expiring[0][0].isoformat() == "2027-06-30"


def test_expiry_is_date_inclusive_in_the_programmes_zone(
    desk: Desk, coalition: Coalition, clock: FixedClock
) -> None:
    ada = coalition.a_member()
    _earn(coalition, ada, "100.00")
    clock.now = datetime(2027, 5, 31, 15, 59, 59, tzinfo=UTC)  # 23:59:59 in Shanghai
    held = _hold(coalition, ada, 10)
    clock.move(seconds=1)
    with pytest.raises(InsufficientPointsError) as refused:
        _hold(coalition, ada, 10)
    assert refused.value.members["available_points"] == 0
    assert _available(coalition, ada) == 0
    with desk.work(Actor("worker")) as work:
        assert ledger.expire(work, ada.id, "STAR") == 90
        assert ledger.expire(work, ada.id, "STAR") == 0
    with desk.work(coalition.as_cinema()) as work:
        done = redemption.capture(work, held.redemption.id, points=4, key=a_key())
        page = ledger.history(work, ada.id, "STAR")
    assert (done.balance.available, done.balance.held) == (0, 0)
    assert [entry.points for entry in page] == [-6, -4, -90, 100]


def test_a_void_after_the_last_day_expires_the_points_at_once(
    desk: Desk, coalition: Coalition, clock: FixedClock
) -> None:
    ada = coalition.a_member()
    _earn(coalition, ada, "100.00")
    clock.now = datetime(2027, 5, 31, 15, 59, 59, tzinfo=UTC)
    held = _hold(coalition, ada, 100)
    clock.move(minutes=1)
    with desk.work(coalition.as_cinema()) as work:
        done = redemption.void(work, held.redemption.id, key=a_key())
    assert (done.balance.available, done.balance.held) == (0, 0)


def test_a_frozen_member_redeems_nothing(desk: Desk, coalition: Coalition) -> None:
    ada = coalition.a_member()
    _earn(coalition, ada, "100.00")
    with desk.work(Actor("cli")) as work:
        members.freeze(work, ada.id, reason="lost card")
    with pytest.raises(MemberFrozenError):
        _hold(coalition, ada, 10)


def _storm(count: int, deed: object) -> list[object]:
    start = threading.Barrier(count)
    answers: list[object] = []

    def run(number: int) -> None:
        start.wait()
        try:
            answers.append(deed(number))  # type: ignore[operator]
        except StoaError as refused:
            answers.append(refused)

    threads = [threading.Thread(target=run, args=(number,)) for number in range(count)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return answers


def test_many_tills_at_once_take_exactly_what_is_there(desk: Desk, coalition: Coalition) -> None:
    ada = coalition.a_member()
    _earn(coalition, ada, "100.00")

    def redeem(_: int) -> Held:
        with desk.work(coalition.as_cinema()) as work:
            held = redemption.hold(work, Ask(met(work, ada), "main", 7), key=a_key())
            return redemption.capture(work, held.redemption.id, points=7, key=a_key())

    answers = _storm(16, redeem)
    assert sum(isinstance(answer, Held) for answer in answers) == 14
    assert {type(answer) for answer in answers} == {Held, InsufficientPointsError}
    assert _available(coalition, ada) == 2


def test_one_key_sent_by_many_at_once_has_one_effect(desk: Desk, coalition: Coalition) -> None:
    ada = coalition.a_member()
    report, key = coalition.a_purchase(ada, "50.00"), a_key()

    def earn(_: int) -> object:
        with desk.work(coalition.as_grocery()) as work:
            return earning.earn(work, report, key=key)

    answers = _storm(16, earn)
    assert len({getattr(answer, "purchase_id", None) for answer in answers}) == 1
    assert sum(not getattr(answer, "replayed", True) for answer in answers) == 1
    assert _available(coalition, ada) == 50


def test_one_hold_captured_and_voided_by_many_at_once_is_resolved_once(
    desk: Desk, coalition: Coalition
) -> None:
    ada = coalition.a_member()
    _earn(coalition, ada, "100.00")
    held = _hold(coalition, ada, 60)

    def resolve(number: int) -> object:
        with desk.work(coalition.as_cinema()) as work:
            if number % 2:
                return redemption.void(work, held.redemption.id, key=a_key())
            return redemption.capture(work, held.redemption.id, points=60, key=a_key())

    answers = _storm(12, resolve)
    assert sum(isinstance(answer, Held) for answer in answers) == 1
    assert sum(isinstance(answer, HoldClosedError) for answer in answers) == 11


def test_a_repeated_hold_tells_the_same_end_though_the_clock_goes_on(
    desk: Desk, coalition: Coalition
) -> None:
    ada = coalition.a_member()
    with desk.work(coalition.as_grocery()) as work:
        earning.earn(work, coalition.a_purchase(ada, "100.00"), key=a_key())
    ticks = count()
    desk.clock = lambda: NOON + timedelta(microseconds=next(ticks))
    key = a_key()
    with desk.work(coalition.as_cinema()) as work:
        ask = Ask(met(work, ada), "main", 10)
        first = redemption.hold(work, ask, key=key)
        again = redemption.hold(work, ask, key=key)
    assert again.replayed
    assert again.redemption == first.redemption
