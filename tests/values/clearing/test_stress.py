"""Stress: the worked numbers of economics §3.4, §3.7 and §3.11, and that worse is never better."""

from dataclasses import fields, replace
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from stoa.values.clearing.liability import Movement, report
from stoa.values.clearing.stress import (
    NO_SHOCK,
    Ground,
    Outcome,
    Owing,
    Scenario,
    Shock,
    faults,
    stressed,
    told,
    worst_partner,
)
from stoa.values.clearing.terms import DEFAULT_TERMS

D = Decimal
ALL = D(100)
MAY = Movement("2026-05", "2026-05", 19_000, 12_000, 500, D("228.00"), D("108.00"))
RATE = D("0.009")


def ground(*partners: Owing, held: str = "46.80", ratio: str = "0.8") -> Ground:
    """Return the worked period: 6,500 points left of 19,000, 80 % expected, 46.80 of cash."""
    found = report([MAY], period="2026-05", terms=DEFAULT_TERMS, life_months=24)
    return Ground("2026-05", 6_500, RATE, D(held), D(ratio), "CNY", found.lines, partners)


def test_a_run_on_46_80_pays_5_200_points_and_lacks_11_70() -> None:
    found = stressed(ground(), Shock(run=ALL))
    assert (found.points, found.cost) == (6_500, D("58.50"))
    assert (found.coverage, found.pays_points, found.shortfall) == (D("0.80"), 5_200, D("11.70"))
    assert not found.low
    assert stressed(ground(held="46.79"), Shock(run=ALL)).low


def test_as_expected_3_200_points_cost_28_80() -> None:
    found = stressed(ground(), NO_SHOCK)
    assert (found.points, found.cost, found.shortfall) == (3_200, D("28.80"), D(0))
    assert (found.revenue, found.catch_up, found.deferred) == (D(180), D(0), D(48))
    assert found.cash_coverage == found.coverage == D("1.625")


def test_5_points_more_take_10_59_of_revenue_back() -> None:
    found = stressed(ground(), Shock(redemption_up=D(5)))
    assert round(found.revenue, 2) == D("169.41")
    assert round(found.catch_up, 2) == D("-10.59")
    assert round(found.deferred, 2) == D("58.59")
    assert (found.points, found.cost) == (4_150, D("37.35"))


def test_half_the_breakage_is_that_many_points_more() -> None:
    found = stressed(ground(), Shock(breakage_down=D(50)))
    assert found.points == 3_200 + 3_300 // 2
    assert stressed(ground(), Shock(breakage_down=ALL)).points == 6_500


def test_a_partner_on_credit_takes_at_most_its_limit() -> None:
    owing = Owing("b", D("195.00"), credit_left=D("5.00"))
    found = stressed(ground(owing), Shock(defaults=frozenset("b")))
    (loss,) = found.losses
    assert (loss.lost, loss.at_most) == (D("195.00"), D("200.00"))
    assert found.means == D("46.80")


def test_a_partner_that_pays_beforehand_takes_nothing() -> None:
    packs = Owing("a", D("36.00"), unused=D("55.00"), credit_left=D(0))
    found = stressed(ground(packs, held="101.80"), Shock(defaults=frozenset("a")))
    assert (found.losses[0].lost, found.losses[0].at_most) == (D(0), D(0))
    assert found.means == D("82.80")


def test_where_issuers_pay_a_deposit_of_58_50_stands_for_6_500_points() -> None:
    owing = Owing("b", D(0), promised=D("58.50"), deposit=D("58.50"))
    safe = stressed(ground(owing, held="0"), Shock(run=ALL, defaults=frozenset("b")))
    assert (safe.lost_by_default, safe.coverage) == (D(0), D(1))
    bare = replace(owing, deposit=D(0))
    gone = stressed(ground(bare, held="0"), Shock(run=ALL, defaults=frozenset("b")))
    assert (gone.lost_by_default, gone.coverage) == (D("58.50"), D(0))
    assert gone.losses[0].at_most is None


def test_other_money_that_moves_by_8_per_cent_takes_8_64_of_108() -> None:
    # 108.00 CNY are 116.64 HKD at 1.0800: 8.64 more or less when they are worth the same.
    for owed in ("108.00", "-108.00"):
        found = stressed(ground(Owing("a", D(owed), money="HKD")), Shock(exchange=D(8)))
        assert [(each.money, each.lost) for each in found.exposures] == [("HKD", D("8.64"))]
    own = stressed(ground(Owing("a", D("108.00"), money="CNY")), Shock(exchange=D(8)))
    assert own.exposures == ()


def test_where_breakage_is_remote_no_estimate_moves_revenue() -> None:
    found = stressed(replace(ground(), remote=True), Shock(redemption_up=D(5)))
    assert found.catch_up == 0


