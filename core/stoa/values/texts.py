"""Texts of a document in the languages of its readers: the names of tiers, campaigns, challenges.

    {"en": "Silver", "zh-Hans": "银卡", "zh-Hant": "銀卡"}

English is never missing; where another language is, the nearest one stands in.
"""

from dataclasses import dataclass

from stoa.values.conditions import WrongRuleError
from stoa.values.languages import ENGLISH, LANGUAGES, stand_ins

__all__ = ["Texts", "read_texts"]

_MOST_LETTERS = 120


@dataclass(frozen=True, slots=True)
class Texts:
    """A text in some languages; `written` holds them as pairs of language and text."""

    written: tuple[tuple[str, str], ...]

    def of(self, language: str) -> str:
        """Return the text in a language, or in the one that stands in for it."""
        texts = dict(self.written)
        return next(texts[each] for each in stand_ins(language) if each in texts)

    @property
    def document(self) -> dict[str, str]:
        """The texts as documents write them."""
        return dict(self.written)


def read_texts(document: object, *, path: str = "", most: int = _MOST_LETTERS) -> Texts:
    """Read a text in the languages of its readers.

    Args:
        path: its place in the document, for what is said of mistakes.
        most: the most letters it has.

    Raises:
        WrongRuleError: English is missing, a language is unknown, or a text is none; every
            mistake is named with its place.
    """
    if not isinstance(document, dict):
        raise WrongRuleError({path: [f'Write a text for each language: {{"{ENGLISH}": "…"}}.']})
    errors = {
        _below(path, str(name)): [f"Write a language of {', '.join(LANGUAGES)}."]
        for name in document
        if name not in LANGUAGES
    }
    for language in LANGUAGES:
        if language in document and not _is_text(document[language], most):
            errors[_below(path, language)] = [f"Write a text of 1 to {most} characters on a line."]
    if ENGLISH not in document:
        errors[_below(path, ENGLISH)] = ["English is what all others fall back to: write it."]
    if errors:
        raise WrongRuleError(errors)
    return Texts(
        tuple((language, document[language]) for language in LANGUAGES if language in document)
    )


def _is_text(value: object, most: int) -> bool:
    return (
        isinstance(value, str)
        and value == value.strip()
        and 0 < len(value) <= most
        and value.isprintable()
    )


def _below(path: str, name: str) -> str:
    return f"{path}.{name}" if path else name
