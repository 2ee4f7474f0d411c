"""The parking plugin: free hours by spend and tier, hours for points, the gatehouse's log."""

import logging
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

import stoa_parking
from stoa.plugins import Plugins
from stoa.testing import a_claim, a_purchase, a_standing, check_plugin
from stoa.values.events import Event
from stoa.values.facts import (
    Benefit,
    Claim,
    Considered,
    CostShare,
    EarnLine,
    Grant,
    Order,
    Receipt,
    Refusal,
    Reward,
    Standing,
)
from stoa.values.settings import read_settings
from zoo import written

PLUGINS = Plugins({"parking": stoa_parking})
NOW = datetime(2026, 5, 1, 12, tzinfo=UTC)
GOLD = a_standing("gold", rank=2, spent_today_minor=812_00)
BASIC = a_standing("basic")
FULL = {
    "steps": [
        {"up_to_min": 120, "per_min": 30, "price_minor": 500},
        {"up_to_min": 0, "per_min": 60, "price_minor": 2000},
    ],
    "day_cap_minor": 12_000,
    "free_for": "every_stay",
    "tier_hours": [{"tier": "silver", "hours": 1}, {"tier": "金卡", "hours": 3}],
    "tier_points_per_hour": [{"tier": "silver", "points": 450}],
    "fee_rate": "0.5",
}


def knobs(**given: Any) -> dict[str, Any]:
    return read_settings(stoa_parking.settings(), given)


SPENT = (300_00, 200_00)
"""Two receipts of the visit, which together reach the two hours."""


def stay(hours: int, minutes: int = 0, receipts: tuple[int, ...] = SPENT, **more: Any) -> Claim:
    """Return a claim of a stay that ends at noon, with receipts of its last minutes."""
    claim = a_claim("free_parking", stay=timedelta(hours=hours, minutes=minutes), **more)
    told = [
        Receipt(
            number, minor, NOW - timedelta(minutes=min(number, 60 * hours + minutes)), own=False
        )
        for number, minor in enumerate(receipts, 1)
    ]
    return replace(claim, receipts=tuple(told))


def grant(claim: Claim, standing: Standing = GOLD, **given: Any) -> Grant:
    answer = PLUGINS.claim_benefit("parking", claim, standing, knobs(**given))
    assert isinstance(answer, Grant)
    return answer


def refusal(claim: Claim) -> str:
    answer = PLUGINS.claim_benefit("parking", claim, GOLD, knobs())
    assert isinstance(answer, Refusal)
    return answer.code


def test_three_free_hours_of_a_stay_of_4_h_10_min_leave_20_or_1000_points() -> None:
    assert grant(stay(4, 10)) == Grant(
        quantity_milli=180_000,
        unit="min",
        worth_minor=30_00,
        due_minor=20_00,
        reason=(
            "4 h 10 min is 50.00 CNY; 3 h free take off 30.00 CNY"
            " (2 h by the day's spend and 1 h for the gold tier)"
        ),
        points_option=1000,
        receipts=(1, 2),
        shares=(CostShare("operator", 50), CostShare("receipts", 50)),
        offers=(
            Considered("hours_by_tier", 10_00, chosen=True, quantity_milli=60_000),
            Considered("hours_by_spend", 20_00, chosen=True, quantity_milli=120_000),
        ),
    )


@pytest.mark.parametrize(
    ("tier", "spent_minor", "hours"),
    [
        ("basic", 0, 0),
        ("basic", 199_99, 0),
        ("basic", 200_00, 1),
        ("basic", 499_99, 1),
        ("basic", 500_00, 2),
        ("basic", 9_999_00, 2),
        ("gold", 0, 1),
        ("Gold", 200_00, 2),
        ("gold", 500_00, 3),
    ],
)
def test_hours_come_by_spend_and_tier(tier: str, spent_minor: int, hours: int) -> None:
    standing = a_standing(tier, spent_today_minor=spent_minor)
    assert grant(stay(10, receipts=(spent_minor,)), standing).quantity_milli == hours * 60_000
    listed = PLUGINS.benefits("parking", standing, knobs(), NOW)
    assert [benefit.available_milli for benefit in listed] == [hours * 60_000] * bool(hours)


def test_the_free_hours_are_listed_with_their_reason() -> None:
    assert PLUGINS.benefits("parking", GOLD, knobs(), NOW) == [
        Benefit(
            "free_parking",
            "Free parking",
            "min",
            180_000,
            "2 h by the day's spend and 1 h for the gold tier",
        )
    ]


