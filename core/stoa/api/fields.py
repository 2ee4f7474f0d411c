"""Fields that read what a till sends: whole points, decimal texts, instants, days, plain texts.

Marshmallow's own are too kind for a ledger: ``Integer`` takes ``1.9``, ``"１２"`` and ``True``.
"""

import re
import unicodedata
from collections.abc import Mapping
from datetime import UTC, date, datetime
from typing import Any

from marshmallow import ValidationError, fields, missing

from stoa.errors import InvalidAmountError
from stoa.values.amounts import MAX_ENTRY_POINTS, minor_exponent, parse_decimal

__all__ = [
    "MAX_MINOR",
    "MAX_QUANTITY_MILLI",
    "Currency",
    "Day",
    "DecimalText",
    "Instant",
    "Pairs",
    "Points",
    "Quick",
    "Switch",
    "Text",
    "Whole",
    "Word",
    "minor_of",
]

MAX_MINOR = 10**12
"""The most minor units of money that a body may name, in a line and in all of them."""

MAX_QUANTITY_MILLI = 10**12
"""The largest quantity, in thousandths."""

_INSTANT = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{1,6})?(Z|[+-]\d\d:\d\d)", re.ASCII)
_DAY = re.compile(r"\d{4}-\d\d-\d\d", re.ASCII)
_CURRENCY = re.compile(r"[A-Z]{3}", re.ASCII)
_DECIMAL = re.compile(r"\d{1,12}(\.\d{1,3})?", re.ASCII)
_YEARS = range(1970, 3000)
_LINE = (
    r"^[^\u0000-\u001f\u007f-\u009f\u061c\u200e\u200f\u2028-\u202e"
    r"\u2066-\u2069\ue000-\uf8ff\ufeff]*$"
)
"""What `Text` refuses, for the OpenAPI document."""
_ODD = {"Cc", "Co", "Cs", "Zl", "Zp"}  # controls, private use, surrogates, line ends
_ASTRAL = "\U00010000"  # beyond it are no controls, and regular expressions differ
_BIDI = set("\u061c\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069\ufeff")


def _told(options: dict[str, Any], **bounds: Any) -> dict[str, Any]:  # noqa: ANN401 - JSON Schema
    """Put what a field checks beside what its schema says, for the OpenAPI document."""
    return options | {"metadata": bounds | options.get("metadata", {})}


class Quick:
    """A field that reads a value by itself; `schemas.StrictSchema` asks it without ceremony."""

    def read(self, value: Any) -> Any:  # noqa: ANN401 - parsed JSON in, a fact out
        """Return the fact of a value.

        Raises:
            ValidationError: it is none.
        """
        raise NotImplementedError

    def _deserialize(self, value: Any, *_: Any, **__: Any) -> Any:  # noqa: ANN401 - marshmallow's
        return self.read(value)


class Points(Quick, fields.Integer):
    """Whole points, 1 to 10^12, as a JSON integer; anything else is `InvalidAmountError`."""

    def __init__(self, **options: Any) -> None:  # noqa: ANN401 - marshmallow's
        super().__init__(**_told(options, minimum=1, maximum=MAX_ENTRY_POINTS))

    def deserialize(
        self,
        value: Any,  # noqa: ANN401 - parsed JSON
        attr: str | None = None,
        data: Mapping[str, Any] | None = None,
        **_rest: Any,  # noqa: ANN401 - marshmallow's
    ) -> Any:  # noqa: ANN401 - or missing
        """Read the points, ``null`` included, which is no amount."""
        if value is missing:
            return super().deserialize(value, attr, data)
        try:
            return self.read(value)
        except ValidationError:
            raise InvalidAmountError(field=attr) from None

    def read(self, value: Any) -> int:  # noqa: ANN401 - parsed JSON
        """Return the fact of a value, or refuse it."""
        if type(value) is not int or not 0 < value <= MAX_ENTRY_POINTS:
            raise ValidationError(f"Write a whole number from 1 to {MAX_ENTRY_POINTS}.")
        return value


class Whole(Quick, fields.Integer):
    """A whole number between two bounds, as a JSON integer."""

    def __init__(self, low: int, high: int, **options: Any) -> None:  # noqa: ANN401 - marshmallow's
        self._low, self._high = low, high
        super().__init__(**_told(options, minimum=low, maximum=high))

    def read(self, value: Any) -> int:  # noqa: ANN401 - parsed JSON
        """Return the fact of a value, or refuse it."""
        if type(value) is not int or not self._low <= value <= self._high:
            raise ValidationError(f"Write a whole number from {self._low} to {self._high}.")
        return value


class Text(Quick, fields.String):
    """One line of text without control characters, bidi marks or line ends."""

    def __init__(self, low: int, high: int, **options: Any) -> None:  # noqa: ANN401 - marshmallow's
        self._low, self._high = low, high
        super().__init__(**_told(options, minLength=low, maxLength=high, pattern=_LINE))

    def read(self, value: Any) -> str:  # noqa: ANN401 - parsed JSON
        """Return the fact of a value, or refuse it."""
        if type(value) is not str or not self._low <= len(value) <= self._high:
            raise ValidationError(f"Write a text of {self._low} to {self._high} characters.")
        if not (value.isascii() and value.isprintable()) and any(
            letter in _BIDI or (letter < _ASTRAL and unicodedata.category(letter) in _ODD)
            for letter in value
        ):
            raise ValidationError("Write one line without control characters.")
        return value


