"""Wording: a statement says the same in three languages, and who has to pay."""

from dataclasses import replace
from datetime import UTC, date, datetime
from decimal import Decimal

import pytest

from stoa.values.clearing.lines import ON_STATEMENTS
from stoa.values.clearing.statements import (
    Entity,
    FxRate,
    PointsAccount,
    Rated,
    Statement,
    StatementLine,
)
from stoa.values.clearing.wording import LINES, WORDS, statement_sheet
from stoa.values.languages import LANGUAGES
from stoa.values.sheets import Amount, Sheet

AT = datetime(2026, 6, 1, 8, tzinfo=UTC)
STATEMENT = Statement(
    id="stm_1", no="STM-2026-0001", period="2026-05",
    partner=Entity("Grocer 杂货", "grocery", ("9 Market St",), "TAX-9"),
    operator=Entity("Harbour Mall Ltd", "", ("1 Quay",), "", "GB33BUKB20201555555555", "BUKBGB22"),
    points_currency="STAR", money_currency="CNY", mode="POOL", opening_minor=0,
    lines=(
        StatementLine("issued", "", 10_000, Decimal(120), 12_000, 40,
                      (Rated(Decimal("0.012"), 10_000, Decimal(120), 40),), "VAT",
                      Decimal("0.06"), 720),
        StatementLine("burned", "cinema", -4_000, Decimal(-36), -3_600, 7,
                      (Rated(Decimal("0.009"), -3_000, Decimal(-27), 5),
                       Rated(Decimal("0.009"), -1_000, Decimal(-9), 2)),
                      late=(date(2026, 4, 30),)),
        StatementLine("tax", "", 0, Decimal("7.2"), 720, 1),
    ),
    closing_minor=9_120, points=PointsAccount(0, 10_000, -0, -4_000, 0, 0),
    settlement_currency="HKD", settlement_minor=9_850,
    fx=FxRate(7, "CNY", "HKD", Decimal("1.0800"), date(2026, 5, 29)),
    issued_on=date(2026, 6, 1), due=date(2026, 7, 1), disputes_until=date(2026, 7, 1),
)  # fmt: skip


def said(sheet: Sheet) -> str:
    return "\n".join(
        "|".join("" if cell is None else str(cell) for cell in row.cells)
        for table in sheet.tables
        for row in table.rows
    )


def test_a_statement_tells_each_line_and_who_pays() -> None:
    text = said(statement_sheet(STATEMENT, language="en", at=AT))
    assert "Points issued||10000|0.012000|120.0000|120.00" in text
    assert "Points redeemed (late, of 2026-04-30)|cinema|-4000|several|-36.0000|-36.00" in text
    assert "||-1000|0.009000|-9.0000|" in text
    assert "To be paid by the partner|||||91.20" in text
    assert "Settled in HKD|||||98.50" in text
    assert "Points issued|VAT|6 %|120.00|7.20" in text
    assert "Closing|6000" in text


@pytest.mark.parametrize(("closing", "words"), [(-1, "To be paid to the partner"), (0, "Nothing")])
def test_what_is_owed_to_the_partner_is_said_without_a_sign(closing: int, words: str) -> None:
    sheet = statement_sheet(replace(STATEMENT, closing_minor=closing), language="en", at=AT)
    (row,) = (row for row in sheet.tables[0].rows if str(row.cells[0]).startswith(words))
    assert isinstance(row.cells[-1], Amount)
    assert row.cells[-1].value >= 0


def test_the_rate_and_the_hash_stand_below() -> None:
    notes = statement_sheet(STATEMENT, language="en", at=AT).notes
    assert "1 CNY = 1.08 HKD on 2026-05-29, rate no. 7" in notes
    assert notes[-1] == f"Frozen with SHA-256 {STATEMENT.sha256}."


def test_every_language_has_every_word_and_no_word_is_left_in_english() -> None:
    for tag in LANGUAGES:
        assert WORDS[tag].keys() == WORDS["en"].keys()
        assert set(LINES[tag]) == set(ON_STATEMENTS)
        if tag != "en":
            same = {name for name, word in WORDS[tag].items() if word == WORDS["en"][name]}
            assert same == {"bic"}


@pytest.mark.parametrize(("language", "word"), [("zh-CN", "发放积分"), ("zh-HK", "發放積分")])
def test_a_chinese_statement_is_chinese(language: str, word: str) -> None:
    assert word in said(statement_sheet(STATEMENT, language=language, at=AT))
