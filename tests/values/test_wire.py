"""Facts go over the wire and come back the same."""

import json
from datetime import UTC, date, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from stoa.values.facts import Claim, EarnedLine, Line, Purchase, Tender, TenderKind
from stoa.values.wire import as_json, from_json

_lines = st.builds(
    Line, st.integers(1, 500), st.text(), st.text(), st.integers(1, 10**12), st.text(),
    st.integers(0, 10**12), st.integers(0, 10**12),
)  # fmt: skip
_purchases = st.builds(
    Purchase,
    id=st.text(),
    store=st.text(),
    occurred_at=st.datetimes(timezones=st.just(UTC)),
    business_date=st.dates(),
    currency=st.just("CNY"),
    lines=st.lists(_lines, max_size=3).map(tuple),
    tenders=st.lists(
        st.builds(Tender, st.sampled_from(TenderKind), st.integers(0, 9)), max_size=2
    ).map(tuple),
)


@given(_purchases)
def test_a_purchase_comes_back_as_it_went(purchase: Purchase) -> None:
    assert from_json(Purchase, json.loads(json.dumps(as_json(purchase)))) == purchase


def test_absent_values_and_mappings_come_back_too() -> None:
    claim = Claim("c", "b", datetime(2026, 5, 1, tzinfo=UTC), None, 5, None, "", 0, 0, "CNY")
    line = EarnedLine("base", 3, "partner", "", date(2027, 1, 1), {"1": 1, "2": 2})
    assert from_json(Claim, as_json(claim)) == claim
    assert from_json(EarnedLine, as_json(line)) == line
    assert as_json({"a": (1, True)}) == {"a": [1, True]}


@pytest.mark.parametrize("value", [1.5, object(), {1, 2}, b"x", Line])
def test_what_is_no_fact_does_not_go(value: Any) -> None:
    with pytest.raises(TypeError):
        as_json(value)


@pytest.mark.parametrize(
    "data",
    [
        {"kind": "card"},
        {"kind": "card", "minor": True},
        {"kind": "card", "minor": 1.0},
        {"kind": "card", "minor": "1"},
        {"kind": "shell", "minor": 1},
        {"kind": "card", "minor": 1, "more": 2},
    ],
)
def test_a_misshapen_fact_is_refused(data: dict[str, Any]) -> None:
    with pytest.raises((TypeError, ValueError)):
        from_json(Tender, data)
