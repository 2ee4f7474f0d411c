"""What goes up comes down slowly: reviews, grace, soft landing; returns; tiers given by hand."""

from datetime import date

import pytest

from ladders import (
    GOLD,
    REVIEW,
    SILVER,
    a_ladder,
    after,
    buy,
    footing,
    give_back,
    hold,
    listen,
    move_to,
    review,
    tier,
)
from stoa.errors import InvalidBodyError
from stoa.services import mergers, tiers
from stoa.work import Actor, Desk
from world import Coalition, Someone

MAY_1 = date(2026, 5, 1)
NEXT_MAY_1 = date(2027, 5, 1)


@pytest.fixture
def ada(coalition: Coalition) -> Someone:
    """Return a member of an alliance with a ladder that is reviewed every twelve months."""
    hold(coalition.desk, a_ladder(review=REVIEW))
    return coalition.a_member()


@pytest.fixture
def gold(coalition: Coalition, ada: Someone) -> Someone:
    """Return a member who won gold on 1 May 2026."""
    buy(coalition, ada, "812.00")
    return ada


def _told(desk: Desk) -> list[str]:
    with desk.work(Actor("test")) as work:
        rows = work.rows("SELECT topic FROM outbox WHERE topic LIKE 'tier.%%' ORDER BY id")
    return [row[0] for row in rows]


def _assign(desk: Desk, who: Someone, code: str, until: date | None = None) -> None:
    with desk.work(Actor("staff:test")) as work:
        tiers.assign(work, who.id, code, reason="a regret", until=until)


def test_what_does_not_hold_again_is_warned_then_falls_one_tier(
    coalition: Coalition, gold: Someone
) -> None:
    found = footing(coalition.desk, gold)
    assert found
    assert found.review_on == NEXT_MAY_1
    move_to(coalition.desk, NEXT_MAY_1)
    review(coalition.desk)
    found = footing(coalition.desk, gold)
    assert found
    assert (found.tier, found.falls_on) == ("gold", after(NEXT_MAY_1, 30))
    move_to(coalition.desk, after(NEXT_MAY_1, 29))
    review(coalition.desk)
    assert tier(coalition.desk, gold) == "gold"
    move_to(coalition.desk, after(NEXT_MAY_1, 30))
    review(coalition.desk)
    found = footing(coalition.desk, gold)
    assert found
    assert (found.tier, found.origin, found.floor) == ("silver", "review", "silver")
    assert found.counts_from == after(NEXT_MAY_1, 30)
    assert _told(coalition.desk) == ["tier.upgraded", "tier.will_downgrade", "tier.downgraded"]


def test_what_is_bought_in_the_period_keeps_the_tier(coalition: Coalition, gold: Someone) -> None:
    move_to(coalition.desk, date(2026, 12, 24))
    buy(coalition, gold, "800.00")
    move_to(coalition.desk, NEXT_MAY_1)
    review(coalition.desk)
    found = footing(coalition.desk, gold)
    assert found
    assert (found.tier, found.floor, found.falls_on) == ("gold", "gold", None)
    assert (found.counts_from, found.review_on) == (NEXT_MAY_1, date(2028, 5, 1))


def test_what_won_the_tier_does_not_keep_it_too(coalition: Coalition, gold: Someone) -> None:
    move_to(coalition.desk, after(MAY_1, 1))
    buy(coalition, gold, "10.00")
    move_to(coalition.desk, NEXT_MAY_1)
    review(coalition.desk)
    found = footing(coalition.desk, gold)
    assert found
    assert found.falls_on is not None


def test_a_purchase_in_the_grace_saves_the_tier(coalition: Coalition, gold: Someone) -> None:
    move_to(coalition.desk, after(NEXT_MAY_1, 3))
    review(coalition.desk)
    buy(coalition, gold, "800.00")
    found = footing(coalition.desk, gold)
    assert found
    assert (found.falls_on, found.review_on) == (None, date(2028, 5, 1))
    move_to(coalition.desk, after(NEXT_MAY_1, 40))
    review(coalition.desk)
    assert tier(coalition.desk, gold) == "gold"


