"""Funding: the vectors of economics §3.7 digit for digit, at every way by which points are born."""

from decimal import Decimal

import pytest

from funds import STAFF, bring_back, fund, pack, sale, stands
from stoa.errors import InvalidBodyError, PackUsedError, PartnerFundingExhaustedError
from stoa.services import funding, ledger, log, positions
from stoa.work import Actor, Desk
from world import Coalition, FixedClock

WORKER = Actor("worker")


def told(desk: Desk) -> list[str]:
    """Look for crossings as the worker does; return the topics told of."""
    with desk.work(WORKER) as work:
        funding.note(work)
    with desk.work(WORKER) as work:
        rows = work.rows(
            "SELECT topic FROM outbox WHERE topic LIKE 'funding.%%' ORDER BY at, topic"
        )
    return [row[0] for row in rows]


def test_the_pack_of_the_vectors(desk: Desk, coalition: Coalition, clock: FixedClock) -> None:
    """15,000 at 0.011 are 165.00; 10,000 leave 5,000; 2,500 more come to the alert, once."""
    grocery = coalition.grocery
    fund(desk, grocery, "prepaid", alert_points=3_000)
    with desk.work(STAFF) as work:
        bought = funding.buy(work, grocery, 15_000, price=Decimal("0.011"))
    assert bought.amount == Decimal("165.000")
    ada = coalition.a_member()
    clock.move(minutes=5)
    sale(desk, coalition, ada, 10_000)
    assert stands(desk, grocery).left_points == 5_000
    assert told(desk) == []
    half = sale(desk, coalition, ada, 2_500)
    assert stands(desk, grocery).left_points == 2_500
    assert told(desk) == ["funding.low"]
    assert told(desk) == ["funding.low"]
    bring_back(desk, coalition, half, 2_500)
    assert told(desk) == ["funding.low"]
    sale(desk, coalition, ada, 2_500)
    assert told(desk) == ["funding.low", "funding.low"]


def test_6000_of_5000_are_refused_and_nothing_is_issued(
    desk: Desk, coalition: Coalition, clock: FixedClock
) -> None:
    fund(desk, coalition.grocery, "prepaid")
    pack(desk, coalition.grocery, 5_000)
    clock.move(minutes=5)
    ada = coalition.a_member()
    with pytest.raises(PartnerFundingExhaustedError) as refused:
        sale(desk, coalition, ada, 6_000)
    assert refused.value.status == 402
    assert refused.value.code == "PARTNER_FUNDING_EXHAUSTED"
    assert refused.value.members == {
        "funding": "packs", "wanted_points": 6_000, "left_points": 5_000,
    }  # fmt: skip
    with desk.work(STAFF) as work:
        for table in ("postings", "purchases", "receipts", "keys", "outbox", "funding_draws"):
            topic = " WHERE topic LIKE 'points.%%'" if table == "outbox" else ""
            assert work.rows(f"SELECT count(*) FROM {table}{topic}")[0][0] == 0, table
    assert stands(desk, coalition.grocery).left_points == 5_000
    assert told(desk) == ["funding.exhausted"]
    pack(desk, coalition.grocery, 5_000)
    sale(desk, coalition, ada, 6_000)
    assert told(desk) == ["funding.exhausted"]
    clock.move(minutes=1)
    with pytest.raises(PartnerFundingExhaustedError):
        sale(desk, coalition, ada, 6_000)
    assert told(desk) == ["funding.exhausted", "funding.exhausted"]


def test_a_clawback_of_1000_fills_the_pack_to_6000(
    desk: Desk, coalition: Coalition, clock: FixedClock
) -> None:
    fund(desk, coalition.grocery, "prepaid")
    pack(desk, coalition.grocery, 15_000)
    clock.move(minutes=5)
    sold = sale(desk, coalition, coalition.a_member(), 10_000)
    bring_back(desk, coalition, sold, 1_000)
    assert stands(desk, coalition.grocery).left_points == 6_000


def test_points_of_before_the_pack_never_fill_it(
    desk: Desk, coalition: Coalition, clock: FixedClock
) -> None:
    sold = sale(desk, coalition, coalition.a_member(), 10_000)
    fund(desk, coalition.grocery, "prepaid")
    pack(desk, coalition.grocery, 5_000)
    clock.move(minutes=5)
    bring_back(desk, coalition, sold, 10_000)
    assert stands(desk, coalition.grocery).left_points == 5_000


