"""Files of rates are read line by line, and every mistake is named with its line."""

from datetime import date
from decimal import Decimal

import pytest

from stoa.values.clearing.rate_files import FAULTS, Quote, read_quotes

HEAD = "business_date,base,quote,rate,source\n"


def test_columns_may_stand_in_any_order_among_others() -> None:
    told = read_quotes(
        "\ufeffrate,quote,note,base,business_date\n1.0800,HKD,x,CNY,2026-05-29\n".encode()
    )
    assert told.quotes == (Quote("CNY", "HKD", Decimal("1.0800"), date(2026, 5, 29)),)
    assert told.errors == {}


@pytest.mark.parametrize(
    ("line", "faults"),
    [
        ("2026-02-30,CNY,HKD,1", ["day"]), ("2026-05-29,CNY,HKD,one", ["number"]),
        ("2026-05-29,CNY,HKD,NaN", ["number"]), ("2026-05-29,CNY,CNY,1", ["moneys"]),
        ("2026-05-29,CNY,HK,1", ["moneys"]), ("2026-05-29,CNY,HKD,0", ["rate"]),
        ("2026-05-29,CNY,HKD,1.00000000001", ["rate"]), ("2026-05-29", ["number"]),
        ("x,CNY,CNY,-1", ["day"]), ("2026-05-29,CNY,CNY,-1", ["moneys", "rate"]),
    ],
)  # fmt: skip
def test_a_mistake_is_named_with_its_line(line: str, faults: list[str]) -> None:
    told = read_quotes(f"{HEAD}2026-05-28,CNY,HKD,1.0790,HKMA\n{line}\n".encode())
    assert told.errors == {"3": [FAULTS[name] for name in faults]}
    assert len(told.quotes) == 1


@pytest.mark.parametrize(
    ("content", "fault"),
    [
        (b"\xff\xfe", "text"), (b"", "columns"), (b"base,quote,rate\n", "columns"),
        (HEAD.encode(), "empty"),
    ],
)  # fmt: skip
def test_a_file_that_holds_no_rates_says_why(content: bytes, fault: str) -> None:
    told = read_quotes(content)
    assert (told.quotes, told.errors) == ((), {"1": [FAULTS[fault]]})


def test_a_broken_line_ends_the_file() -> None:
    told = read_quotes(f'{HEAD}"2026-05-28"x,CNY,HKD,1\n'.encode())
    assert list(told.errors.values()) == [[FAULTS["csv"]]]


def test_a_file_that_is_too_long_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("stoa.values.clearing.rate_files._MOST_LINES", 2)
    told = read_quotes((HEAD + "2026-05-28,CNY,HKD,1\n" * 3).encode())
    assert told.errors == {"4": [FAULTS["length"]]}
