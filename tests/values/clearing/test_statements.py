"""Statements: canonical bytes, a hash of them, and the way back without loss."""

import json
from dataclasses import replace
from datetime import date
from decimal import Decimal

import pytest

from stoa.values.clearing.accounts import OF_PARTNERS, Account
from stoa.values.clearing.lines import ON_STATEMENTS, POINTS_OF, Line
from stoa.values.clearing.statements import (
    Entity,
    FxRate,
    PointsAccount,
    Rated,
    Statement,
    StatementLine,
    exact_text,
    minor_of,
    money_text,
)

ISSUED = StatementLine(
    "issued", "", 10_000, Decimal("120.000000"), 12000, 3,
    (Rated(Decimal("0.012000"), 10_000, Decimal("120.00"), 3),),
    tax_code="vat6", tax_rate=Decimal("0.06"), tax_minor=720, first_place=4, last_place=17,
    late=(date(2026, 4, 30),),
)  # fmt: skip
BURNED = StatementLine(
    "burned", "cinema", -4_000, Decimal(-36), -3600, 2, (Rated(None, 0, Decimal(0), 0),), memo=True
)
STATEMENT = Statement(
    "stm_1", "STM-2026-0001", "2026-05", Entity("Harbour Grocery", "grocery", ("1 Quay",)),
    Entity("Stoa 联盟"), "STAR", "CNY", "POOL", 0, (ISSUED, BURNED), 8400,
    PointsAccount(100, 10_000, -50, -4_000, -500, 7), "HKD", 9072,
    FxRate(7, "CNY", "HKD", Decimal("1.0800"), date(2026, 5, 29)),
    date(2026, 6, 1), date(2026, 7, 1), date(2026, 7, 1),
)  # fmt: skip


def test_a_document_is_read_back_without_loss() -> None:
    back = Statement.read("stm_1", json.loads(STATEMENT.canonical))
    assert back.canonical == STATEMENT.canonical
    assert back.sha256 == STATEMENT.sha256
    assert back == STATEMENT
    bare = replace(STATEMENT, fx=None, issued_on=None, due=None, disputes_until=None)
    assert Statement.read("stm_1", bare.document()) == bare


def test_bytes_are_canonical_and_hold_no_float() -> None:
    text = STATEMENT.canonical.decode()
    assert json.dumps(json.loads(text, parse_float=pytest.fail), sort_keys=True)
    assert "联盟" in text
    assert ": " not in text
    assert len(STATEMENT.sha256) == 64
    assert replace(STATEMENT, id="stm_2").sha256 == STATEMENT.sha256
    assert replace(STATEMENT, closing_minor=8401).sha256 != STATEMENT.sha256


def test_a_later_shape_is_not_read() -> None:
    with pytest.raises(ValueError, match="later release"):
        Statement.read("stm_1", STATEMENT.document() | {"shape": 2})


def test_points_add_up() -> None:
    assert STATEMENT.points.closing == 5_557
    assert STATEMENT.document()["points"]["closing"] == 5_557


def test_a_line_of_one_rate_has_it() -> None:
    assert ISSUED.rate == Decimal("0.012")
    assert replace(ISSUED, rates=ISSUED.rates * 2).rate is None
    assert STATEMENT.lines_of("burned") == (BURNED,)
    assert STATEMENT.net_minor == 8400


@pytest.mark.parametrize(
    ("amount", "minor"),
    [("1.3653", 137), ("1.365", 137), ("-1.365", -137), ("1.3649", 136), ("0", 0)],
)
def test_a_line_is_rounded_once_half_away_from_zero(amount: str, minor: int) -> None:
    assert minor_of(Decimal(amount), "CNY") == minor


def test_amounts_are_written_with_four_decimals_or_as_many_as_they_have() -> None:
    assert exact_text(Decimal(120)) == "120.0000"
    assert exact_text(Decimal("1.36530")) == "1.3653"
    assert exact_text(Decimal("0.012345")) == "0.012345"
    assert exact_text(Decimal("-0")) == "0.0000"
    assert exact_text(Decimal("1E+3")) == "1000.0000"
    assert money_text(8400, "CNY") == "84.00"
    assert money_text(-84, "JPY") == "-84"


def test_lines_and_accounts_are_told_apart() -> None:
    assert set(POINTS_OF.values()) == {"issued", "clawback", "burned", "expired", "adjusted"}
    assert len(set(ON_STATEMENTS)) == len(ON_STATEMENTS)
    assert set(ON_STATEMENTS) < set(Line)
    assert Account.CASH not in OF_PARTNERS
