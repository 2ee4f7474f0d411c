"""The money journal: the worked numbers of economics §3, booked from the log, digit for digit."""

from datetime import UTC, datetime
from decimal import Decimal

import pytest

import campaigns
from clearings import WORKER, Alliance, an_alliance
from stoa.services import funding, journal, mergers
from stoa.services.funding import FundingTerms
from stoa.values.clearing.clauses import Clauses, Mode
from stoa.work import Actor
from world import Coalition, FixedClock

D = Decimal


@pytest.fixture
def alliance(coalition: Coalition, database: str) -> Alliance:
    """Return partners A, B and C; 0.0120 is paid for a point, 0.0090 for its redemption."""
    return an_alliance(coalition, database)


def a_period(alliance: Alliance, clock: FixedClock) -> None:
    """Live the period of §3.3: 20,000 issued, 1,000 taken back, 12,000 redeemed, 500 expired."""
    ada = alliance.coalition.a_member()
    alliance.issue("A", ada, 10_000)
    dying = alliance.coalition.a_member("Eve")
    alliance.issue("B", dying, 500)
    clock.move(days=1)
    alliance.issue("B", ada, 8_500)
    alliance.take_back("B", alliance.issue("B", ada, 1_000))
    alliance.burn("C", ada, 8_000)
    alliance.burn("A", ada, 4_000)
    now, clock.now = clock.now, datetime(2027, 6, 1, 4, 0, tzinfo=UTC)
    alliance.expire(dying)
    clock.now = now


def test_the_pool_of_3_3(alliance: Alliance, clock: FixedClock) -> None:
    a_period(alliance, clock)
    alliance.book()
    assert alliance.nets() == {"A": D("84"), "B": D("108"), "C": D("-72"), "O": D("-120")}
    assert alliance.balances() == {
        "AR:A": (D("120"), 0),
        "AR:B": (D("120"), D("12")),
        "LIAB:deferred_points": (D("12"), D("240")),
        "COST:redemption": (D("108"), 0),
        "AP:C": (0, D("72")),
        "AP:A": (0, D("36")),
    }
    assert alliance.differences() == []


def test_what_is_booked_of_an_empty_log_is_nothing(alliance: Alliance) -> None:
    assert alliance.book() == 0
    with alliance.desk.work(WORKER) as work:
        assert journal.behind(work) == 0
    alliance.issue("A", alliance.coalition.a_member(), 10)
    assert alliance.book() == 1
    assert alliance.booked() == ["issued AR:A LIAB:deferred_points +10 0.12"]


def test_issuers_pay_for_their_lots_in_3_5(alliance: Alliance, clock: FixedClock) -> None:
    alliance.clear_by(Mode.ISSUER_PAYS)
    a_period(alliance, clock)
    alliance.book()
    assert [each for each in alliance.booked() if each.startswith("burned")] == [
        "burned AR:A AP:C -8000 72",
        "burned AR:A AP:A -2000 18",
        "burned AR:B AP:A -2000 18",
    ]
    assert alliance.nets() == {"A": D(54), "B": D(18), "C": D(-72)}
    assert alliance.differences() == []


def test_fees_are_split_as_agreed_and_charged_in_both_modes(
    coalition: Coalition, database: str, clock: FixedClock
) -> None:
    fees = Clauses(fee_issuing=D("0.0004"), fee_redeeming=D("0.0006"))
    alliance = an_alliance(coalition, database, dict.fromkeys("ABC", fees))
    a_period(alliance, clock)
    alliance.book()
    assert sum(credit for _, credit in [alliance.balances()["REV:fee"]]) == D("12.00")
    owed = [each for each in alliance.booked() if each.startswith("fees")]
    assert owed == [
        "fees AR:A REV:fee -8000 3.2",
        "fees AR:C REV:fee -8000 4.8",
        "fees AR:A REV:fee -2000 0.8",
        "fees AR:A REV:fee -2000 1.2",
        "fees AR:B REV:fee -2000 0.8",
        "fees AR:A REV:fee -2000 1.2",
    ]


