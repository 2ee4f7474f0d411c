"""Tiers are reached at once: at the boundary, on local days, whatever the order of arrival."""

import random
from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import pytest

from ladders import GOLD, SILVER, a_ladder, after, buy, buy_on, footing, hold, listen, move_to, tier
from stoa.services import earning, redemption, tiers
from stoa.services.earning import ReportLine
from stoa.services.redemption import Ask
from stoa.services.tiers import assessing
from stoa.values import footings
from stoa.values.footings import Moment
from stoa.work import Actor, Desk
from world import Coalition, FixedClock, Someone, a_key, met

MAY_1 = date(2026, 5, 1)


@pytest.fixture
def ada(coalition: Coalition) -> Someone:
    """Return a member of an alliance with the ladder of #1 and #2."""
    hold(coalition.desk, a_ladder())
    return coalition.a_member()


@pytest.mark.parametrize(("total", "reached"), [("799.99", "basic"), ("800.00", "gold")])
def test_gold_is_800_on_a_day(coalition: Coalition, ada: Someone, total: str, reached: str) -> None:
    buy(coalition, ada, total)
    assert tier(coalition.desk, ada) == reached


def test_two_stores_of_one_day_add_up(coalition: Coalition, ada: Someone) -> None:
    buy(coalition, ada, "300.00")
    with coalition.desk.work(coalition.as_cinema()) as work:
        earning.earn(work, coalition.a_purchase(ada, "500.00"), key=a_key())
    assert tier(coalition.desk, ada) == "basic"
    listen(coalition.desk)
    assert tier(coalition.desk, ada) == "gold"


def test_two_sides_of_midnight_do_not(
    coalition: Coalition, ada: Someone, clock: FixedClock
) -> None:
    clock.move(hours=11, minutes=59)
    buy(coalition, ada, "400.00")
    clock.move(minutes=2)
    buy(coalition, ada, "400.00")
    assert tier(coalition.desk, ada) == "basic"


@pytest.mark.parametrize(("last", "reached"), [("499.99", "silver"), ("500.00", "gold")])
def test_gold_is_2000_in_30_days(
    coalition: Coalition, ada: Someone, last: str, reached: str
) -> None:
    for days in (0, 10, 20):
        move_to(coalition.desk, after(MAY_1, days))
        buy(coalition, ada, "500.00")
    move_to(coalition.desk, after(MAY_1, 29))
    buy(coalition, ada, last)
    assert tier(coalition.desk, ada) == reached


def test_the_purchase_of_day_31_falls_out(coalition: Coalition, ada: Someone) -> None:
    for days in (0, 10, 20, 30):
        move_to(coalition.desk, after(MAY_1, days))
        buy(coalition, ada, "500.00")
    assert tier(coalition.desk, ada) == "silver"


def test_a_late_purchase_counts_where_it_belongs(coalition: Coalition, ada: Someone) -> None:
    for days in (0, 10, 31):
        move_to(coalition.desk, after(MAY_1, days))
        buy(coalition, ada, "700.00")
    assert tier(coalition.desk, ada) == "basic"
    buy_on(coalition, ada, "600.00", after(MAY_1, 12))
    found = footing(coalition.desk, ada)
    assert found
    assert found.tier == "gold"
    assert found.path
    assert found.path["day"] == after(MAY_1, 12).isoformat()


def test_silver_is_three_visits_a_month(coalition: Coalition, ada: Someone) -> None:
    for days in (0, 1, 31):
        move_to(coalition.desk, after(MAY_1, days))
        buy(coalition, ada, "10.00")
    assert tier(coalition.desk, ada) == "basic"
    buy_on(coalition, ada, "10.00", after(MAY_1, 5))
    assert tier(coalition.desk, ada) == "silver"


def test_split_receipts_are_one_visit(
    coalition: Coalition, ada: Someone, clock: FixedClock
) -> None:
    for _ in range(3):
        clock.move(minutes=10)
        buy(coalition, ada, "10.00")
    assert tier(coalition.desk, ada) == "basic"
    clock.move(minutes=31)
    buy(coalition, ada, "10.00")
    clock.move(minutes=31)
    buy(coalition, ada, "10.00")
    assert tier(coalition.desk, ada) == "silver"


