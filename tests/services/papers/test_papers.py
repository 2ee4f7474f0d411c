"""Papers: the same sheet as CSV, workbook and PDF, always with the same bytes."""

import csv
import io
from dataclasses import replace
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

import pytest
from openpyxl import load_workbook
from pypdf import PdfReader

from stoa.services import papers
from stoa.values.sheets import Amount, Column, Fact, Row, Sheet, Table

LINES = Table(
    "Lines",
    (Column("Line"), Column("Points", number=True), Column("Amount", number=True)),
    (
        Row(('=HYPERLINK("http://x")', 10_000, Amount(Decimal("120.0000"), 4))),
        Row(("Redeemed 兑换", -4_000, Amount(Decimal("-36.0000"), 4))),
        Row(("Closing", None, Amount(Decimal("84.00"))), total=True),
    ),
)  # fmt: skip
SHEET = Sheet(
    "Statement", "STM-2026-0001", "en", datetime(2026, 6, 1, 8, tzinfo=UTC),
    (("From", ("Harbour Mall Ltd", "1 Quay")), ("To", ("星光影院有限公司", "<b>9</b>"))),
    (Fact("Period", "2026-05"), Fact("Issued on", date(2026, 6, 1))),
    (LINES,),
    ("SHA-256 " + "ab" * 32,),
)  # fmt: skip


def text_of(pdf: bytes) -> str:
    return "\n".join(page.extract_text() for page in PdfReader(io.BytesIO(pdf)).pages)


@pytest.mark.parametrize("kind", papers.FORMATS)
def test_the_same_sheet_gives_the_same_bytes(kind: str) -> None:
    paper = papers.write(SHEET, kind)
    assert paper.name == f"STM-2026-0001.{kind}"
    assert papers.write(replace(SHEET), kind).content == paper.content
    other = replace(SHEET, facts=(Fact("Period", "2026-06"),))
    assert papers.write(other, kind).content != paper.content


def test_a_csv_says_everything_and_no_text_of_it_is_a_formula() -> None:
    text = papers.write(SHEET, "csv").content.decode("utf-8-sig")
    rows = [row for row in csv.reader(io.StringIO(text)) if row]
    assert ["Issued on", "2026-06-01"] in rows
    assert ['\'=HYPERLINK("http://x")', "10000", "120.0000"] in rows
    assert ["Redeemed 兑换", "-4000", "-36.0000"] in rows


def test_in_a_workbook_numbers_are_numbers_and_no_text_is_a_formula() -> None:
    page: Any = load_workbook(io.BytesIO(papers.write(SHEET, "xlsx").content)).active
    cells = {cell.value: cell for row in page.iter_rows() for cell in row}
    assert cells[10_000].data_type == "n"
    assert cells[-36].number_format == "#,##0.0000"
    assert cells['=HYPERLINK("http://x")'].data_type == "s"
    assert cells[datetime(2026, 6, 1)].is_date  # noqa: DTZ001 - a day of a workbook has no zone


def test_a_pdf_is_tagged_names_its_title_and_shows_both_scripts() -> None:
    pdf = papers.write(SHEET, "pdf").content
    reader = PdfReader(io.BytesIO(pdf))
    assert reader.metadata is not None
    assert reader.metadata.title == "Statement STM-2026-0001"
    assert "/StructTreeRoot" in reader.root_object
    text = text_of(pdf)
    assert "星光影院有限公司" in text
    assert "10,000" in text
    assert "−36.0000" in text
    assert "<b>9</b>" in text
    assert "Page 1 of 1" in text


@pytest.mark.parametrize(("language", "said"), [("zh-Hans", "第 1 页"), ("zh-Hant", "第 1 頁")])
def test_a_chinese_paper_counts_its_pages_in_chinese(language: str, said: str) -> None:
    long = replace(LINES, rows=LINES.rows * 30)
    pdf = papers.write(replace(SHEET, language=language, tables=(long,)), "pdf").content
    assert len(PdfReader(io.BytesIO(pdf)).pages) > 1
    assert said in text_of(pdf)


def test_a_row_that_does_not_fit_its_columns_is_refused() -> None:
    with pytest.raises(ValueError, match="2 cells in 3 columns"):
        replace(SHEET, tables=(replace(LINES, rows=(Row(("a", 1)),)),))