def test_a_stay_takes_at_most_five_free_hours() -> None:
    many: dict[str, Any] = {"tier_hours": [{"tier": "gold", "hours": 6}]}
    assert grant(stay(10), **many).quantity_milli == 300_000
    assert PLUGINS.benefits("parking", GOLD, knobs(**many), NOW)[0].available_milli == 300_000


def test_the_better_of_two_rows_for_a_tier_holds() -> None:
    rows = [{"tier": "gold", "hours": 2}, {"tier": "GOLD", "hours": 1}]
    assert grant(stay(10), tier_hours=rows).quantity_milli == 240_000


@pytest.mark.parametrize(
    ("used_min", "vehicle_min", "plate", "free_min"),
    [
        (0, 0, "AB 1234", 180),
        (59, 0, "AB 1234", 121),
        (60, 0, "AB 1234", 120),  # another vehicle of the member used the hour of the tier
        (999, 0, "AB 1234", 120),  # whose receipts are its own, not these
        (0, 1, "AB 1234", 0),  # another member used some on this vehicle
        (0, 60, "AB 1234", 0),
        (60, 60, "AB 1234", 0),
        (180, 180, "AB 1234", 0),
        (0, 0, "", 60),  # hours by spend are for a vehicle that is known
    ],
)
def test_hours_by_spend_are_given_once_a_vehicle_and_day(
    used_min: int, vehicle_min: int, plate: str, free_min: int
) -> None:
    used: dict[str, Any] = {"used_milli": used_min * 1000, "subject_used_milli": vehicle_min * 1000}
    assert grant(stay(10, subject=plate, **used)).quantity_milli == free_min * 1000


def test_minutes_that_would_save_nothing_are_kept_for_another_stay() -> None:
    answer = grant(stay(10, used_milli=30_000, receipts=()))
    assert (answer.quantity_milli, answer.worth_minor, answer.due_minor) == (0, 0, 10_000)
    assert not answer.receipts
    assert not answer.offers


def test_a_reason_names_only_the_hours_that_count() -> None:
    answer = grant(stay(4, 10, receipts=(199_99,)))
    assert answer.reason.endswith("1 h free take off 10.00 CNY (1 h for the gold tier)")


def test_part_of_an_hour_that_saves_a_started_unit_is_used() -> None:
    answer = grant(stay(2, 10, used_milli=30_000, receipts=()))
    assert (answer.quantity_milli, answer.worth_minor, answer.due_minor) == (30_000, 1000, 2000)


def test_a_stay_shorter_than_the_free_hours_uses_only_its_own_minutes() -> None:
    answer = grant(stay(2, 10))
    assert (answer.quantity_milli, answer.worth_minor, answer.due_minor) == (130_000, 3000, 0)
    assert answer.points_option is None


def test_a_member_may_keep_some_of_the_free_minutes() -> None:
    answer = grant(stay(4, 10, quantity_milli=60_000))
    assert (answer.quantity_milli, answer.due_minor) == (60_000, 4000)


def test_part_of_a_minute_is_never_given_away() -> None:
    assert grant(stay(4, 10, used_milli=500)).quantity_milli == 179_000
    assert grant(stay(4, 10, quantity_milli=60_500)).quantity_milli == 60_000


def test_a_stay_may_be_told_in_minutes() -> None:
    told = a_claim("free_parking", quantity_milli=240_001)
    answer = grant(replace(told, receipts=stay(1).receipts))
    assert (answer.worth_minor, answer.due_minor) == (3000, 2000)


def test_a_started_minute_counts() -> None:
    claim = a_claim("free_parking", stay=timedelta(hours=1, seconds=1))
    assert grant(claim, BASIC).due_minor == 2000


def test_a_stay_may_take_days() -> None:
    assert grant(stay(3 * 24 + 2, receipts=()), BASIC).due_minor == 74_000
    assert grant(stay(366 * 24, receipts=()), BASIC).due_minor == 366 * 24_000


def test_a_car_that_turns_round_at_once_pays_nothing() -> None:
    assert grant(stay(0), BASIC, free_min=0).due_minor == 0


def test_a_stay_within_the_tariffs_free_minutes_uses_no_benefit() -> None:
    answer = grant(stay(0, 15))
    assert (answer.quantity_milli, answer.due_minor, answer.reason) == (0, 0, "15 min is 0.00 CNY")


def test_a_member_without_free_hours_is_told_the_price() -> None:
    answer = grant(stay(4, 10, receipts=()), BASIC)
    assert (answer.quantity_milli, answer.worth_minor) == (0, 0)
    assert (answer.due_minor, answer.points_option) == (5000, 2500)


