"""Liability: the worked numbers of economics §3.4, by cohorts and over periods."""

from dataclasses import replace
from decimal import Decimal

from hypothesis import given
from hypothesis import strategies as st

from stoa.values.clearing.liability import Movement, months_between, report
from stoa.values.clearing.terms import DEFAULT_TERMS

MAY = Movement("2026-05", "2026-05", 19_000, 12_000, 500, Decimal("228.00"), Decimal("108.00"))


def test_the_worked_period_has_180_of_revenue_and_48_deferred() -> None:
    found = report([MAY], period="2026-05", terms=DEFAULT_TERMS, life_months=24)
    assert (found.revenue, found.deferred) == (Decimal(180), Decimal(48))
    assert (found.margin, found.outstanding) == (Decimal(72), 6500)
    assert found.lines[0].expected == 15_200
    assert found.lines[0].breakage == 3_300


def test_a_new_estimate_takes_10_59_back_at_once() -> None:
    terms = replace(DEFAULT_TERMS, urr_percent=Decimal(85))
    found = report([MAY], period="2026-05", terms=terms, life_months=24, before=Decimal(180))
    assert round(found.change, 2) == Decimal("-10.59")
    assert round(found.deferred, 2) == Decimal("58.59")


def test_where_breakage_is_remote_it_waits_for_expiry() -> None:
    terms = replace(DEFAULT_TERMS, recognition="remote")
    found = report([MAY], period="2026-05", terms=terms, life_months=24)
    assert found.revenue == Decimal("150.00")  # 12,500 of 19,000 points at 0.012


def test_each_cohort_is_recognised_at_its_own_price() -> None:
    june = Movement("2026-06", "2026-06", 1000, 100, 0, Decimal("20.00"), Decimal("0.90"))
    later = Movement("2026-05", "2026-06", 0, 1_000, 0, Decimal(0), Decimal("9.00"))
    first = report([MAY], period="2026-05", terms=DEFAULT_TERMS, life_months=None)
    found = report(
        [MAY, later, june], period="2026-06", terms=DEFAULT_TERMS, life_months=None,
        before=first.revenue,
    )  # fmt: skip
    assert [each.month for each in found.lines] == ["2026-05", "2026-06"]
    assert found.revenue + found.deferred == Decimal("248.00")
    assert found.change > 0
    assert found.lines[1].recognised.revenue < Decimal("20.00")


def test_what_comes_after_the_period_does_not_count() -> None:
    june = replace(MAY, period="2026-06", redeemed=1)
    only = report([MAY], period="2026-05", terms=DEFAULT_TERMS, life_months=None)
    assert report([MAY, june], period="2026-05", terms=DEFAULT_TERMS, life_months=None) == only


def test_months_are_counted_over_the_year() -> None:
    assert months_between("2025-11", "2026-02") == 3
    assert months_between("2026-02", "2026-02") == 0


_MONTHS = st.integers(1, 6).map(lambda month: f"2026-{month:02}")


@st.composite
def _movements(draw: st.DrawFn) -> list[Movement]:
    made = []
    for _ in range(draw(st.integers(0, 12))):
        cohort = draw(_MONTHS)
        period = max(cohort, draw(_MONTHS))
        redeemed, expired = draw(st.integers(0, 500)), draw(st.integers(0, 200))
        issued = redeemed + expired + draw(st.integers(0, 1000))
        billed = draw(st.decimals(0, 10_000, places=4))
        made.append(Movement(cohort, period, issued, redeemed, expired, billed, Decimal(0)))
    return made


@given(_movements(), st.sampled_from(["proportional", "remote"]))
def test_periods_add_up_and_nothing_is_earned_that_was_not_billed(
    movements: list[Movement], recognition: str
) -> None:
    terms = replace(DEFAULT_TERMS, recognition=recognition)
    before = Decimal(0)
    for month in range(1, 7):
        found = report(
            movements, period=f"2026-{month:02}", terms=terms, life_months=12, before=before
        )
        assert found.revenue + found.deferred == found.billed
        assert 0 <= found.revenue <= found.billed
        before += found.change
        assert before == found.revenue