@pytest.mark.parametrize(("total", "reached"), [("9999.00", "basic"), ("10000.00", "silver")])
def test_gold_is_10000_qualifying_points(coalition: Coalition, total: str, reached: str) -> None:
    tree = {"fact": "qualifying_points", "over": "ever", "is": ">=", "value": 10_000}
    hold(coalition.desk, a_ladder(tree))
    ada = coalition.a_member()
    buy(coalition, ada, total)
    assert tier(coalition.desk, ada) == reached


def test_redeeming_does_not_undo_what_qualified(coalition: Coalition) -> None:
    tree = {"fact": "qualifying_points", "over": "ever", "is": ">=", "value": 10_000}
    hold(coalition.desk, a_ladder(tree))
    ada = coalition.a_member()
    buy(coalition, ada, "9000.00")
    with coalition.desk.work(coalition.as_cinema()) as work:
        held = redemption.hold(work, Ask(met(work, ada), "main", 9000), key=a_key())
        redemption.capture(work, held.redemption.id, points=9000, key=a_key())
    buy(coalition, ada, "1000.00")
    assert tier(coalition.desk, ada) == "silver"


@pytest.mark.parametrize(("last", "reached"), [("49999.99", "basic"), ("50000.00", "silver")])
def test_vip_is_100000_in_all(coalition: Coalition, last: str, reached: str) -> None:
    tree = {"fact": "spend", "over": "ever", "is": ">=", "value": 100_000_00}
    hold(coalition.desk, a_ladder(tree))
    ada = coalition.a_member()
    buy(coalition, ada, "50000.00")
    move_to(coalition.desk, date(2028, 1, 1))
    buy(coalition, ada, last)
    assert tier(coalition.desk, ada) == reached


@pytest.mark.parametrize(
    ("window", "first", "second", "reached"),
    [
        ("calendar year", date(2026, 12, 31), date(2027, 1, 1), "basic"),
        ("12 months", date(2026, 12, 31), date(2027, 1, 1), "silver"),
        ("12 months", date(2026, 5, 1), date(2027, 4, 30), "silver"),
        ("12 months", date(2026, 5, 1), date(2027, 5, 1), "basic"),
        ("membership year", date(2026, 12, 31), date(2027, 4, 30), "silver"),
        ("membership year", date(2027, 4, 30), date(2027, 5, 1), "basic"),
    ],
)
def test_a_year_is_of_the_calendar_rolling_or_of_the_membership(
    coalition: Coalition, window: str, first: date, second: date, reached: str
) -> None:
    tree = {"fact": "spend", "over": window, "is": ">=", "value": 1000_00}
    hold(coalition.desk, a_ladder(tree))
    ada = coalition.a_member()
    for day in (first, second):
        move_to(coalition.desk, day)
        buy(coalition, ada, "500.00")
    assert tier(coalition.desk, ada) == reached


def test_the_highest_tier_that_holds_is_reached_at_once(coalition: Coalition) -> None:
    hold(coalition.desk, a_ladder({"all": [SILVER, SILVER]}, GOLD))
    ada = coalition.a_member()
    buy(coalition, ada, "800.00")
    assert tier(coalition.desk, ada) == "gold"


def test_the_path_that_won_is_kept(coalition: Coalition, ada: Someone) -> None:
    buy(coalition, ada, "812.00")
    found = footing(coalition.desk, ada)
    assert found
    assert (found.origin, found.ladder_version, found.floor) == ("earned", 2, None)
    assert found.path == {
        "kind": "fact", "asked": "spend|day", "compared": ">=", "wanted": 800_00,
        "found": 812_00, "holds": True, "day": "2026-05-01",
    }  # fmt: skip


def test_a_move_is_told_and_kept_in_the_history(coalition: Coalition, ada: Someone) -> None:
    buy(coalition, ada, "812.00")
    with coalition.desk.work(Actor("test")) as work:
        changes = tiers.changes(work, ada.id)
        told = work.rows("SELECT facts FROM outbox WHERE topic = 'tier.upgraded'")
    assert [(each.before, each.tier, each.actor) for each in changes] == [
        ("basic", "gold", "worker"),
    ]  # fmt: skip
    assert [row[0]["tier"] for row in told] == ["gold"]


