"""Refunds of captured redemptions, more time for holds, and what a receipt number finds."""

import threading
from collections.abc import Callable
from contextlib import suppress
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest

from stoa.errors import (
    ExceedsRedemptionError,
    HoldClosedError,
    HoldExpiredError,
    HoldExtendedError,
    IdempotencyMismatchError,
    RedemptionUnknownError,
    RewardWholeError,
    StoreUnknownError,
    WalletBusyError,
)
from stoa.services import earning, ledger, partners, redemption, refunds, returns
from stoa.services.earning import ReportLine
from stoa.services.redemption import Ask, Held
from stoa.values.facts import Tender, TenderKind
from stoa.values.identifiers import public_id
from stoa.values.periods import ExpiryRule
from stoa.work import Actor, Desk, Work
from world import Coalition, FixedClock, Someone, a_key, met


def _earn(coalition: Coalition, who: Someone, total: str) -> Any:
    with coalition.desk.work(coalition.as_grocery()) as work:
        return earning.earn(work, coalition.a_purchase(who, total), key=a_key())


def _pay(coalition: Coalition, who: Someone, points: int, taken: int | None = None) -> Held:
    with coalition.desk.work(coalition.as_cinema()) as work:
        held = redemption.hold(work, Ask(met(work, who), "main", points), key=a_key())
        return redemption.capture(
            work, held.redemption.id, points=taken, key=a_key(), reference="F-1"
        )


def _lots(coalition: Coalition, who: Someone) -> list[tuple[Any, ...]]:
    with coalition.desk.work(Actor("test")) as work:
        rows = "SELECT * FROM lots WHERE member_id = %s ORDER BY expires_on, seq"
        return [tuple(row) for row in work.rows(rows, (who.id,))]


def _grace(desk: Desk, days: int) -> None:
    with desk.work(Actor("cli")) as work:
        partners.found_currency(
            work, "Star points", rule=ExpiryRule.MONTH_END, months=12, face_value=Decimal("0.01"),
            grace_days=days,
        )  # fmt: skip
        work.memo.clear()


def test_parts_of_a_redemption_come_back_until_nothing_is_left(
    desk: Desk, coalition: Coalition, clock: FixedClock
) -> None:
    ada = coalition.a_member()
    _earn(coalition, ada, "100.00")
    clock.move(days=40)
    _earn(coalition, ada, "200.00")
    before = _lots(coalition, ada)
    done = _pay(coalition, ada, 250, 240).redemption
    with desk.work(coalition.as_cinema()) as work:
        key = a_key()
        first = refunds.refund(work, done.id, points=50, key=key, reason="cold soup")
        assert (first.points, first.redemption.refunded, first.redemption.left) == (50, 50, 190)
        assert (first.worth.amount, first.balance.available) == ("0.50", 110)
        assert dict(ledger.balance_of(work, ada.id, "STAR").expiring) == {date(2027, 6, 30): 110}
        with pytest.raises(ExceedsRedemptionError) as refused:
            refunds.refund(work, done.id, points=191, key=a_key())
        assert refused.value.members == {"left_points": 190}
        rest = refunds.refund(work, done.id, points=None, key=a_key())
        assert (rest.points, rest.redemption.status, rest.worth.amount) == (190, "refunded", "1.90")
        with pytest.raises(ExceedsRedemptionError):
            refunds.refund(work, done.id, points=None, key=a_key())
        again = refunds.refund(work, done.id, points=50, key=key, reason="cold soup")
        assert again.replayed
        assert (again.refund_id, again.points, again.redemption.refunded) == (
            first.refund_id, 50, 50,
        )  # fmt: skip
        assert again.balance.available == 110
        found = redemption.find(work, done.id)
        assert (found.status, found.refunded, found.left) == ("refunded", 240, 0)
    assert _lots(coalition, ada) == before


def test_points_taken_last_come_back_first(
    desk: Desk, coalition: Coalition, clock: FixedClock
) -> None:
    ada = coalition.a_member()
    _earn(coalition, ada, "100.00")
    clock.move(days=40)
    _earn(coalition, ada, "100.00")
    done = _pay(coalition, ada, 150).redemption
    with desk.work(coalition.as_cinema()) as work:
        refunds.refund(work, done.id, points=60, key=a_key())
        expiring = ledger.balance_of(work, ada.id, "STAR").expiring
    assert expiring == ((date(2027, 5, 31), 10), (date(2027, 6, 30), 100))


