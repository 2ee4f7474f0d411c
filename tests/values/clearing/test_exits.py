"""Exits: the worked run-off of economics §3.11, and the notice that members have."""

from datetime import date, timedelta
from decimal import Decimal

import pytest

from stoa.values.clearing.exits import STAGES, STATUS_AT, Plan, RunOff, after

TODAY = date(2026, 5, 1)


def plan(enrol: int, earn: int, burn: int) -> Plan:
    return Plan(*(TODAY + timedelta(days=each) for each in (enrol, earn, burn)))


def test_a_deposit_of_58_50_gives_22_50_back() -> None:
    start = RunOff(6_500 * Decimal("0.009"), 0, 6_500, Decimal("0.009"))
    assert start.deposit == start.left == Decimal("58.50")
    end = RunOff(start.deposit, 4_000, 0, Decimal("0.009"))
    assert (end.paid, end.left) == (Decimal("36.00"), Decimal("22.50"))


def test_members_have_sixty_days() -> None:
    assert plan(0, 30, 60).faults(TODAY) == {}
    assert "stop_burn_on" in plan(0, 30, 59).faults(TODAY)


@pytest.mark.parametrize("days", [(40, 30, 60), (0, 61, 60), (-1, 30, 60)])
def test_stages_keep_their_order(days: tuple[int, int, int]) -> None:
    assert "stop_earn_on" in plan(*days).faults(TODAY)


def test_every_stage_leads_to_the_next() -> None:
    walked = ["announce"]
    while (following := after(walked[-1])) is not None:
        walked.append(following)
    assert tuple(walked) == STAGES
    assert set(STATUS_AT) == set(STAGES)
    assert plan(1, 2, 60).day_of("settle") is None
    assert plan(1, 2, 60).day_of("stop_earn") == TODAY + timedelta(days=2)
