"""Campaigns at their doors: what holds at a partner's stores, and what an estimate tells."""

from campaigns import hold
from stoa.work import Desk
from tills import Till


def test_campaigns_of_a_partners_stores_are_listed_by_their_first_day(
    desk: Desk, grocery: Till
) -> None:
    hold(
        desk, "weekend", name={"en": "Weekend", "zh-Hans": "周末"},
        condition={"fact": "weekday", "is": "in", "value": ["saturday"]},
        bonus={"kind": "multiplier", "times_percent": 200}, caps=[{"every": "day", "points": 500}],
    )  # fmt: skip
    hold(desk, "abroad", condition={"fact": "partner", "is": "in", "value": ["cinema"]})
    hold(desk, "later", **{"from": "2026-05-20"})
    hold(desk, "much-later", **{"from": "2026-08-20", "until": "2026-08-21"})
    step = {"kind": "step", "every_minor": 5000, "points": 3}
    hold(desk, "step", bonus=step, **{"from": "2026-05-21"})
    tiered = {"kind": "tiered", "steps": [{"from_minor": 5000, "points": 3}]}
    hold(desk, "tiered", bonus=tiered, **{"from": "2026-05-22"})
    found = grocery.get("/campaigns", language="zh-Hans").json["campaigns"]
    assert [each["code"] for each in found] == ["weekend", "later", "step", "tiered"]
    assert [each["bonus"]["kind"] for each in found] == ["multiplier", "fixed", "step", "tiered"]
    assert found[3]["bonus"]["steps"] == [{"from_minor": 5000, "points": 3}]
    assert found[0] | {"condition": ""} == {
        "code": "weekend",
        "name": "周末",
        "first_day": "2026-05-01",
        "last_day": "2026-05-31",
        "stores": ["main"],
        "condition": "",
        "bonus": {
            "kind": "multiplier",
            "times_percent": 200,
            "points": None,
            "every_minor": None,
            "most": None,
            "steps": [],
        },
        "caps": [{"every": "day", "points": 500, "uses": None}],
        "categories": [],
        "skus": [],
    }
    assert found[0]["condition"]


def test_an_estimate_tells_the_points_of_campaigns_apart(desk: Desk, grocery: Till) -> None:
    hold(desk, budget_points=40)
    member = grocery.enrol(card="9900000000000002")
    body = grocery.a_purchase(member, "88.00")
    told = grocery.post("/estimates", body).json
    assert told["points"] == {"base": 88, "uplift": 0, "campaign": 40, "total": 128}
    assert told["lines"][1]["reason"] == "campaign:may"
