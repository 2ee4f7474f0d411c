"""Identifiers: random, checkable, one spelling each."""

import uuid

import pytest
from hypothesis import given
from hypothesis import strategies as st

from stoa.values.identifiers import (
    card_number,
    is_card_number,
    luhn_digit,
    new_uuid,
    public_id,
    read_card,
    read_email,
    read_phone,
    uuid_of,
)


@given(st.uuids())
def test_a_public_id_leads_back_to_its_uuid(value: uuid.UUID) -> None:
    text = public_id("pur", value)
    assert (len(text), uuid_of("pur", text)) == (30, value)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "pur_",
        "mem_00000000000000000000000000",
        "pur_0000000000000000000000000i",
        "pur_" + "z" * 26,
    ],
)
def test_what_is_no_public_id_leads_nowhere(text: str) -> None:
    assert uuid_of("pur", text) is None


def test_ids_grow_with_time_and_are_version_seven() -> None:
    ids = [new_uuid() for _ in range(1000)]
    assert {each.version for each in ids} == {7}
    assert len(set(ids)) == 1000
    assert [each.int >> 80 for each in ids] == sorted(each.int >> 80 for each in ids)


def test_a_card_number_checks_itself() -> None:
    number = card_number()
    assert is_card_number(number)
    for place in range(len(number)):
        wrong = number[:place] + str((int(number[place]) + 1) % 10) + number[place + 1 :]
        assert not is_card_number(wrong)


def test_the_check_digit_is_that_of_the_standard() -> None:
    assert luhn_digit("7992739871") == "3"


@pytest.mark.parametrize(
    "text", ["", "123", "1" * 20, "9900000000000001", "99000000000000O0", "９９"]
)
def test_what_is_no_card_number_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="card number"):
        read_card(text)


def test_a_card_number_may_be_written_with_spaces() -> None:
    assert read_card("7992 7398 713") == "79927398713"


@pytest.mark.parametrize(
    "text", ["+8613800138000", "+86 138-0013-8000", "0086 (138) 00138000", "+86.138.0013.8000"]
)
def test_a_phone_number_has_one_spelling(text: str) -> None:
    assert read_phone(text) == "+8613800138000"


@pytest.mark.parametrize("text", ["", "13800138000", "+0123456789", "+12", "+" + "1" * 16, "+86a"])
def test_what_is_no_phone_number_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="country code"):
        read_phone(text)


@pytest.mark.parametrize("text", ["ada@example.org", " Ada@Example.ORG ", "ada+shop@example.org"])
def test_an_email_address_has_one_spelling(text: str) -> None:
    assert read_email(text) == "ada@example.org"


@pytest.mark.parametrize(
    "text",
    ["", "ada", "@example.org", "ada@", "ada@org", "a b@example.org", "a@b@c.org", "ada@a..org",
     "ada\u202e@example.org", "a" * 250 + "@example.org", "+tag@example.org"],
)  # fmt: skip
def test_what_is_no_email_address_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="e-mail"):
        read_email(text)
