"""Reading rule documents field by field: every mistake is kept with its place, then all are told.

    reading = Reading(document)
    name = reading.texts("name")
    points = reading.whole("points", 1, 1_000)
    reading.done()

A field that is wrong reads as some value that fits its type: `done` raises before it can be used.
"""

import re
from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

from stoa.values.conditions import Condition, Vocabulary, WrongRuleError, read_condition
from stoa.values.texts import Texts, read_texts

__all__ = ["Reading"]

_MOST_LETTERS = 64
_DAY = re.compile(r"[12]\d{3}-\d\d-\d\d", re.ASCII)


class Reading:
    """One object of a document, and what is wrong in it.

    Args:
        path: the place of the object in its document.
        errors: where mistakes are kept; parts of one document share it.
    """

    def __init__(
        self, document: object, path: str = "", errors: dict[str, list[str]] | None = None
    ) -> None:
        self.errors: dict[str, list[str]] = {} if errors is None else errors
        self.path = path
        self._object: Mapping[str, Any] = document if isinstance(document, Mapping) else {}
        self._asked: set[str] = set()
        if not isinstance(document, Mapping):
            self.wrong("", "Write an object here.")

    def wrong(self, name: str, text: str) -> None:
        """Keep a mistake of a field, or of the object itself where `name` is empty."""
        self.errors.setdefault(self.place(name), []).append(text)

    def place(self, name: str) -> str:
        """Return the place of a field in the whole document."""
        return ".".join(part for part in (self.path, name) if part)

    def has(self, name: str) -> bool:
        """Tell whether the document gives a field, and not as ``null``."""
        self._asked.add(name)
        return self._object.get(name) is not None

    def raw(self, name: str) -> Any:  # noqa: ANN401 - parsed JSON
        """Return a field as it stands; ``None`` where it is missing."""
        self._asked.add(name)
        return self._object.get(name)

    def texts(self, name: str, *, most: int = 120, optional: bool = False) -> Texts:
        """Read a text in several languages, of at most so many letters each."""
        value = self.raw(name)
        if value is None and optional:
            return Texts(())
        try:
            return read_texts(value, path=self.place(name), most=most)
        except WrongRuleError as wrong:
            self._keep(wrong)
            return Texts(())

    def whole(self, name: str, low: int, high: int, default: int | None = None) -> int:
        """Read a whole number between two bounds."""
        value = self.raw(name)
        if value is None and default is not None:
            return default
        if type(value) is not int or not low <= value <= high:
            self.wrong(name, f"Write a whole number from {low} to {high}.")
            return low
        return value

    def flag(self, name: str, *, default: bool) -> bool:
        """Read ``true`` or ``false``."""
        value = self.raw(name)
        if value is None:
            return default
        if not isinstance(value, bool):
            self.wrong(name, "Write true or false.")
            return default
        return value

    def choice(self, name: str, choices: Sequence[str], default: str | None = None) -> str:
        """Read one of a few words."""
        value = self.raw(name)
        if value is None and default is not None:
            return default
        if value not in choices:
            self.wrong(name, f"Choose one of {', '.join(choices)}.")
            return choices[0]
        return str(value)

    def word(self, name: str) -> str:
        """Read a code: a text of 1 to 64 characters that can be printed."""
        value = self.raw(name)
        fits = isinstance(value, str) and 0 < len(value) <= _MOST_LETTERS and value.isprintable()
        if not fits:
            self.wrong(name, f"Write a text of 1 to {_MOST_LETTERS} characters on a line.")
            return ""
        return str(value)

    def condition(self, name: str, vocabulary: Vocabulary) -> Condition | None:
        """Read a tree; ``None`` where it is wrong."""
        try:
            return read_condition(self.raw(name), vocabulary, path=self.place(name))
        except WrongRuleError as wrong:
            self._keep(wrong)
            return None

    def day(self, name: str) -> date:
        """Read a day such as ``2026-05-01``."""
        value = self.raw(name)
        try:
            if isinstance(value, str) and _DAY.fullmatch(value):
                return date.fromisoformat(value)
        except ValueError:
            pass  # the 31st of February
        self.wrong(name, "Write a day such as 2026-05-01.")
        return date.min

    def close(self) -> None:
        """Keep a mistake for each name that was never asked for; the end of a part."""
        for name in self._object:
            if name not in self._asked:
                self.wrong(str(name), "There is no such name here.")

    def done(self) -> None:
        """Refuse names that were never asked for, and all that was wrong; the end of a document.

        Raises:
            WrongRuleError: something was wrong here or in a part read before.
        """
        self.close()
        if self.errors:
            raise WrongRuleError(self.errors)

    def _keep(self, wrong: WrongRuleError) -> None:
        for place, texts in wrong.errors.items():
            self.errors.setdefault(place, []).extend(texts)
