"""Answers are read exactly and leniently: new fields and new words do no harm."""

from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from partner_sdk.fake_stoa import ANSWERS, BALANCE, EARNED, RETURN
from stoa_sdk import (
    AnswerUnreadable,
    Balance,
    EarnedLine,
    Money,
    Payer,
    Purchase,
    PurchaseStatus,
    Return,
    Wallet,
)


def test_a_word_that_is_known_becomes_a_member_of_its_enumeration() -> None:
    assert Return.read(RETURN).status is PurchaseStatus.POSTED


def test_a_word_that_is_new_stays_text() -> None:
    found = Return.read(RETURN | {"status": "half_returned"})
    assert found.status == "half_returned"
    assert not isinstance(found.status, PurchaseStatus)


def test_a_field_that_is_new_is_kept_in_raw() -> None:
    found = Return.read(RETURN | {"mood": "good"})
    assert found.raw["mood"] == "good"
    assert found == Return.read(RETURN)


def test_records_can_not_be_changed() -> None:
    with pytest.raises(AttributeError):
        Balance.read(BALANCE).available = 1  # type: ignore[misc]


def test_an_optional_field_may_be_missing() -> None:
    without = {name: value for name, value in EARNED.items() if name != "expires_on"}
    assert EarnedLine.read(without).expires_on is None
    assert EarnedLine.read(EARNED).expires_on == date(2027, 12, 31)
    assert EarnedLine.read(EARNED).payer is Payer.PARTNER


def test_a_line_names_its_rule_where_the_server_does() -> None:
    line = EarnedLine.read(EARNED)
    assert (line.rule, line.rule_version) == ("partner:grocer", 3)
    old = {name: value for name, value in EARNED.items() if not name.startswith("rule")}
    assert (EarnedLine.read(old).rule, EarnedLine.read(old).rule_version) == (None, None)


def test_money_is_exact_and_reads_well() -> None:
    money = Money.read({"amount": "836.00", "currency": "CNY"})
    assert money.amount == Decimal("836.00")
    assert str(money) == "836.00 CNY"


def test_a_wallet_tells_what_expires_and_as_of_when() -> None:
    wallet = Wallet.read(ANSWERS["GET /v1/members/[^/]+/balance"])
    assert (wallet.expiring[0].points, wallet.expiring[0].on) == (500, date(2026, 12, 31))
    assert wallet.as_of.isoformat() == "2026-05-01T04:00:00+00:00"


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"available": None}, "available"),
        ({"available": "880"}, "available"),
        ({"available": 880.0}, "available"),
        ({"available": True}, "available"),
        ({"currency": 1}, "currency"),
    ],
)
def test_a_balance_of_another_shape_is_refused(change: dict[str, Any], field: str) -> None:
    with pytest.raises(AnswerUnreadable, match=rf"Balance\.{field}"):
        Balance.read(BALANCE | change)


@pytest.mark.parametrize(
    "change",
    [
        {"total": "much"},
        {"total": 836.0},
        {"business_date": "yesterday"},
        {"lines": {}},
        {"lines": [1]},
        {"status": 7},
        {"earned": [{"reason": "base"}]},
    ],
    ids=repr,
)
def test_a_purchase_of_another_shape_is_refused(change: dict[str, Any]) -> None:
    with pytest.raises(AnswerUnreadable):
        Purchase.read(ANSWERS["GET /v1/purchases/[^/]+"] | change)
