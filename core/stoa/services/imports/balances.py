"""What a file of opening balances says: each line becomes a row, or a wrong one with its reason."""

import csv
import hashlib
import io
from collections.abc import Callable, Generator, Iterator
from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from pathlib import Path
from typing import BinaryIO
from uuid import UUID

from stoa.errors import InvalidBodyError
from stoa.models.ledger import Currency
from stoa.services.imports.files import unpacked
from stoa.services.imports.lines import RowRefused, WrongRow
from stoa.values.identifiers import read_card, read_email, read_phone
from stoa.values.periods import Expiry, ExpiryRule
from stoa.work import Work

__all__ = ["COLUMNS", "OPTIONAL", "Row", "Terms", "digest_of", "read_rows", "terms_of"]

COLUMNS = ("kind", "value", "points", "expires_on", "reference")
"""The columns that a file must have, in any order."""

OPTIONAL = ("earned_on", "partner")
"""The columns that it may have besides."""

_MOST = 10**12
_MAX_WORD = 100
_BLOCK_BYTES = 1 << 20
_READERS: dict[str, Callable[[str], str]] = {
    "card": read_card,
    "phone": read_phone,
    "email": read_email,
}


@dataclass(frozen=True, slots=True)
class Row:
    """A line that was understood; without a day of its own it ends by the currency's rule."""

    line: int
    kind: str
    value: str
    points: int
    earned_on: date
    expires_on: date | None
    partner: str
    reference: str


@dataclass(frozen=True, slots=True)
class Terms:
    """What decides how lines are understood: the day, the currency's rule, the partners."""

    today: date
    expiry: Expiry
    partners: dict[str, UUID]


def digest_of(path: Path, currency: str) -> bytes:
    """Return the SHA-256 of what a file says, packed or not, and of the currency."""
    content = hashlib.sha256(f"{currency}\n".encode())
    try:
        with path.open("rb") as raw:
            stream = unpacked(path, raw)
            while block := stream.read(_BLOCK_BYTES):
                content.update(block)
    except (EOFError, OSError) as wrong:
        raise _unreadable(wrong) from wrong
    return content.digest()


def terms_of(work: Work, code: str) -> Terms:
    """Return the terms of a currency.

    Raises:
        InvalidBodyError: there is no such currency.
    """
    currency = work.session.get(Currency, code)
    if currency is None:
        raise InvalidBodyError(errors={"currency": [f"There is no currency {code}."]})
    expiry = Expiry(ExpiryRule(currency.expiry_rule), currency.expiry_months)
    partners = {row[0]: row[1] for row in work.rows("SELECT code, id FROM partners")}
    return Terms(work.today(), expiry, partners)


def read_rows(
    path: Path, raw: BinaryIO, terms: Terms, wrong: list[WrongRow]
) -> Generator[Row, None, None]:
    """Give each line that can be understood; the others are added to `wrong`.

    Raises:
        InvalidBodyError: the file can't be read, or its first line does not fit.
    """
    for line, texts in _rows(path, raw):
        try:
            row = _understood(line, texts, terms)
        except RowRefused as refused:
            wrong.append(WrongRow(line, refused.code, str(refused)))
            continue
        yield row


def _rows(path: Path, raw: BinaryIO) -> Iterator[tuple[int, dict[str, str] | None]]:
    """Give each line with its number and its texts by column; ``None`` for one that has others."""
    with io.TextIOWrapper(
        unpacked(path, raw), encoding="utf-8-sig", errors="surrogateescape", newline=""
    ) as text:
        rows = csv.reader(text)
        try:
            header = [name.strip() for name in next(rows, [])]
        except csv.Error as wrong:
            raise _unreadable(wrong) from wrong
        _check_header(header)
        last = rows.line_num
        while True:
            try:
                row = next(rows, None)
            except csv.Error:
                row = [""] * (len(header) + 1)
            if row is None:
                return
            if row:
                fits = len(row) == len(header)
                yield last + 1, dict(zip(header, row, strict=True)) if fits else None
            last = rows.line_num


def _check_header(header: list[str]) -> None:
    errors = {
        name: [f"The file has no column {name}, or more than one."]
        for name in COLUMNS
        if header.count(name) != 1
    }
    for name in header:
        if name not in (*COLUMNS, *OPTIONAL) or header.count(name) > 1:
            errors.setdefault(name or "column", ["The file has this column, and must not."])
    if errors:
        raise InvalidBodyError(errors=errors)


def _unreadable(wrong: Exception) -> InvalidBodyError:
    return InvalidBodyError(
        f"The file can't be read: {wrong}.", errors={"file": [str(wrong)]}
    )  # fmt: skip


def _understood(line: int, texts: dict[str, str] | None, terms: Terms) -> Row:
    if texts is None:
        raise RowRefused("UNREADABLE", "It has other columns than the first line.")
    kind = texts["kind"].strip()
    if kind not in _READERS:
        raise RowRefused("INVALID_MEMBER", f"The kind is none of {', '.join(_READERS)}.")
    try:
        value = _READERS[kind](texts["value"])
    except ValueError:
        raise RowRefused("INVALID_MEMBER", f"This is no {kind}.") from None
    points = texts["points"].strip()
    if not (points.isascii() and points.isdigit() and 1 <= int(points[:20]) <= _MOST):
        raise RowRefused("INVALID_AMOUNT", "Points are whole numbers from 1 to 10^12.")
    reference = texts["reference"].strip()
    if len(reference) > _MAX_WORD or not reference.isprintable():
        text = f"A reference has at most {_MAX_WORD} printable characters."
        raise RowRefused("INVALID_TEXT", text)
    partner = texts.get("partner", "").strip()
    if partner and partner not in terms.partners:
        raise RowRefused("PARTNER_UNKNOWN", f"There is no partner {partner[:_MAX_WORD]!r}.")
    earned_on = _day(texts.get("earned_on", "").strip()) or terms.today
    if earned_on > terms.today:
        raise RowRefused("OCCURS_IN_FUTURE", f"{earned_on} lies in the future.")
    expires_on = _day(texts["expires_on"].strip()) or terms.expiry.last_day(earned_on)
    if expires_on is not None and expires_on < terms.today:
        raise RowRefused("EXPIRED", f"The last day was {expires_on}.")
    return Row(line, kind, value, int(points), earned_on, expires_on, partner, reference)


@lru_cache(maxsize=10_000)
def _day(text: str) -> date | None:
    if not text:
        return None
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise RowRefused("INVALID_TIME", f"{text[:_MAX_WORD]!r} is no day.") from None
