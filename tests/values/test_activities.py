"""Documents of activities and referrals: what may be, and every mistake by its place."""

from datetime import UTC, date, datetime
from typing import Any

import pytest

from stoa.values.activities import read_activity, subject_of
from stoa.values.codes import changing_code, code_digest, fits, new_code, new_name, read_code
from stoa.values.conditions import WrongRuleError
from stoa.values.limits import limit_uses, period_start
from stoa.values.payers import split
from stoa.values.referrals import read_referral

AT = datetime(2026, 5, 1, 4, tzinfo=UTC)
CHECK_IN: dict[str, Any] = {
    "name": {"en": "Check in"}, "kind": "check_in", "points": 5, "budget_points": 50,
}  # fmt: skip
FRIEND: dict[str, Any] = {
    "name": {"en": "Bring a friend"}, "reward": {"inviter_points": 200, "invitee_points": 100},
    "budget_points": 3000,
}  # fmt: skip


def test_an_activity_reads_with_what_goes_without_saying() -> None:
    rule = read_activity(CHECK_IN)
    assert (rule.proof, rule.once_per, rule.caps, rule.stores) == ("code", "subject", (), ())
    assert [(each.payer, each.share) for each in rule.payers] == [("operator", 100)]
    assert rule.is_on(date.min)
    assert rule.is_at("anybody", None)


def test_an_activity_is_where_and_when_it_says() -> None:
    rule = read_activity(
        CHECK_IN | {"stores": ["grocery", "cinema/main"], "from": "2026-05-01",
                    "until": "2026-05-02"}
    )  # fmt: skip
    assert [rule.is_on(date(2026, 5, day)) for day in (1, 2, 3)] == [True, True, False]
    assert not rule.is_on(date(2026, 4, 30))
    assert rule.is_at("grocery", None)
    assert rule.is_at("cinema", "main")
    assert not rule.is_at("cinema", None)
    assert not rule.is_at("cinema", "other")


@pytest.mark.parametrize(
    ("changes", "places"),
    [
        ({"name": None}, {"name"}),
        ({"kind": "dance"}, {"kind"}),
        ({"proof": "purchase"}, {"proof"}),
        ({"points": 0}, {"points"}),
        ({"points": 51}, {"budget_points"}),
        ({"points": True}, {"points"}),
        ({"budget_points": 10**13}, {"budget_points"}),
        ({"proof": "none"}, {"once_per"}),
        ({"once_per": "hour"}, {"once_per"}),
        ({"kind": "profile", "fields": ["email"], "once_per": "day"}, {"once_per"}),
        ({"kind": "profile"}, {"fields"}),
        ({"kind": "profile", "fields": ["shoe"]}, {"fields"}),
        ({"fields": ["email"]}, {"fields"}),
        ({"stores": []}, {"stores"}),
        ({"stores": "grocery"}, {"stores"}),
        ({"from": "May"}, {"from"}),
        ({"from": "2026-05-02", "until": "2026-05-01"}, {"until"}),
        ({"min_gap_minutes": -1}, {"min_gap_minutes"}),
        ({"payers": []}, {"payers"}),
        ({"payers": [{"payer": "operator", "share": 99}]}, {"payers"}),
        ({"payers": [{"payer": "prt:", "share": 100}]}, {"payers.0.payer"}),
        ({"payers": [{"payer": "operator", "share": 50}] * 2}, {"payers"}),
        ({"payers": [{"payer": "operator", "share": 100, "x": 1}]}, {"payers.0.x"}),
        ({"caps": {}}, {"caps"}),
        ({"caps": [{"every": "hour", "uses": 1}]}, {"caps.0.every"}),
        ({"caps": [{"every": "day"}]}, {"caps.0"}),
        ({"caps": [{"every": "day", "uses": 1}, {"every": "day", "uses": 2}]}, {"caps"}),
        ({"caps": [{"every": "day", "points": 0}]}, {"caps.0.points"}),
        ({"cash": 5}, {"cash"}),
    ],
)
def test_each_mistake_of_an_activity_is_named(changes: dict[str, Any], places: set[str]) -> None:
    with pytest.raises(WrongRuleError) as caught:
        read_activity(CHECK_IN | changes)
    assert set(caught.value.errors) == places
    assert all(all(texts) for texts in caught.value.errors.values())


@pytest.mark.parametrize(
    ("once_per", "subject"),
    [
        ("subject", "thing"),
        ("ever", "ever"),
        ("day", "day:2026-05-01"),
        ("week", "week:2026-04-27"),
        ("month", "month:2026-05-01"),
    ],
)
def test_what_is_done_once_is_a_thing_or_a_period(once_per: str, subject: str) -> None:
    rule = read_activity(CHECK_IN | {"once_per": once_per})
    assert subject_of(rule, "thing", date(2026, 5, 1)) == subject


