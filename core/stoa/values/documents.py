"""Reading rule documents field by field: every mistake is kept with its place, then all are told.

    reading = Reading(document)
    name = reading.names("name")
    points = reading.whole("points", 1, 1_000)
    reading.done()

A field that is wrong reads as some value that fits its type: `done` raises before it can be used.
"""

from collections.abc import Mapping, Sequence
from types import MappingProxyType
from typing import Any

from stoa.values.conditions import Condition, Vocabulary, WrongRuleError, read_condition

__all__ = ["LANGUAGES", "Names", "Reading", "in_language"]

LANGUAGES = ("en", "zh-Hans", "zh-Hant")
"""In which texts of a document may be written; English always is."""

Names = Mapping[str, str]
"""A text in some of `LANGUAGES`."""

_MOST_LETTERS = 64


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
        self._object: Mapping[str, Any] = document if isinstance(document, dict) else {}
        self._asked: set[str] = set()
        if not isinstance(document, dict):
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

    def names(self, name: str, *, most: int = 100, optional: bool = False) -> Names:
        """Read a text in several languages: one line of 1 to `most` characters each."""
        texts = self.raw(name)
        if texts is None and optional:
            return MappingProxyType({})
        if not isinstance(texts, dict) or "en" not in texts or set(texts) - set(LANGUAGES):
            self.wrong(name, f"Write a text for en, and for others of {', '.join(LANGUAGES)}.")
            return MappingProxyType({})
        for language, text in texts.items():
            if not isinstance(text, str) or not 0 < len(text) <= most or not text.isprintable():
                self.wrong(f"{name}.{language}", f"Write one line of 1 to {most} characters.")
        return MappingProxyType(dict(texts))

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
        if not isinstance(value, str) or not 0 < len(value) <= _MOST_LETTERS:
            self.wrong(name, f"Write a text of 1 to {_MOST_LETTERS} characters.")
            return ""
        return value

    def condition(self, name: str, vocabulary: Vocabulary) -> Condition | None:
        """Read a tree; ``None`` where it is wrong."""
        try:
            return read_condition(self.raw(name), vocabulary, path=self.place(name))
        except WrongRuleError as wrong:
            for place, texts in wrong.errors.items():
                self.errors.setdefault(place, []).extend(texts)
            return None

    def done(self) -> None:
        """Refuse names that were never asked for.

        Raises:
            WrongRuleError: something was wrong here or in a part read before.
        """
        for name in self._object:
            if name not in self._asked:
                self.wrong(str(name), "There is no such name here.")
        if self.errors:
            raise WrongRuleError(self.errors)


def in_language(names: Names, language: str) -> str:
    """Return a text in a language, in English where it has none; empty where there is no text."""
    return names.get(language) or names.get("en", "")
