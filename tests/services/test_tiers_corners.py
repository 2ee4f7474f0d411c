"""Tiers in the corners: zones, leap days, goods without points, members and tiers that go."""

from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest

from ladders import (
    GOLD,
    REVIEW,
    SILVER,
    a_ladder,
    after,
    buy,
    buy_on,
    footing,
    give_back,
    hold,
    listen,
    move_to,
    review,
    tier,
)
from stoa import worker
from stoa.services import mergers, outbox, partners, returns, rulebook, tiers
from stoa.services.tiers import assessing, dues
from stoa.work import Actor, Desk
from world import Coalition, FixedClock, Someone, a_key

MAY_1 = date(2026, 5, 1)
CENTS = {"fact": "spend", "over": "day", "is": ">=", "value": 60}


@pytest.fixture
def ada(coalition: Coalition) -> Someone:
    """Return a member of an alliance with a ladder that is reviewed every twelve months."""
    hold(coalition.desk, a_ladder(review=REVIEW))
    return coalition.a_member()


def _store(coalition: Coalition, zone: str) -> str:
    with coalition.desk.work(Actor("cli")) as work:
        site = partners.add_site(work, "far", "Far away", zone=zone)
        partners.add_store(work, coalition.grocery, site, "far", "Far", currency="CNY")
    return "far"


def _assign(desk: Desk, who: Someone, code: str, until: date | None = None) -> None:
    with desk.work(Actor("staff:test")) as work:
        tiers.assign(work, who.id, code, reason="a regret", until=until)


def _merge(coalition: Coalition, old: Someone, new: Someone) -> None:
    with coalition.desk.work(Actor("staff:test")) as work:
        mergers.merge(work, old.id, new.id, reason="the same person")


def test_what_earns_no_points_wins_a_tier_and_loses_it_when_it_comes_back(
    coalition: Coalition,
) -> None:
    hold(coalition.desk, a_ladder(CENTS))
    ada = coalition.a_member()
    bought = buy(coalition, ada, "0.60")
    assert tier(coalition.desk, ada) == "silver"
    give_back(coalition, bought)
    assert tier(coalition.desk, ada) == "basic"


def test_what_earned_no_points_and_is_void_wins_nothing(coalition: Coalition) -> None:
    hold(coalition.desk, a_ladder(CENTS))
    ada = coalition.a_member()
    bought = buy(coalition, ada, "0.60")
    with coalition.desk.work(coalition.as_grocery()) as work:
        returns.void(work, bought, key=a_key())
    listen(coalition.desk)
    assert tier(coalition.desk, ada) == "basic"


def test_after_midnight_in_a_zone_ahead_it_rises_at_once(
    coalition: Coalition, ada: Someone, clock: FixedClock
) -> None:
    store = _store(coalition, "Pacific/Auckland")
    clock.now = datetime(2026, 5, 1, 13, tzinfo=UTC)  # 21:00 in Shanghai, 1:00 of 2 May there
    buy(coalition, ada, "800.00", store=store)
    found = footing(coalition.desk, ada)
    assert found
    assert found.tier == "gold"
    assert found.path
    assert found.path["day"] == "2026-05-02"


def test_the_business_date_of_the_till_is_the_day(coalition: Coalition, ada: Someone) -> None:
    buy(coalition, ada, "400.00", business_date=after(MAY_1, -1))
    buy(coalition, ada, "400.00")
    assert tier(coalition.desk, ada) == "basic"
    buy(coalition, ada, "400.00", business_date=after(MAY_1, 1))
    buy(coalition, ada, "400.00", business_date=after(MAY_1, 1))
    assert tier(coalition.desk, ada) == "gold"


@pytest.mark.parametrize(("hours", "reached"), [(22.5, "gold"), (23.5, "basic")])
def test_the_day_on_which_clocks_go_forward_has_23_hours(
    coalition: Coalition, ada: Someone, clock: FixedClock, hours: float, reached: str
) -> None:
    store = _store(coalition, "America/New_York")
    clock.now = datetime(2027, 3, 14, 5, tzinfo=UTC)  # midnight there
    buy(coalition, ada, "400.00", store=store)
    clock.move(hours=hours)
    buy(coalition, ada, "400.00", store=store)
    assert tier(coalition.desk, ada) == reached


@pytest.mark.parametrize(("hours", "reached"), [(24.5, "gold"), (25.5, "basic")])
def test_the_day_on_which_clocks_go_back_has_25_hours(
    coalition: Coalition, ada: Someone, clock: FixedClock, hours: float, reached: str
) -> None:
    store = _store(coalition, "America/New_York")
    clock.now = datetime(2026, 11, 1, 4, tzinfo=UTC)  # midnight there
    buy(coalition, ada, "400.00", store=store)
    clock.move(hours=hours)
    buy(coalition, ada, "400.00", store=store)
    assert tier(coalition.desk, ada) == reached