def test_points_that_nobody_was_charged_for_are_all_redeemed() -> None:
    assert stressed(replace(ground(), outstanding=7_000), NO_SHOCK).points == 3_700


def test_nothing_outstanding_has_no_coverage_and_lacks_nothing() -> None:
    empty = Ground("2026-05", 0, RATE, D(0), D(1), "CNY")
    found = stressed(empty, Shock(run=ALL))
    assert found.coverage is None
    assert found.cash_coverage is None
    assert (found.shortfall, found.low, found.pays_points) == (D(0), False, 0)
    assert stressed(replace(ground(), rate=D(0)), Shock(run=ALL)).pays_points == 6_500


def test_a_report_tells_seven_scenarios_with_the_worst_partner() -> None:
    found = told(ground(Owing("a", D("84.00")), Owing("b", D("108.00")), Owing("c", D("-72.00"))))
    assert [each.scenario for each in found] == list(Scenario)
    by = {each.scenario: each for each in found}
    assert by[Scenario.DEFAULT].shock.defaults == {"b"}
    assert by[Scenario.DEFAULT].outcome.lost_by_default == D("108.00")
    assert by[Scenario.EXPECTED].outcome.means == D("166.80")
    assert all(_no_better(each.outcome, by[Scenario.EXPECTED].outcome) for each in found)
    assert all(_no_better(by[Scenario.ALL].outcome, each.outcome) for each in found)
    assert told(ground())[4].shock.defaults == frozenset()
    assert worst_partner([Owing("z", D(1)), Owing("y", D(1))]) == "y"


@pytest.mark.parametrize("name", ["redemption_up", "breakage_down", "run", "exchange"])
def test_figures_are_per_cent(name: str) -> None:
    for figure in (D(101), D(-1)):
        wrong: dict[str, Any] = {name: figure}
        assert list(faults(Shock(**wrong), ())) == [name]


def test_only_partners_that_are_known_default() -> None:
    assert faults(Shock(defaults=frozenset("ab")), "a") == {"defaults": ["There is no partner b."]}
    assert faults(Shock(defaults=frozenset("a")), "a") == {}


def _no_better(worse: Outcome, before: Outcome) -> bool:
    if before.coverage is None:
        return True
    return worse.coverage is not None and worse.coverage <= before.coverage


_MONEY = st.decimals(-500, 500, places=2)
_SUM = st.decimals(0, 500, places=2)
_PER_CENT = st.decimals(0, 100, places=1)
_CODES = st.frozensets(st.sampled_from("abc"))


@st.composite
def _grounds(draw: st.DrawFn) -> Ground:
    made = []
    for number in range(1, draw(st.integers(1, 4))):
        redeemed, expired = draw(st.integers(0, 500)), draw(st.integers(0, 200))
        issued = redeemed + expired + draw(st.integers(0, 1000))
        month = f"2026-{number:02}"
        made.append(Movement(month, month, issued, redeemed, expired, draw(_SUM), D(0)))
    lines = report(made, period="2026-05", terms=DEFAULT_TERMS, life_months=12).lines
    partners = tuple(
        Owing(
            code, draw(_MONEY), draw(_SUM), draw(_SUM), draw(_SUM), draw(st.none() | _SUM),
            draw(st.sampled_from(["", "CNY", "HKD", "JPY"])),
        )
        for code in "abc"
    )  # fmt: skip
    outstanding = sum(each.outstanding for each in lines) + draw(st.integers(-50, 500))
    rate = draw(st.decimals(0, "0.1", places=4))
    return Ground(
        "2026-05", max(outstanding, 0), rate, draw(_MONEY), D(1), "CNY", lines, partners,
        draw(st.booleans()),
    )  # fmt: skip


_SHOCKS = st.builds(Shock, _PER_CENT, _PER_CENT, _PER_CENT, _PER_CENT, _CODES)


def _worse(shock: Shock, other: Shock) -> Shock:
    """Return a shock that is in every respect as bad as the worse of two."""
    names = [each.name for each in fields(Shock) if each.name != "defaults"]
    found = {name: max(getattr(shock, name), getattr(other, name)) for name in names}
    return Shock(**found, defaults=shock.defaults | other.defaults)


@given(_grounds(), _SHOCKS, _SHOCKS)
def test_a_worse_shock_never_gives_a_better_coverage(
    ground: Ground, shock: Shock, other: Shock
) -> None:
    before, worse = stressed(ground, shock), stressed(ground, _worse(shock, other))
    assert _no_better(worse, before)
    assert worse.points >= before.points
    assert worse.means <= before.means
    assert worse.shortfall >= before.shortfall
    assert worse.revenue <= before.revenue
    assert worse.pays_points >= 0