@pytest.mark.parametrize(
    ("given", "points"),
    [
        ({}, 1000),
        ({"points_per_hour": 0}, None),
        ({"tier_points_per_hour": [{"tier": "gold", "points": 400}]}, 800),
        ({"hour_worth_minor": 1500}, 667),  # 20.00 at 500 points for 15.00 is 666.7
        ({"hour_worth_minor": 1, "points_per_hour": 1_000_000}, 2_000_000_000),
    ],
)
def test_what_is_due_can_be_paid_with_points(given: dict[str, Any], points: int | None) -> None:
    assert grant(stay(4, 10), **given).points_option == points


def test_more_points_than_a_posting_may_move_are_no_option() -> None:
    given: dict[str, Any] = {
        "hour_worth_minor": 1,
        "points_per_hour": 1_000_000,
        "steps": [{"up_to_min": 0, "per_min": 1, "price_minor": 1_000_000}],
    }
    assert grant(stay(0, 16, receipts=()), BASIC, **given).points_option is None
    given["steps"][0]["per_min"] = 60
    assert grant(stay(0, 16, receipts=()), BASIC, **given).points_option == 10**12


@pytest.mark.parametrize(
    ("claim", "code"),
    [
        (a_claim("free_parking"), "stay_unknown"),
        (stay(-1), "stay_impossible"),
        (stay(24 * 367), "stay_impossible"),
    ],
)
def test_a_stay_that_cannot_be_is_refused(claim: Claim, code: str) -> None:
    assert refusal(claim) == code


def test_other_benefits_are_not_of_the_car_park() -> None:
    assert PLUGINS.claim_benefit("parking", a_claim("lounge"), GOLD, knobs()) is None


def test_an_hour_is_a_reward() -> None:
    shelf = PLUGINS.rewards("parking", knobs(), NOW)
    assert shelf == [Reward("parking_hour", "One hour of parking", 500, 1000, 5)]


@pytest.mark.parametrize(
    ("reward", "quantity", "given", "points"),
    [
        ("parking_hour", 3, {}, 1500),
        ("parking_hour", 3, {"tier_points_per_hour": [{"tier": "gold", "points": 400}]}, 1200),
        (
            "parking_hour",
            1,
            {"tier_points_per_hour": [{"tier": "Gold", "points": n} for n in (400, 300)]},
            300,
        ),
        ("parking_hour", 3, {"tier_points_per_hour": [{"tier": "vip", "points": 1}]}, 1500),
        ("car_wash", 1, {}, None),
    ],
)
def test_hours_are_priced_by_tier(
    reward: str, quantity: int, given: dict[str, Any], points: int | None
) -> None:
    order = Order(reward, quantity)
    assert PLUGINS.price_reward("parking", order, GOLD, knobs(**given)) == points


def test_without_a_price_no_hour_is_for_sale() -> None:
    free = knobs(points_per_hour=0)
    assert PLUGINS.rewards("parking", free, NOW) == []
    assert PLUGINS.price_reward("parking", Order("parking_hour", 1), GOLD, free) is None


@pytest.mark.parametrize(
    ("rate", "earned"),
    [
        ("0", []),
        ("2", [EarnLine(40, "base", "20.00 at 2 points per 1.00")]),
        ("0.99", [EarnLine(19, "base", "20.00 at 0.99 points per 1.00, rounded down")]),
    ],
)
def test_fees_earn_at_the_operators_rate(rate: str, earned: list[EarnLine]) -> None:
    purchase = a_purchase(total_minor=20_00)
    lines = PLUGINS.earn_lines("parking", purchase, GOLD, knobs(fee_rate=rate))
    assert written(lines) == earned


def told(topic: str, **facts: Any) -> Event:
    return Event("evt_1", topic, "prt_1", "2026-05-01T12:00:00+00:00", facts)


def test_the_gatehouse_log_tells_of_each_claim_without_its_plate(
    caplog: pytest.LogCaptureFixture,
) -> None:
    caplog.set_level(logging.INFO, "stoa_parking")
    claimed = {"quantity_milli": 180_000, "subject": "AB 1234"}
    PLUGINS.notify("parking", told("benefit.claimed", claim="clm_1", **claimed), knobs())
    PLUGINS.notify("parking", told("benefit.released", claim="clm_1"), knobs())
    assert caplog.messages == [
        "2026-05-01T12:00:00+00:00: 180 min free, claim clm_1",
        "2026-05-01T12:00:00+00:00: claim clm_1 given back",
    ]


def test_the_gatehouse_log_leaves_out_what_is_no_parking(
    caplog: pytest.LogCaptureFixture,
) -> None:
    caplog.set_level(logging.INFO, "stoa_parking")
    PLUGINS.notify("parking", told("points.earned", points=1), knobs())
    assert caplog.messages == []


