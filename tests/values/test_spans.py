"""Spans: what an address asks for, and the days it is compared with."""

from datetime import date

import pytest

from stoa.values.periods import Period
from stoa.values.spans import LONGEST_DAYS, read_span

TODAY = date(2026, 5, 20)


def days(first: str, last_excluded: str) -> Period:
    return Period(date.fromisoformat(first), date.fromisoformat(last_excluded))


@pytest.mark.parametrize(
    ("asked", "period", "before"),
    [
        ({}, days("2026-04-21", "2026-05-21"), days("2026-03-22", "2026-04-21")),
        ({"span": "7"}, days("2026-05-14", "2026-05-21"), days("2026-05-07", "2026-05-14")),
        ({"span": "8"}, days("2026-04-21", "2026-05-21"), days("2026-03-22", "2026-04-21")),
        ({"span": "month"}, days("2026-05-01", "2026-05-21"), days("2026-04-01", "2026-04-21")),
        ({"span": "quarter"}, days("2026-04-01", "2026-05-21"), days("2026-01-01", "2026-02-20")),
        ({"span": "year"}, days("2026-01-01", "2026-05-21"), days("2025-01-01", "2025-05-21")),
        (
            {"span": "7", "against": "year"},
            days("2026-05-14", "2026-05-21"), days("2025-05-14", "2025-05-21"),
        ),
        (
            {"span": "custom", "from": "2026-05-01", "to": "2026-05-03"},
            days("2026-05-01", "2026-05-04"), days("2026-04-28", "2026-05-01"),
        ),
        (
            {"span": "custom", "from": "2026-05-19", "to": "2027-01-01"},
            days("2026-05-19", "2026-05-21"), days("2026-05-17", "2026-05-19"),
        ),
        (
            {"span": "custom", "from": "x", "to": "2026-05-03"},
            days("2026-04-21", "2026-05-21"), days("2026-03-22", "2026-04-21"),
        ),
    ],
)  # fmt: skip
def test_an_address_says_a_period_and_what_it_is_compared_with(
    asked: dict[str, str], period: Period, before: Period
) -> None:
    span = read_span(asked, TODAY)
    assert (span.period, span.before) == (period, before)
    assert read_span(span.address, TODAY) == span
    assert (span.days[0], span.days[-1]) == (period.start, span.last)


def test_a_span_is_never_longer_than_what_is_counted_exactly() -> None:
    span = read_span({"span": "custom", "from": "1990-01-01", "to": "2026-05-20"}, TODAY)
    assert len(span.days) == LONGEST_DAYS
