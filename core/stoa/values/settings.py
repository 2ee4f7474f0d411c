"""A plugin's knobs: what the operator's form shows, and how its answers are read.

A plugin lists its `Setting`s; the form is drawn from them, and `read_settings` turns what came
back into the plain values that every question of the plugin is given.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from stoa.values.amounts import parse_decimal

__all__ = ["InvalidSettingsError", "Kind", "Setting", "default_settings", "read_settings"]

_MAX_TEXT = 500
_MAX_ROWS = 200


class Kind(StrEnum):
    """What a setting holds, and so which field of the form it gets."""

    INTEGER = "integer"
    """A whole number."""
    DECIMAL = "decimal"
    """A number with up to three decimals, kept as whole thousandths."""
    BOOLEAN = "boolean"
    TEXT = "text"
    CHOICE = "choice"
    """One of `choices`."""
    TABLE = "table"
    """Rows of the settings in `columns`."""


@dataclass(frozen=True, slots=True)
class Setting:
    """One knob of a plugin.

    Attributes:
        name: the key in the settings, a Python identifier.
        kind: what it holds.
        label: what the operator reads.
        default: the value until the operator sets one; thousandths for `Kind.DECIMAL`.
        unit: what one of it is: ``min``, ``points per 1.00``; empty for none.
        help: one sentence.
        minimum: the least value allowed, in the unit of the value (thousandths for decimals); for
            a text the least number of characters.
        maximum: the greatest.
        choices: for `Kind.CHOICE`.
        columns: for `Kind.TABLE`; tables do not nest.
    """

    name: str
    kind: Kind
    label: str
    default: Any
    unit: str = ""
    help: str = ""
    minimum: int = 0
    maximum: int = 10**9
    choices: tuple[str, ...] = ()
    columns: tuple["Setting", ...] = ()


class InvalidSettingsError(ValueError):
    """Settings that do not fit; `errors` maps a path such as ``rates.2.points`` to its texts."""

    def __init__(self, errors: dict[str, list[str]]) -> None:
        super().__init__("; ".join(f"{path}: {' '.join(texts)}" for path, texts in errors.items()))
        self.errors = errors


def default_settings(settings: Sequence[Setting]) -> dict[str, Any]:
    """Return the values that hold until the operator sets others."""
    return {setting.name: setting.default for setting in settings}


def read_settings(settings: Sequence[Setting], given: Mapping[str, Any]) -> dict[str, Any]:
    """Return the values of all settings, the defaults where nothing was given.

    Numbers may come as texts, as a form sends them (``"1.5"``); decimals given as whole numbers
    are thousandths already, as stored.

    Raises:
        InvalidSettingsError: a name is unknown or a value does not fit; all of them are named.
    """
    errors: dict[str, list[str]] = {}
    known = {setting.name for setting in settings}
    for name in given:
        if name not in known:
            errors[str(name)] = ["This plugin has no such setting."]
    values: dict[str, Any] = {}
    for setting in settings:
        value = given.get(setting.name, setting.default)
        values[setting.name] = _read(setting, value, setting.name, errors)
    if errors:
        raise InvalidSettingsError(errors)
    return values


def _read(setting: Setting, value: Any, path: str, errors: dict[str, list[str]]) -> Any:  # noqa: ANN401 - by kind
    try:
        if setting.kind is Kind.TABLE:
            return _read_rows(setting, value, path, errors)
        return _READERS[setting.kind](setting, value)
    except ValueError as wrong:
        errors.setdefault(path, []).append(str(wrong))
        return None


def _read_rows(
    setting: Setting, rows: object, path: str, errors: dict[str, list[str]]
) -> list[dict[str, Any]]:
    if not isinstance(rows, list | tuple) or not all(isinstance(row, Mapping) for row in rows):
        raise ValueError("Give a list of rows.")
    if len(rows) > _MAX_ROWS:
        raise ValueError(f"Give at most {_MAX_ROWS} rows.")
    read = []
    for number, row in enumerate(rows):
        here = f"{path}.{number}"
        for name in row:
            if name not in {column.name for column in setting.columns}:
                errors[f"{here}.{name}"] = ["This table has no such column."]
        read.append(
            {
                column.name: _read(
                    column, row.get(column.name, column.default), f"{here}.{column.name}", errors
                )
                for column in setting.columns
            }
        )
    return read


def _within(setting: Setting, value: int, scale: int) -> int:
    if not setting.minimum <= value <= setting.maximum:
        low, high = setting.minimum / scale, setting.maximum / scale
        raise ValueError(
            f"Choose between {low:g} and {high:g}{' ' * bool(setting.unit)}{setting.unit}."
        )
    return value


def _read_integer(setting: Setting, value: Any) -> int:  # noqa: ANN401 - from a form or JSON
    if isinstance(value, str):
        try:
            value = parse_decimal(value.strip(), 0)
        except ValueError:
            raise ValueError("Write a whole number.") from None
    if type(value) is not int:
        raise ValueError("Write a whole number.")
    return _within(setting, value, 1)


def _read_decimal(setting: Setting, value: Any) -> int:  # noqa: ANN401 - from a form or JSON
    if isinstance(value, str):
        try:
            value = parse_decimal(value.strip(), 3)
        except ValueError:
            raise ValueError("Write a number with at most three decimals.") from None
    if type(value) is not int:
        raise ValueError("Write a number with at most three decimals.")
    return _within(setting, value, 1000)


def _read_boolean(_setting: Setting, value: Any) -> bool:  # noqa: ANN401 - from a form or JSON
    if value in (True, "true", "on"):
        return True
    if value in (False, "false", "off"):
        return False
    raise ValueError("Choose yes or no.")


def _read_text(setting: Setting, value: Any) -> str:  # noqa: ANN401 - from a form or JSON
    most = min(setting.maximum, _MAX_TEXT)
    if not isinstance(value, str) or not value.isprintable() or len(value) > most:
        raise ValueError(f"Write one line of at most {most} characters.")
    if len(value.strip()) < setting.minimum:
        raise ValueError("Write something here.")
    return value.strip()


def _read_choice(setting: Setting, value: Any) -> str:  # noqa: ANN401 - from a form or JSON
    if value not in setting.choices:
        raise ValueError(f"Choose one of {', '.join(setting.choices)}.")
    return str(value)


_READERS = {
    Kind.INTEGER: _read_integer,
    Kind.DECIMAL: _read_decimal,
    Kind.BOOLEAN: _read_boolean,
    Kind.TEXT: _read_text,
    Kind.CHOICE: _read_choice,
}