def test_a_reserve_pack_pays_what_the_others_lack_and_is_filled_first(
    desk: Desk, coalition: Coalition, clock: FixedClock
) -> None:
    grocery = coalition.grocery
    fund(desk, grocery, "prepaid", overflow="reserve_pack")
    pack(desk, grocery, 5_000)
    pack(desk, grocery, 2_000, reserve=True)
    clock.move(minutes=5)
    ada = coalition.a_member()
    sold = sale(desk, coalition, ada, 6_000)
    after = stands(desk, grocery)
    assert (after.left_points, after.reserve_points) == (0, 1_000)
    with pytest.raises(PartnerFundingExhaustedError) as refused:
        sale(desk, coalition, ada, 1_001)
    assert refused.value.members["left_points"] == 1_000
    bring_back(desk, coalition, sold, 1_500)
    after = stands(desk, grocery)
    assert (after.left_points, after.reserve_points) == (500, 2_000)


def test_the_credit_of_the_vectors(desk: Desk, coalition: Coalition, clock: FixedClock) -> None:
    """Limit 200.00, exposure 195.00: 400 points (4.80) make 199.80; 20 more (0.24) are refused."""
    grocery = coalition.grocery
    fund(desk, grocery, "credit", credit_limit="200.00")
    clock.move(minutes=5)
    ada = coalition.a_member()
    sale(desk, coalition, ada, 16_250)
    assert stands(desk, grocery).exposure == Decimal("195.00")
    sold = sale(desk, coalition, ada, 400)
    assert stands(desk, grocery).exposure == Decimal("199.80")
    with pytest.raises(PartnerFundingExhaustedError) as refused:
        sale(desk, coalition, ada, 20)
    assert refused.value.members == {
        "funding": "credit", "wanted_amount": "0.2400", "left_amount": "0.2000",
        "money_currency": "CNY",
    }  # fmt: skip
    sale(desk, coalition, ada, 16)
    bring_back(desk, coalition, sold, 400)
    assert stands(desk, grocery).exposure == Decimal("195.192")


def test_payments_fill_a_credit_once_and_never_above_its_limit(
    desk: Desk, coalition: Coalition, clock: FixedClock
) -> None:
    grocery = coalition.grocery
    fund(desk, grocery, "credit", credit_limit="200.00")
    clock.move(minutes=5)
    sale(desk, coalition, coalition.a_member(), 10_000)
    with desk.work(STAFF) as work:
        for done in (True, False):
            paid = Decimal("84.00")
            assert funding.refill(work, grocery, paid, source="payment", subject="pay_1") is done
        funding.refill(work, grocery, Decimal("36.00"), source="statement", subject="stm_1")
        assert funding.standing(work, grocery).exposure == 0
        funding.refill(work, grocery, Decimal("50.00"), source="payment", subject="pay_2")
        assert funding.standing(work, grocery).left_amount == Decimal(200)
        funding.refill(work, grocery, Decimal("-12.00"), source="payment", subject="pay_3")
        assert funding.standing(work, grocery).exposure == 12
    with desk.work(STAFF) as work:
        cinema = funding.refill(work, coalition.cinema, paid, source="payment", subject="pay_1")
    assert not cinema


def test_a_limit_below_what_is_owed_waits_until_it_is_paid(
    desk: Desk, coalition: Coalition, clock: FixedClock
) -> None:
    grocery = coalition.grocery
    fund(desk, grocery, "credit", credit_limit="200.00")
    clock.move(minutes=5)
    ada = coalition.a_member()
    sold = sale(desk, coalition, ada, 10_000)
    fund(desk, grocery, "credit", credit_limit="100.00")
    assert stands(desk, grocery).left_amount == Decimal(-20)
    bring_back(desk, coalition, sold, 1_000)
    assert stands(desk, grocery).left_amount == Decimal(-8)
    with pytest.raises(PartnerFundingExhaustedError):
        sale(desk, coalition, ada, 1)
    with desk.work(STAFF) as work:
        funding.refill(work, grocery, Decimal("8.012"), source="payment", subject="pay_1")
    sale(desk, coalition, ada, 1)
    assert stands(desk, grocery).left_amount == 0


