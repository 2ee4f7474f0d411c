"""What a caller hands in is exact, or is refused before anything is sent."""

from datetime import datetime
from decimal import Decimal
from typing import Any

import pytest

from partner_sdk.fake_stoa import FakeStoa
from stoa_sdk import Client, Line, ReturnLine, Tender, card


def earn(client: Client, **changes: Any) -> None:
    sale: dict[str, Any] = {"member": card("99"), "store": "north", "receipt_no": "R-1"}
    sale |= {"currency": "CNY", "lines": [Line(sku="A", category="grocery", net="1.00")]}
    client.earn(**sale | changes)


def a_line(**changes: Any) -> Line:
    line: dict[str, Any] = {"sku": "A", "category": "grocery", "net": "1.00"}
    return Line(**line | changes)


@pytest.mark.parametrize(
    "changes",
    [
        {"lines": [a_line(net=1.0)]},
        {"lines": [a_line(net=1)]},
        {"lines": [a_line(quantity=37.8)]},
        {"lines": [a_line(quantity=True)]},
        {"tenders": [Tender(kind="card", amount=1.0)]},  # type: ignore[arg-type]
    ],
    ids=repr,
)
def test_money_and_quantities_are_never_floats(
    client: Client, stoa: FakeStoa, changes: dict[str, Any]
) -> None:
    with pytest.raises(TypeError, match="text or Decimal"):
        earn(client, **changes)
    assert stoa.requests == []


@pytest.mark.parametrize("points", [500.0, "500", True])
def test_points_are_whole_numbers(client: Client, stoa: FakeStoa, points: Any) -> None:
    with pytest.raises(TypeError, match="whole numbers"):
        client.hold(member="mbr_1", store="north", points=points)
    with pytest.raises(TypeError, match="whole numbers"):
        client.capture("hld_1", points=points)
    assert stoa.requests == []


def test_a_returned_quantity_is_never_a_float(client: Client) -> None:
    with pytest.raises(TypeError, match="text or Decimal"):
        client.return_("pur_1", receipt_no="B", lines=[ReturnLine(line_no=1, quantity=0.5)])  # type: ignore[arg-type]


@pytest.mark.parametrize("amount", ["NaN", "Infinity", "-Infinity", "sNaN"])
def test_an_amount_that_is_no_number_is_refused(client: Client, amount: str) -> None:
    with pytest.raises(ValueError, match="no amount"):
        earn(client, lines=[a_line(net=Decimal(amount))])


def test_a_time_without_its_zone_names_no_instant(client: Client) -> None:
    with pytest.raises(ValueError, match="zone"):
        earn(client, occurred_at=datetime(2026, 5, 1, 12))  # noqa: DTZ001 - that is the point


def test_a_card_number_as_plain_text_is_not_taken_for_a_reference(client: Client) -> None:
    with pytest.raises(ValueError, match=r"card\(\.\.\.\)"):
        earn(client, member="9912345678901234")


def test_lines_keep_the_numbers_of_their_receipt(client: Client, stoa: FakeStoa) -> None:
    earn(client, lines=[a_line(line_no=7, quantity=2), a_line()])
    assert [line["line_no"] for line in stoa.last_body["lines"]] == [7, 2]
    assert stoa.last_body["lines"][0]["quantity"] == "2"


def test_a_named_member_shows_no_number_in_logs() -> None:
    assert "9912" not in repr(card("9912345678901234"))
