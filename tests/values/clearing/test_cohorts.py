"""Cohorts: what the months tell of those that follow."""

from decimal import Decimal

from hypothesis import given
from hypothesis import strategies as st

from stoa.values.clearing.cohorts import Cohort, estimate

BEFORE = Decimal(80)


def percents(cohorts: list[Cohort], life_months: int | None = 3) -> list[Decimal]:
    found = estimate(cohorts, before_percent=BEFORE, life_months=life_months)
    return [round(each.urr_percent, 2) for each in found]


def test_without_any_redemption_it_is_what_was_expected_beforehand() -> None:
    assert percents([Cohort("2026-01", 1000, (0,))]) == [80]
    assert percents([Cohort("2026-01", 1000, ())]) == [80]
    assert percents([]) == []


def test_a_cohort_past_its_life_is_what_it_is() -> None:
    assert percents([Cohort("2026-01", 1000, (100, 300, 500, 600), expired=400)]) == [60]


def test_a_younger_cohort_goes_on_as_the_older_did() -> None:
    # At age 1 the first had half of its 600; of the second 300 are seen and half of 800 expected.
    old = Cohort("2026-01", 1000, (100, 300, 500, 600), expired=400)
    young = Cohort("2026-03", 1000, (100, 300))
    assert percents([old, young]) == [60, 70]


def test_where_points_never_end_the_oldest_is_as_far_as_was_expected() -> None:
    assert percents([Cohort("2026-01", 1000, (100, 400))], life_months=None) == [80]
    assert percents([Cohort("2026-01", 1000, (500, 900))], life_months=None) == [90]


def test_what_expired_is_never_redeemed() -> None:
    assert percents([Cohort("2026-01", 1000, (0,), expired=900)]) == [10]


_CURVES = st.lists(st.integers(0, 10**6), min_size=0, max_size=8)


@st.composite
def _cohorts(draw: st.DrawFn) -> list[Cohort]:
    made = []
    for month in range(draw(st.integers(0, 6))):
        steps, total, curve = draw(_CURVES), 0, []
        for step in steps:
            total += step
            curve.append(total)
        alive = draw(st.integers(0, 10**6))
        expired = draw(st.integers(0, 10**6))
        made.append(Cohort(f"2026-{month + 1:02}", total + alive + expired, tuple(curve), expired))
    return made


@given(_cohorts(), st.decimals(1, 100, places=2), st.one_of(st.none(), st.integers(1, 8)))
def test_no_cohort_comes_to_less_than_it_redeemed_or_more_than_can_be(
    cohorts: list[Cohort], before: Decimal, life: int | None
) -> None:
    for cohort, found in zip(
        cohorts, estimate(cohorts, before_percent=before, life_months=life), strict=True
    ):
        assert cohort.redeemed_points <= found.ultimate <= cohort.issued - cohort.expired
        assert 0 <= found.developed <= 1