def test_a_reward_comes_back_as_a_whole(desk: Desk, coalition: Coalition) -> None:
    ada = coalition.a_member()
    _earn(coalition, ada, "1000.00")
    with desk.work(coalition.as_cinema()) as work:
        ask = Ask(met(work, ada), "main", reward_id="cinema:mug", quantity=1)
        held = redemption.hold(work, ask, key=a_key())
        redemption.capture(work, held.redemption.id, points=None, key=a_key())
        with pytest.raises(RewardWholeError) as refused:
            refunds.refund(work, held.redemption.id, points=167, key=a_key())
        assert refused.value.members == {"points": 500}
        done = refunds.refund(work, held.redemption.id, points=None, key=a_key())
    assert (done.points, done.worth.minor) == (500, 2500)
    assert done.balance.available == 1000


def test_points_past_their_day_live_for_the_days_of_grace(
    desk: Desk, coalition: Coalition, clock: FixedClock
) -> None:
    ada = coalition.a_member()
    _earn(coalition, ada, "100.00")
    done = _pay(coalition, ada, 80).redemption
    clock.now = clock.now.replace(year=2027, month=6, day=10)
    with desk.work(Actor("worker")) as work:
        assert ledger.expire(work, ada.id, "STAR") == 20
    with desk.work(coalition.as_cinema()) as work:
        back = refunds.refund(work, done.id, points=30, key=a_key())
        assert back.balance.available == 30
        statement = ledger.balance_of(work, ada.id, "STAR")
        assert statement.expiring == ((date(2027, 7, 10), 30),)
        newest = ledger.history(work, ada.id, "STAR")[0]
        assert (newest.reason, newest.kind, newest.points) == ("refund_grace", "refund", 30)
        origin = "SELECT origin_seq, origin_currency FROM postings WHERE seq = %s"
        assert tuple(work.rows(origin, (newest.seq,))[0]) == (1, "STAR")
    _grace(desk, 0)
    with desk.work(coalition.as_cinema()) as work:
        gone = refunds.refund(work, done.id, points=None, key=a_key())
        entries = ledger.history(work, ada.id, "STAR", limit=2)
    assert (gone.points, gone.balance.available) == (50, 30)
    assert [(each.points, each.account) for each in entries] == [(-50, "expired"), (50, "burned")]


def test_a_refund_repays_what_is_owed_first(desk: Desk, coalition: Coalition) -> None:
    ada = coalition.a_member()
    bought = _earn(coalition, ada, "100.00")
    done = _pay(coalition, ada, 100).redemption
    with desk.work(coalition.as_grocery()) as work:
        assert returns.return_lines(work, bought.purchase_id, None, key=a_key()).debt_booked == 100
    with desk.work(coalition.as_cinema()) as work:
        part = refunds.refund(work, done.id, points=40, key=a_key()).balance
        assert (part.available, part.debt) == (0, 60)
        rest = refunds.refund(work, done.id, points=None, key=a_key()).balance
        assert (rest.available, rest.debt) == (0, 0)
    assert _lots(coalition, ada) == []


def test_what_was_never_captured_is_not_refunded(desk: Desk, coalition: Coalition) -> None:
    ada = coalition.a_member()
    _earn(coalition, ada, "100.00")
    with desk.work(coalition.as_cinema()) as work:
        held = redemption.hold(work, Ask(met(work, ada), "main", 10), key=a_key()).redemption
        for points in (None, 5):
            with pytest.raises(HoldClosedError):
                refunds.refund(work, held.id, points=points, key=a_key())
    with desk.work(coalition.as_grocery()) as work:
        for deed in (
            lambda: refunds.refund(work, held.id, points=5, key=a_key()),
            lambda: redemption.extend(work, held.id, ttl_s=60, key=a_key()),
        ):
            with pytest.raises(RedemptionUnknownError):
                deed()


def test_a_key_of_another_deed_refunds_nothing(desk: Desk, coalition: Coalition) -> None:
    ada = coalition.a_member()
    _earn(coalition, ada, "100.00")
    with desk.work(coalition.as_cinema()) as work:
        key = a_key()
        held = redemption.hold(work, Ask(met(work, ada), "main", 10), key=key).redemption
        redemption.capture(work, held.id, points=None, key=a_key())
        with pytest.raises(IdempotencyMismatchError):
            refunds.refund(work, held.id, points=5, key=key)