def test_a_period_begins_on_its_first_day() -> None:
    day = date(2026, 5, 3)  # a Sunday
    starts = [period_start(every, day) for every in ("day", "week", "month", "ever")]
    assert starts == [day, date(2026, 4, 27), date(2026, 5, 1), date.min]


def test_payers_share_every_point() -> None:
    payers = read_activity(
        CHECK_IN | {"payers": [{"payer": "operator", "share": 67}, {"payer": "prt:x", "share": 33}]}
    ).payers
    assert [split(points, payers) for points in (5, 1, 100)] == [(3, 2), (1, 0), (67, 33)]
    assert [each.partner for each in payers] == ["", "x"]


def test_a_referral_reads_with_what_goes_without_saying() -> None:
    rule = read_referral(FRIEND)
    assert (rule.inviter_points, rule.invitee_points, rule.settle_days) == (200, 100, 0)
    assert (rule.min_spend_minor, rule.within_days, rule.caps) == (0, None, ())


@pytest.mark.parametrize(
    ("changes", "place", "told"),
    [
        ({"cash": 10}, "cash", "never money"),
        ({"commission": 1}, "commission", "never money"),
        ({"percent_of_spend": 3}, "percent_of_spend", "share of what others spend"),
        ({"depth": 3}, "depth", "invites directly"),
        ({"levels": [1, 2, 3]}, "levels", "invites directly"),
        ({"joining_fee": 99}, "joining_fee", "costs nothing"),
        ({"reward": {"inviter_points": 1, "inviter_cash": 5}}, "reward.inviter_cash", "money"),
        ({"reward": {"inviter_points": 1, "percent": 5}}, "reward.percent", "others spend"),
        ({"reward": {"inviter_points": 1, "levels": 3}}, "reward.levels", "invites directly"),
    ],
)
def test_what_the_law_forbids_is_refused_with_the_reason(
    changes: dict[str, Any], place: str, told: str
) -> None:
    with pytest.raises(WrongRuleError) as caught:
        read_referral(FRIEND | changes)
    assert set(caught.value.errors) == {place}
    assert told in caught.value.errors[place][0]
    assert "《禁止传销条例》" in caught.value.errors[place][0]


@pytest.mark.parametrize(
    ("changes", "places"),
    [
        ({"reward": {}}, {"reward"}),
        ({"reward": None}, {"reward"}),
        ({"reward": {"inviter_points": 1, "payers": [{"payer": "partner", "share": 100}]}},
         {"reward.payers.0.payer"}),
        ({"reward": {"inviter_points": 1, "bonus": 1}}, {"reward.bonus"}),
        ({"budget_points": 299}, {"budget_points"}),
        ({"settle_days": -1}, {"settle_days"}),
        ({"within_days": 0}, {"within_days"}),
        ({"min_spend_minor": "5"}, {"min_spend_minor"}),
        ({"friends": 3}, {"friends"}),
    ],
)  # fmt: skip
def test_each_mistake_of_a_referral_is_named(changes: dict[str, Any], places: set[str]) -> None:
    with pytest.raises(WrongRuleError) as caught:
        read_referral(FRIEND | changes)
    assert set(caught.value.errors) == places


def test_codes_are_random_and_read_as_they_are_typed() -> None:
    codes = {new_code() for _ in range(100)}
    assert len(codes) == 100
    assert {len(code) for code in codes} == {13}
    assert read_code("abcd-efgh-jkmn 0".lower()) == "ABCDEFGHJKMN0"
    assert read_code("oilOIL0123456") == "0110110123456"
    for wrong in ("", "abc", "U" * 13, "A" * 14, "é" * 13):
        assert read_code(wrong) is None


def test_a_changing_code_fits_its_step_and_the_next_one() -> None:
    name, secret = new_name(), b"s" * 32
    code = changing_code(name, secret, AT, step_s=30)
    assert code.startswith(name)
    assert read_code(code) == code
    assert code_digest(code) == code_digest(changing_code(name, b"t" * 32, AT, step_s=30))
    ages = (0, 29, 30, 59, 60, 61)
    later = [datetime.fromtimestamp(AT.timestamp() + age, UTC) for age in ages]
    fresh = [fits(code, secret, at, step_s=30) for at in later]
    assert fresh == [True, True, True, True, False, False]
    before = datetime.fromtimestamp(AT.timestamp() - 1, UTC)
    assert not fits(code, secret, before, step_s=30)
    assert not fits(code, b"t" * 32, AT, step_s=30)


def test_limits_are_told_to_the_ledger_by_their_first_day() -> None:
    caps = [{"every": "month", "points": 9}, {"every": "ever", "uses": 2}]
    limits = read_activity(CHECK_IN | {"caps": caps}).caps
    assert limit_uses("activity:x", 5, limits, date(2026, 5, 3)) == {
        "campaign": "activity:x",
        "points": 5,
        "caps": [
            {"every": "month", "since": "2026-05-01", "points": 9, "uses": None},
            {"every": "campaign", "since": "0001-01-01", "points": None, "uses": 2},
        ],
    }
