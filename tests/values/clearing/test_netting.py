"""Netting: the worked numbers of economics §3.3 and §3.5, and what holds for any dues."""

from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from stoa.values.clearing.netting import Due, gross, netted_pairs, payments, positions

ORDER = {party: place for place, party in enumerate("ABCDEFGH")}


def test_a_ring_of_240_is_settled_by_40() -> None:
    ring = [Due("A", "B", 100), Due("B", "C", 80), Due("C", "A", 60)]
    assert gross(ring) == 240
    assert positions(ring) == {"A": 40, "B": -20, "C": -20}
    assert payments(positions(ring), ORDER) == [Due("A", "B", 20), Due("A", "C", 20)]


def test_a_bilateral_period_nets_to_72() -> None:
    dues = [Due("A", "C", 7200), Due("B", "A", 1800), Due("A", "A", 1800)]
    assert gross(dues) == 9000
    assert positions(dues) == {"A": 5400, "B": 1800, "C": -7200}
    assert payments(positions(dues), ORDER) == [Due("A", "C", 5400), Due("B", "C", 1800)]


def test_what_two_owe_each_other_is_one_due_and_what_one_owes_itself_a_memo() -> None:
    dues = [Due("A", "B", 30), Due("B", "A", 50), Due("A", "B", 5), Due("C", "C", 7)]
    assert netted_pairs(dues, ORDER) == [Due("B", "A", 15), Due("C", "C", 7)]


def test_positions_that_do_not_add_up_are_not_settled() -> None:
    with pytest.raises(ValueError, match="add up to 1"):
        payments({"A": 3, "B": -2}, ORDER)


_PARTY = st.sampled_from(sorted(ORDER))
_DUES = st.lists(st.builds(Due, _PARTY, _PARTY, st.integers(1, 10**12)), max_size=40)


@given(_DUES)
def test_nets_add_up_to_nothing_and_payments_settle_them_all(dues: list[Due[str]]) -> None:
    nets = positions(dues)
    assert sum(nets.values()) == 0
    paid = payments(nets, ORDER)
    assert positions(paid) == {party: net for party, net in nets.items() if net}
    assert len(paid) <= max(len(nets) - 1, 0)
    assert gross(paid) == sum(net for net in nets.values() if net > 0) <= gross(dues)


@given(_DUES, st.randoms())
def test_nothing_depends_on_the_order_of_dues(dues: list[Due[str]], random: Random) -> None:
    shuffled = sorted(dues, key=lambda _: random.random())
    assert netted_pairs(shuffled, ORDER) == netted_pairs(dues, ORDER)
    assert payments(positions(shuffled), ORDER) == payments(positions(dues), ORDER)
    pairs = positions(netted_pairs(dues, ORDER))
    assert {party: net for party, net in positions(dues).items() if net} == {
        party: net for party, net in pairs.items() if net
    }
