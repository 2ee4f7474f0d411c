"""Files of rates of exchange: CSV with a line of names, read line by line, each mistake named.

business_date,base,quote,rate,source
2026-05-29,CNY,HKD,1.0800,HKMA
"""

import csv
import io
from dataclasses import dataclass
from datetime import date
from decimal import Decimal, InvalidOperation
from types import MappingProxyType

__all__ = ["COLUMNS", "FAULTS", "Quote", "QuoteFile", "read_quotes"]

COLUMNS = ("business_date", "base", "quote", "rate")
"""The names that the first line has to have; ``source`` may stand there too."""

FAULTS = MappingProxyType(
    {
        "text": "This is no text in UTF-8.",
        "csv": "This line is no CSV.",
        "columns": "The first line has to name business_date, base, quote and rate.",
        "empty": "There is no rate in this file.",
        "length": "A file has at most 20,000 rates.",
        "day": "Write the day as 2026-05-29.",
        "number": "Write the rate as a plain number, such as 1.0800.",
        "moneys": "Write two codes of ISO 4217, such as CNY and HKD.",
        "rate": "Write a rate above 0 with at most 10 decimals.",
    }
)
"""What may be wrong with a file, in the words of every face."""

_MOST_LINES = 20_000
_MOST_RATE = 10**9
_MOST_DECIMALS = 10
_CODE_LETTERS = 3


@dataclass(frozen=True, slots=True)
class Quote:
    """What one unit of `base` is worth in `quote` on a day, as someone says."""

    base: str
    quote: str
    rate: Decimal
    business_date: date
    source: str = ""

    def faults(self) -> list[str]:
        """Return what is wrong with it; empty where nothing is."""
        found = []
        if not (_is_code(self.base) and _is_code(self.quote)) or self.base == self.quote:
            found.append(FAULTS["moneys"])
        if not 0 < self.rate < _MOST_RATE or _decimals(self.rate) > _MOST_DECIMALS:
            found.append(FAULTS["rate"])
        return found


@dataclass(frozen=True, slots=True)
class QuoteFile:
    """What a file says; `errors` are by the line of the file, the first one being 1."""

    quotes: tuple[Quote, ...]
    errors: dict[str, list[str]]


def read_quotes(content: bytes) -> QuoteFile:
    """Read a file; names may stand in any order, and other columns are left alone."""
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError:
        return QuoteFile((), {"1": [FAULTS["text"]]})
    lines = csv.DictReader(io.StringIO(text), strict=True)
    quotes: list[Quote] = []
    errors: dict[str, list[str]] = {}
    try:
        if not set(COLUMNS) <= set(lines.fieldnames or ()):
            return QuoteFile((), {"1": [FAULTS["columns"]]})
        for values in lines:
            if len(quotes) + len(errors) == _MOST_LINES:
                errors[str(lines.line_num)] = [FAULTS["length"]]
                break
            quote, faults = _quote(values)
            if quote is None or faults:
                errors[str(lines.line_num)] = faults
            else:
                quotes.append(quote)
    except csv.Error:
        errors[str(lines.line_num)] = [FAULTS["csv"]]
    if not quotes and not errors:
        errors["1"] = [FAULTS["empty"]]
    return QuoteFile(tuple(quotes), errors)


def _quote(values: dict[str, str | None]) -> tuple[Quote | None, list[str]]:
    given = {name: (values.get(name) or "").strip() for name in (*COLUMNS, "source")}
    faults = []
    day, rate = None, None
    try:
        day = date.fromisoformat(given["business_date"])
    except ValueError:
        faults.append(FAULTS["day"])
    try:
        rate = Decimal(given["rate"])
    except InvalidOperation:
        faults.append(FAULTS["number"])
    if day is None or rate is None or not rate.is_finite():
        return None, faults or [FAULTS["number"]]
    quote = Quote(given["base"], given["quote"], rate, day, given["source"][:60])
    return quote, quote.faults()


def _is_code(text: str) -> bool:
    return len(text) == _CODE_LETTERS and text.isascii() and text.isalpha() and text.isupper()


def _decimals(rate: Decimal) -> int:
    exponent = rate.normalize().as_tuple().exponent
    return -exponent if isinstance(exponent, int) else _MOST_DECIMALS + 1