class Pairs(Quick, fields.Dict):
    """A few texts by name, each one line."""

    def __init__(self, most: int, **options: Any) -> None:  # noqa: ANN401 - marshmallow's
        self._most, self._name, self._text = most, Text(1, 64), Text(1, 200)
        bounds = _told(options, maxProperties=most)
        super().__init__(keys=self._name, values=self._text, **bounds)

    def read(self, value: Any) -> dict[str, str]:  # noqa: ANN401 - parsed JSON
        """Return the fact of a value, or refuse it."""
        if type(value) is not dict or len(value) > self._most:
            raise ValidationError(f"Write an object of at most {self._most} texts.")
        return {self._name.read(name): self._text.read(text) for name, text in value.items()}


class Word(Quick, fields.String):
    """One of a few words."""

    def __init__(self, words: tuple[str, ...], **options: Any) -> None:  # noqa: ANN401 - marshmallow's
        self._words = frozenset(words)
        self._hint = f"Choose one of {', '.join(words)}."
        super().__init__(**_told(options, enum=list(words)))

    def read(self, value: Any) -> str:  # noqa: ANN401 - parsed JSON
        """Return the fact of a value, or refuse it."""
        if type(value) is not str or value not in self._words:
            raise ValidationError(self._hint)
        return value


class Switch(Quick, fields.Boolean):
    """``true`` or ``false``, and no other way to say it."""

    def read(self, value: Any) -> bool:  # noqa: ANN401 - parsed JSON
        """Return the fact of a value, or refuse it."""
        if type(value) is not bool:
            raise ValidationError("Write true or false.")
        return value


class Currency(Quick, fields.String):
    """An ISO 4217 code."""

    def __init__(self, **options: Any) -> None:  # noqa: ANN401 - marshmallow's
        super().__init__(**_told(options, pattern="^[A-Z]{3}$", examples=["CNY"]))

    def read(self, value: Any) -> str:  # noqa: ANN401 - parsed JSON
        """Return the fact of a value, or refuse it."""
        if type(value) is not str or not _CURRENCY.fullmatch(value):
            raise ValidationError("Write an ISO 4217 code such as CNY.")
        return value


class DecimalText(Quick, fields.String):
    """A decimal as text, at least zero: it stays text, for its currency says how it is read.

    With `decimals` it is read at once, as a whole number of its last place.
    """

    def __init__(self, decimals: int | None = None, *, low: int = 0, **options: Any) -> None:  # noqa: ANN401
        self._decimals, self._low = decimals, low
        example = "37.8" if decimals else "836.00"
        pattern = r"^[0-9]{1,12}(\.[0-9]{1,3})?$"
        super().__init__(**_told(options, pattern=pattern, examples=[example]))

    def read(self, value: Any) -> Any:  # noqa: ANN401 - text or whole
        """Return the fact of a value, or refuse it."""
        if type(value) is not str or not _DECIMAL.fullmatch(value):
            raise ValidationError('Write a plain decimal as text, such as "12.50".')
        if self._decimals is None:
            return value
        thousandths = parse_decimal(value, self._decimals)
        if not self._low <= thousandths <= MAX_QUANTITY_MILLI:
            raise ValidationError("This is too small or too large.")
        return thousandths


class Instant(Quick, fields.DateTime):
    """An RFC 3339 time with its offset, read as UTC."""

    def read(self, value: Any) -> datetime:  # noqa: ANN401 - parsed JSON
        """Return the fact of a value, or refuse it."""
        try:
            if type(value) is str and _INSTANT.fullmatch(value):
                at = datetime.fromisoformat(value).astimezone(UTC)
                if at.year in _YEARS:
                    return at
        except (ValueError, OverflowError):
            pass  # the 31st of February, a year of the ancients
        raise ValidationError("Write a time with its offset, such as 2026-05-01T12:00:00+08:00.")


class Day(Quick, fields.Date):
    """A calendar day, from the year `since` on."""

    def __init__(self, since: int = _YEARS.start, **options: Any) -> None:  # noqa: ANN401 - marshmallow's
        self._years = range(since, _YEARS.stop)
        super().__init__(**options)

    def read(self, value: Any) -> date:  # noqa: ANN401 - parsed JSON
        """Return the fact of a value, or refuse it."""
        try:
            if type(value) is str and _DAY.fullmatch(value):
                day = date.fromisoformat(value)
                if day.year in self._years:
                    return day
        except ValueError:
            pass  # the 31st of February
        raise ValidationError("Write a day such as 2026-05-01.")


def minor_of(amount: str, currency: str) -> int:
    """Return the minor units of an amount that `DecimalText` let pass.

    Raises:
        ValidationError: it has more decimals than the currency, or is too large.
    """
    exponent = minor_exponent(currency)
    try:
        minor = parse_decimal(amount, exponent)
    except ValueError:
        raise ValidationError(f"{currency} has {exponent} decimals.") from None
    if minor > MAX_MINOR:
        raise ValidationError("This is too much.")
    return minor
