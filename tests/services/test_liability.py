"""Liability: the worked period of economics §3.3 and §3.4, from purchases to the books."""

from collections import Counter
from dataclasses import replace
from datetime import UTC, datetime
from decimal import Decimal

import pytest

from clearings import Alliance, an_alliance
from stoa.services import clearing_terms, funding, journal, liability
from stoa.services.funding import FundingTerms
from stoa.values.clearing.clauses import Mode
from stoa.values.clearing.stress import Shock, stressed
from stoa.values.clearing.terms import DEFAULT_TERMS, Terms
from stoa.work import Actor
from world import Coalition, FixedClock

D = Decimal
PERIOD = "2026-05"


@pytest.fixture
def alliance(coalition: Coalition, database: str) -> Alliance:
    """Return partners A, B and C; 0.0120 is paid for a point, 0.0090 for its redemption."""
    return an_alliance(coalition, database)


def live(alliance: Alliance, clock: FixedClock) -> None:
    """Issue 20,000, take 1,000 back, redeem 12,000, let 500 expire; book it all."""
    ada, dying = alliance.coalition.a_member(), alliance.coalition.a_member("Eve")
    alliance.issue("A", ada, 10_000)
    alliance.issue("B", dying, 500)
    clock.move(hours=1)
    alliance.issue("B", ada, 8_500)
    alliance.take_back("B", alliance.issue("B", ada, 1_000))
    alliance.burn("C", ada, 8_000)
    alliance.burn("A", ada, 4_000)
    now, clock.now = clock.now, datetime(2027, 6, 1, 4, 0, tzinfo=UTC)
    alliance.expire(dying)
    clock.now = now
    alliance.book()


def terms(alliance: Alliance, found: Terms) -> None:
    with alliance.desk.work(Actor("cli")) as work:
        clearing_terms.found(work, "STAR", found)


def close(alliance: Alliance, period: str = PERIOD) -> "liability.Report":
    with alliance.desk.work(Actor("worker")) as work:
        liability.close(work, "STAR", period)
    with alliance.desk.work(Actor("worker")) as work:
        return liability.reports(work, "STAR")[0]


def test_the_trial_balance_of_3_3_with_its_revenue(alliance: Alliance, clock: FixedClock) -> None:
    live(alliance, clock)
    found = close(alliance).document
    assert (found["revenue"], found["deferred"], found["margin"]) == (
        "180.0000", "48.0000", "72.0000",
    )  # fmt: skip
    balances = alliance.balances()
    net = {name: debit - credit for name, (debit, credit) in balances.items()}
    assert net == {
        "AR:A": D(120), "AR:B": D(108), "COST:redemption": D(108),
        "AP:C": D(-72), "AP:A": D(-36), "LIAB:deferred_points": D(-48), "REV:points": D(-180),
    }  # fmt: skip
    assert sum(net.values()) == 0


def test_the_reserve_of_3_3(alliance: Alliance, clock: FixedClock) -> None:
    terms(alliance, replace(DEFAULT_TERMS, reserve_ratio=D("0.8")))
    live(alliance, clock)
    with alliance.desk.work(Actor("worker")) as work:
        agreed = clearing_terms.of_period(work, "STAR", PERIOD)
        # The 500 points expired a year later: in May there were 7,000.
        may = liability.reserve_of(work, "STAR", PERIOD, agreed)
        later = liability.reserve_of(work, "STAR", "2027-06", agreed)
    assert (may.outstanding, may.rate) == (7_000, D("0.009"))
    assert (later.outstanding, later.needed, later.wanted) == (6_500, D("58.500"), D("46.8000"))


def test_an_agent_shows_its_fee_alone(alliance: Alliance, clock: FixedClock) -> None:
    terms(alliance, replace(DEFAULT_TERMS, revenue="agent"))
    live(alliance, clock)
    close(alliance)
    balances = alliance.balances()
    revenue, cost = balances["REV:points"], balances["COST:redemption"]
    assert revenue[1] - revenue[0] == D(72)
    assert cost[0] - cost[1] == 0


def test_a_new_estimate_catches_up_in_the_next_period(
    alliance: Alliance, clock: FixedClock
) -> None:
    terms(alliance, DEFAULT_TERMS)
    live(alliance, clock)
    close(alliance)
    with alliance.desk.work(Actor("staff:ann")) as work:
        higher = replace(DEFAULT_TERMS, effective_from="2026-06", urr_percent=D(85))
        version = clearing_terms.propose(work, "STAR", higher)
    with alliance.desk.work(Actor("staff:ben")) as work:
        clearing_terms.approve(work, "STAR", version)
    june = close(alliance, "2026-06").document
    assert june["revenue"].startswith("169.41")
    assert june["revenue_of_period"].startswith("-10.58")
    assert june["deferred"].startswith("58.58")


def test_a_moved_point_belongs_to_the_month_it_was_issued_in(
    alliance: Alliance, clock: FixedClock
) -> None:
    ada, eve = alliance.coalition.a_member(), alliance.coalition.a_member("Eve")
    alliance.issue("A", ada, 1_000)
    clock.move(days=31)
    alliance.transfer("A", ada, eve, 400)
    alliance.burn("C", eve, 300)
    alliance.book()
    close(alliance)
    june = close(alliance, "2026-06").document
    assert [(each["month"], each["redeemed"]) for each in june["cohorts"]] == [("2026-05", 300)]


