"""Tiers over HTTP: ladders, standings with progress, and the discount that is quoted."""

from typing import Any

import pytest

from ladders import a_ladder, buy, hold
from stoa.services import tiers
from stoa.work import Actor
from tills import Till
from world import Coalition, FixedClock, Someone


@pytest.fixture
def ada(coalition: Coalition) -> Someone:
    """Return a member of an alliance with the ladder of #1, #2, #8 and #9."""
    hold(coalition.desk, a_ladder())
    return coalition.a_member()


def _ref(till: Till, who: Someone) -> str:
    body = {"member": {"type": "card", "value": who.token.value}}
    return str(till.post("/members/resolve", body).json["member_ref"])


def test_the_ladders_that_hold_are_listed(grocery: Till, ada: Someone) -> None:
    answer = grocery.get("/tiers").json
    assert answer["rulebook"] == 2
    main = answer["ladders"][0]
    assert (main["ladder"], main["main"], main["version"]) == ("main", True, 2)
    assert [tier["tier"] for tier in main["tiers"]] == ["basic", "silver", "gold"]
    assert main["tiers"][0]["qualify"] is None
    assert main["tiers"][0]["says"] == {}
    assert main["tiers"][2]["qualify"]["any"][0]["value"] == 800_00
    assert "800.00" in main["tiers"][2]["says"]["en"]


def test_a_standing_tells_the_path_and_what_is_missing(
    grocery: Till, coalition: Coalition, ada: Someone, clock: FixedClock
) -> None:
    for _ in range(3):
        clock.move(hours=1)
        buy(coalition, ada, "100.00")
    grocery = grocery.renewed()
    ref = _ref(grocery, ada)
    answer = grocery.get(f"/members/{ref}/standing").json
    assert answer["member_ref"] == ref
    standing = answer["standings"][0]
    assert (standing["tier"], standing["origin"]) == ("silver", "earned")
    assert standing["path"]["found"] == 3
    assert standing["path"]["day"] == "2026-05-01"
    assert set(standing["says"]) == {"en", "zh-Hans", "zh-Hant"}
    gold = standing["next"][0]
    parts = {part["asked"]: part for part in gold["parts"]}
    assert (parts["spend|day"]["missing"], parts["spend|day"]["until"]) == (500_00, "2026-05-01")
    assert parts["spend|30 days"]["missing"] == 1700_00
    assert parts["spend|30 days"]["until"] == "2026-05-30"
    assert "Gold" in gold["says"]["en"]


def test_who_never_left_the_lowest_tier_has_a_standing_too(grocery: Till, ada: Someone) -> None:
    standing = grocery.get(f"/members/{_ref(grocery, ada)}/standing").json["standings"][0]
    assert (standing["tier"], standing["since"], standing["path"]) == ("basic", None, None)
    assert [each["tier"] for each in standing["next"]] == ["silver", "gold"]


def test_nobody_has_no_standing(grocery: Till) -> None:
    assert grocery.get("/members/mbr_nobody/standing").status_code == 404


@pytest.mark.parametrize(
    ("tier", "rate", "total", "points"),
    [("basic", 0, "880.00", 968), ("silver", 200, "862.40", 1056), ("gold", 500, "836.00", 1760)],
)
def test_the_discount_is_quoted_to_the_till(  # noqa: PLR0917 - a table
    grocery: Till, coalition: Coalition, ada: Someone, tier: str, rate: int, total: str, points: int
) -> None:
    _stand(coalition, ada, tier)
    body = {"member": {"type": "card", "value": ada.token.value}}
    assert grocery.post("/members/resolve", body).json["discount_basis_points"] == rate
    answer = grocery.post("/estimates", _sale(ada, "880.00")).json
    assert answer["discount"]["basis_points"] == rate
    assert answer["discount"]["total"] == total
    assert answer["points"]["total"] == points


@pytest.mark.parametrize(
    ("tier", "paid", "points"), [("gold", "836.00", 1672), ("silver", "862.40", 1034)]
)
def test_points_are_earned_on_what_was_paid(  # noqa: PLR0917 - a table
    grocery: Till, coalition: Coalition, ada: Someone, tier: str, paid: str, points: int
) -> None:
    _stand(coalition, ada, tier)
    answer = grocery.post("/estimates", _sale(ada, paid)).json
    assert answer["points"]["total"] == points


def _stand(coalition: Coalition, who: Someone, tier: str) -> None:
    with coalition.desk.work(Actor("staff:test")) as work:
        tiers.assign(work, who.id, tier, reason="test")


def _sale(who: Someone, net: str) -> dict[str, Any]:
    return {
        "member": {"type": "card", "value": who.token.value},
        "store": "main",
        "occurred_at": "2026-05-01T12:00:00+08:00",
        "currency": "CNY",
        "lines": [{"line_no": 1, "sku": "A", "category": "x", "quantity": "1", "net": net}],
    }