@pytest.mark.parametrize(
    ("by", "rate", "paid"),
    [("lot", "0.009", "14.50"), ("", "0.009", "13.50"), ("burn_date", "0.011", "16.50")],
)
def test_a_burn_is_paid_at_the_rate_of_its_day_or_of_its_lots_in_3_6(
    alliance: Alliance, clock: FixedClock, by: str, rate: str, paid: str
) -> None:
    ada = alliance.coalition.a_member()
    alliance.issue("A", ada, 1_000)
    clock.move(days=1)
    alliance.agree("A", reimbursement_rate=D("0.011"))
    alliance.agree("C", reimbursement_rate=D(rate), clauses=Clauses(reimburse_by=by))
    alliance.issue("A", ada, 1_000)
    redeemed = alliance.burn("C", ada, 1_500)
    alliance.book()
    assert alliance.nets()["C"] == -D(paid)
    alliance.refund("C", redeemed, 600)
    alliance.book()
    assert -alliance.nets()["C"] == D(paid) - 500 * D("0.011" if by == "lot" else rate) - 100 * D(
        rate if by != "lot" else "0.009"
    )
    assert alliance.differences() == []


def test_the_issuers_rate_follows_the_lot_where_issuers_pay(
    alliance: Alliance, clock: FixedClock
) -> None:
    alliance.clear_by(Mode.ISSUER_PAYS)
    ada = alliance.coalition.a_member()
    alliance.issue("A", ada, 1_000)
    clock.move(days=1)
    alliance.agree("A", reimbursement_rate=D("0.011"))
    alliance.issue("A", ada, 1_000)
    clock.move(days=1)
    alliance.agree("A", reimbursement_rate=D("0.5"))
    alliance.burn("C", ada, 1_500)
    alliance.book()
    assert alliance.nets() == {"A": D("14.50"), "C": D("-14.50")}


@pytest.mark.parametrize(
    ("policy", "points", "credited"), [("floor", 30, "0.36"), ("debt", 50, "0.6")]
)
def test_a_clawback_credits_what_it_takes_in_3_8(
    alliance: Alliance, policy: str, points: int, credited: str
) -> None:
    alliance.policy(policy)
    ada = alliance.coalition.a_member()
    bought = alliance.issue("A", ada, 50)
    alliance.burn("C", ada, 20)
    alliance.take_back("A", bought)
    alliance.book()
    taken = [each for each in alliance.booked() if each.startswith("clawback")]
    assert sum(int(each.split()[3]) for each in taken) == -points
    assert sum(D(each.split()[4]) for each in taken) == D(credited)
    assert alliance.nets().get("A", 0) == D("0.6") - D(credited)
    alliance.issue("B", ada, 100)
    alliance.book()
    assert alliance.outstanding() == {
        name: left for name, left in {"A": 0, "B": 100 if policy == "floor" else 80}.items() if left
    }
    assert alliance.differences() == []


def test_a_refund_gives_the_issuers_points_and_the_money_back(
    alliance: Alliance, clock: FixedClock
) -> None:
    """§3.8: 1,000 restored points take 9.00 off what the redeemer gets."""
    ada = alliance.coalition.a_member()
    alliance.issue("A", ada, 5_000)
    redeemed = alliance.burn("C", ada, 5_000)
    alliance.refund("C", redeemed, 1_000)
    alliance.book()
    assert alliance.nets()["C"] == D(-45) + D(9)
    assert alliance.outstanding() == {"A": 1_000}
    clock.now = datetime(2027, 6, 2, 4, 0, tzinfo=UTC)
    alliance.expire(ada)
    alliance.refund("C", redeemed, 500)  # past its last day: a lot of grace, still of A
    alliance.book()
    assert alliance.outstanding() == {"A": 500}
    assert alliance.nets()["C"] == D(-45) + D(9) + D("4.5")
    assert alliance.differences() == []