def test_closing_again_books_nothing_again(alliance: Alliance, clock: FixedClock) -> None:
    live(alliance, clock)
    close(alliance)
    before = alliance.balances()
    with (
        pytest.raises(Exception, match="liability_movements"),
        alliance.desk.work(Actor("worker")) as work,
    ):
        liability.close(work, "STAR", PERIOD)
    assert alliance.balances() == before


def test_a_shock_falls_on_the_books_of_the_period(alliance: Alliance, clock: FixedClock) -> None:
    live(alliance, clock)
    close(alliance)
    with alliance.desk.work(Actor("worker")) as work:
        found = liability.ground(work, "STAR", PERIOD)
    owed = {each.code: each.owed for each in found.partners if each.code in "abc"}
    assert owed == {"a": D(84), "b": D(108), "c": D(-72)}
    run = stressed(found, Shock(run=D(100), defaults=frozenset("b")))
    # 228.00 - 108.00 are due, without B 12.00; 7,000 points cost 63.00 (the 500 expire next year).
    assert (run.points, run.cost, run.means) == (7_000, D("63.00"), D("12.00"))
    assert (run.pays_points, run.shortfall) == (1_333, D("51.00"))
    higher = stressed(found, Shock(redemption_up=D(5)))
    assert round(higher.catch_up, 2) == D("-10.59")


def test_packs_are_set_off_and_credit_has_a_most(alliance: Alliance, clock: FixedClock) -> None:
    packs, credit = FundingTerms("prepaid"), FundingTerms("credit", credit_limit=D(200))
    with alliance.desk.work(Actor("cli")) as work:
        funding.set_terms(work, alliance.partners["A"], packs)
        funding.buy(work, alliance.partners["A"], 15_000, price=D("0.011"))
        funding.set_terms(work, alliance.partners["B"], credit)
    ada = alliance.coalition.a_member()
    alliance.issue("A", ada, 10_000)
    alliance.issue("B", ada, 10_000)
    alliance.book()
    with alliance.desk.work(Actor("worker")) as work:
        journal.book_dues(work)
    close(alliance)
    with alliance.desk.work(Actor("worker")) as work:
        found = {each.code: each for each in liability.ground(work, "STAR", PERIOD).partners}
    # The pack of 165.00 is not paid yet; 5,000 of its points, 55.00, are unused.
    assert (found["a"].owed, found["a"].unused, found["a"].lost) == (D(165), D(55), D(110))
    assert (found["a"].credit_left, found["c"].credit_left) == (D(0), None)
    assert (found["b"].owed, found["b"].credit_left) == (D(120), D(80))


def test_where_issuers_pay_their_promise_and_a_deposit_count(
    alliance: Alliance, clock: FixedClock
) -> None:
    terms(alliance, replace(DEFAULT_TERMS, mode=Mode.ISSUER_PAYS))
    alliance.issue("B", alliance.coalition.a_member(), 6_500)
    alliance.book()
    close(alliance)
    gone = alliance.partners["B"]
    alliance.tamper(
        "INSERT INTO partner_exits (partner_id, stage, stop_enrol_on, stop_earn_on, stop_burn_on,"
        " note, announced_at, announced_by, moved_at, deposit, run_off_from)"
        f" VALUES ('{gone}', 'settle', '2026-01-01', '2026-01-01', '2026-05-01', '', now(), 'cli',"
        " now(), 58.50, '2026-05')"
    )
    with alliance.desk.work(Actor("worker")) as work:
        found = liability.ground(work, "STAR", PERIOD)
    b = next(each for each in found.partners if each.code == "b")
    assert (b.promised, b.deposit, b.lost) == (D("58.50"), D("58.50"), D(0))
    assert stressed(found, Shock(run=D(100), defaults=frozenset("b"))).coverage == 1


def test_a_cohort_and_the_reserve_add_up_from_their_entries(
    alliance: Alliance, clock: FixedClock
) -> None:
    live(alliance, clock)
    close(alliance)
    with alliance.desk.work(Actor("worker")) as work:
        (moved,) = liability.movements(work, "STAR", PERIOD)
        entries = liability.entries_of_cohort(work, "STAR", PERIOD, "2026-05")
        first = liability.entries_of_cohort(work, "STAR", PERIOD, "2026-05", limit=2)
        rest = liability.entries_of_cohort(
            work, "STAR", PERIOD, "2026-05", after=first[-1].entry_no
        )
        behind = liability.backing(work, "STAR", PERIOD)
        covered = liability.reserve_of(work, "STAR", PERIOD, DEFAULT_TERMS)
    points = Counter[str]()
    for each in entries:
        points[each.line] += each.points
    assert moved.issued == points["issued"] + points["clawback"] == 19_000
    assert moved.redeemed == -points["burned"] == 12_000
    assert [*first, *rest] == entries
    assert sum(each.points for each in behind.issuers) == covered.outstanding
    assert sum(each.came - each.went for each in behind.cash) == covered.held
    assert set(alliance.partners.values()) <= set(behind.highest)