def test_a_purchase_without_points_counts_too(coalition: Coalition, ada: Someone) -> None:
    line = ReportLine(1, "stamps", "", 1000, "ea", 812_00, earn=False)
    buy(coalition, ada, "812.00", lines=[line])
    assert tier(coalition.desk, ada) == "gold"


def test_ladders_stand_side_by_side(coalition: Coalition, ada: Someone) -> None:
    vip = {
        "name": {"en": "VIP"},
        "tiers": [
            {"code": "regular", "name": {"en": "Regular"}, "uplift_percent": 900},
            {"code": "vip", "name": {"en": "VIP"},
             "qualify": {"fact": "spend", "over": "day", "is": ">=", "value": 100_00}},
            {"code": "svip", "name": {"en": "SVIP"},
             "qualify": {"fact": "spend", "over": "day", "is": ">=", "value": 10_000_00}},
        ],
    }  # fmt: skip
    hold(coalition.desk, vip, "vip")
    buy(coalition, ada, "812.00")
    assert tier(coalition.desk, ada) == "gold"
    assert tier(coalition.desk, ada, "vip") == "vip"
    with coalition.desk.work(coalition.as_grocery()) as work:
        earned = earning.earn(work, coalition.a_purchase(ada, "100.00"), key=a_key())
    assert [line.reason for line in earned.lines] == ["base", "tier_uplift:gold"]


def test_a_ladder_without_conditions_asks_nothing(coalition: Coalition) -> None:
    ada = coalition.a_member()
    buy(coalition, ada, "812.00")
    assert footing(coalition.desk, ada) is None


@pytest.mark.parametrize("seed", range(4))
def test_no_order_of_arrival_makes_a_difference(coalition: Coalition, seed: int) -> None:
    """One by one as they arrive, or all at once: the members end in the same tiers."""
    hold(coalition.desk, a_ladder())
    chance = random.Random(seed)  # noqa: S311 - no secret
    one, all_at_once = coalition.a_member("One"), coalition.a_member("All")
    move_to(coalition.desk, after(MAY_1, 29))
    bought = [
        (f"{chance.choice((90, 300, 420, 520))}.00", after(MAY_1, chance.randrange(30)))
        for _ in range(chance.randrange(3, 8))
    ]
    for total, day in bought:
        buy_on(coalition, one, total, day)
    chance.shuffle(bought)
    with coalition.desk.work(coalition.as_grocery()) as work:
        for total, day in bought:
            at = coalition.desk.clock() - (after(MAY_1, 29) - day)
            report = coalition.a_purchase(all_at_once, total, occurred_at=at)
            earning.earn(work, report, key=a_key())
    done = tiers.reassess_all(coalition.desk, Actor("test"))
    assert done.done == 2
    assert tier(coalition.desk, one) == tier(coalition.desk, all_at_once)
    listen(coalition.desk)
    assert tier(coalition.desk, one) == tier(coalition.desk, all_at_once)


def test_a_saboteur_who_reads_the_day_of_today_alone_is_found(
    coalition: Coalition, ada: Someone, desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Without the best moment a late purchase would win nothing."""
    move_to(desk, after(MAY_1, 9))

    real: Any = footings.assess

    def blind(ladder: Any, _: Any, known: Any, moment: Any, **more: Any) -> Any:
        start = footings.by_hand(ladder, None, "basic", known, moment, reason="")
        return real(ladder, replace(start, counts_from=moment.today), known, moment, **more)

    monkeypatch.setattr(assessing, "assess", blind)
    buy_on(coalition, ada, "812.00", MAY_1)
    assert tier(desk, ada) == "basic"
    monkeypatch.undo()
    tiers.reassess_all(desk, Actor("test"))
    assert tier(desk, ada) == "gold"


def test_the_day_is_the_programmes(coalition: Coalition) -> None:
    now = coalition.desk.clock()
    assert Moment(now, "Asia/Shanghai").today == MAY_1
    assert Moment(now + timedelta(hours=13), "Asia/Shanghai").today == date(2026, 5, 2)