def test_a_credit_pays_what_packs_lack(desk: Desk, coalition: Coalition, clock: FixedClock) -> None:
    grocery = coalition.grocery
    fund(desk, grocery, "prepaid", overflow="credit", credit_limit="12.00")
    pack(desk, grocery, 5_000)
    clock.move(minutes=5)
    ada = coalition.a_member()
    sale(desk, coalition, ada, 6_000)
    after = stands(desk, grocery)
    assert (after.left_points, after.exposure) == (0, Decimal(12))
    with pytest.raises(PartnerFundingExhaustedError):
        sale(desk, coalition, ada, 1)


@pytest.mark.parametrize("kind", ["prepaid", "credit"])
def test_member_first_awards_all_the_same_and_flags_the_partner(
    desk: Desk, coalition: Coalition, clock: FixedClock, kind: str
) -> None:
    grocery = coalition.grocery
    fund(desk, grocery, kind, overflow="member_first", credit_limit="60.00")
    if kind == "prepaid":
        pack(desk, grocery, 5_000)
    clock.move(minutes=5)
    ada = coalition.a_member()
    sale(desk, coalition, ada, 5_000)
    assert stands(desk, grocery).flagged_at is None
    sold = sale(desk, coalition, ada, 1_000)
    assert sold.points == 1_000
    after = stands(desk, grocery)
    assert (after.carried_points, after.flagged_at) == (1_000, clock.now)
    bring_back(desk, coalition, sold, 250)
    assert stands(desk, grocery).carried_points == 750
    with desk.work(STAFF) as work:
        assert ledger.balance_of(work, ada.id, "STAR").balance.available == 5_750


def test_unused_points_of_a_pack_are_paid_back(
    desk: Desk, coalition: Coalition, clock: FixedClock
) -> None:
    """5,000 × 0.011 = 55.00 (economics §3.11); packs are used earliest first."""
    grocery = coalition.grocery
    fund(desk, grocery, "prepaid")
    first = pack(desk, grocery, 15_000)
    clock.move(minutes=5)
    ada = coalition.a_member()
    sale(desk, coalition, ada, 10_000)
    second = pack(desk, grocery, 1_000, "0.010")
    with desk.work(STAFF) as work:
        assert [(each.used, each.left) for each in funding.packs_of(work, grocery)] == [
            (10_000, 5_000), (0, 1_000),
        ]  # fmt: skip
        with pytest.raises(PackUsedError) as refused:
            funding.refund(work, first, points=5_001)
        assert refused.value.members == {"unused_points": 5_000}
        paid = funding.refund(work, first)
        assert (paid.points, paid.amount) == (5_000, Decimal("55.00"))
        assert funding.refund(work, second, points=1).amount == Decimal("0.01")
        assert funding.standing(work, grocery).left_points == 999
        with pytest.raises(PackUsedError):
            funding.refund(work, first)


def test_how_long_it_lasts_follows_the_last_14_days(
    desk: Desk, coalition: Coalition, clock: FixedClock
) -> None:
    from_packs, day = coalition.grocery, 24 * 60
    fund(desk, from_packs, "prepaid")
    pack(desk, from_packs, 15_000)
    assert stands(desk, from_packs).lasts_days is None
    clock.move(minutes=day)
    sale(desk, coalition, coalition.a_member(), 1_400)
    with desk.work(WORKER) as work:
        log.append(work)
        positions.fold(work)
    found = stands(desk, from_packs)
    assert (found.used_points, found.lasts_days) == (1_400, 136)


def test_terms_that_contradict_each_other_are_refused(desk: Desk, coalition: Coalition) -> None:
    for kind, terms in (
        ("credit", {}),
        ("credit", {"credit_limit": "1.00", "overflow": "reserve_pack"}),
        ("prepaid", {"overflow": "credit"}),
        ("prepaid", {"overflow": "never"}),
        ("barter", {}),
        ("prepaid", {"alert_points": -1}),
        ("credit", {"credit_limit": "0.0000001"}),
    ):
        with pytest.raises(InvalidBodyError):
            fund(desk, coalition.grocery, kind, **terms)
    with desk.work(STAFF) as work:
        assert funding.terms_of(work, coalition.grocery).kind == "open"
