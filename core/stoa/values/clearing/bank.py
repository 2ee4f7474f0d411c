"""What a bank reports: lines of money that came or went, from CSV or camt.053 (ISO 20022).

Each line has a day, an amount and the texts in which our reference is looked for: banks put it
where they like, in lower case or with blanks. Above zero came in, below zero went out. A file is
read whole: what is wrong is told by its line, and nothing of a file with errors is recorded.
"""

import csv
import io
import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from decimal import Decimal, InvalidOperation
from xml.etree import ElementTree as ET

from stoa.values.amounts import minor_exponent

__all__ = ["MOST_BYTES", "BankLine", "RowError", "read_bank", "reference_in"]

MOST_BYTES = 5_000_000
"""The largest file that is read."""

_COLUMNS = ("date", "amount", "reference")
_REFERENCE = re.compile(r"STOA[0-9]{4}[0-9A-HJKMNP-TV-Z]{8}")
_MOST_MINOR = 10**15


@dataclass(frozen=True, slots=True)
class BankLine:
    """One line of a bank's account; `place` is its line in the file, from 1.

    Attributes:
        minor: above zero came in, below zero went out.
        text: where our reference may stand.
    """

    place: int
    day: date
    minor: int
    currency: str
    text: str


@dataclass(frozen=True, slots=True)
class RowError:
    """What is wrong with a line."""

    place: int
    text: str


def reference_in(text: str) -> str:
    """Return our reference in a bank's text, empty where there is none."""
    found = _REFERENCE.search(re.sub(r"[^0-9A-Z]", "", text.upper()))
    return found.group() if found else ""


def read_bank(data: bytes, currency: str) -> tuple[list[BankLine], list[RowError]]:
    """Read a bank's file, CSV or camt.053.

    Args:
        currency: ISO 4217; of every line of a CSV that has no column ``currency``.
    """
    if len(data) > MOST_BYTES:
        return [], [RowError(1, f"The file has more than {MOST_BYTES // 1_000_000} MB.")]
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError:
        return [], [RowError(1, "The file is not in UTF-8.")]
    if text.lstrip().startswith("<"):
        return _camt(text)
    return _csv(text, currency)


def _csv(text: str, currency: str) -> tuple[list[BankLine], list[RowError]]:
    lines: list[BankLine] = []
    errors: list[RowError] = []
    reader = csv.DictReader(io.StringIO(text, newline=""))
    names = [(name or "").strip().lower() for name in reader.fieldnames or ()]
    missing = [name for name in _COLUMNS if name not in names]
    if missing:
        return [], [RowError(1, f"The first line names no column {', '.join(missing)}.")]
    reader.fieldnames = names
    try:
        for row in reader:
            money = (row.get("currency") or currency).strip().upper()
            told = (row["date"] or "", row["amount"] or "", row["reference"] or "")
            line = _line(reader.line_num, told, money)
            (lines if isinstance(line, BankLine) else errors).append(line)  # type: ignore[arg-type]
    except csv.Error as wrong:
        errors.append(RowError(reader.line_num, f"This is no CSV: {wrong}."))
    return lines, errors


def _line(place: int, told: tuple[str, str, str], currency: str) -> BankLine | RowError:
    day_text, amount_text, text = (each.strip() for each in told)
    try:
        day = date.fromisoformat(day_text)
    except ValueError:
        return RowError(place, "Write the date as 2026-05-31.")
    try:
        minor = _minor(amount_text, currency)
    except ValueError as wrong:
        return RowError(place, str(wrong))
    return BankLine(place, day, minor, currency, text)


def _minor(text: str, currency: str) -> int:
    try:
        amount = Decimal(text)
        minor = amount.scaleb(minor_exponent(currency))
        whole = minor == minor.to_integral_value()
    except (InvalidOperation, KeyError):
        raise ValueError("Write the amount as 67.50.") from None
    if not whole or not minor or abs(minor) > _MOST_MINOR:
        raise ValueError("Write an amount other than 0, no finer than the money has it.")
    return int(minor)


def _camt(text: str) -> tuple[list[BankLine], list[RowError]]:
    if "<!" in re.sub(r"<!--.*?-->|<!\[CDATA\[.*?\]\]>", "", text, flags=re.DOTALL):
        return [], [RowError(1, "A bank's file declares no document type.")]
    try:
        root = ET.fromstring(text)  # noqa: S314 - declarations, and so entities, are refused above
    except (ET.ParseError, ValueError):
        return [], [RowError(1, "This is no XML.")]
    if not root.tag.startswith("{urn:iso:std:iso:20022:tech:xsd:camt.053."):
        return [], [RowError(1, "This is no camt.053 statement.")]
    lines: list[BankLine] = []
    errors: list[RowError] = []
    for place, entry in enumerate(root.iter(_tag(root, "Ntry")), 1):
        for line in _entries(root, entry, place):
            (lines if isinstance(line, BankLine) else errors).append(line)  # type: ignore[arg-type]
    return lines, errors


def _entries(root: ET.Element, entry: ET.Element, place: int) -> Iterator[BankLine | RowError]:
    """Yield the transactions of an entry that is booked, or itself where it names none."""
    status = entry.find(_tag(root, "Sts"))
    if status is not None and "PDNG" in "".join(status.itertext()):
        return
    day = _text(root, entry, "BookgDt", "Dt") or _text(root, entry, "BookgDt", "DtTm")[:10]
    out = _text(root, entry, "CdtDbtInd") == "DBIT"
    if _text(root, entry, "RvslInd") in ("true", "1"):
        yield RowError(place, "The bank took this entry back: record it by hand.")
        return
    details = [*entry.iter(_tag(root, "TxDtls"))]
    for each in details or [entry]:
        amount = each.find(_tag(root, "Amt"))
        if amount is None and len(details) <= 1:
            amount = entry.find(_tag(root, "Amt"))
        if amount is None:
            yield RowError(place, "A transaction of this entry has no amount.")
            continue
        told = (day, ("-" if out else "") + (amount.text or "").strip(), _texts(root, each))
        yield _line(place, told, amount.get("Ccy", ""))


def _texts(root: ET.Element, each: ET.Element) -> str:
    wanted = [_tag(root, name) for name in ("EndToEndId", "Ref", "Ustrd", "AddtlNtryInf")]
    return " ".join((found.text or "") for name in wanted for found in each.iter(name))


def _text(root: ET.Element, each: ET.Element, *path: str) -> str:
    found = each.find("/".join(_tag(root, name) for name in path))
    return (found.text or "").strip() if found is not None else ""


def _tag(root: ET.Element, name: str) -> str:
    return f"{root.tag.partition('}')[0]}}}{name}"