def test_a_bonus_is_charged_to_whoever_pays_it_in_3_6(alliance: Alliance) -> None:
    """Of 401 points C pays 200, S pays 201; the operator's 400 are charged to nobody."""
    campaigns.hold(
        alliance.desk, bonus={"kind": "fixed", "points": 401},
        payers=[{"payer": "prt:b", "share": 50}, {"payer": "operator", "share": 50}],
    )  # fmt: skip
    ada = alliance.coalition.a_member()
    alliance.issue("C", ada, 200)
    alliance.book()
    assert sorted(alliance.booked()) == [
        "issued AR:B LIAB:deferred_points +201 2.412",
        "issued AR:C LIAB:deferred_points +200 2.4",
        "issued MEMO:points MEMO:points +200 0",
    ]
    assert alliance.nets() == {"B": D("2.412"), "C": D("2.4"), "O": D("-4.812")}
    assert alliance.outstanding() == {"B": 201, "C": 200, "O": 200}


@pytest.mark.parametrize("limit", [1, 3, 5000])
def test_entries_are_the_same_in_whatever_batches_they_are_booked(
    alliance: Alliance, clock: FixedClock, limit: int
) -> None:
    a_period(alliance, clock)
    assert alliance.book(limit=limit) == 8
    assert alliance.booked() == [
        "issued AR:A LIAB:deferred_points +10000 120",
        "issued AR:B LIAB:deferred_points +500 6",
        "issued AR:B LIAB:deferred_points +8500 102",
        "issued AR:B LIAB:deferred_points +1000 12",
        "clawback LIAB:deferred_points AR:B -1000 12",
        "burned COST:redemption AP:C -8000 72",
        "burned COST:redemption AP:A -2000 18",
        "burned COST:redemption AP:A -2000 18",
        "expired MEMO:points MEMO:points -500 0",
    ]
    assert alliance.outstanding() == {"B": 6_500}
    assert alliance.differences() == []


def test_points_that_move_on_keep_their_issuer(alliance: Alliance, clock: FixedClock) -> None:
    alliance.clear_by(Mode.ISSUER_PAYS)
    ada, bob, eve = (alliance.coalition.a_member(name) for name in ("Ada", "Bob", "Eve"))
    alliance.issue("A", ada, 1_000)
    clock.move(days=1)
    alliance.agree("A", reimbursement_rate=D("0.5"))
    alliance.transfer("B", ada, bob, 600)
    with alliance.desk.work(Actor("cli")) as work:
        mergers.merge(work, bob.id, eve.id, reason="the same person")
    redeemed = alliance.burn("C", eve, 500)
    alliance.refund("C", redeemed, 100)
    alliance.book()
    assert alliance.nets() == {"A": D("3.6"), "C": D("-3.6")}
    assert alliance.outstanding() == {"A": 600}
    assert alliance.differences() == []


def test_packs_pay_earliest_first_at_their_price_in_3_7(alliance: Alliance) -> None:
    """15,000 at 0.011 are 165.00; what is issued from them is not charged again."""
    with alliance.desk.work(Actor("cli")) as work:
        funding.set_terms(work, alliance.partners["A"], FundingTerms("prepaid"))
        funding.buy(work, alliance.partners["A"], 15_000, price=D("0.011"))
        funding.buy(work, alliance.partners["A"], 5_000, price=D("0.010"))
    ada = alliance.coalition.a_member()
    alliance.issue("A", ada, 10_000)
    bought = alliance.issue("A", ada, 6_000)
    alliance.take_back("A", bought, 500)
    alliance.book()
    assert alliance.booked() == [
        "issued AR:A LIAB:deferred_points +10000 110",
        "packs LIAB:prepaid AR:A -10000 110",
        "issued AR:A LIAB:deferred_points +5000 55",
        "packs LIAB:prepaid AR:A -5000 55",
        "issued AR:A LIAB:deferred_points +1000 10",
        "packs LIAB:prepaid AR:A -1000 10",
        "clawback LIAB:deferred_points AR:A -2000 22",
        "packs AR:A LIAB:prepaid +2000 22",
        "clawback LIAB:deferred_points AR:A -1000 10",
        "packs AR:A LIAB:prepaid +1000 10",
    ]
    assert alliance.nets() == {}
    assert alliance.differences() == []