def test_what_was_bought_before_the_enrolment_counts(coalition: Coalition, ada: Someone) -> None:
    buy_on(coalition, ada, "800.00", after(MAY_1, -3))
    assert tier(coalition.desk, ada) == "gold"


def test_a_membership_that_began_on_a_leap_day_is_reviewed_every_year(
    coalition: Coalition,
) -> None:
    tree = {"fact": "spend", "over": "membership year", "is": ">=", "value": 100_00}
    hold(coalition.desk, a_ladder(tree, review={"every": "membership year"}))
    move_to(coalition.desk, date(2028, 2, 29))
    ada = coalition.a_member()
    buy(coalition, ada, "100.00")
    days = []
    for _ in range(5):
        found = footing(coalition.desk, ada)
        assert found
        assert found.review_on
        days.append(found.review_on)
        move_to(coalition.desk, after(found.review_on, -1))
        buy(coalition, ada, "100.00")
        move_to(coalition.desk, found.review_on)
        review(coalition.desk)
        assert tier(coalition.desk, ada) == "silver"
    assert days == [
        date(2029, 2, 28), date(2030, 2, 28), date(2031, 2, 28), date(2032, 2, 29),
        date(2033, 2, 28),
    ]  # fmt: skip


def test_twelve_months_from_a_leap_day_end_on_the_28th(coalition: Coalition) -> None:
    hold(coalition.desk, a_ladder(review=REVIEW))
    move_to(coalition.desk, date(2028, 2, 29))
    ada = coalition.a_member()
    buy(coalition, ada, "800.00")
    found = footing(coalition.desk, ada)
    assert found
    assert found.review_on == date(2029, 2, 28)


def test_one_merged_twice_in_a_row_hands_all_on(coalition: Coalition, ada: Someone) -> None:
    bob, eve = coalition.a_member("Bob"), coalition.a_member("Eve")
    for who in (ada, bob, eve):
        buy(coalition, who, "300.00")
    _merge(coalition, ada, bob)
    _merge(coalition, bob, eve)
    listen(coalition.desk)
    assert tier(coalition.desk, eve) == "gold"
    assert footing(coalition.desk, ada) is None
    assert footing(coalition.desk, bob) is None


def test_of_two_alike_the_one_that_lasts_longer_wins(coalition: Coalition, ada: Someone) -> None:
    bob = coalition.a_member("Bob")
    buy(coalition, bob, "800.00")
    move_to(coalition.desk, after(MAY_1, 100))
    buy(coalition, ada, "800.00")
    _merge(coalition, ada, bob)
    found = footing(coalition.desk, bob)
    assert found
    assert (found.tier, found.review_on) == ("gold", date(2027, 8, 9))


