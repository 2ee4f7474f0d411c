"""The operator's figures: each is what its definition says, recomputed here from the postings."""

from datetime import UTC, date, datetime, timedelta
from uuid import UUID

import pytest
from sqlalchemy import func, select
from sqlalchemy.exc import InternalError

from stoa.models.ledger import Posting
from stoa.services import analytics, earning, ledger, members, redemption, returns
from stoa.services.analytics import Flow, Glance
from stoa.services.redemption import Ask
from stoa.values.amounts import Money
from stoa.values.periods import Period
from stoa.work import Actor, Desk
from world import NOON, Coalition, FixedClock, PlainPlugin, Someone, a_key, met

MAY_1 = date(2026, 5, 1)
CLI = Actor("cli")


def buy(coalition: Coalition, who: Someone, total: str = "100.00", *, at: str = "grocery") -> UUID:
    """Report a purchase now; return its id."""
    actor = coalition.as_grocery() if at == "grocery" else coalition.as_cinema()
    with coalition.desk.work(actor) as work:
        return earning.earn(work, coalition.a_purchase(who, total), key=a_key()).purchase_id


def spend(coalition: Coalition, who: Someone, points: int) -> None:
    """Redeem points at the cinema."""
    with coalition.desk.work(coalition.as_cinema()) as work:
        held = redemption.hold(work, Ask(met(work, who), "main", points), key=a_key())
        redemption.capture(work, held.redemption.id, points=None, key=a_key())


def look(desk: Desk, days: int = 7) -> Glance:
    """Take a glance of the days that end today."""
    with desk.work(CLI) as work:
        return analytics.glance(work, days=days)


def test_flows_are_sums_of_postings_by_day_and_partner(
    desk: Desk, coalition: Coalition, clock: FixedClock
) -> None:
    ada = coalition.a_member()
    bought = buy(coalition, ada, "500.00")
    buy(coalition, ada, "80.00", at="cinema")
    spend(coalition, ada, 200)
    clock.move(days=1)
    with desk.work(coalition.as_grocery()) as work:
        returns.return_lines(work, bought, None, key=a_key())
    with desk.work(CLI) as work:
        found = {(flow.day, flow.partner_id): flow for flow in analytics.flows(work, since=MAY_1)}
    grocery, cinema = coalition.grocery, coalition.cinema
    assert found.pop((MAY_1, grocery)) == Flow(MAY_1, grocery, 500, 0, 0, 0, 500)
    assert found.pop((MAY_1, cinema)) == Flow(MAY_1, cinema, 80, 0, 200, 0, -120)
    next_day = MAY_1 + timedelta(days=1)
    assert found.pop((next_day, grocery)) == Flow(next_day, grocery, 0, 500, 0, 0, -500)
    debt = found.pop((next_day, None))
    assert (debt.issued, debt.redeemed, debt.net) == (0, 0, 120)
    assert found == {}


def test_all_flows_together_are_all_postings(
    desk: Desk, coalition: Coalition, clock: FixedClock
) -> None:
    ada, ben = coalition.a_member(), coalition.a_member("Ben")
    for total in ("120.00", "45.50", "999.99"):
        buy(coalition, ada, total)
        buy(coalition, ben, total, at="cinema")
        spend(coalition, ada, 30)
        clock.move(days=1)
    with desk.work(CLI) as work:
        net = sum(flow.net for flow in analytics.flows(work, since=MAY_1))
        assert net == work.session.scalar(select(func.sum(Posting.points)))
        assert net == analytics.outstanding(work).points


def test_points_that_ended_are_the_programmes(
    desk: Desk, coalition: Coalition, clock: FixedClock
) -> None:
    ada = coalition.a_member()
    buy(coalition, ada)
    clock.move(days=400)
    with desk.work(CLI) as work:
        ledger.expire(work, ada.id, "STAR")
        today = work.today()
        (flow,) = analytics.flows(work, since=today)
    assert flow == Flow(today, None, 0, 0, 0, 100, -100)


def test_a_glance_compares_with_the_period_before(
    desk: Desk, coalition: Coalition, clock: FixedClock
) -> None:
    ada = coalition.a_member()
    buy(coalition, ada, "300.00")
    clock.move(days=7)
    buy(coalition, ada, "50.00")
    clock.move(days=6)
    seen = look(desk)
    assert seen.period == Period(date(2026, 5, 8), date(2026, 5, 15))
    assert seen.before == Period(MAY_1, date(2026, 5, 8))
    assert (seen.sum("issued", seen.period), seen.sum("issued", seen.before)) == (50, 300)
    assert seen.sum("issued", seen.before, partner_id=coalition.cinema) == 0
    assert seen.by_day("issued") == [50, 0, 0, 0, 0, 0, 0]
    assert seen.days[-1] == date(2026, 5, 14)


