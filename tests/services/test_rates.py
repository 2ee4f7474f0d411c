"""Rates hold from their business day on, and are never changed."""

from collections.abc import Iterator
from datetime import date, timedelta
from decimal import Decimal

import pytest

from stoa.errors import FxRateMissingError, InvalidBodyError, TaxCodeUnknownError
from stoa.services import rates
from stoa.services.rates import Quote
from stoa.work import Actor, Desk, Work

DAY = date(2026, 5, 29)


@pytest.fixture
def work(desk: Desk) -> Iterator[Work]:
    """Return a work of the operator."""
    with desk.work(Actor("staff:ann")) as work:
        yield work


def test_a_rate_holds_from_its_day_until_another_does(work: Work) -> None:
    one_day = timedelta(days=1)
    rates.enter_rates(
        work,
        [
            Quote("CNY", "HKD", Decimal("1.08"), DAY),
            Quote("CNY", "HKD", Decimal("1.10"), DAY + 3 * one_day),
        ],
    )
    assert rates.rate_of(work, "CNY", "HKD", DAY + 2 * one_day).rate == Decimal("1.08")
    assert rates.rate_of(work, "CNY", "HKD", DAY + 3 * one_day).rate == Decimal("1.10")
    with pytest.raises(FxRateMissingError):
        rates.rate_of(work, "CNY", "HKD", DAY - one_day)


def test_a_correction_is_a_new_rate_of_the_same_day(work: Work) -> None:
    rates.enter_rates(work, [Quote("CNY", "HKD", Decimal("10.8"), DAY)])
    first = rates.rate_of(work, "CNY", "HKD", DAY)
    rates.enter_rates(work, [Quote("CNY", "HKD", Decimal("1.08"), DAY)])
    assert rates.rate_of(work, "CNY", "HKD", DAY).rate == Decimal("1.08")
    assert [each.id for each in rates.rates(work)][-1] == first.id


def test_the_same_money_needs_no_rate(work: Work) -> None:
    assert rates.rate_of(work, "CNY", "CNY", DAY).rate == 1


def test_one_wrong_rate_keeps_all_out(work: Work) -> None:
    right, wrong = Quote("CNY", "HKD", Decimal(1), DAY), Quote("CNY", "cny", Decimal(0), DAY)
    with pytest.raises(InvalidBodyError) as refused:
        rates.enter_rates(work, [right, wrong])
    assert set(refused.value.members["errors"]) == {"2"}
    assert rates.rates(work) == []


def test_a_tax_has_the_rate_of_the_day(work: Work) -> None:
    rates.enter_tax(work, "VAT", "Value added tax", Decimal("0.06"), effective_from=DAY)
    rates.enter_tax(
        work, "VAT", "Value added tax", Decimal("0.09"), effective_from=DAY + timedelta(days=30)
    )
    assert rates.tax_of(work, "VAT", DAY).rate == Decimal("0.06")
    assert rates.tax_of(work, "VAT", DAY + timedelta(days=31)).rate == Decimal("0.09")
    with pytest.raises(TaxCodeUnknownError):
        rates.tax_of(work, "VAT", DAY - timedelta(days=1))
    with pytest.raises(InvalidBodyError):
        rates.enter_tax(work, "VAT", "again", Decimal("0.07"), effective_from=DAY)
    assert len(rates.taxes(work)) == 2
