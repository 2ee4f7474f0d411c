"""Reads a TOML document section by section and remembers every mistake with its path.

A mapping or an alliance is written by people: they want all mistakes at once, each with the place
where it stands, not the first one alone.
"""

import tomllib
from collections.abc import Iterable
from datetime import date
from decimal import Decimal, InvalidOperation
from typing import Any

__all__ = ["InvalidDocumentError", "Section", "read_document"]


class InvalidDocumentError(ValueError):
    """A document that does not fit; `errors` maps a path such as ``time.zone`` to its texts."""

    def __init__(self, errors: dict[str, list[str]]) -> None:
        super().__init__("\n".join(f"{path}: {' '.join(texts)}" for path, texts in errors.items()))
        self.errors = errors


class Section:
    """One table of a document; what is asked for is read, what nobody asked for is a mistake."""

    def __init__(self, values: Any, path: str, errors: dict[str, list[str]]) -> None:  # noqa: ANN401 - parsed TOML
        self._path = path
        self._errors = errors
        self._asked: set[str] = set()
        self._values: dict[str, Any] = values if isinstance(values, dict) else {}
        if not isinstance(values, dict):
            self.wrong("", "Write a table here.")

    def wrong(self, name: str, text: str) -> None:
        """Remember a mistake at one of the names, or at the section itself where it is empty."""
        here = ".".join(part for part in (self._path, name) if part)
        self._errors.setdefault(here, []).append(text)

    def has(self, name: str) -> bool:
        """Tell whether the document says anything under this name."""
        return name in self._values

    def text(self, name: str, default: str | None = None, *, among: Iterable[str] = ()) -> str:
        """Return a text of at least one character; without a default it has to be there."""
        value = self._take(name, default)
        choices = tuple(among)
        if value == default and default is not None:
            return default
        if not isinstance(value, str) or not value:
            self.wrong(name, "Write a text here." if self.has(name) else "This is missing.")
            return default or ""
        if choices and value not in choices:
            self.wrong(name, f"Choose one of {', '.join(choices)}.")
        return value

    def texts(self, name: str) -> tuple[str, ...]:
        """Return a list of texts; empty where there is none."""
        value = self._take(name, [])
        if not isinstance(value, list) or not all(isinstance(item, str) for item in value):
            self.wrong(name, "Write a list of texts.")
            return ()
        return tuple(value)

    def flag(self, name: str, *, default: bool) -> bool:
        """Return yes or no."""
        value = self._take(name, default)
        if not isinstance(value, bool):
            self.wrong(name, "Write true or false.")
            return default
        return value

    def whole(self, name: str, default: int) -> int:
        """Return a whole number of at least zero."""
        value = self._take(name, default)
        if type(value) is not int or value < 0:
            self.wrong(name, "Write a whole number of at least 0.")
            return default
        return value

    def decimal(self, name: str, default: str) -> Decimal:
        """Return an exact number of at least zero, written as a text such as ``"0.012"``."""
        value = self._take(name, default)
        try:
            if isinstance(value, str) and (number := Decimal(value)).is_finite() and number >= 0:
                return number
        except InvalidOperation:
            pass
        self.wrong(name, 'Write a number as a text, such as "0.012".')
        return Decimal(default)

    def day(self, name: str) -> date | None:
        """Return a day, written as ``2026-05-01`` without quotes; ``None`` where there is none."""
        value = self._take(name, None)
        if value is None or type(value) is date:
            return value
        self.wrong(name, "Write a day such as 2026-05-01, without quotes.")
        return None

    def table(self, name: str) -> dict[str, Any]:
        """Return a table as it stands, for others to check; empty where there is none."""
        value = self._take(name, {})
        if not isinstance(value, dict):
            self.wrong(name, "Write a table here.")
            return {}
        return value

    def section(self, name: str) -> "Section":
        """Return a table within this one; an empty one where there is none."""
        return Section(self._take(name, {}), self._below(name), self._errors)

    def sections(self, name: str) -> list["Section"]:
        """Return an array of tables, in their order; empty where there is none."""
        values = self._take(name, [])
        if not isinstance(values, list):
            self.wrong(name, "Write an array of tables.")
            return []
        return [
            Section(value, f"{self._below(name)}.{place}", self._errors)
            for place, value in enumerate(values, 1)
        ]

    def close(self) -> None:
        """Remember every name that nobody asked for as a mistake."""
        for name in sorted(self._values.keys() - self._asked):
            known = ", ".join(sorted(self._asked))
            self.wrong(name, f"There is no such name here; known are {known}.")

    def _take(self, name: str, default: Any) -> Any:  # noqa: ANN401 - parsed TOML
        self._asked.add(name)
        return self._values.get(name, default)

    def _below(self, name: str) -> str:
        return f"{self._path}.{name}" if self._path else name


def read_document(text: str, errors: dict[str, list[str]]) -> Section:
    """Parse TOML and return its outermost section.

    Args:
        errors: where the mistakes will stand that are found while the sections are read.

    Raises:
        InvalidDocumentError: the text is no TOML; line and column are told.
    """
    try:
        return Section(tomllib.loads(text), "", errors)
    except tomllib.TOMLDecodeError as wrong:
        raise InvalidDocumentError({"toml": [str(wrong)]}) from None
