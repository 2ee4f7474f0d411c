"""A change of price never touches what is issued: lots, postings, sums of days that are over."""

from datetime import timedelta
from decimal import Decimal
from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from clearings import an_alliance
from stoa.services import agreements, earning, partners, positions, volumes
from stoa.services.agreements import Draft
from stoa.values.clearing.clauses import Clauses
from stoa.values.clearing.effects import Volume
from stoa.work import Actor, Desk, Work
from world import Coalition, FixedClock, a_key

ANN, BEN = Actor("staff:ann"), Actor("staff:ben")
prices = st.decimals("0.000001", "999", places=6)


def issued(work: Work, until: Any) -> dict[str, Any]:
    """Return all that points issued before a day are, and what they come to."""
    day = {"until": until}
    return {
        "postings": work.rows(
            "SELECT p.member_id, p.seq, p.points, p.price, p.payer_id FROM postings p"
            " JOIN transactions t ON t.member_id = p.member_id AND t.id = p.transaction_id"
            " WHERE t.business_date < %(until)s ORDER BY 1, 2", day,
        ),
        "lots": work.rows(
            "SELECT l.member_id, l.seq, l.remaining, l.expires_on, p.price FROM lots l"
            " JOIN postings p USING (member_id, currency, seq)"
            " JOIN transactions t ON t.member_id = p.member_id AND t.id = p.transaction_id"
            " WHERE t.business_date < %(until)s ORDER BY 1, 2", day,
        ),
        "days": positions.position(
            work, work.programme.currency, account="issued", until=until
        ),
    }  # fmt: skip


@settings(
    max_examples=6, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(prices=st.tuples(prices, prices), by=st.sampled_from(["", "burn_date", "lot"]))
def test_a_change_of_price_leaves_what_is_issued(
    coalition: Coalition, clock: FixedClock, prices: tuple[Decimal, Decimal], by: str
) -> None:
    desk = coalition.desk
    eve = coalition.a_member("Eve")
    with desk.work(coalition.as_grocery()) as work:
        earning.earn(work, coalition.a_purchase(eve, "370.00"), key=a_key())
        old = partners.terms_now(work, coalition.grocery).agreement_on(work.today())
    with desk.work(ANN) as work:
        first = work.today() + timedelta(days=1)
        before = issued(work, first)
        draft = Draft(*prices, 30, 30, 0, Clauses(reimburse_by=by))
        proposal = agreements.propose(work, coalition.grocery, draft, effective_from=first)
    with desk.work(BEN) as work:
        agreements.approve(work, proposal)
        assert issued(work, first) == before
    late = coalition.a_purchase(eve, "37.00")
    clock.move(days=1)
    with desk.work(coalition.as_grocery()) as work:
        earning.earn(work, coalition.a_purchase(eve, "370.00"), key=a_key())
    with desk.work(BEN) as work:
        assert issued(work, first) == before
        newest = "SELECT price FROM postings WHERE member_id = %s ORDER BY seq DESC LIMIT 1"
        assert work.rows(newest, (eve.id,))[0][0] == prices[0]
    with desk.work(coalition.as_grocery()) as work:  # of the day before: by what held then
        earning.earn(work, late, key=a_key())
        assert work.rows(newest, (eve.id,))[0][0] == old.issue_price


def test_a_months_volume_is_what_the_partner_paid_for(
    desk: Desk, coalition: Coalition, clock: FixedClock
) -> None:
    eve = coalition.a_member("Eve")
    with desk.work(coalition.as_grocery()) as work:
        earning.earn(work, coalition.a_purchase(eve, "370.00"), key=a_key())
    clock.move(days=31)
    with desk.work(coalition.as_grocery()) as work:
        earning.earn(work, coalition.a_purchase(eve, "50.00"), key=a_key())
    with desk.work(ANN) as work:
        may = volumes.last_month(work)
        assert may.isoformat() == "2026-05-01"
        assert volumes.of_month(work, coalition.grocery, may) == Volume(370, 0)
        assert volumes.of_month(work, coalition.cinema, may) == Volume(0, 0)


def test_a_months_volume_has_the_points_of_its_lots_wherever_they_were_redeemed(
    coalition: Coalition, database: str, clock: FixedClock
) -> None:
    alliance = an_alliance(coalition, database)
    ada = coalition.a_member()
    alliance.issue("A", ada, 1_000)
    alliance.burn("C", ada, 400)
    alliance.refund("C", alliance.burn("C", ada, 200), 50)
    alliance.burn("A", ada, 30)
    alliance.book()
    clock.move(days=31)
    with alliance.desk.work(ANN) as work:
        may = volumes.last_month(work)
        assert volumes.of_month(work, alliance.partners["A"], may) == Volume(1_000, 30, 580)
        assert volumes.of_month(work, alliance.partners["C"], may) == Volume(0, 550, 0)