@pytest.mark.parametrize("given", [{}, FULL, {"points_per_hour": 0}])
def test_the_contract_is_kept(given: dict[str, Any]) -> None:
    check_plugin(stoa_parking, settings=given, purchases=60)


@pytest.mark.parametrize(
    ("receipts", "hours", "used"),
    [
        ((), 0, ()),
        ((199_99,), 0, ()),
        ((200_00,), 1, (1,)),
        ((499_99,), 1, (1,)),
        ((500_00,), 2, (1,)),
        ((300_00, 200_00), 2, (1, 2)),
        ((200_00, 299_99), 1, (2,)),  # together they reach no more than one alone
        ((100_00, 100_00), 1, (1, 2)),
        ((100_00, 99_99), 0, ()),
        ((200_00, 200_00, 100_00), 1, (2,)),  # a third receipt adds nothing
        ((50_00, 300_00, 200_00), 2, (2, 3)),
        ((100_00, 600_00), 2, (2,)),
    ],
)
def test_two_receipts_at_most_are_added_up_and_no_more_are_used_than_it_takes(
    receipts: tuple[int, ...], hours: int, used: tuple[int, ...]
) -> None:
    answer = grant(stay(10, receipts=receipts), BASIC)
    assert (answer.quantity_milli, answer.receipts) == (hours * 60_000, used)


@pytest.mark.parametrize(
    ("minutes", "free_min"), [(-1, 0), (0, 120), (60, 120), (120, 120), (121, 0)]
)
def test_only_receipts_of_the_visit_count(minutes: int, free_min: int) -> None:
    """The receipt is so many minutes before a stay of two hours ends."""
    bought = Receipt(1, 500_00, NOW - timedelta(minutes=minutes), own=True)
    answer = grant(replace(stay(2), receipts=(bought,)), BASIC)
    assert answer.quantity_milli == free_min * 1000


@pytest.mark.parametrize(
    ("used_min", "free_min"), [(0, 300), (240, 60), (299, 1), (300, 0), (301, 0)]
)
def test_five_hours_are_of_the_entry_whatever_the_stay_used_before(
    used_min: int, free_min: int
) -> None:
    """Priced by the minute, for a tier that has a whole day."""
    given: dict[str, Any] = {
        "tier_hours": [{"tier": "gold", "hours": 24}],
        "steps": [{"up_to_min": 0, "per_min": 1, "price_minor": 1}],
    }
    answer = grant(stay(24, receipts=(), stay_used_milli=used_min * 1000), **given)
    assert answer.quantity_milli == free_min * 1000
    assert answer.due_minor == 24 * 60 - used_min - free_min


def test_a_stay_that_used_free_hours_is_shorter_by_them() -> None:
    """It paid for 4 h 10 min with three hours free, and left an hour too late."""
    answer = grant(
        stay(5, 10, stay_used_milli=180_000, subject_used_milli=180_000, used_milli=180_000)
    )
    assert (answer.worth_minor, answer.due_minor) == (0, 30_00)


@pytest.mark.parametrize(
    ("operator", "merchants", "shares"),
    [
        (50, 50, [("operator", 50), ("receipts", 50)]),
        (50, 30, [("operator", 50), ("receipts", 30), ("partner", 20)]),
        (0, 0, [("partner", 100)]),
        (80, 50, [("operator", 80), ("receipts", 20)]),
        (100, 100, [("operator", 100)]),
    ],
)
def test_who_pays_free_hours_is_a_hundred_parts(
    operator: int, merchants: int, shares: list[tuple[str, int]]
) -> None:
    answer = grant(stay(4, 10), operator_percent=operator, merchants_percent=merchants)
    assert [(each.payer, each.share) for each in answer.shares] == shares


@pytest.mark.parametrize(
    ("minutes", "fee_minor"),
    [(0, 0), (1, 10_00), (60, 10_00), (61, 20_00), (240, 40_00), (241, 50_00), (250, 50_00),
     (300, 50_00), (301, 60_00)],
)  # fmt: skip
def test_a_stay_costs_ten_for_each_started_hour(minutes: int, fee_minor: int) -> None:
    assert grant(stay(0, minutes, receipts=()), BASIC, free_min=0).due_minor == fee_minor


@pytest.mark.parametrize(
    ("minutes", "due_minor", "points"),
    [(180, 0, None), (181, 10_00, 500), (240, 10_00, 500), (241, 20_00, 1000), (250, 20_00, 1000)],
)
def test_five_hundred_points_are_an_hour(minutes: int, due_minor: int, points: int | None) -> None:
    answer = grant(stay(0, minutes))
    assert (answer.due_minor, answer.points_option) == (due_minor, points)