def test_what_was_outstanding_when_a_day_began(
    desk: Desk, coalition: Coalition, clock: FixedClock
) -> None:
    ada = coalition.a_member()
    buy(coalition, ada, "300.00")
    clock.move(days=3)
    spend(coalition, ada, 100)
    seen = look(desk)
    assert seen.outstanding.points == 200
    assert [seen.outstanding_on(MAY_1 + timedelta(days=n)) for n in (0, 1, 3, 4)] == [
        0, 300, 300, 200,
    ]  # fmt: skip


def test_outstanding_counts_held_points_and_tells_debt_apart(
    desk: Desk, coalition: Coalition
) -> None:
    ada, ben = coalition.a_member(), coalition.a_member("Ben")
    buy(coalition, ada, "1234.00")
    bought = buy(coalition, ben, "100.00")
    spend(coalition, ben, 60)
    with desk.work(coalition.as_grocery()) as work:
        redemption.hold(work, Ask(met(work, ada), "main", 34), key=a_key())
        returns.return_lines(work, bought, None, key=a_key())
    with desk.work(CLI) as work:
        owed = analytics.outstanding(work)
    assert (owed.points, owed.held, owed.debt) == (1234, 34, 60)
    assert owed.worth == Money(1234, "CNY")  # a point is worth 0.01


def test_nothing_is_outstanding_before_the_first_member(desk: Desk, coalition: Coalition) -> None:
    seen = look(desk)
    assert (seen.outstanding.points, seen.headcount.total, seen.flows) == (0, 0, ())
    assert [partner.code for partner in seen.partners] == ["grocery", "cinema"]
    assert coalition


def test_members_count_by_the_programmes_day(
    desk: Desk, coalition: Coalition, clock: FixedClock
) -> None:
    coalition.a_member()
    clock.now = datetime(2026, 5, 1, 15, 59, tzinfo=UTC)  # 23:59 in Shanghai
    coalition.a_member("Ben")
    clock.move(minutes=1)
    coalition.a_member("Cai")
    seen = look(desk)
    assert seen.headcount.total == 3
    assert seen.headcount.by_day == ((MAY_1, 2), (date(2026, 5, 2), 1))
    assert seen.headcount.enrolled(Period(MAY_1, date(2026, 5, 2))) == 2
    assert seen.headcount.enrolled(seen.before) == 0


def test_expiring_is_what_is_left_in_lots_from_today(
    desk: Desk, coalition: Coalition, clock: FixedClock
) -> None:
    ada = coalition.a_member()
    buy(coalition, ada, "500.00")  # ends on 31 May 2027
    spend(coalition, ada, 120)
    clock.now = NOON + timedelta(days=366)  # 2 May 2027
    buy(coalition, ada, "40.00")  # ends on 31 May 2028: not within a year
    seen = look(desk)
    assert seen.expiring == ((date(2027, 5, 31), 380),)
    assert seen.expiring_within(30) == 380
    assert seen.expiring_within(29) == 0
    clock.now = datetime(2027, 5, 31, 15, 59, tzinfo=UTC)
    assert look(desk).expiring_within(1) == 380
    clock.move(minutes=1)
    assert look(desk).expiring_within(30) == 0


def test_attention_is_drawn_to_what_waits(
    desk: Desk, coalition: Coalition, clock: FixedClock, plain: PlainPlugin
) -> None:
    ada, ben = coalition.a_member(), coalition.a_member("Ben")
    buy(coalition, ada, "500.00")
    with desk.work(coalition.as_cinema()) as work:
        redemption.hold(work, Ask(met(work, ada), "main", 70, ttl_s=600), key=a_key())
    with desk.work(CLI) as work:
        members.freeze(work, ben.id, reason="lost card")
    clock.move(minutes=3)
    plain.wrong = [None]
    buy(coalition, ada)
    with desk.work(CLI) as work:
        seen = analytics.attention(work)
    assert (seen.pending, seen.pending_partner) == (1, coalition.grocery)
    assert seen.pending_since == NOON + timedelta(minutes=3)
    assert (seen.holds, seen.held_points, seen.overdue_holds) == (1, 70, 0)
    assert seen.frozen == 1
    assert seen.events >= 3
    assert seen.events_since == NOON
    clock.move(minutes=13)
    with desk.work(CLI) as work:
        assert analytics.attention(work).overdue_holds == 1


def test_a_glance_writes_nothing(desk: Desk, coalition: Coalition) -> None:
    with desk.work(CLI) as work:
        analytics.glance(work, days=7)
        with pytest.raises(InternalError, match="read-only"):
            work.rows("UPDATE members SET display_name = ''")
        work.session.rollback()
    assert coalition
