"""What is booked besides the log: benefits, coupons and packs as money (economics §3.7, §3.9)."""

from datetime import UTC, date, datetime
from decimal import Decimal

import pytest

import coupons as pools
from clearings import WORKER, Alliance, an_alliance
from stoa.services import benefits, clearing, funding, journal, rates
from stoa.services.benefits import Wish
from stoa.services.funding import FundingTerms
from stoa.services.rates import Quote
from stoa.values.facts import CostShare, Grant
from stoa.work import Actor
from world import Coalition, FixedClock, PlainPlugin, met

D = Decimal
_HALVES = (CostShare("operator", 50), CostShare("receipts", 50))


@pytest.fixture
def alliance(coalition: Coalition, database: str) -> Alliance:
    return an_alliance(coalition, database)


def dues(alliance: Alliance) -> int:
    """Book what is due; return how many entries."""
    with alliance.desk.work(WORKER) as work:
        return journal.book_dues(work)


def test_a_parking_benefit_is_split_15_9_6_in_3_9(
    alliance: Alliance, plain: PlainPlugin, clock: FixedClock
) -> None:
    ada = alliance.coalition.a_member()
    for seller, total in (("A", 300), ("B", 200)):
        alliance.issue(seller, ada, total)

    def three_hours(claim: object, _standing: object) -> Grant:
        receipts = tuple(each.number for each in claim.receipts)  # type: ignore[attr-defined]
        return Grant(180_000, "min", 3000, 2000, "3 h", 1000, receipts, _HALVES)

    plain.grant = three_hours
    with alliance.desk.work(alliance.at("C")) as work:
        claimed = benefits.claim(work, Wish(met(work, ada), "main", "tea"))
    assert dues(alliance) == 3
    assert dues(alliance) == 0
    assert alliance.booked() == [
        "benefits COST:benefits AP:C +0 15",
        "benefits AR:A AP:C +0 9",
        "benefits AR:B AP:C +0 6",
    ]
    clock.now = datetime(2026, 6, 1, 4, 0, tzinfo=UTC)
    with alliance.desk.work(WORKER) as work:
        closed = clearing.close(work, "2026-05")
    lines = {
        alliance.letter(each.partner_id): [
            (line.line, line.counterparty, line.minor)
            for line in each.statement.lines
            if line.line == "benefits"
        ]
        for each in closed.statements
    }
    assert lines == {
        "A": [("benefits", "c", 900)],
        "B": [("benefits", "c", 600)],
        "C": [("benefits", "", -1500), ("benefits", "a", -900), ("benefits", "b", -600)],
        "O": [("benefits", "c", 1500)],
    }
    with alliance.desk.work(alliance.at("C")) as work:
        benefits.release(work, claimed.id)
    assert dues(alliance) == 3  # undone after the close: in the next period
    assert {name: net for name, net in alliance.nets().items() if name == "C"} == {}


def test_a_benefit_that_came_and_went_is_booked_both_ways(
    alliance: Alliance, plain: PlainPlugin
) -> None:
    plain.grant = lambda *_: Grant(1000, "ea", 800, 0, "a cup")
    ada = alliance.coalition.a_member()
    with alliance.desk.work(alliance.at("C")) as work:
        used = benefits.claim(work, Wish(met(work, ada), "main", "tea"))
        benefits.release(work, used.id)
        benefits.claim(work, Wish(met(work, ada), "main", "tea", hold_s=300))
    assert dues(alliance) == 2
    assert alliance.booked() == ["benefits AR:C AP:C +0 8", "benefits AP:C AR:C +0 8"]


def test_coupons_are_paid_by_their_payers_and_taken_back(alliance: Alliance) -> None:
    payers = [{"payer": "prt:a", "share": 50}, {"payer": "operator", "share": 50}]
    pools.a_pool(alliance.desk, payers=payers)
    (coupon,) = pools.issued(alliance.desk)
    use = pools.redeemed(alliance.desk, alliance.at("C"), coupon.code)
    assert dues(alliance) == 2
    assert sorted(alliance.booked()) == [
        "coupons AR:A AP:C +0 10",
        "coupons COST:benefits AP:C +0 10",
    ]
    pools.rolled_back(alliance.desk, alliance.at("C"), coupon.code, use.id)
    assert dues(alliance) == 2
    assert alliance.nets() == {}


def test_packs_are_charged_when_they_are_bought_and_given_back_unused_in_3_7(
    alliance: Alliance, clock: FixedClock
) -> None:
    """15,000 at 0.011 are 165.00; 5,000 unused are 55.00 (§3.11)."""
    with alliance.desk.work(Actor("cli")) as work:
        funding.set_terms(work, alliance.partners["A"], FundingTerms("prepaid"))
        pack = funding.buy(work, alliance.partners["A"], 15_000, price=D("0.011"))
    assert dues(alliance) == 1
    assert alliance.nets() == {"A": D(165), "O": D(-165)}
    alliance.issue("A", alliance.coalition.a_member(), 10_000)
    alliance.book()
    assert alliance.nets() == {"A": D(165), "O": D(-165)}
    with alliance.desk.work(Actor("cli")) as work:
        funding.refund(work, pack.id)
    assert dues(alliance) == 1
    assert dues(alliance) == 0
    assert alliance.nets() == {"A": D(110), "O": D(-110)}
    balances = alliance.balances()
    assert balances["LIAB:prepaid"] == (D(165), D(165))
    assert balances["LIAB:deferred_points"] == (D(0), D(110))
    assert clock.now


def test_what_was_paid_in_another_money_waits_for_a_rate(
    alliance: Alliance, plain: PlainPlugin
) -> None:
    plain.grant = lambda *_: Grant(1000, "ea", 800, 0, "a cup")
    ada = alliance.coalition.a_member()
    with alliance.desk.work(alliance.at("C")) as work:
        benefits.claim(work, Wish(met(work, ada), "main", "tea"))
    alliance.tamper("UPDATE claims SET money_currency = 'JPY'")
    assert dues(alliance) == 0
    with alliance.desk.work(Actor("cli")) as work:
        rates.enter_rates(work, [Quote("JPY", "CNY", D("0.05"), date(2026, 4, 30), "test")])
    assert dues(alliance) == 1
    assert alliance.booked() == ["benefits AR:C AP:C +0 40"]
