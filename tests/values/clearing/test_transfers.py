"""Transfers: the payment file as a bank would read it."""

from datetime import UTC, date, datetime
from decimal import Decimal
from xml.etree import ElementTree as ET

import pytest
from hypothesis import given
from hypothesis import strategies as st

from stoa.values.clearing.transfers import Account, Transfer, account_fault, is_iban, pain001

OPERATOR = Account("Harbour Mall Ltd", "GB33BUKB20201555555555", "BUKBGB22")
GROCER = Account("Grocer", "DE89 3704 0044 0532 0130 00", "COBADEFFXXX")
CINEMA = Account("星光影院 & Söhne", "6222-0210", "")
NAMES = {"p": "urn:iso:std:iso:20022:tech:xsd:pain.001.001.09"}


def file_of(*transfers: Transfer, currency: str = "EUR", payer: Account = OPERATOR) -> bytes:
    return pain001(
        "STOA-2026-05-1", at=datetime(2026, 6, 1, 9, tzinfo=UTC), execute_on=date(2026, 6, 3),
        payer=payer, currency=currency, transfers=transfers,
    )  # fmt: skip


def texts(file: bytes, path: str) -> list[str]:
    return [each.text or "" for each in tree(file).findall(f".//p:{path}", NAMES)]


def names(file: bytes, path: str) -> list[str]:
    found = tree(file).find(f".//p:{path}", NAMES)
    assert found is not None
    return [each.tag.partition("}")[2] for each in found]


def tree(file: bytes) -> ET.Element:
    return ET.fromstring(file)  # noqa: S314 - we wrote it


def test_a_file_tells_the_number_and_the_sum_of_its_transfers() -> None:
    file = file_of(Transfer("A-1", GROCER, 7200, "May"), Transfer("A-2", CINEMA, 1, "May"))
    assert texts(file, "GrpHdr/p:NbOfTxs") == texts(file, "PmtInf/p:NbOfTxs") == ["2"]
    assert texts(file, "GrpHdr/p:CtrlSum") == texts(file, "PmtInf/p:CtrlSum") == ["72.01"]
    assert texts(file, "InstdAmt") == ["72.00", "0.01"]
    assert texts(file, "EndToEndId") == ["A-1", "A-2"]
    assert texts(file, "ReqdExctnDt/p:Dt") == ["2026-06-03"]


def test_an_iban_is_one_and_any_other_number_is_an_other() -> None:
    file = file_of(Transfer("A-1", GROCER, 1, "x"), Transfer("A-2", CINEMA, 1, "x"))
    assert texts(file, "CdtrAcct/p:Id/p:IBAN") == ["DE89370400440532013000"]
    assert texts(file, "CdtrAcct/p:Id/p:Othr/p:Id") == ["6222-0210"]
    assert texts(file, "CdtrAgt/p:FinInstnId/p:BICFI") == ["COBADEFFXXX"]
    assert texts(file, "Cdtr/p:Nm") == ["Grocer", "星光影院 & Söhne"]


def test_blocks_stand_in_the_order_of_the_standard() -> None:
    file = file_of(Transfer("A-1", GROCER, 1, "x"))
    assert names(file, "CdtTrfTxInf") == [
        "PmtId", "Amt", "CdtrAgt", "Cdtr", "CdtrAcct", "RmtInf",
    ]  # fmt: skip
    assert names(file, "PmtInf")[:7] == [
        "PmtInfId", "PmtMtd", "NbOfTxs", "CtrlSum", "ReqdExctnDt", "Dbtr", "DbtrAcct",
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("currency", "said"), [("JPY", "7200"), ("KWD", "7.200"), ("EUR", "72.00")]
)
def test_amounts_have_the_decimals_of_their_currency(currency: str, said: str) -> None:
    assert texts(file_of(Transfer("A", GROCER, 7200, "x"), currency=currency), "CtrlSum")[0] == said


@pytest.mark.parametrize(
    ("transfers", "fault"),
    [
        ((), "nothing to pay"),
        ((Transfer("A", GROCER, 0, "x"),), "above zero"),
        ((Transfer("A", GROCER, 1, "x"), Transfer("A", CINEMA, 1, "x")), "stands twice"),
        ((Transfer("A", Account("B", "DE89370400440532013001"), 1, "x"),), "check digits"),
        ((Transfer("A", Account("B", "DE89370400440532013000", "X"), 1, "x"),), "BIC"),
        ((Transfer("A", Account("B", "<" * 40), 1, "x"),), "IBAN or an account number"),
    ],
)
def test_what_no_bank_would_carry_out_is_refused(
    transfers: tuple[Transfer, ...], fault: str
) -> None:
    with pytest.raises(ValueError, match=fault):
        file_of(*transfers)


@given(st.integers(0, 21), st.integers(1, 9))
def test_one_wrong_digit_is_no_iban(place: int, change: int) -> None:
    number = "DE89370400440532013000"
    assert is_iban(number)
    wrong = number[place]
    if wrong.isdigit():
        other = str((int(wrong) + change) % 10)
        assert not is_iban(number[:place] + other + number[place + 1 :])


@given(st.text(max_size=200), st.text(max_size=200), st.text(max_size=60))
def test_any_text_makes_a_file_that_can_be_read(name: str, text: str, reference: str) -> None:
    file = file_of(Transfer(reference, Account(name, "1234"), 5, text))
    assert Decimal(texts(file, "CtrlSum")[0]) == Decimal("0.05")
    assert 1 <= len(texts(file, "EndToEndId")[0]) <= 35
    assert file == file_of(Transfer(reference, Account(name, "1234"), 5, text))


def test_an_account_without_fault_has_none() -> None:
    assert [account_fault(each) for each in (OPERATOR, GROCER)] == ["", ""]