def test_a_hold_gets_more_time_once_and_never_past_the_maximum(
    desk: Desk, coalition: Coalition, clock: FixedClock
) -> None:
    ada = coalition.a_member()
    _earn(coalition, ada, "100.00")
    with desk.work(coalition.as_cinema()) as work:
        key, ask = a_key(), Ask(met(work, ada), "main", 10, ttl_s=60)
        held = redemption.hold(work, ask, key=key).redemption
        clock.move(seconds=50)
        extension = a_key()
        longer = redemption.extend(work, held.id, ttl_s=10_000, key=extension).redemption
        assert longer.expires_at == clock.now + timedelta(seconds=900)
        assert redemption.hold(work, ask, key=key).redemption == held
        clock.move(seconds=50)
        again = redemption.extend(work, held.id, ttl_s=10_000, key=extension)
        assert (again.replayed, again.redemption) == (True, longer)
        with pytest.raises(HoldExtendedError):
            redemption.extend(work, held.id, ttl_s=60, key=a_key())
        redemption.capture(work, held.id, points=None, key=a_key())
        with pytest.raises(HoldClosedError):
            redemption.extend(work, held.id, ttl_s=60, key=a_key())
        other = redemption.hold(work, ask, key=a_key()).redemption
        clock.move(seconds=60)
        with pytest.raises(HoldExpiredError):
            redemption.extend(work, other.id, ttl_s=60, key=a_key())


def test_less_time_than_is_left_takes_none_away(desk: Desk, coalition: Coalition) -> None:
    ada = coalition.a_member()
    _earn(coalition, ada, "100.00")
    with desk.work(coalition.as_cinema()) as work:
        held = redemption.hold(work, Ask(met(work, ada), "main", 10, ttl_s=600), key=a_key())
        longer = redemption.extend(work, held.redemption.id, ttl_s=60, key=a_key())
    assert longer.redemption.expires_at == held.redemption.expires_at


def test_a_receipt_finds_its_redemptions_of_the_own_store_only(
    desk: Desk, coalition: Coalition
) -> None:
    ada = coalition.a_member()
    _earn(coalition, ada, "100.00")
    done = _pay(coalition, ada, 10)
    with desk.work(coalition.as_cinema()) as work:
        found = redemption.find_by_receipt(work, "main", "F-1")
        assert [each.id for each in found] == [done.redemption.id]
        assert redemption.find_by_receipt(work, "main", "F-2") == []
        with pytest.raises(StoreUnknownError):
            redemption.find_by_receipt(work, "moon", "F-1")
    with desk.work(coalition.as_grocery()) as work:
        assert redemption.find_by_receipt(work, "main", "F-1") == []


def test_returns_and_refunds_at_once_give_everything_back_once(
    desk: Desk, coalition: Coalition
) -> None:
    ada = coalition.a_member()
    _earn(coalition, ada, "1000.00")
    before = _lots(coalition, ada)
    with desk.work(coalition.as_grocery()) as work:
        held = redemption.hold(work, Ask(met(work, ada), "main", 800), key=a_key()).redemption
        redemption.capture(work, held.id, points=None, key=a_key())
        line = ReportLine(1, "a", "", 8000, "ea", 16_00)
        tenders = (
            Tender(TenderKind.CASH, 8_00),
            Tender(TenderKind.POINTS, 8_00, public_id("hld", held.id)),
        )
        report = coalition.a_purchase(ada, lines=[line], tenders=tenders)
        bought = earning.earn(work, report, key=a_key()).purchase_id

    def until_done(deed: Callable[[Work], object]) -> None:
        while True:
            with desk.work(coalition.as_grocery()) as till, suppress(WalletBusyError):
                deed(till)
                return

    def one_back() -> None:
        key = a_key()
        until_done(lambda till: returns.return_lines(till, bought, {1: 1000}, key=key))

    def some_back() -> None:
        key = a_key()
        with suppress(ExceedsRedemptionError):
            until_done(lambda till: refunds.refund(till, held.id, points=50, key=key))

    threads = [threading.Thread(target=one_back) for _ in range(8)]
    threads += [threading.Thread(target=some_back) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert _lots(coalition, ada) == before
    with desk.work(coalition.as_grocery()) as work:
        assert redemption.find(work, held.id).status == "refunded"
        assert returns.find(work, bought).status == "returned"
