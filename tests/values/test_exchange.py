"""Rates: what they bring, in whole points, and no way round that brings more."""

from collections.abc import Iterator
from fractions import Fraction
from itertools import pairwise, permutations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from stoa.values.amounts import Rounding
from stoa.values.exchange import Rate, gaining_cycle

DOWN, UP = Rounding.DOWN, Rounding.UP
CODES = ("AIR", "CINE", "FUEL", "STAR")


@pytest.mark.parametrize(
    ("rate", "points", "brings"),
    [
        (Rate("STAR", "CINE", 3, 10), 1000, 300),
        (Rate("STAR", "CINE", 3, 10), 1003, 300),
        (Rate("STAR", "CINE", 3, 10, UP), 1001, 301),
        (Rate("STAR", "CINE", 3, 10, Rounding.HALF_UP), 5, 2),
        (Rate("STAR", "CINE", 3, 10, Rounding.HALF_EVEN), 5, 2),
        (Rate("STAR", "CINE", 1, 2, Rounding.HALF_UP), 5, 3),
        (Rate("STAR", "CINE", 1, 2, Rounding.HALF_EVEN), 5, 2),
        (Rate("STAR", "CINE", 7, 2), 10**12, 3_500_000_000_000),
    ],
)
def test_points_are_exchanged_to_the_whole_point(rate: Rate, points: int, brings: int) -> None:
    assert rate.convert(points) == brings


def test_a_rate_explains_itself() -> None:
    text = Rate("STAR", "CINE", 3, 10).arithmetic(1000)
    assert text == "1000 STAR at 3/10, rounded down = 300 CINE"


@given(
    numerator=st.integers(1, 60), denominator=st.integers(1, 60), rounding=st.sampled_from(Rounding)
)
def test_the_least_is_the_first_amount_that_brings_a_point(
    numerator: int, denominator: int, rounding: Rounding
) -> None:
    rate = Rate("A", "B", numerator, denominator, rounding)
    assert rate.convert(rate.least) >= 1
    assert rate.convert(rate.least - 1) == 0


def test_there_and_back_at_par_gains_nothing() -> None:
    assert gaining_cycle([Rate("A", "B", 3, 10), Rate("B", "A", 10, 3)]) is None


def test_there_and_back_above_par_is_named_with_its_gain() -> None:
    cycle = gaining_cycle([Rate("B", "A", 7, 2), Rate("A", "B", 3, 10)])
    assert cycle is not None
    assert cycle.currencies == ("A", "B", "A")
    assert cycle.gain == Fraction(1, 20)
    assert cycle.rounded is None


def test_a_gain_too_small_for_a_float_is_found() -> None:
    most = 10**9
    rates = [Rate("A", "B", most, most - 1), Rate("B", "A", most - 1, most)]
    assert gaining_cycle(rates) is None
    tiny = gaining_cycle([*rates, Rate("B", "C", most - 2, most - 1), Rate("C", "A", 1, 1)])
    assert tiny is None
    more = gaining_cycle([rates[0], Rate("B", "C", most - 1, most), Rate("C", "A", most, most - 1)])
    assert more is not None
    assert 0 < more.gain < Fraction(1, 10**8)


@pytest.mark.parametrize("rounding", [UP, Rounding.HALF_UP, Rounding.HALF_EVEN])
def test_a_rate_on_a_cycle_rounds_down(rounding: Rounding) -> None:
    rates = [Rate("A", "B", 1, 10, rounding), Rate("B", "C", 1, 1), Rate("C", "A", 1, 1)]
    cycle = gaining_cycle(rates)
    assert cycle is not None
    assert cycle.rounded == rates[0]
    assert cycle.currencies == ("A", "B", "C", "A")


def test_a_rate_with_no_way_back_may_round_up() -> None:
    assert gaining_cycle([Rate("A", "B", 1, 10, UP), Rate("A", "C", 5, 1)]) is None


def _sets(*, rounded: bool) -> st.SearchStrategy[list[Rate]]:
    pairs = [(a, b) for a in CODES for b in CODES if a != b]
    small = st.integers(1, 12)
    roundings = st.sampled_from(Rounding) if rounded else st.just(DOWN)
    rate = st.builds(lambda *facts: facts, small, small, roundings)
    return st.dictionaries(st.sampled_from(pairs), rate, max_size=8).map(
        lambda found: [Rate(*pair, *terms) for pair, terms in found.items()]
    )


def _cycles(rates: list[Rate]) -> Iterator[list[Rate]]:
    by_pair = {(rate.source, rate.target): rate for rate in rates}
    for length in range(2, len(CODES) + 1):
        for way in permutations(CODES, length):
            steps = list(pairwise((*way, way[0])))
            if all(step in by_pair for step in steps):
                yield [by_pair[step] for step in steps]


def _gains(cycle: list[Rate]) -> bool:
    whole = Fraction(1)
    for rate in cycle:
        whole *= rate.value
    return whole > 1 or any(rate.rounding is not DOWN for rate in cycle)


@settings(max_examples=300)
@given(rates=_sets(rounded=True))
def test_looking_at_every_cycle_finds_the_same(rates: list[Rate]) -> None:
    found = gaining_cycle(rates)
    assert (found is not None) == any(_gains(cycle) for cycle in _cycles(rates))
    if found is not None:
        assert set(found.rates) <= set(rates)
        assert all(one.target == next_.source for one, next_ in pairwise(found.rates))
        assert found.rates[-1].target == found.rates[0].source
        assert found.product > 1 or found.rounded in found.rates


@settings(max_examples=300)
@given(
    rates=_sets(rounded=True),
    start=st.sampled_from(CODES),
    points=st.integers(1, 5000),
    steps=st.lists(st.sampled_from(CODES), max_size=12),
)
def test_no_way_through_sound_rates_comes_home_with_more(
    rates: list[Rate], start: str, points: int, steps: list[str]
) -> None:
    if gaining_cycle(rates) is not None:
        return
    by_pair = {(rate.source, rate.target): rate for rate in rates}
    at, have, most = start, points, {start: points}
    for to in steps:
        rate = by_pair.get((at, to))
        if rate is None:
            continue
        had, have, at = have, rate.convert(have), to
        if rate.rounding is DOWN:
            assert Fraction(have) <= had * rate.value
        assert have <= most.setdefault(at, have)
