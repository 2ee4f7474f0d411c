"""Whoever breaks a promise of tiers is found: each test breaks one, and sees another tier."""

from collections.abc import Callable
from dataclasses import replace
from datetime import date
from typing import Any

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
    move_to,
    review,
    tier,
)
from stoa.services import mergers, tiers
from stoa.services.tiers import standings
from stoa.values import footings
from stoa.values.footings import Footing
from stoa.work import Actor
from world import Coalition, FixedClock, Someone

MAY_1 = date(2026, 5, 1)
NEXT_MAY_1 = date(2027, 5, 1)

Break = Callable[[pytest.MonkeyPatch], None]


def _written(**changes: Any) -> Break:
    """Return what writes every footing with something else in it."""

    def sabotage(patch: pytest.MonkeyPatch) -> None:
        real = standings.keep

        def keep(work: Any, kept: Any) -> None:
            real(work, [replace(each, footing=replace(each.footing, **changes)) for each in kept])

        patch.setattr(standings, "keep", keep)

    return sabotage


def _review_of(**changes: Any) -> dict[str, Any]:
    return a_ladder(review=REVIEW | changes)


def _falls(coalition: Coalition, ladder: dict[str, Any], days: int = 30) -> str:
    """Return the tier of a gold member who bought no more, so many days after the review."""
    hold(coalition.desk, ladder)
    ada = coalition.a_member()
    buy(coalition, ada, "812.00")
    move_to(coalition.desk, NEXT_MAY_1)
    review(coalition.desk)
    move_to(coalition.desk, after(NEXT_MAY_1, days))
    review(coalition.desk)
    return tier(coalition.desk, ada)


def test_a_fall_without_a_soft_landing_is_found(coalition: Coalition) -> None:
    assert _falls(coalition, _review_of(soft_landing=False)) == "basic"


def test_a_fall_lands_softly(coalition: Coalition) -> None:
    assert _falls(coalition, _review_of()) == "silver"


def test_a_fall_without_grace_is_found(coalition: Coalition) -> None:
    assert _falls(coalition, _review_of(grace_days=0), 1) == "silver"


def test_a_fall_waits_for_the_grace(coalition: Coalition) -> None:
    assert _falls(coalition, _review_of(), 29) == "gold"


def _return_after_a_fall(coalition: Coalition) -> str:
    hold(coalition.desk, _review_of())
    ada = coalition.a_member()
    buy(coalition, ada, "812.00")
    move_to(coalition.desk, after(NEXT_MAY_1, 30))
    review(coalition.desk)
    give_back(coalition, buy(coalition, ada, "900.00"))
    return tier(coalition.desk, ada)


@pytest.mark.parametrize(
    ("sabotage", "ends"), [(None, "silver"), (_written(floor=None), "basic")]
)  # fmt: skip
def test_who_forgets_the_floor_of_returns_is_found(
    coalition: Coalition, monkeypatch: pytest.MonkeyPatch, sabotage: Break | None, ends: str
) -> None:
    if sabotage:
        sabotage(monkeypatch)
    assert _return_after_a_fall(coalition) == ends


@pytest.mark.parametrize(
    ("sabotage", "ends"), [(None, "silver"), (_written(counts_from=MAY_1), "gold")]
)
def test_who_lets_old_moments_win_again_after_a_fall_is_found(
    coalition: Coalition, monkeypatch: pytest.MonkeyPatch, sabotage: Break | None, ends: str
) -> None:
    if sabotage:
        sabotage(monkeypatch)
    hold(coalition.desk, _review_of())
    ada = coalition.a_member()
    buy(coalition, ada, "812.00")
    move_to(coalition.desk, after(NEXT_MAY_1, 30))
    review(coalition.desk)
    buy(coalition, ada, "10.00")
    assert tier(coalition.desk, ada) == ends


@pytest.mark.parametrize(("sabotage", "ends"), [(None, "silver"), (_written(until=None), "gold")])
def test_who_undoes_what_was_given_by_hand_is_found(
    coalition: Coalition, monkeypatch: pytest.MonkeyPatch, sabotage: Break | None, ends: str
) -> None:
    if sabotage:
        sabotage(monkeypatch)
    hold(coalition.desk, _review_of())
    ada = coalition.a_member()
    with coalition.desk.work(Actor("staff:test")) as work:
        tiers.assign(work, ada.id, "silver", reason="a regret", until=after(MAY_1, 10))
    buy(coalition, ada, "812.00")
    assert tier(coalition.desk, ada) == ends


@pytest.mark.parametrize("honest", [True, False])
def test_who_keeps_the_worse_tier_of_two_is_found(
    coalition: Coalition, monkeypatch: pytest.MonkeyPatch, *, honest: bool
) -> None:
    if not honest:
        monkeypatch.setattr(standings, "_better", lambda *_: False)
    hold(coalition.desk, _review_of())
    ada, bob = coalition.a_member(), coalition.a_member("Bob")
    with coalition.desk.work(Actor("staff:test")) as work:
        tiers.assign(work, ada.id, "gold", reason="a regret")
    with coalition.desk.work(Actor("staff:test")) as work:
        mergers.merge(work, ada.id, bob.id, reason="the same person")
    assert tier(coalition.desk, bob) == ("gold" if honest else "basic")


def test_each_ladder_has_standings_of_its_own(coalition: Coalition) -> None:
    hold(coalition.desk, a_ladder())
    vip = {"fact": "spend", "over": "day", "is": ">=", "value": 100_00}
    hold(coalition.desk, a_ladder(vip, main=False), "vip")
    ada = coalition.a_member()
    buy(coalition, ada, "100.00")
    assert (tier(coalition.desk, ada), tier(coalition.desk, ada, "vip")) == ("basic", "silver")
    with coalition.desk.work(Actor("staff:test")) as work:
        tiers.assign(work, ada.id, "gold", reason="a regret", ladder="main")
    assert (tier(coalition.desk, ada), tier(coalition.desk, ada, "vip")) == ("gold", "silver")


@pytest.mark.parametrize(("gap", "ends"), [(30, "basic"), (0, "silver")])
def test_who_counts_split_receipts_is_found(
    coalition: Coalition, clock: FixedClock, gap: int, ends: str
) -> None:
    hold(coalition.desk, a_ladder(visit_gap_minutes=gap))
    ada = coalition.a_member()
    for _ in range(3):
        clock.move(minutes=10)
        buy(coalition, ada, "10.00")
    assert tier(coalition.desk, ada) == ends


@pytest.mark.parametrize("honest", [True, False])
def test_who_forgets_tomorrow_in_zones_ahead_is_found(
    coalition: Coalition, monkeypatch: pytest.MonkeyPatch, *, honest: bool
) -> None:
    if not honest:
        monkeypatch.setattr(footings, "_end", lambda _, moment: after(moment.today, 1))
    hold(coalition.desk, a_ladder(SILVER, GOLD))
    ada = coalition.a_member()
    buy(coalition, ada, "812.00", business_date=after(MAY_1, 1))
    assert tier(coalition.desk, ada) == ("gold" if honest else "basic")


def test_a_standing_tells_all_of_its_promises(coalition: Coalition) -> None:
    hold(coalition.desk, _review_of())
    ada: Someone = coalition.a_member()
    buy(coalition, ada, "812.00")
    found: Footing | None = footing(coalition.desk, ada)
    assert found
    assert (found.origin, found.review_on, found.due_on) == ("earned", NEXT_MAY_1, NEXT_MAY_1)
