"""Banks' files: read whole, refused by line, our reference found wherever the bank put it."""

from datetime import date

import pytest

from stoa.values.clearing.bank import MOST_BYTES, BankLine, read_bank, reference_in

REFERENCE = "STOA26050K3M9QX2"
CAMT = f"""<?xml version="1.0" encoding="UTF-8"?>
<Document xmlns="urn:iso:std:iso:20022:tech:xsd:camt.053.001.08"><BkToCstmrStmt><Stmt>
 <Ntry><Amt Ccy="CNY">84.00</Amt><CdtDbtInd>CRDT</CdtDbtInd><Sts><Cd>BOOK</Cd></Sts>
  <BookgDt><Dt>2026-06-03</Dt></BookgDt><NtryDtls><TxDtls><RmtInf>
  <Ustrd>for May {REFERENCE}</Ustrd></RmtInf></TxDtls></NtryDtls></Ntry>
 <Ntry><Amt Ccy="CNY">92.00</Amt><CdtDbtInd>DBIT</CdtDbtInd><Sts>BOOK</Sts>
  <BookgDt><DtTm>2026-06-04T10:00:00</DtTm></BookgDt><NtryDtls>
  <TxDtls><Refs><EndToEndId>{REFERENCE}</EndToEndId></Refs><Amt Ccy="CNY">72.00</Amt></TxDtls>
  <TxDtls><Amt Ccy="CNY">20.00</Amt></TxDtls></NtryDtls></Ntry>
 <Ntry><Amt Ccy="CNY">9.00</Amt><CdtDbtInd>CRDT</CdtDbtInd><Sts><Cd>PDNG</Cd></Sts></Ntry>
</Stmt></BkToCstmrStmt></Document>"""


@pytest.mark.parametrize(
    "text", [REFERENCE, REFERENCE.lower(), f"/ROC/{REFERENCE}//x", "STOA 2605 0K3M 9QX2"]
)
def test_a_reference_is_found_as_banks_write_it(text: str) -> None:
    assert reference_in(text) == REFERENCE
    assert not reference_in("thanks for STOA2605")


def test_a_csv_gives_its_lines() -> None:
    data = (
        "\ufeffreference, Amount ,date,currency\nx,-72.00,2026-06-03,hkd\ny,1200,2026-06-04,JPY\n"
    )
    lines, errors = read_bank(data.encode(), "CNY")
    assert errors == []
    assert lines == [
        BankLine(2, date(2026, 6, 3), -7_200, "HKD", "x"),
        BankLine(3, date(2026, 6, 4), 1_200, "JPY", "y"),
    ]


def test_a_camt_053_gives_its_booked_transactions() -> None:
    lines, errors = read_bank(CAMT.encode(), "CNY")
    assert errors == []
    assert [(each.place, each.minor, reference_in(each.text)) for each in lines] == [
        (1, 8_400, REFERENCE), (2, -7_200, REFERENCE), (2, -2_000, ""),
    ]  # fmt: skip
    assert {each.day for each in lines} == {date(2026, 6, 3), date(2026, 6, 4)}


@pytest.mark.parametrize(
    "row",
    ["2026-06-31,1,x", "3/6/26,1,x", "2026-06-03,0,x", "2026-06-03,1.001,x", "2026-06-03,NaN,x",
     "2026-06-03,1e20,x", "2026-06-03,,x", "2026-06-03"],
)  # fmt: skip
def test_a_wrong_line_is_told_by_its_place(row: str) -> None:
    lines, errors = read_bank(f"date,amount,reference\n{row}\n".encode(), "CNY")
    assert (lines, [each.place for each in errors]) == ([], [2])


@pytest.mark.parametrize(
    "data",
    [
        b"day,amount\n", b"\xff\xfe", b"", b"<a", b"<a/>", b"x" * (MOST_BYTES + 1),
        b'<!DOCTYPE a [<!ENTITY b "bb">]><a>&b;</a>',
        CAMT.replace("<Document", "<!DOCTYPE x><Document").encode(),
        CAMT.replace("<Sts>BOOK</Sts>", "<RvslInd>true</RvslInd>").encode(),
    ],
)  # fmt: skip
def test_a_file_that_is_none_is_refused(data: bytes) -> None:
    assert read_bank(data, "CNY")[1]
