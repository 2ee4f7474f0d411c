"""Campaigns as data: what is refused and where, the arithmetic, and stacking in any order."""

from itertools import permutations
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from campaigns import a_document
from stoa.values.amounts import Rounding
from stoa.values.campaigns import Limit, Offer, Sale, award, held_out, read_campaign
from stoa.values.conditions import WrongRuleError
from stoa.values.facts import Line


def a_sale(minor: int = 10_000, base: int = 100) -> Sale:
    line = Line(1, "a", "food", 1000, "ea", minor, minor)
    return Sale((line,), {"1": base}, ours=True, currency="CNY", rounding=Rounding.DOWN)


def an_offer(*documents: dict[str, Any], limits: dict[str, Limit] | None = None) -> Offer:
    campaigns = tuple(
        read_campaign(document, f"c{place}") for place, document in enumerate(documents)
    )
    return Offer(1, campaigns, {}, limits or {}, "somebody", {})


def test_every_mistake_of_a_document_is_named_with_its_place() -> None:
    wrong = a_document(
        until="2026-04-30",
        bonus={"kind": "multiplier", "times_percent": 100, "gift": 1},
        budget_points=0,
        caps=[{"every": "hour", "points": 0}, {"every": "day"}],
        stacks="highest",
        payers=[{"payer": "operator", "share": 60}, {"payer": "bank", "share": 30}],
        holdout_percent=51,
        lines={"categories": []},
        condition={"fact": "moon", "is": "=", "value": 1},
        trigger="rain",
        cashback=3,
    )
    with pytest.raises(WrongRuleError) as refused:
        read_campaign(wrong)
    assert refused.value.errors.keys() == {
        "until", "bonus.times_percent", "bonus.gift", "budget_points", "caps.0.every",
        "caps.0.points", "caps.1", "group", "payers.1.payer", "payers", "holdout_percent",
        "lines", "condition.fact", "trigger", "cashback",
    }  # fmt: skip


@pytest.mark.parametrize(
    ("changes", "place"),
    [
        ({"budget_points": None}, "budget_points"),
        ({"budget_points": 10**12 + 1}, "budget_points"),
        ({"bonus": {"kind": "fixed", "points": 10**9 + 1}}, "bonus.points"),
        ({"bonus": {"kind": "multiplier", "times_percent": 10_001}}, "bonus.times_percent"),
        ({"bonus": {"kind": "tiered", "steps": [{"from_minor": 2, "points": 2},
                                                {"from_minor": 2, "points": 1}]}}, "bonus.steps.1"),
        ({"bonus": 5}, "bonus"),
        ({"caps": 5}, "caps"),
        ({"caps": [{"every": "day", "points": 1}, {"every": "day", "points": 2}]}, "caps.1.every"),
        ({"payers": [{"payer": "operator", "share": 50}, {"payer": "operator", "share": 50}]},
         "payers.1.payer"),
        ({"trigger": "referral"}, "trigger"),
        ({"condition": []}, "condition"),
        ({"lines": {"skus": [""]}}, "lines.skus"),
        ({"from": "May"}, "from"),
        ({"from": "2026-02-31"}, "from"),
    ],
)  # fmt: skip
def test_what_would_mint_or_mean_nothing_is_refused(changes: dict[str, Any], place: str) -> None:
    with pytest.raises(WrongRuleError) as refused:
        read_campaign(a_document(**changes))
    assert place in refused.value.errors


def test_points_and_uses_of_one_period_are_one_cap() -> None:
    caps = [
        {"every": "week", "uses": 2},
        {"every": "day", "points": 5},
        {"every": "week", "points": 9},
    ]
    read = read_campaign(a_document(caps=caps))
    assert [(cap.every, cap.points, cap.uses) for cap in read.caps] == [
        ("day", 5, None), ("week", 9, 2),
    ]  # fmt: skip


def test_of_a_group_the_highest_counts_and_what_adds_is_added() -> None:
    group = {"stacks": "highest", "group": "g"}
    offer = an_offer(
        a_document(bonus={"kind": "fixed", "points": 10}, **group),
        a_document(bonus={"kind": "fixed", "points": 30}, **group),
        a_document(bonus={"kind": "fixed", "points": 20}, priority=1, **group),
        a_document(bonus={"kind": "fixed", "points": 5}),
        a_document(bonus={"kind": "fixed", "points": 99}, stacks="alone"),
    )
    found = award(offer, a_sale(), expires_on=None)
    assert [(each.campaign.code, each.points) for each in found.awards] == [("c2", 20), ("c3", 5)]


def test_who_stands_alone_excludes_the_others_where_it_is_first() -> None:
    offer = an_offer(a_document(), a_document(stacks="alone", priority=1))
    assert [each.campaign.code for each in award(offer, a_sale(), expires_on=None).awards] == ["c1"]


def test_a_limit_of_nothing_lets_the_next_one_of_its_group_count() -> None:
    group = {"stacks": "highest", "group": "g"}
    offer = an_offer(a_document(priority=1, **group), a_document(**group))
    found = award(offer.limited("c0", Limit(0, "budget")), a_sale(), expires_on=None)
    assert [each.campaign.code for each in found.awards] == ["c1"]
    assert found.bound == {"c0": Limit(0, "budget")}


_DOCUMENTS = st.lists(
    st.builds(
        lambda points, priority, stacks, group: a_document(
            bonus={"kind": "fixed", "points": points}, priority=priority, stacks=stacks, group=group
        ),
        st.integers(1, 40),
        st.integers(0, 2),
        st.sampled_from(["adds", "highest", "alone"]),
        st.sampled_from(["a", "b"]),
    ),
    min_size=1,
    max_size=4,
)


@given(_DOCUMENTS, st.dictionaries(st.sampled_from(["c0", "c1"]), st.integers(0, 50)))
def test_no_stacking_pays_more_than_the_sum_in_any_order(
    documents: list[dict[str, Any]], left: dict[str, int]
) -> None:
    limits = {code: Limit(points, "budget") for code, points in left.items()}
    offer = an_offer(*documents, limits=limits)
    found = award(offer, a_sale(), expires_on=None)
    paid = sum(line.points for line in found.lines)
    assert paid == sum(each.points for each in found.awards)
    assert paid <= sum(document["bonus"]["points"] for document in documents)
    assert all(each.points <= left.get(each.campaign.code, 50) for each in found.awards)
    for campaigns in permutations(offer.campaigns):
        other = Offer(1, campaigns, {}, limits, "somebody", {})
        assert award(other, a_sale(), expires_on=None) == found


@given(st.integers(0, 10**9), st.integers(1, 10**7), st.integers(101, 10_000))
def test_the_lines_of_payers_and_of_receipts_add_up(base: int, minor: int, percent: int) -> None:
    payers = [{"payer": "operator", "share": 33}, {"payer": "partner", "share": 67}]
    bonus = {"kind": "multiplier", "times_percent": percent}
    offer = an_offer(a_document(bonus=bonus, payers=payers, budget_points=10**12))
    found = award(offer, a_sale(minor, base), expires_on=None)
    assert sum(line.points for line in found.lines) == base * (percent - 100) // 100
    assert all(sum(line.on.values()) == line.points for line in found.lines)


def test_the_held_out_are_about_as_many_as_were_asked_for() -> None:
    out = [number for number in range(2_000) if held_out("may", str(number), 20)]
    assert 300 < len(out) < 500
    assert not held_out("may", "anybody", 0)