def test_without_soft_landing_it_falls_to_what_was_earned(coalition: Coalition) -> None:
    hold(coalition.desk, a_ladder(review=REVIEW | {"grace_days": 0, "soft_landing": False}))
    ada, bob = coalition.a_member(), coalition.a_member("Bob")
    for who in (ada, bob):
        buy(coalition, who, "812.00")
    for days in (40, 41, 42):
        move_to(coalition.desk, after(MAY_1, days))
        buy(coalition, bob, "10.00")
    move_to(coalition.desk, NEXT_MAY_1)
    review(coalition.desk)
    assert tier(coalition.desk, ada) == "basic"
    assert tier(coalition.desk, bob) == "silver"


def test_a_late_worker_takes_every_step_it_missed(coalition: Coalition, gold: Someone) -> None:
    move_to(coalition.desk, date(2029, 12, 1))
    review(coalition.desk)
    found = footing(coalition.desk, gold)
    assert found
    assert (found.tier, found.counts_from) == ("basic", date(2028, 6, 30))
    assert found.due_on is None


def test_old_moments_do_not_win_back_what_fell(coalition: Coalition, gold: Someone) -> None:
    move_to(coalition.desk, after(NEXT_MAY_1, 30))
    review(coalition.desk)
    buy(coalition, gold, "10.00")
    assert tier(coalition.desk, gold) == "silver"
    buy(coalition, gold, "790.00")
    assert tier(coalition.desk, gold) == "gold"


def test_a_calendar_year_is_kept_by_what_was_bought_in_it(coalition: Coalition) -> None:
    tree = {"fact": "spend", "over": "calendar year", "is": ">=", "value": 1000_00}
    hold(coalition.desk, a_ladder(tree, review={"every": "calendar year"}))
    ada = coalition.a_member()
    buy(coalition, ada, "1000.00")
    move_to(coalition.desk, date(2027, 1, 1))
    review(coalition.desk)
    found = footing(coalition.desk, ada)
    assert found
    assert (found.tier, found.review_on) == ("silver", date(2028, 1, 1))
    move_to(coalition.desk, date(2028, 1, 1))
    review(coalition.desk)
    assert tier(coalition.desk, ada) == "basic"


def test_what_came_back_wins_nothing(coalition: Coalition, ada: Someone) -> None:
    bought = buy(coalition, ada, "812.00")
    give_back(coalition, bought)
    found = footing(coalition.desk, ada)
    assert found
    assert (found.tier, found.reason) == ("basic", "goods came back")
    assert _told(coalition.desk) == ["tier.upgraded", "tier.downgraded"]


def test_what_came_back_leaves_what_else_was_earned(coalition: Coalition, ada: Someone) -> None:
    for days in range(3):
        move_to(coalition.desk, after(MAY_1, days))
        buy(coalition, ada, "10.00")
    move_to(coalition.desk, after(MAY_1, 4))
    give_back(coalition, buy(coalition, ada, "812.00"))
    found = footing(coalition.desk, ada)
    assert found
    assert found.tier == "silver"
    assert found.review_on == date(2027, 5, 3)


def test_nothing_falls_below_the_tier_carried_into_the_period(
    coalition: Coalition, gold: Someone
) -> None:
    move_to(coalition.desk, after(NEXT_MAY_1, 30))
    review(coalition.desk)
    give_back(coalition, buy(coalition, gold, "900.00"))
    assert tier(coalition.desk, gold) == "silver"


def test_a_ladder_may_keep_what_came_back_had_won(coalition: Coalition) -> None:
    hold(coalition.desk, a_ladder(review={"on_return": "keep"}))
    ada = coalition.a_member()
    give_back(coalition, buy(coalition, ada, "812.00"))
    assert tier(coalition.desk, ada) == "gold"


def test_a_harder_rule_takes_nothing_away_at_once(coalition: Coalition, gold: Someone) -> None:
    harder = {"fact": "spend", "over": "day", "is": ">=", "value": 5000_00}
    hold(coalition.desk, a_ladder(SILVER, harder, review=REVIEW))
    give_back(coalition, buy(coalition, gold, "20.00"))
    tiers.reassess_all(coalition.desk, Actor("test"))
    assert tier(coalition.desk, gold) == "gold"


