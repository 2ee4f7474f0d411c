"""An example purchase earns by a campaign's draft what a real one would."""

from datetime import date
from typing import Any

import pytest

from stoa.errors import InvalidBodyError, InvalidRuleError
from stoa.services import campaigns, examples, ledger
from stoa.services.earning import earn
from stoa.services.examples import Example
from stoa.work import Actor
from world import Coalition, a_key

DRAFT: dict[str, Any] = {
    "name": {"en": "Fridays"}, "from": "2026-05-01", "until": "2026-05-31",
    "condition": {"all": [
        {"fact": "weekday", "is": "in", "value": ["friday"]},
        {"fact": "spend", "over": "30 days", "is": ">=", "value": 50000},
    ]},
    "bonus": {"kind": "multiplier", "times_percent": 300}, "budget_points": 100000,
    "payers": [{"payer": "operator", "share": 50}, {"payer": "prt:cinema", "share": 50}],
}  # fmt: skip


def an_example(coalition: Coalition, **changes: Any) -> Example:
    values: dict[str, Any] = {
        "partner_id": coalition.grocery, "store": "main", "minor": 88000,
        "day": date(2026, 5, 1), "tier": "gold",
    }  # fmt: skip
    return Example(**values | changes)


def test_an_example_tells_base_bonus_and_uplift_with_their_payers(coalition: Coalition) -> None:
    with coalition.desk.work(Actor("cli")) as work:
        tried = examples.try_campaign(work, DRAFT, an_example(coalition))
    assert [(line.reason, line.points, line.payer) for line in tried.lines] == [
        ("base", 880, "partner"),
        ("campaign:draft", 880, "operator"),
        ("campaign:draft", 880, "prt:cinema"),
        ("tier_uplift:gold", 880, "operator"),
    ]
    assert tried.points == 3520
    assert tried.on
    assert tried.trace is not None
    assert tried.trace.holds


def test_an_example_earns_what_the_real_purchase_earns(coalition: Coalition) -> None:
    simple = DRAFT | {"payers": [{"payer": "operator", "share": 100}]}
    with coalition.desk.work(Actor("cli")) as work:
        tried = examples.try_campaign(work, simple, an_example(coalition, tier="basic"))
        campaigns.save(work, "fridays", simple)
        campaigns.activate(work, "fridays")
    ada = coalition.a_member()
    with coalition.desk.work(coalition.as_grocery()) as work:
        earn(work, coalition.a_purchase(ada, "880.00"), key=a_key())
    with coalition.desk.work(Actor("cli")) as work:
        balance = ledger.balance_of(work, ada.id, "STAR").balance
    assert balance.available == tried.points == 2640


@pytest.mark.parametrize(
    ("changes", "on", "holds"),
    [
        ({"day": date(2026, 5, 2)}, True, False),
        ({"day": date(2026, 6, 5)}, False, True),
        ({"minor": 49999}, True, False),
        ({"minor": 100, "facts": {"spend|30 days": 50000}}, True, True),
    ],
)
def test_an_example_tells_why_there_is_no_bonus(
    coalition: Coalition, changes: dict[str, Any], *, on: bool, holds: bool
) -> None:
    with coalition.desk.work(Actor("cli")) as work:
        tried = examples.try_campaign(work, DRAFT, an_example(coalition, **changes))
    assert tried.trace is not None
    assert (tried.on, tried.trace.holds) == (on, holds)
    paid = any(line.reason == "campaign:draft" for line in tried.lines)
    assert paid == (on and holds)


def test_an_example_is_refused_where_it_can_t_be(coalition: Coalition) -> None:
    with coalition.desk.work(Actor("cli")) as work:
        with pytest.raises(InvalidRuleError):
            examples.try_campaign(work, DRAFT | {"until": "soon"}, an_example(coalition))
        with pytest.raises(InvalidBodyError):
            examples.try_campaign(work, DRAFT, an_example(coalition, store="none"))


def test_what_is_asked_of_the_member_is_told_apart(coalition: Coalition) -> None:
    assert coalition
    asked = examples.asked_of_member(campaigns.read(DRAFT))
    assert [ask.key for ask in asked] == ["spend|30 days"]