def _return_while_merging(
    coalition: Coalition, old: Someone, new: Someone, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Let a member be merged when the worker has the note of a return, and not yet the member."""
    bought = buy(coalition, old, "812.00")
    with coalition.desk.work(coalition.as_grocery()) as work:
        returns.return_lines(work, bought, None, key=a_key())
    with coalition.desk.work(worker.ACTOR) as work:
        outbox.tell(work, worker.follow)
    real: Callable[..., None] = assessing.lock

    def late(work: Any, members: Any) -> None:
        monkeypatch.setattr(assessing, "lock", real)
        _merge(coalition, old, new)
        real(work, members)

    monkeypatch.setattr(assessing, "lock", late)
    listen(coalition.desk)


def test_a_return_is_not_forgotten_when_a_merger_comes_between(
    coalition: Coalition, ada: Someone, monkeypatch: pytest.MonkeyPatch
) -> None:
    bob = coalition.a_member("Bob")
    _return_while_merging(coalition, ada, bob, monkeypatch)
    assert tier(coalition.desk, bob) == "basic"


def test_a_saboteur_who_forgets_the_heirs_is_found(
    coalition: Coalition, ada: Someone, monkeypatch: pytest.MonkeyPatch
) -> None:
    bob = coalition.a_member("Bob")
    monkeypatch.setattr(dues, "_pass_on", lambda *_: None)
    _return_while_merging(coalition, ada, bob, monkeypatch)
    assert tier(coalition.desk, bob) == "gold"


def _without(*codes: str, **changes: Any) -> dict[str, Any]:
    document = a_ladder(review=REVIEW)
    return document | {
        "tiers": [each for each in document["tiers"] if each["code"] not in codes], **changes
    }  # fmt: skip


def _swept(desk: Desk) -> None:
    with desk.work(worker.ACTOR) as work:
        tiers.sweep(work)
    listen(desk)


def test_who_stands_in_a_tier_that_goes_stands_on_the_one_below(
    coalition: Coalition, ada: Someone
) -> None:
    buy(coalition, ada, "812.00")
    bob = coalition.a_member("Bob")
    _assign(coalition.desk, bob, "silver")
    hold(coalition.desk, _without("gold"))
    _swept(coalition.desk)
    found = footing(coalition.desk, ada)
    assert found
    assert (found.tier, found.reason) == ("silver", "the ladder has the tier no more")
    with coalition.desk.work(Actor("test")) as work:
        last = tiers.changes(work, ada.id)[0]
        told = work.rows("SELECT topic, facts ->> 'before' FROM outbox ORDER BY at DESC, id DESC")
    assert (last.before, last.tier) == ("gold", "silver")
    assert tuple(told[0]) == ("tier.downgraded", "gold")
    assert tier(coalition.desk, bob) == "silver"
    hold(coalition.desk, _without("gold", "silver"))
    _swept(coalition.desk)
    found = footing(coalition.desk, bob)
    assert found
    assert (found.tier, found.review_on) == ("basic", None)


def test_who_earned_one_of_the_others_stands_there(coalition: Coalition, ada: Someone) -> None:
    buy(coalition, ada, "812.00")
    hold(coalition.desk, a_ladder(SILVER, GOLD, review=REVIEW) | {
        "tiers": [
            *_without("gold")["tiers"],
            {"code": "jade", "name": {"en": "Jade"}, "qualify": GOLD},
        ]
    })  # fmt: skip
    _swept(coalition.desk)
    found = footing(coalition.desk, ada)
    assert found
    assert (found.tier, found.origin) == ("jade", "earned")


def test_tiers_in_another_order_leave_members_where_they_are(
    coalition: Coalition, ada: Someone
) -> None:
    _assign(coalition.desk, ada, "gold")
    document = a_ladder(review=REVIEW)
    basic, silver, gold = document["tiers"]
    hold(coalition.desk, document | {"tiers": [basic, gold, silver]})
    _swept(coalition.desk)
    assert tier(coalition.desk, ada) == "gold"
    for days in range(3):
        move_to(coalition.desk, after(MAY_1, days))
        buy(coalition, ada, "10.00")
    assert tier(coalition.desk, ada) == "silver"


def test_a_new_ladder_with_the_same_tiers_begins_with_what_was_bought(
    coalition: Coalition, ada: Someone
) -> None:
    buy(coalition, ada, "812.00")
    bob = coalition.a_member("Bob")
    _assign(coalition.desk, bob, "gold")
    with coalition.desk.work(Actor("staff:test")) as work:
        rulebook.end(work, "ladder", "main")
    hold(coalition.desk, a_ladder(review=REVIEW), "next")
    _swept(coalition.desk)
    assert tier(coalition.desk, ada, "next") == "gold"
    assert tier(coalition.desk, bob, "next") == "basic"


def test_a_tier_given_for_today_ends_tomorrow(coalition: Coalition, ada: Someone) -> None:
    _assign(coalition.desk, ada, "gold", MAY_1)
    review(coalition.desk)
    assert tier(coalition.desk, ada) == "gold"
    move_to(coalition.desk, after(MAY_1, 1))
    review(coalition.desk)
    assert tier(coalition.desk, ada) == "basic"


def test_of_two_tiers_given_the_last_one_holds(coalition: Coalition, ada: Someone) -> None:
    _assign(coalition.desk, ada, "gold", after(MAY_1, 10))
    _assign(coalition.desk, ada, "silver", after(MAY_1, 5))
    assert tier(coalition.desk, ada) == "silver"
    buy(coalition, ada, "10.00")
    move_to(coalition.desk, after(MAY_1, 6))
    review(coalition.desk)
    assert tier(coalition.desk, ada) == "basic"


def test_a_tier_given_for_ever_after_one_for_a_time_stays(
    coalition: Coalition, ada: Someone
) -> None:
    _assign(coalition.desk, ada, "silver", after(MAY_1, 5))
    _assign(coalition.desk, ada, "gold")
    move_to(coalition.desk, after(MAY_1, 6))
    review(coalition.desk)
    assert tier(coalition.desk, ada) == "gold"


def test_a_clock_moved_back_takes_no_tier(
    coalition: Coalition, ada: Someone, clock: FixedClock
) -> None:
    move_to(coalition.desk, after(MAY_1, 50))
    buy(coalition, ada, "812.00")
    clock.now -= timedelta(days=40)
    give_back(coalition, buy(coalition, ada, "10.00"))
    review(coalition.desk)
    tiers.reassess_all(coalition.desk, Actor("test"))
    assert tier(coalition.desk, ada) == "gold"