def test_an_easier_rule_lifts_who_fits_it(coalition: Coalition, ada: Someone) -> None:
    buy(coalition, ada, "500.00")
    easier = {"fact": "spend", "over": "day", "is": ">=", "value": 400_00}
    hold(coalition.desk, a_ladder(SILVER, easier, review=REVIEW))
    assert tier(coalition.desk, ada) == "basic"
    done = tiers.reassess_all(coalition.desk, Actor("test"))
    assert (done.done, done.changed) == (1, 1)
    assert tier(coalition.desk, ada) == "gold"


def test_a_tier_given_for_a_time_is_left_alone_until_its_end(
    coalition: Coalition, ada: Someone
) -> None:
    _assign(coalition.desk, ada, "gold", after(MAY_1, 10))
    give_back(coalition, buy(coalition, ada, "20.00"))
    assert tier(coalition.desk, ada) == "gold"
    move_to(coalition.desk, after(MAY_1, 10))
    review(coalition.desk)
    assert tier(coalition.desk, ada) == "gold"
    move_to(coalition.desk, after(MAY_1, 11))
    review(coalition.desk)
    found = footing(coalition.desk, ada)
    assert found
    assert (found.tier, found.until) == ("basic", None)


def test_after_its_end_what_was_earned_meanwhile_counts(coalition: Coalition, ada: Someone) -> None:
    _assign(coalition.desk, ada, "basic", after(MAY_1, 10))
    buy(coalition, ada, "812.00")
    assert tier(coalition.desk, ada) == "basic"
    move_to(coalition.desk, after(MAY_1, 11))
    review(coalition.desk)
    found = footing(coalition.desk, ada)
    assert found
    assert (found.tier, found.origin) == ("gold", "earned")


def test_a_tier_given_without_end_is_reviewed_like_others(
    coalition: Coalition, ada: Someone
) -> None:
    _assign(coalition.desk, ada, "gold")
    found = footing(coalition.desk, ada)
    assert found
    assert (found.review_on, found.floor, found.reason) == (NEXT_MAY_1, "gold", "a regret")


def test_only_a_tier_there_is_can_be_given(coalition: Coalition, ada: Someone) -> None:
    with coalition.desk.work(Actor("staff:test")) as work:
        with pytest.raises(InvalidBodyError):
            tiers.assign(work, ada.id, "jade", reason="")
        with pytest.raises(InvalidBodyError):
            tiers.assign(work, ada.id, "gold", reason="", ladder="vip")
        with pytest.raises(InvalidBodyError):
            tiers.assign(work, ada.id, "gold", reason="", until=after(MAY_1, -1))


def test_of_two_who_become_one_the_better_tier_wins(coalition: Coalition, gold: Someone) -> None:
    bob = coalition.a_member("Bob")
    with coalition.desk.work(Actor("staff:test")) as work:
        mergers.merge(work, gold.id, bob.id, reason="the same person")
    found = footing(coalition.desk, bob)
    assert found
    assert (found.tier, found.origin, found.review_on) == ("gold", "merged", NEXT_MAY_1)
    assert footing(coalition.desk, gold) is None


def test_what_two_bought_wins_for_the_one_they_become(coalition: Coalition, ada: Someone) -> None:
    bob = coalition.a_member("Bob")
    for who in (ada, bob):
        buy(coalition, who, "400.00")
    with coalition.desk.work(Actor("staff:test")) as work:
        mergers.merge(work, ada.id, bob.id, reason="the same person")
    listen(coalition.desk)
    assert tier(coalition.desk, bob) == "gold"


def test_a_review_rule_that_came_later_sets_a_day(coalition: Coalition) -> None:
    hold(coalition.desk, a_ladder())
    ada = coalition.a_member()
    buy(coalition, ada, "812.00")
    hold(coalition.desk, a_ladder(SILVER, GOLD, review=REVIEW))
    tiers.reassess_all(coalition.desk, Actor("test"))
    found = footing(coalition.desk, ada)
    assert found
    assert found.review_on == NEXT_MAY_1
    hold(coalition.desk, a_ladder())
    move_to(coalition.desk, NEXT_MAY_1)
    review(coalition.desk)
    found = footing(coalition.desk, ada)
    assert found
    assert (found.tier, found.review_on) == ("gold", None)
