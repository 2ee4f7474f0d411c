"""Tax is reckoned per leg and per line, rounded there, and summed (economics §3.10)."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from stoa.values.amounts import Money
from stoa.values.clearing.clauses import Clauses
from stoa.values.clearing.money import stated
from stoa.values.clearing.taxes import Leg, code_of, taxed

SIX = Decimal("0.06")


def test_six_per_cent_of_a_redemption() -> None:
    line = taxed(Money(108_00, "CNY"), code="VAT6", rate=SIX)
    assert (line.net, line.tax) == (Money(108_00, "CNY"), Money(6_48, "CNY"))


def test_each_line_is_rounded_and_then_they_are_summed() -> None:
    lines = [taxed(Money(8, "CNY"), code="VAT6", rate=SIX)] * 2
    assert sum(line.tax.minor for line in lines) == 0
    assert stated([Decimal("0.16") * SIX], "CNY") == Money(1, "CNY")  # the wrong way


def test_every_leg_has_a_code_of_its_own() -> None:
    clauses = Clauses(tax_issue="VAT6", tax_third_party="VAT0")
    assert [code_of(clauses, leg) for leg in Leg] == ["VAT6", "", "VAT0"]


@pytest.mark.parametrize(
    ("minor", "currency", "tax"), [(1_25, "CNY", 8), (-1_25, "CNY", -8), (25, "JPY", 2)]
)
def test_tax_has_the_sign_of_the_net_and_halves_go_away_from_zero(
    minor: int, currency: str, tax: int
) -> None:
    assert taxed(Money(minor, currency), rate=SIX).tax == Money(tax, currency)


def test_a_rate_is_a_part() -> None:
    with pytest.raises(ValueError, match="from 0 to 1"):
        taxed(Money(1, "CNY"), rate=Decimal(6))


@given(st.integers(-(10**13), 10**13), st.decimals(0, 1, places=6, allow_nan=False))
def test_a_tax_is_half_a_minor_unit_off_at_most(minor: int, rate: Decimal) -> None:
    line = taxed(Money(minor, "CNY"), rate=rate)
    assert abs(line.tax.minor - minor * rate) <= Decimal("0.5")
